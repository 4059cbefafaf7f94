"""A message's event is read from JSON by a short cut: it must be what the long way gives, in every detail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from criabot.errors import MalformedEvent
from criabot.platform import ContactData, MessageCreated, Sender, parse_event
from criabot.platform.parse import END, MESSAGES
from tests.recorded import VERSIONS, Version, recordings

SENDERS: list[Any] = [
    {"id": 3},
    {"id": 3, "blocked": False},
    {"id": 3, "blocked": True, "type": None},
    {"id": 3, "blocked": None},
    {"id": 3, "blocked": "user"},
    {"id": 3, "blocked": "true"},
    {"id": 3, "blocked": 1},
    {"id": 3, "blocked": False, "phone_number": 5},
    {"id": 3, "type": "", "phone_number": 5},
    {"id": 3, "type": "contact", "phone_number": "5"},
    {"id": 3, "type": "contact", "phone_number": 5},
    {"id": 3, "type": "contact", "account": {"id": "1"}},
    {"id": 3, "type": "user", "phone_number": 5, "blocked": "x"},
    {"id": 3, "type": "user", "email": 5},
    {"id": 3, "type": "agent_bot", "name": "Bia"},
    {"id": 3, "type": "robot", "blocked": True},
    {"id": 3, "type": "robot", "phone_number": 5},
    {"id": 3, "type": True, "blocked": True},
    {"id": 3, "type": ["user"], "name": 5},
    {"id": "3", "type": "user"},
    {},
    [],
    None,
]
NUMBERS = ["1e999", "-1e999", "1e-999", "-0", "-0.0", "5.0", "9" * 308, "9" * 309, "9" * 5000, "01", "1.", str(2**63)]
NOT_JSON = ["NaN", "Infinity", "-Infinity"]
PLACES = [
    '"unknown":%s',
    '"created_at":%s',
    '"content_attributes":{"a":%s}',
    '"attachments":[{"coordinates_lat":%s}]',
    '"attachments":[{"file_size":%s}]',
    '"sender":{"id":%s}',
]


def body(*more: str, event: str = "message_created") -> bytes:
    return ",".join(['{"id":5,"conversation":{"id":7}', *more, f'"event":"{event}"}}']).encode()


def shape(value: Any) -> object:
    """The value with all its types, and what was given of each part."""
    if isinstance(value, BaseModel):
        fields = {name: shape(getattr(value, name)) for name in type(value).model_fields}
        return type(value), fields, value.model_fields_set, shape(value.model_extra)
    if isinstance(value, dict):
        return [(key, shape(each)) for key, each in value.items()]
    return [shape(each) for each in value] if isinstance(value, list) else (type(value), repr(value))


def outcome(raw: bytes) -> object:
    try:
        return shape(parse_event(raw))
    except MalformedEvent as error:
        return str(error).split(" at line ")[0]


def assert_both_ways_agree(raw: bytes) -> None:
    assert raw[-END:] in MESSAGES, "the short cut is not even tried"
    assert outcome(raw) == outcome(raw + b" ")


def messages(version: Version) -> Iterator[bytes]:
    events = ("message_created", "message_updated")
    return (each.raw for recording in recordings(version) for each in recording if each.body["event"] in events)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_recorded_message_takes_it_and_is_the_same_either_way(version: Version) -> None:
    for raw in messages(version):
        assert_both_ways_agree(raw)


@pytest.mark.parametrize("sender", SENDERS, ids=json.dumps)
def test_a_sender_is_the_same_either_way(sender: object) -> None:
    assert_both_ways_agree(body(f'"sender":{json.dumps(sender)}'))


@pytest.mark.parametrize("place", PLACES)
def test_a_number_is_the_same_either_way(place: str) -> None:
    for number in (*NUMBERS, *NOT_JSON):
        assert_both_ways_agree(body(place % number))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", NOT_JSON)
def test_what_only_python_takes_for_a_number_is_refused_wherever_it_is(place: str, number: str) -> None:
    with pytest.raises(MalformedEvent, match="is not JSON in UTF-8"):
        parse_event(body(place % number))


def test_a_customer_may_write_of_infinity() -> None:
    event = parse_event(body('"content":"NaN, Infinity"'))
    assert isinstance(event, MessageCreated)
    assert event.content == "NaN, Infinity"


@pytest.mark.parametrize("depth", [198, 199, 200, 201])
def test_nesting_is_limited_the_same_either_way(depth: int) -> None:
    assert_both_ways_agree(body(f'"deep":{"[" * depth}{"]" * depth}'))


@pytest.mark.parametrize(
    "more",
    [
        ['"id":6'],
        ['"event":"message_updated"'],
        ['"sender":{"id":3,"type":"user","type":"contact","phone_number":5}'],
        ['"sender":{"id":3,"type":"contact","type":"user","phone_number":5}'],
        ['"unknown":1', '"unknown":[2]'],
    ],
)
def test_of_a_key_that_comes_twice_the_last_counts_either_way(more: list[str]) -> None:
    assert_both_ways_agree(body(*more))


def test_a_key_that_only_ends_like_the_events_is_none() -> None:
    raw = b'{"id":5,"conversation":{"id":7},"event":"x","y,\\"event":"message_created"}'
    assert raw[-END:] not in MESSAGES
    assert parse_event(raw).event == "x"


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        ({"id": 3, "blocked": False}, ContactData),
        ({"id": 3}, ContactData),
        ({"id": 3, "type": "contact"}, ContactData),
        ({"id": 3, "type": "user", "blocked": False}, Sender),
        ({"id": 3, "type": "robot", "blocked": False}, Sender),
    ],
)
def test_who_is_a_contact_is_known_by_the_type_and_its_absence(sender: object, kind: type[Sender]) -> None:
    event = parse_event(body(f'"sender":{json.dumps(sender)}'))
    assert isinstance(event, MessageCreated)
    assert type(event.sender) is kind
    assert event.model_dump(exclude_unset=True)["sender"] == sender


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(SENDERS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SAMPLES = [raw for version in VERSIONS for raw in messages(version)][::60]


@given(st.data())
def test_a_recording_with_any_other_value_in_it_is_the_same_either_way(data: st.DataObject) -> None:
    event = json.loads(data.draw(st.sampled_from(SAMPLES)))
    place = event
    for _ in range(data.draw(st.integers(0, 3))):
        objects = [key for key, value in place.items() if isinstance(value, dict) and value]
        if not objects:
            break
        place = place[data.draw(st.sampled_from(objects))]
    place[data.draw(st.sampled_from(sorted(set(place) - {"event"})))] = data.draw(JSON)
    assert_both_ways_agree(json.dumps(event, separators=(",", ":")).encode())
