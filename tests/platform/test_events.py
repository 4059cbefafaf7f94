"""Every recorded webhook as a typed event (contract 2)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from criabot.platform import (
    Change,
    ContactCreated,
    ContactData,
    ContactEvent,
    ContactUpdated,
    ConversationCreated,
    ConversationEvent,
    ConversationOpened,
    ConversationResolved,
    ConversationStatusChanged,
    ConversationTyping,
    ConversationUpdated,
    Event,
    InboxEvent,
    MessageCreated,
    MessageEvent,
    MessageUpdated,
    Sender,
    UnknownEvent,
    WidgetTriggered,
    parse_event,
)
from tests.recorded import VERSIONS, Delivery, Version, recording, recordings

CLASSES: dict[str, type[Event]] = {
    "contact_created": ContactCreated,
    "contact_updated": ContactUpdated,
    "conversation_created": ConversationCreated,
    "conversation_opened": ConversationOpened,
    "conversation_resolved": ConversationResolved,
    "conversation_status_changed": ConversationStatusChanged,
    "conversation_typing_off": ConversationTyping,
    "conversation_typing_on": ConversationTyping,
    "conversation_updated": ConversationUpdated,
    "inbox_created": InboxEvent,
    "inbox_updated": InboxEvent,
    "message_created": MessageCreated,
    "message_updated": MessageUpdated,
    "webwidget_triggered": WidgetTriggered,
}

COUNTS: dict[Version, dict[str, int]] = {
    "v4.15.1": {
        "ContactCreated": 85,
        "ContactUpdated": 239,
        "ConversationCreated": 155,
        "ConversationOpened": 25,
        "ConversationResolved": 19,
        "ConversationStatusChanged": 193,
        "ConversationTyping": 39,
        "ConversationUpdated": 689,
        "InboxEvent": 9,
        "MessageCreated": 1218,
        "MessageUpdated": 250,
        "UnknownEvent": 7,
        "WidgetTriggered": 8,
    },
    "v4.5.0": {
        "ContactCreated": 27,
        "ContactUpdated": 66,
        "ConversationCreated": 41,
        "ConversationOpened": 14,
        "ConversationResolved": 13,
        "ConversationStatusChanged": 84,
        "ConversationTyping": 16,
        "ConversationUpdated": 172,
        "MessageCreated": 393,
        "MessageUpdated": 75,
        "UnknownEvent": 5,
        "WidgetTriggered": 4,
    },
}


def deliveries(version: Version) -> Iterator[tuple[Delivery, Event]]:
    for each in recordings(version):
        for delivery in each:
            yield delivery, parse_event(delivery.raw)


def wire_form(event: Event) -> Any:
    """The event as the wire had it, from nothing but the model."""
    if isinstance(event, UnknownEvent):
        return event.body
    body = event.model_dump(exclude_unset=True)
    if isinstance(event, ConversationEvent):
        return body.pop("conversation") | body
    if isinstance(event, ContactEvent):
        return body.pop("contact") | body
    return body


@pytest.mark.parametrize("version", VERSIONS)
def test_every_recorded_webhook_has_its_class(version: Version) -> None:
    seen: Counter[str] = Counter()
    for delivery, event in deliveries(version):
        assert type(event) is CLASSES.get(delivery.body["event"], UnknownEvent)
        assert event.event == delivery.body["event"]
        seen[type(event).__name__] += 1
    assert seen == COUNTS[version]


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_of_a_recorded_webhook_is_lost_or_changed(version: Version) -> None:
    for delivery, event in deliveries(version):
        assert wire_form(event) == delivery.body


def ids_of(body: Any) -> dict[str, int | None]:
    """The ids where the contract says they are; an account only where it is certain."""
    kind = body["event"].split("_")[0]
    conversation = body if kind == "conversation" and "meta" in body else body.get("conversation") or {}
    if kind == "webwidget":
        conversation = body["current_conversation"] or {}
    contact = conversation["meta"]["sender"] if conversation else body.get("contact", {})
    return {
        "account_id": 1 if kind != "conversation" else body.get("account", {}).get("id"),
        "inbox_id": body.get("inbox", {}).get("id") or conversation.get("inbox_id"),
        "conversation_id": conversation.get("id"),
        "contact_id": body["id"] if kind == "contact" else contact.get("id"),
        "message_id": body["id"] if kind == "message" else None,
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_the_ids_are_those_of_the_wire(version: Version) -> None:
    for delivery, event in deliveries(version):
        if not isinstance(event, UnknownEvent):
            expected = {name: value for name, value in ids_of(delivery.body).items() if value is not None}
            assert {name: getattr(event, name) for name in expected} == expected
            for absent in {"inbox_id", "conversation_id", "contact_id", "message_id"} - set(expected):
                assert getattr(event, absent) is None


def test_an_automations_and_a_macros_event_is_a_flat_conversation() -> None:
    events = [(delivery.body, event) for delivery, event in deliveries("v4.15.1") if isinstance(event, UnknownEvent)]
    assert len(events) == 7
    for body, event in events:
        assert (event.account_id, event.inbox_id, event.conversation_id) == (1, body["inbox_id"], body["id"])


def test_a_new_server_names_the_account_in_every_event() -> None:
    assert {event.account_id for _, event in deliveries("v4.15.1")} == {1}


def test_an_old_server_names_the_account_of_a_conversation_only_in_its_nested_message() -> None:
    accounts: dict[bool, set[int | None]] = {True: set(), False: set()}
    for delivery, event in deliveries("v4.5.0"):
        if isinstance(event, ConversationEvent):
            accounts[bool(delivery.body["messages"])].add(event.account_id)
    assert accounts == {True: {1}, False: {None}}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_copies_of_a_message_from_all_senders_have_one_meaning(version: Version) -> None:
    senders = defaultdict(set)
    meanings = defaultdict(set)
    for delivery, event in deliveries(version):
        if isinstance(event, MessageCreated):
            senders[event.id].add(delivery.sender)
            meanings[event.id].add(event.meaning)
    assert sum(len(each) == 3 for each in senders.values()) > 100
    assert {frozenset({f"message_created:{message}"}) for message in meanings} == set(map(frozenset, meanings.values()))


def test_an_opening_and_the_assignment_after_it_are_not_taken_for_one_event() -> None:
    """The account's copies of both were built when both had happened, with the same ``updated_at``."""
    opening_and_assignment = 0
    for each in recordings("v4.15.1"):
        by_meaning = defaultdict(set)
        by_moment = defaultdict(set)
        for delivery in each:
            event = parse_event(delivery.raw)
            if isinstance(event, ConversationUpdated):
                changes = json.dumps(delivery.body["changed_attributes"])
                by_meaning[event.meaning].add(changes)
                by_moment[event.conversation_id, event.conversation.updated_at, delivery.sender].add(changes)
        assert all(len(changes) == 1 for changes in by_meaning.values())
        opening_and_assignment += sum(len(changes) > 1 for changes in by_moment.values())
    assert opening_and_assignment == 12


