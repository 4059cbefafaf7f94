"""Events of the live socket: nothing of a recorded one is lost, and nothing of an unknown one (contract 6.2)."""

from __future__ import annotations

from typing import Any

import pytest

from criabot.platform.live import (
    ContactUpdated,
    ConversationTyping,
    FirstReplyCreated,
    LiveEvent,
    MessageCreated,
    MessageUpdated,
    NotificationCreated,
    NotificationDeleted,
    PresenceUpdate,
    TeamChanged,
    UnknownEvent,
)
from criabot.platform.live.events import event_of
from tests.platform.live.frames import messages_of

MESSAGES = [*messages_of("agent"), *messages_of("contact")]


def named(name: str, subscription: str = "agent") -> list[LiveEvent]:
    return [event_of(message) for message in messages_of(subscription) if message["event"] == name]


def first(name: str, subscription: str = "agent") -> Any:
    return named(name, subscription)[0]


def test_there_are_recorded_events() -> None:
    assert len(MESSAGES) > 140


def test_nothing_of_a_recorded_event_is_lost() -> None:
    for message in MESSAGES:
        event = event_of(message)
        assert event.model_dump(mode="json", exclude_unset=True) == message
        assert not isinstance(event, UnknownEvent)


def test_every_key_of_a_recorded_event_has_a_name() -> None:
    for message in MESSAGES:
        event = event_of(message)
        assert not event.model_extra
        assert not event.data.model_extra


def test_a_recorded_event_says_what_it_is_about() -> None:
    for message in MESSAGES:
        event = event_of(message)
        assert event.account_id == 1
        if event.event.startswith(("message.", "conversation.", "assignee.", "team.", "first.")):
            assert (event.conversation_id, event.inbox_id) == (76, 6)


def test_a_message_has_a_status_and_who_sent_it() -> None:
    created = next(event for event in named("message.created") if event.performer is not None)
    assert isinstance(created, MessageCreated)
    assert (created.message.status, created.message.message_type) == ("sent", "outgoing")
    assert created.performer is not None
    assert (created.performer.kind, created.message_id) == ("agent_bot", created.message.id)
    assert created.message.conversation is not None
    assert created.message.conversation["unread_count"] == 1
    assert named("message.created")[0].contact_id == 79


def test_an_echo_id_comes_back() -> None:
    echoes = [event.data.echo_id for event in named("message.created", "contact") if event.data.echo_id is not None]
    assert len(echoes) == 1


def test_an_updated_message_says_what_changed() -> None:
    read = first("message.updated")
    assert isinstance(read, MessageUpdated)
    assert (read.changes["status"].previous, read.changes["status"].current) == ("sent", "read")
    deleted = named("message.updated")[-1]
    assert isinstance(deleted, MessageUpdated)
    assert deleted.changes["content_attributes"].current == {"deleted": True}
    assert first("message.created").message.changes == {}


def test_the_other_events_have_their_own_types() -> None:
    typing = first("conversation.typing_on", "contact")
    assert isinstance(typing, ConversationTyping)
    assert typing.on
    assert typing.user is not None
    assert (typing.user.kind, typing.conversation.id) == ("user", 76)
    assert not first("conversation.typing_off", "contact").on
    assert isinstance(first("first.reply.created"), FirstReplyCreated)
    assert first("assignee.changed").conversation.meta.assignee.id == 2
    team = first("team.changed")
    assert isinstance(team, TeamChanged)
    assert team.conversation.meta is not None
    assert team.conversation.meta.team is not None
    contact = first("contact.updated")
    assert isinstance(contact, ContactUpdated)
    assert (contact.contact.id, contact.contact_id) == (79, 79)


def test_notifications_say_what_they_are_about() -> None:
    created, deleted = first("notification.created"), first("notification.deleted")
    assert isinstance(created, NotificationCreated)
    assert created.notification.notification_type == "conversation_assignment"
    assert (created.conversation_id, created.data.unread_count) == (76, 4)
    assert isinstance(deleted, NotificationDeleted)
    assert (deleted.notification.id, deleted.conversation_id) == (created.notification.id, None)


def test_presence_is_by_the_numbers_of_people() -> None:
    for_agent, for_contact = first("presence.update"), first("presence.update", "contact")
    assert isinstance(for_agent, PresenceUpdate)
    assert (for_agent.users, for_agent.contacts) == ({2: "online"}, {79: "online"})
    assert for_contact.contacts == {}


@pytest.mark.parametrize(
    "message",
    [
        {"event": "account.cache_invalidated", "data": {"account_id": 3, "cache_keys": {"label": "17"}}},
        {"event": "group.created", "data": {"account_id": 3, "members": [1, 2]}, "extra": True},
        {"event": "message.created", "data": {"account_id": 3, "id": "seven"}},
        {"event": "message.created", "data": {"account_id": 3}},
        {"event": "presence.update", "data": {"account_id": 3, "users": {"somebody": "online"}}},
    ],
)
def test_what_is_not_known_is_kept(message: dict[str, Any]) -> None:
    event = event_of(message)
    assert isinstance(event, UnknownEvent)
    assert event.model_dump(mode="json", exclude_unset=True) == message
    assert event.account_id == 3


@pytest.mark.parametrize("message", ["text", None, 7, {"event": 7}, {"data": {}}])
def test_what_is_no_event_is_kept(message: Any) -> None:
    event = event_of(message)
    assert (event.event, event.data) == ("", message)
    assert event.account_id is None


def test_a_known_event_that_looks_strange_is_logged_without_its_data(caplog: pytest.LogCaptureFixture) -> None:
    event_of({"event": "contact.updated", "data": {"id": "ana@example.com"}})
    assert "contact.updated: 'data.id'" in caplog.text
    assert "ana@" not in caplog.text


def test_a_repr_shows_nothing_about_people() -> None:
    for message in MESSAGES:
        shown = repr(event_of(message)) + repr(event_of(message).data)
        for secret in ("Ana", "Gus", "XYhU22xSJAwZ53hPbaA2JDaX", "Recife", "pybot"):
            assert secret not in shown
