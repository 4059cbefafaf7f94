"""What a handler asks for, and how it travels; Liquid; what a version can do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from criabot.conversation import Conversation, Effects
from criabot.conversation.effects import (
    Assign,
    Effect,
    Labels,
    Say,
    SetAttributes,
    SetPriority,
    SetStatus,
    decode_effect,
    yields_to_human,
)
from criabot.platform import ConversationData
from criabot.platform.liquid import escape_liquid
from criabot.platform.versions import can


async def no_typing(_on: bool) -> None:
    raise AssertionError("nobody types here")


@pytest.fixture
def effects() -> Effects:
    return Effects(no_typing)


@pytest.fixture
def conversation(effects: Effects) -> Conversation:
    return Conversation(ConversationData.model_validate({"id": 7}), effects)


Ask = Callable[[Conversation], Awaitable[Any]]


@pytest.mark.parametrize(
    ("ask", "effect", "yields"),
    [
        (lambda c: c.answer("oi"), Say(text="oi"), True),
        (lambda c: c.answer("oi", reply_to=3), Say(text="oi", reply_to=3), True),
        (lambda c: c.answer("oi", attachments=["a.pdf"]), Say(text="oi", attachments=(Path("a.pdf"),)), True),
        (lambda c: c.answer("oi", when_unknown="drop"), Say(text="oi", when_unknown="drop"), True),
        (lambda c: c.note("a {{ b"), Say(text="a {\u200b{ b", private=True), False),
        (lambda c: c.set_status("resolved"), SetStatus(status="resolved"), True),
        (lambda c: c.assign(agent_id=2), Assign(agent_id=2), True),
        (lambda c: c.assign(team_id=1), Assign(team_id=1), True),
        (lambda c: c.add_labels("vip", "novo"), Labels(add=("vip", "novo")), False),
        (lambda c: c.remove_labels("vip"), Labels(remove=("vip",)), False),
        (lambda c: c.set_priority("high"), SetPriority(priority="high"), False),
        (lambda c: c.set_priority(None), SetPriority(priority=None), False),
        (lambda c: c.set_attributes({"a": [1, None]}), SetAttributes(attributes={"a": [1, None]}), False),
    ],
)
async def test_each_wish_is_one_effect_that_survives_its_journey(
    conversation: Conversation, effects: Effects, ask: Ask, effect: Effect, yields: bool
) -> None:
    await ask(conversation)
    assert effects.items == [effect]
    assert decode_effect(effect.model_dump_json().encode()) == effect
    assert yields_to_human(effect) is yields


@pytest.mark.parametrize("wrong", [{}, {"agent_id": 1, "team_id": 2}])
async def test_an_assignment_is_to_one(conversation: Conversation, effects: Effects, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="either agent_id or team_id"):
        await conversation.assign(**wrong)
    assert effects.items == []


async def test_a_handoff_says_notes_and_opens_and_is_the_last_word(
    conversation: Conversation, effects: Effects
) -> None:
    await conversation.handoff("why", say="bye")
    await conversation.answer("and another thing")
    await conversation.note("for the team")
    assert effects.items == [
        Say(text="bye"),
        Say(text="why", private=True),
        SetStatus(status="open"),
        Say(text="for the team", private=True),
    ]


def test_an_effect_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError):
        decode_effect(b'{"do":"dance"}')


async def test_a_template_is_only_rendered_on_demand(conversation: Conversation, effects: Effects) -> None:
    await conversation.answer("Olá {{contact.name}}")
    await conversation.answer("Olá {{contact.name}}", liquid=True)
    texts = [effect.text for effect in effects.items if isinstance(effect, Say)]
    assert texts == ["Olá {\u200b{contact.name}}", "Olá {{contact.name}}"]


@given(st.text(alphabet="{}% `a\n", max_size=12))
def test_no_template_opens_in_an_escaped_text_and_nothing_else_changes(text: str) -> None:
    escaped = escape_liquid(text)
    assert "{{" not in escaped
    assert "{%" not in escaped
    assert escaped.replace("\u200b", "") == text
    assert escape_liquid(escaped) == escaped


@pytest.mark.parametrize(
    ("version", "keeps", "signs", "reads"),
    [
        ("4.5.0", False, False, False),
        ("4.9.0", True, False, False),
        ("4.13.0", True, True, False),
        ("4.13", True, True, False),
        ("4.14.1", True, True, False),
        ("4.14.2", True, True, True),
        ("4.14.2-rc1", True, True, True),
        ("4.15.1", True, True, True),
        ("5.0", True, True, True),
        (None, True, True, True),
        ("a fork's own", True, True, True),
    ],
)
def test_what_a_server_can_do(version: str | None, keeps: bool, signs: bool, reads: bool) -> None:
    abilities = ("keep_markers", "sign_bot_deliveries", "bot_reads_conversation")
    assert tuple(can(version, ability) for ability in abilities) == (keeps, signs, reads)