@pytest.mark.parametrize("version", VERSIONS)
def test_two_changes_of_status_never_have_one_meaning(version: Version) -> None:
    kinds = ConversationStatusChanged | ConversationOpened | ConversationResolved
    for each in recordings(version):
        seen = defaultdict(set)
        for delivery in each:
            event = parse_event(delivery.raw)
            if isinstance(event, kinds):
                moment = round(delivery.body["updated_at"] * 1000)
                assert event.meaning == f"{event.event}:{event.conversation_id}:{moment}"
                seen[event.meaning].add(event.conversation.status)
        assert all(len(statuses) == 1 for statuses in seen.values())


def body_of(scenario: str, event: str) -> dict[str, Any]:
    bodies = (delivery.body for delivery in recording(scenario))
    return next(body for body in bodies if body["event"] == event)


def parsed(body: dict[str, Any], **changed: Any) -> Any:
    return parse_event(json.dumps(body | changed).encode())


def test_an_update_means_another_thing_only_when_content_or_attributes_differ() -> None:
    body = body_of("05_input_select", "message_updated")
    attributes = body["content_attributes"]
    same = parsed(body, source_id="wamid.1", content_attributes=dict(reversed(attributes.items()))).meaning
    assert parsed(body).meaning == same
    assert parsed(body).meaning.startswith(f"message_updated:{body['id']}:")
    assert parsed(body, content="outra coisa").meaning != same
    assert parsed(body, content_attributes=attributes | {"deleted": True}).meaning != same


