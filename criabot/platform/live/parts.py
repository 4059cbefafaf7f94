"""What the live socket's events are about (contract 6.2): the API's own models, and what only the socket adds."""

from __future__ import annotations

from pydantic import Field

from criabot.platform.answers.messages import MessageData
from criabot.platform.parts import (
    AnySender,
    Change,
    ContactData,
    ConversationData,
    Id,
    JsonObject,
    Part,
    Time,
    changes_of,
)

__all__ = [
    "LiveContact",
    "LiveConversation",
    "LiveMessage",
    "Notification",
    "NotificationChange",
    "Presence",
    "Typing",
]


class LiveMessage(MessageData):
    """A message as it was when it changed, with its ``status``, ``echo_id`` and who did it (contract 2.1.6 and 6.2)."""

    previous_changes: JsonObject | None = None
    performer: AnySender | None = None

    @property
    def changes(self) -> dict[str, Change]:
        """The changed columns by their database names; empty for a new message."""
        return changes_of(self.previous_changes)


class LiveConversation(ConversationData):
    """A conversation as it was when the platform got to telling it, which may be later than what is told happened."""

    account_id: Id | None = None
    performer: AnySender | None = None


class LiveContact(ContactData):
    """A contact, and who changed it."""

    account_id: Id | None = None
    performer: AnySender | None = None


class Typing(Part):
    """Who types where."""

    shown = ("conversation", "user", "is_private")

    conversation: ConversationData
    user: AnySender | None = None
    is_private: bool | None = None
    account_id: Id | None = None
    performer: AnySender | None = None


class Presence(Part):
    """Who is there; contacts are told of agents only.

    Attributes:
        users: the availability of agents by their ids: ``online``, ``busy`` or a later server's text.
        contacts: the same of contacts.
    """

    shown = ("account_id",)

    account_id: Id | None = None
    users: dict[int, str] = Field(default_factory=dict)
    contacts: dict[int, str] = Field(default_factory=dict)


class Notification(Part):
    """What an agent is told by the bell; a deleted one has an ``id`` only.

    What it is about stays plain data: ``primary_actor`` is a conversation, ``secondary_actor`` perhaps a message.
    """

    shown = ("id", "notification_type", "primary_actor_type", "primary_actor_id")

    id: Id
    notification_type: str | None = None
    primary_actor_type: str | None = None
    primary_actor_id: Id | None = None
    primary_actor: JsonObject | None = None
    secondary_actor: JsonObject | None = None
    push_message_title: str | None = None
    push_message_body: str | None = None
    user: AnySender | None = None
    account_id: Id | None = None
    meta: JsonObject | None = None
    read_at: Time | None = None
    snoozed_until: Time | None = None
    last_activity_at: Time | None = None
    created_at: Time | None = None


class NotificationChange(Part):
    """A notification, and how many there are now.

    Attributes:
        notification: that came, changed or went.
        unread_count: how many are unread.
        count: how many there are.
        account_id: where.
    """

    shown = ("notification", "unread_count", "count")

    notification: Notification
    unread_count: int | None = None
    count: int | None = None
    account_id: Id | None = None
    performer: AnySender | None = None
