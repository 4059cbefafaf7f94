"""Every event of the live socket as a typed model (contract 6.2).

An event is kept as it is on the wire, ``event`` and ``data``; what it is about has a name of its own, too:
``event.message``, ``event.conversation``, ``event.contact``.
"""

from __future__ import annotations

import logging
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from criabot.platform.events import Event, Ids, id_of, ids_of, member, whole
from criabot.platform.live.parts import (
    LiveContact,
    LiveConversation,
    LiveMessage,
    Notification,
    NotificationChange,
    Presence,
    Typing,
)
from criabot.platform.parts import AnySender, Change, ContactData, ConversationData

__all__ = [
    "AssigneeChanged",
    "ContactCreated",
    "ContactDeleted",
    "ContactEvent",
    "ContactMerged",
    "ContactUpdated",
    "ConversationCreated",
    "ConversationEvent",
    "ConversationRead",
    "ConversationStatusChanged",
    "ConversationTyping",
    "ConversationUpdated",
    "FirstReplyCreated",
    "LiveEvent",
    "MessageCreated",
    "MessageEvent",
    "MessageUpdated",
    "NotificationCreated",
    "NotificationDeleted",
    "NotificationEvent",
    "NotificationUpdated",
    "PresenceUpdate",
    "TeamChanged",
    "UnknownEvent",
    "event_of",
]

logger = logging.getLogger("criabot.live")


class LiveEvent(Event):
    """What every event of the socket has: its name, its data, and what it is about.

    Ids that it does not tell are None.
    """

    data: Any = None

    @property
    def performer(self) -> AnySender | None:
        """Who did it, where the platform tells: an agent, a bot."""
        found: AnySender | None = getattr(self.data, "performer", None)
        return found


class MessageEvent(LiveEvent):
    """A message; agents are told of notes and activities as well, contacts are not."""

    data: LiveMessage

    @property
    def message(self) -> LiveMessage:
        """The message."""
        return self.data

    @cached_property
    def ids(self) -> Ids:
        """What it is about, all in one."""
        message = self.data
        contact = message.sender.id if isinstance(message.sender, ContactData) else None
        return Ids(message.account_id, message.inbox_id, message.conversation_id, contact, message.id)


class MessageCreated(MessageEvent):
    """``message.created``; ``message.echo_id`` is what the poster gave, to tell the own from others'."""


class MessageUpdated(MessageEvent):
    """``message.updated``; of all that the platform sends by itself, only this says what changed in a message."""

    @property
    def changes(self) -> dict[str, Change]:
        """The changed columns by their database names, such as ``status``, ``content``, ``content_attributes``."""
        return self.data.changes


class FirstReplyCreated(MessageEvent):
    """``first.reply.created``: the first reply of a human in a conversation; only agents are told."""


class ConversationEvent(LiveEvent):
    """A conversation; what changed is not told."""

    data: LiveConversation

    @property
    def conversation(self) -> LiveConversation:
        """The conversation."""
        return self.data

    @cached_property
    def ids(self) -> Ids:
        """What it is about, all in one."""
        return ids_of(self.data, None)._replace(account=self.data.account_id)


class ConversationCreated(ConversationEvent):
    """``conversation.created``."""


class ConversationUpdated(ConversationEvent):
    """``conversation.updated``: any column changed, which happens for nearly every message."""


class ConversationStatusChanged(ConversationEvent):
    """``conversation.status_changed``: see ``conversation.status``."""


class ConversationRead(ConversationEvent):
    """``conversation.read``: by the contact; only agents are told."""


class AssigneeChanged(ConversationEvent):
    """``assignee.changed``: see ``conversation.meta``; only agents are told."""


class TeamChanged(ConversationEvent):
    """``team.changed``: see ``conversation.meta``; only agents are told."""


class ConversationTyping(LiveEvent):
    """``conversation.typing_on`` or ``conversation.typing_off``, told to everybody but who types."""

    data: Typing

    @property
    def on(self) -> bool:
        """Whether the typing began (else it stopped)."""
        return self.event == "conversation.typing_on"

    @property
    def conversation(self) -> ConversationData:
        """Where."""
        return self.data.conversation

    @property
    def user(self) -> AnySender | None:
        """Who: an agent, a bot or the contact."""
        return self.data.user

    @cached_property
    def ids(self) -> Ids:
        """What it is about, all in one."""
        return ids_of(self.data.conversation, None)._replace(account=self.data.account_id)