def test_contact_events_mean_the_contact_and_what_changed() -> None:
    created, updated = body_of("02_client_api", "contact_created"), body_of("02_client_api", "contact_updated")
    assert parsed(created).meaning == f"contact_created:{created['id']}"
    assert parsed(updated).meaning.startswith(f"contact_updated:{updated['id']}:")
    assert parsed(updated).meaning != parsed(updated, changed_attributes=[]).meaning


def test_a_widget_opening_means_the_visitor_and_the_browsers_time() -> None:
    events = [event for _, event in deliveries("v4.15.1") if isinstance(event, WidgetTriggered)]
    known = [event for event in events if event.meaning is not None]
    assert len(known) == 2, "both senders' copies of the one opening with a time"
    assert known[0].meaning == known[1].meaning
    assert f"{known[0].meaning}".startswith(f"webwidget_triggered:{known[0].source_id}:")


def test_events_without_a_meaning_are_typing_inboxes_and_the_unknown() -> None:
    without = {type(event) for _, event in deliveries("v4.15.1") if event.meaning is None}
    assert without == {ConversationTyping, InboxEvent, UnknownEvent, WidgetTriggered}


def test_times_are_milliseconds_of_the_platforms_clock() -> None:
    body = body_of("05_input_select", "message_created")
    event = parsed(body, created_at="2026-07-02T14:03:21.482Z")
    assert event.time_ms == 1783001001482
    assert parsed(body, created_at=1783001001).time_ms == 1783001001000
    assert parsed(body, created_at="2026-07-02T14:03:21.482").time_ms == 1783001001482
    for absent in (None, 0, "", "soon", 1e300):
        assert parsed(body, created_at=absent).time_ms is None


def test_an_update_happens_when_its_conversation_changed_not_when_the_message_was_born() -> None:
    body = body_of("05_input_select", "message_updated")
    body["conversation"]["updated_at"] = 1783001001.4901
    assert parsed(body).time_ms == 1783001001490
    conversation = body_of("09_handoff", "conversation_opened")
    assert parsed(conversation, updated_at=1783001301.77).time_ms == 1783001301770


def test_who_sent_a_message_is_known_although_a_contact_has_no_type() -> None:
    kinds: Counter[tuple[str | None, str | None]] = Counter()
    for _, event in deliveries("v4.15.1"):
        if isinstance(event, MessageCreated):
            kinds[event.message_type, event.sender.kind if event.sender else None] += 1
            assert isinstance(event.sender, ContactData) == (
                event.sender is not None and event.sender.kind == "contact"
            )
            assert event.is_from_contact == (event.message_type == "incoming")
    assert set(kinds) == {
        ("incoming", "contact"),
        ("outgoing", "agent_bot"),
        ("outgoing", "user"),
        ("outgoing", None),
        ("template", None),
        ("template", "contact"),  # posted as a template through the API
    }


def test_a_sender_of_a_later_server_keeps_its_kind() -> None:
    body = body_of("04_bot_text", "message_created")
    sender = parsed(body, sender={"id": 4, "type": "captain_assistant", "description": "x"}).sender
    assert type(sender) is Sender
    assert sender.kind == "captain_assistant"
    assert parsed(body, sender={"id": 4, "type": "robot"}).sender.kind == "robot"


def test_only_an_incoming_public_new_message_is_the_customers_word() -> None:
    body = body_of("04_bot_text", "message_created") | {"message_type": "incoming", "private": False}
    assert parsed(body).is_from_contact
    assert not parsed(body, private=True).is_from_contact
    assert not parsed(body, message_type="outgoing").is_from_contact
    assert not parsed(body, message_type="template").is_from_contact


def test_enums_may_be_numbers_and_unknown_ones_stay_text() -> None:
    body = body_of("04_bot_text", "message_created")
    assert [parsed(body, message_type=number).message_type for number in range(5)] == [
        "incoming",
        "outgoing",
        "activity",
        "template",
        "4",
    ]
    conversation = body_of("09_handoff", "conversation_opened")
    assert parsed(conversation, status=2, priority=3).conversation.status == "pending"
    assert parsed(conversation, status=2, priority=3).conversation.priority == "urgent"
    assert parsed(conversation, status="on_hold").conversation.status == "on_hold"


