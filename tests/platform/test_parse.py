"""From bytes to an event, or to a clear refusal (contract 2 and 8.15)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criabot.errors import MalformedEvent
from criabot.platform import Event, MessageCreated, UnknownEvent, parse_event
from tests.recorded import recording

SECRET = "segredo-do-cliente"
MESSAGE: dict[str, Any] = {"event": "message_created", "id": 5, "conversation": {"id": 7}}
OPENED: dict[str, Any] = {"event": "conversation_opened", "id": 7, "status": "open"}
CONTACT: dict[str, Any] = {"event": "contact_created", "id": 9}


def refusal(raw: bytes) -> str:
    with pytest.raises(MalformedEvent) as caught:
        parse_event(raw)
    assert SECRET not in str(caught.value)
    assert caught.value.__context__ is None, "the cause would carry the body"
    return str(caught.value)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"event":"\xff"}',
        b'{"event":"\\ud800"}',
        b'{"event":NaN}',
        b'{"event":"x"} y',
        b'{"event":"x","deep":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"event":"x","n":' + b"9" * 5000 + b"}",
        SECRET.encode(),
    ],
)
def test_what_is_not_json_in_utf8_is_refused(raw: bytes) -> None:
    assert "is not JSON in UTF-8" in refusal(raw)


@pytest.mark.parametrize("body", [[], [MESSAGE], "message_created", 5, None, True])
def test_json_that_is_not_an_object_is_refused(body: object) -> None:
    assert "not an object" in refusal(json.dumps(body).encode())


@pytest.mark.parametrize("body", [{}, {"event": None}, {"event": 5}, {"event": ["message_created"]}, {"name": SECRET}])
def test_an_object_without_the_name_of_an_event_is_refused(body: object) -> None:
    assert "no text 'event'" in refusal(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (MESSAGE | {"id": SECRET}, "'id' must be a whole number"),
        (MESSAGE | {"id": "5"}, "'id' must be a whole number"),
        (MESSAGE | {"id": True}, "'id' must be a whole number"),
        (MESSAGE | {"id": 5.5}, "'id' must be a whole number"),
        (MESSAGE | {"id": -1}, "'id' must be in range"),
        (MESSAGE | {"id": 2**63}, "'id' must be in range"),
        ({"event": "message_created", "conversation": {"id": 7}}, "'id' is missing"),
        ({"event": "message_updated", "id": 5}, "'conversation' is missing"),
        (MESSAGE | {"conversation": None}, "'conversation' must be an object"),
        (MESSAGE | {"conversation": {"id": SECRET}}, "'conversation.id' must be a whole number"),
        (
            MESSAGE | {"conversation": {"id": 7, "updated_at": [SECRET]}},
            "'conversation.updated_at' must be a number or text",
        ),
        (MESSAGE | {"conversation": {"id": 7, "labels": SECRET}}, "'conversation.labels' must be a list"),
        (MESSAGE | {"content": {SECRET: SECRET}}, "'content' must be text"),
        (MESSAGE | {"content_attributes": SECRET}, "'content_attributes' must be an object"),
        (MESSAGE | {"private": SECRET}, "'private' must be true or false"),
        (MESSAGE | {"sender": SECRET}, "'sender' must be an object"),
        (MESSAGE | {"sender": {"id": SECRET}}, "'sender.id' must be a whole number"),
        (MESSAGE | {"sender": {"id": SECRET, "type": "user"}}, "'sender.id' must be a whole number"),
        (MESSAGE | {"attachments": [{"id": SECRET}]}, "'attachments.0.id' must be a whole number"),
        (MESSAGE | {"message_type": [SECRET]}, "'message_type' must be text"),
        (OPENED | {"id": SECRET}, "conversation_opened: 'id' must be a whole number"),
        (OPENED | {"meta": {"assignee": {"id": None}}}, "'meta.assignee.id' must be a whole number"),
        ({"event": "conversation_typing_on"}, "'conversation' is missing"),
        (CONTACT | {"id": SECRET}, "contact_created: 'id' must be a whole number"),
        (CONTACT | {"email": [SECRET]}, "'email' must be text"),
    ],
)
def test_a_wrong_type_is_refused_by_its_place_and_never_by_its_value(body: object, problem: str) -> None:
    message = refusal(json.dumps(body).encode())
    assert problem in message
    assert "Check that only CriaChat posts to this URL" in message


@pytest.mark.parametrize(
    "name", ["automation_event.message_created", "macro.executed", "message_incoming", "group_joined", ""]
)
@pytest.mark.parametrize(
    "rest", [{}, {"id": "x", "account": 5, "conversation": [], "inbox": {"id": None}, "messages": 1}]
)
def test_an_unknown_event_is_never_refused(name: str, rest: dict[str, Any]) -> None:
    event = parse_event(json.dumps({"event": name} | rest).encode())
    assert isinstance(event, UnknownEvent)
    assert event.body == {"event": name} | rest
    assert (event.account_id, event.inbox_id, event.conversation_id, event.message_id) == (None, None, None, None)
    assert event.meaning is None


def test_an_unknown_event_shows_the_ids_it_has() -> None:
    body = {"event": "message_incoming", "account": {"id": 3}, "inbox": {"id": 4}, "conversation": {"id": 7}}
    event = parse_event(json.dumps(body).encode())
    assert (event.account_id, event.inbox_id, event.conversation_id) == (3, 4, 7)


def test_unknown_keys_are_kept_whatever_they_are_called() -> None:
    keys = {"contact": 1, "body": 2, "meaning": 3, "account_id": "x", "model_config": [], "_ids": 5, "shown": 6, "": 7}
    event = parse_event(json.dumps(MESSAGE | keys).encode())
    assert isinstance(event, MessageCreated)
    assert event.model_extra == keys
    assert (event.meaning, event.account_id) == ("message_created:5", None)


def test_keys_that_are_absent_are_none() -> None:
    event = parse_event(json.dumps(MESSAGE).encode())
    assert isinstance(event, MessageCreated)
    assert (event.content, event.sender, event.attachments, event.time_ms, event.marker) == (None,) * 5
    assert (event.account_id, event.inbox_id, event.contact_id) == (None, None, None)


def everything_about(event: Event) -> list[object]:
    ids = [event.account_id, event.inbox_id, event.conversation_id, event.contact_id, event.message_id]
    return [
        *ids,
        event.meaning,
        event.time_ms,
        repr(event),
        str(event),
        getattr(event, "changes", None),
        getattr(event, "marker", None),
    ]


def parsed_or_refused(raw: bytes) -> None:
    try:
        event = parse_event(raw)
    except MalformedEvent:
        return
    assert everything_about(event)


@given(st.binary())
def test_any_bytes_are_an_event_or_refused(raw: bytes) -> None:
    parsed_or_refused(raw)


def samples() -> list[bytes]:
    """One recorded body of each event."""
    scenarios = ("03_widget", "08_toggle_status", "20_templates", "23_every_event")
    by_event = {delivery.body["event"]: delivery.raw for name in scenarios for delivery in recording(name)}
    assert len(by_event) >= 14
    return list(by_event.values())


@given(st.data())
def test_a_damaged_recording_is_an_event_or_refused(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from(SAMPLES))
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(start + 20, len(raw))))
    parsed_or_refused(raw[:start] + data.draw(st.binary(max_size=20)) + raw[end:])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.data())
def test_a_recording_with_any_other_value_in_it_is_an_event_or_refused(data: st.DataObject) -> None:
    body = json.loads(data.draw(st.sampled_from(SAMPLES)))
    place = body
    for _ in range(data.draw(st.integers(0, 3))):
        objects = [key for key, value in place.items() if isinstance(value, dict) and value]
        if not objects:
            break
        place = place[data.draw(st.sampled_from(objects))]
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(JSON)
    parsed_or_refused(json.dumps(body).encode())


SAMPLES = samples()
