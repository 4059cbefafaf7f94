"""How a reply lies in Redis: during an upgrade both versions of criabot read what either of them wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticSerializationError

from criabot.conversation.effects import (
    Assign,
    Effect,
    Labels,
    Say,
    SetAttributes,
    SetPriority,
    SetStatus,
    decode_effect,
    encode_effect,
)
from criabot.runtime.delivery import Trail, pack, unpack

TRAIL: Trail = {"account": 1, "inbox": 3, "contact": 27, "delivery": "d-1"}
HEAD = b'{"account":1,"inbox":3,"contact":27,"delivery":"d-1"}\n'

STORED: dict[bytes, Effect] = {
    b'{"do":"say","text":"Ol\xc3\xa1","private":false,"reply_to":null,"content_type":null,"content_attributes":null,'
    b'"attachments":[],"when_unknown":"resend"}': Say(text="Olá"),
    b'{"do":"say","text":"a\\n\\"b\\"","private":true,"reply_to":5,"content_type":"input_select","content_attributes":'
    b'{"items":[{"title":"A","value":1.5}]},"attachments":["/tmp/a.pdf"],"when_unknown":"drop"}': Say(
        text='a\n"b"',
        private=True,
        reply_to=5,
        content_type="input_select",
        content_attributes={"items": [{"title": "A", "value": 1.5}]},
        attachments=(Path("/tmp/a.pdf"),),
        when_unknown="drop",
    ),
    b'{"do":"status","status":"open"}': SetStatus(status="open"),
    b'{"do":"assign","agent_id":3,"team_id":null}': Assign(agent_id=3),
    b'{"do":"labels","add":["b","a"],"remove":[]}': Labels(add=("b", "a")),
    b'{"do":"priority","priority":null}': SetPriority(priority=None),
    b'{"do":"attributes","attributes":{"plan":"gold"}}': SetAttributes(attributes={"plan": "gold"}),
}
each_stored = pytest.mark.parametrize(
    ("stored", "effect"), STORED.items(), ids=[type(effect).__name__ for effect in STORED.values()]
)


@each_stored
def test_what_the_first_version_wrote_is_read(stored: bytes, effect: Effect) -> None:
    assert unpack(HEAD + stored) == (TRAIL, effect)


@each_stored
def test_the_first_version_reads_what_is_written(stored: bytes, effect: Effect) -> None:
    [reply] = pack([effect], "000000001001:message_created:1001", TRAIL)
    assert reply.body == HEAD + stored
    assert reply.id == "000000001001:message_created:1001:0"


@each_stored
def test_what_leaves_out_all_that_is_usual_is_read(stored: bytes, effect: Effect) -> None:
    usual = effect.model_dump_json(include={"do"} | effect.model_fields_set).encode()
    assert decode_effect(usual) == decode_effect(stored)


@pytest.mark.parametrize(
    "odd",
    [
        float("nan"),
        float("inf"),
        b"bytes",
        (1, (2,)),
        {3: None},
        Path("a/b"),
        {
            "a",
        },
        1 << 70,
        "\u2028 \x1f \U0001f600",
    ],
    ids=ascii,
)
def test_whatever_a_handler_puts_into_attributes_is_written_as_pydantic_writes_it(odd: Any) -> None:
    effect = SetAttributes(attributes={"odd": odd})
    assert encode_effect(effect) == effect.model_dump_json().encode()


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(PydanticSerializationError):
        pack([SetAttributes(attributes={"odd": object()})], "1", TRAIL)