def test_our_marker_is_found_where_a_new_server_echoes_it_and_an_old_one_drops_it() -> None:
    assert {event.marker for _, event in echoes("v4.15.1")} >= {"k1", None}
    assert {event.marker for _, event in echoes("v4.5.0")} == {None}


def echoes(version: Version) -> Iterator[tuple[Delivery, MessageCreated]]:
    for delivery in (each for name in ("09_handoff", "15_marker_echo") for each in recording(name, version)):
        event = parse_event(delivery.raw)
        if isinstance(event, MessageCreated):
            yield delivery, event


@pytest.mark.parametrize("criabot", [None, "k1", ["k1"], {}, {"key": 5}, {"key": None}])
def test_a_marker_of_another_shape_is_none_of_ours(criabot: object) -> None:
    body = body_of("04_bot_text", "message_created")
    assert parsed(body, content_attributes={"criabot": criabot}).marker is None


def test_changes_come_as_null_a_list_or_an_object() -> None:
    body = body_of("09_handoff", "conversation_updated")
    change = {"previous_value": "pending", "current_value": "open"}
    expected = {"status": Change("pending", "open")}
    assert parsed(body, changed_attributes=[{"status": change}]).changes == expected
    assert parsed(body, changed_attributes={"status": change}).changes == expected
    assert parsed(body, changed_attributes={"status": ["pending", "open"]}).changes == expected
    assert parsed(body, changed_attributes={"status": "open"}).changes == {"status": Change(None, "open")}
    nothings: list[Any] = [None, [], {}, "status", [None, 7]]
    for nothing in nothings:
        assert parsed(body, changed_attributes=nothing).changes == {}


def test_the_bots_opening_is_a_change_of_status_in_the_update() -> None:
    updates = (parse_event(delivery.raw) for delivery in recording("09_handoff") if delivery.step == "bot opens")
    changes = [
        event.changes["status"]
        for event in updates
        if isinstance(event, ConversationUpdated) and "status" in event.changes
    ]
    assert changes
    assert set(changes) == {Change("pending", "open")}


def test_an_assignee_is_a_human_or_a_bot_on_every_server() -> None:
    for version in VERSIONS:
        kinds = {
            (event.conversation.meta.assignee_kind, event.conversation.meta.assignee is None)
            for _, event in deliveries(version)
            if isinstance(event, MessageEvent | ConversationEvent) and event.conversation.meta
        }
        assert {("user", False), (None, True)} <= kinds <= {("user", False), (None, True), ("agent_bot", False)}


def test_typing_is_on_or_off() -> None:
    states = {(event.event, event.on) for _, event in deliveries("v4.15.1") if isinstance(event, ConversationTyping)}
    assert states == {("conversation_typing_on", True), ("conversation_typing_off", False)}


def test_events_and_their_parts_print_ids_and_nothing_personal() -> None:
    personal = {"name": "Ana Lima", "email": "ana@exemplo.com", "phone_number": "+5581999990000"}
    secret = {"pubsub_token": "tokentoken"}
    for body in (body_of("04_bot_text", "message_created"), body_of("08_toggle_status", "conversation_updated")):
        conversation = body.get("conversation", body)
        conversation["meta"]["sender"] |= personal
        conversation["contact_inbox"] |= secret
        body |= {"sender": {"id": 5} | personal, "content": "my secret", "access_token": "tokentoken"}
        body["changed_attributes"] = [{"email": {"previous_value": None, "current_value": "ana@exemplo.com"}}]
        event = parsed(body)
        parts = [event, event.conversation, event.conversation.meta, event.conversation.contact_inbox]
        parts.append(event.changes if isinstance(event, ConversationEvent) else event.sender)
        shown = " ".join(f"{part!r} {part}" for part in parts)
        for value in (*personal.values(), "tokentoken", "my secret", "Ana"):
            assert value not in shown
        assert f"conversation_id={event.conversation_id}" in shown