class ContactEvent(LiveEvent):
    """A contact; only agents are told."""

    data: LiveContact

    @property
    def contact(self) -> LiveContact:
        """The contact."""
        return self.data

    @cached_property
    def ids(self) -> Ids:
        """What it is about, all in one."""
        return Ids(account=self.data.account_id, contact=id_of(self.data))


class ContactCreated(ContactEvent):
    """``contact.created``."""


class ContactUpdated(ContactEvent):
    """``contact.updated``: every incoming message causes one."""


class ContactMerged(ContactEvent):
    """``contact.merged``."""


class ContactDeleted(ContactEvent):
    """``contact.deleted``."""


class NotificationEvent(LiveEvent):
    """The agent's own notifications, what the bell shows."""

    data: NotificationChange

    @property
    def notification(self) -> Notification:
        """The notification."""
        return self.data.notification

    @cached_property
    def ids(self) -> Ids:
        """What it is about, all in one."""
        about = self.notification
        number = about.primary_actor_id if about.primary_actor_type == "Conversation" else None
        return Ids(account=self.data.account_id, conversation=number)


class NotificationCreated(NotificationEvent):
    """``notification.created``."""


class NotificationUpdated(NotificationEvent):
    """``notification.updated``: read, unread or snoozed."""


class NotificationDeleted(NotificationEvent):
    """``notification.deleted``: it has an ``id`` only."""


class PresenceUpdate(LiveEvent):
    """``presence.update``: who is there; the answer to every sign of life that is given."""

    data: Presence

    @property
    def users(self) -> dict[int, str]:
        """The availability of agents by their ids: ``online``, ``busy`` or a later server's text."""
        return self.data.users

    @property
    def contacts(self) -> dict[int, str]:
        """The same of contacts; contacts are not told."""
        return self.data.contacts

    @cached_property
    def ids(self) -> Ids:
        """What it is about, all in one."""
        return Ids(account=self.data.account_id)


class UnknownEvent(LiveEvent):
    """Any other event, of a newer server or a fork, or one whose data looks like nothing that is known.

    Nothing about its ``data`` is certain, so it is left as it is.
    """

    @cached_property
    def ids(self) -> Ids:
        """The account, where it is told."""
        return Ids(account=whole(member(self.data, "account_id")))


MODELS: dict[str, type[LiveEvent]] = {
    "message.created": MessageCreated,
    "message.updated": MessageUpdated,
    "first.reply.created": FirstReplyCreated,
    "conversation.created": ConversationCreated,
    "conversation.updated": ConversationUpdated,
    "conversation.status_changed": ConversationStatusChanged,
    "conversation.read": ConversationRead,
    "conversation.typing_on": ConversationTyping,
    "conversation.typing_off": ConversationTyping,
    "assignee.changed": AssigneeChanged,
    "team.changed": TeamChanged,
    "contact.created": ContactCreated,
    "contact.updated": ContactUpdated,
    "contact.merged": ContactMerged,
    "contact.deleted": ContactDeleted,
    "notification.created": NotificationCreated,
    "notification.updated": NotificationUpdated,
    "notification.deleted": NotificationDeleted,
    "presence.update": PresenceUpdate,
}
"""The model of each event's name; every other name is an :class:`UnknownEvent`."""


def event_of(message: Any) -> LiveEvent:
    """The event that a frame's ``message`` holds; what is not understood becomes an :class:`UnknownEvent`."""
    name = member(message, "event")
    if not isinstance(name, str):
        return UnknownEvent(event="", data=message)
    try:
        return MODELS.get(name, UnknownEvent).model_validate(message)
    except ValidationError as error:
        place = ".".join(
            map(str, error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"])
        )
        logger.warning("%s: '%s' is not what it used to be; the event is passed on as plain data", name, place)
        return UnknownEvent.model_validate(message)
