"""Every webhook event as a typed model (contract 2).

An event says which lane and log line it belongs to (``account_id``, ``conversation_id``, …), when it happened
(``time_ms``), and what makes it the same event when it arrives again (``meaning``).
"""

from __future__ import annotations

import json
from functools import cached_property
from hashlib import blake2b
from typing import Any, ClassVar, NamedTuple

from pydantic import model_validator

from criabot.platform.parts import (
    Account,
    AnySender,
    Change,
    ContactData,
    ConversationData,
    Id,
    Inbox,
    JsonObject,
    MessageFields,
    Part,
    changes_of,
    milliseconds,
)


class Ids(NamedTuple):
    """What an event is about, as far as it is about such a thing."""

    account: int | None = None
    inbox: int | None = None
    conversation: int | None = None
    contact: int | None = None
    message: int | None = None


class Event(Part):
    """What every webhook has: the name of an event, and what it is about (contract 2)."""

    shown: ClassVar[tuple[str, ...]] = ("event", "account_id", "conversation_id", "contact_id", "message_id")

    event: str

    @cached_property
    def ids(self) -> Ids:
        """What it is about, all in one."""
        return Ids()

    @property
    def account_id(self) -> int | None:
        """The account; None where the server does not tell (many conversation events before 4.14.2)."""
        return self.ids.account

    @property
    def inbox_id(self) -> int | None:
        """The inbox, where the event has one."""
        return self.ids.inbox

    @property
    def conversation_id(self) -> int | None:
        """The conversation's number within its account, where the event has one."""
        return self.ids.conversation

    @property
    def contact_id(self) -> int | None:
        """The contact of the event or of its conversation."""
        return self.ids.contact

    @property
    def message_id(self) -> int | None:
        """The message's id, unique on the server, where the event is about one."""
        return self.ids.message

    @property
    def meaning(self) -> str | None:
        """What makes it the same event when it arrives again (contract 2.13, without the account).

        Never the same for two different events. The copies that several senders deliver share it for messages
        and contacts, but often not for conversations. None where two deliveries cannot be told to be the same.
        """
        return None

    @property
    def time_ms(self) -> int | None:
        """When it happened, in epoch milliseconds of the platform's clock; None where it does not tell."""
        return None


class MessageEvent(MessageFields, Event):
    """A message was created or updated (contract 2.2 and 2.3); its ``conversation`` is a snapshot (contract 1.7)."""

    account: Account | None = None
    inbox: Inbox | None = None
    conversation: ConversationData
    additional_attributes: JsonObject | None = None

    @cached_property
    def ids(self) -> Ids:
        """What it is about, all in one."""
        return ids_of(self.conversation, self.account, self.inbox, self.id)


class MessageCreated(MessageEvent):
    """A message of a contact, agent, bot or the platform itself, also a private note (contract 2.2)."""

    @property
    def is_from_contact(self) -> bool:
        """Whether a contact says this to the team: incoming and not a note (contract 2.14)."""
        return self.message_type == "incoming" and not self.private

    @property
    def meaning(self) -> str:
        """The message's id: a message is created once."""
        return f"message_created:{self.id}"

    @property
    def time_ms(self) -> int | None:
        """When the message was created."""
        return milliseconds(self.created_at)


class MessageUpdated(MessageEvent):
    """Something about a message changed; the event does not say what (contract 2.3)."""

    @property
    def meaning(self) -> str:
        """The message and what it now says: a receipt changes neither (contract 2.13)."""
        return f"message_updated:{self.id}:{digest([self.content, self.content_attributes])}"

    @property
    def time_ms(self) -> int | None:
        """When the conversation last changed: ``created_at`` is the message's birth, not the update."""
        return milliseconds(self.conversation.updated_at)


class ConversationEvent(Event):
    """Something happened to a conversation (contract 2.4 to 2.7).

    The wire puts the conversation's keys beside ``event``; here they are in ``conversation``, as in the events
    of messages.
    """

    conversation: ConversationData
    changed_attributes: Any = None

    @model_validator(mode="before")
    @classmethod
    def _lift(cls, body: Any) -> Any:
        return lift(body, "conversation")

    @cached_property
    def ids(self) -> Ids:
        """What it is about, all in one."""
        return ids_of(self.conversation, None)

    @property
    def changes(self) -> dict[str, Change]:
        """The changed columns by their database names; empty where the server does not tell (contract 2.6)."""
        return changes_of(self.changed_attributes)

    @property
    def meaning(self) -> str | None:
        """The conversation and its ``updated_at`` in milliseconds; None without one.

        A bot's copy has it more precisely than an account's of the same event.
        """
        moment = self.time_ms
        return f"{self.event}:{self.conversation.id}:{moment}" if moment is not None else None

    @property
    def time_ms(self) -> int | None:
        """When the conversation last changed."""
        return milliseconds(self.conversation.updated_at)


class ConversationCreated(ConversationEvent):
    """A conversation began; agent bots do not get this (contract 2.4)."""

    @property
    def meaning(self) -> str:
        """The conversation: it is created once."""
        return f"conversation_created:{self.conversation.id}"


class ConversationUpdated(ConversationEvent):
    """Columns of a conversation changed.

    ``conversation.status`` can be stale, ``changes["status"].current`` is not (contract 1.7).
    """

    @property
    def meaning(self) -> str | None:
        """The conversation and the changes, which hold the exact time before and after.

        Not its ``updated_at``: a late copy shows the record as it is by then, so that an opening and the assignment
        after it can arrive with the same one, and the second would be lost as a duplicate of the first.
        """
        if not self.changes:
            return super().meaning
        return f"conversation_updated:{self.conversation.id}:{digest(self.changed_attributes)}"


class ConversationStatusChanged(ConversationEvent):
    """A conversation has the status that ``conversation.status`` says; the old one is not told (contract 2.6)."""


class ConversationOpened(ConversationEvent):
    """A conversation was given to the humans; only agent bots get this (contract 2.7)."""


class ConversationResolved(ConversationEvent):
    """A conversation was closed; only agent bots get this (contract 2.7)."""


class ConversationTyping(Event):
    """Somebody began or stopped typing; agent bots do not get this (contract 2.8)."""

    conversation: ConversationData
    user: AnySender | None = None
    is_private: bool | None = None

    @property
    def on(self) -> bool:
        """Whether the typing began (else it stopped)."""
        return self.event == "conversation_typing_on"

    @cached_property
    def ids(self) -> Ids:
        """What it is about, all in one."""
        typist = self.user if isinstance(self.user, ContactData) else None
        return ids_of(self.conversation, typist.account if typist is not None else None)


class ContactEvent(Event):
    """Something happened to a contact; only account webhooks tell (contract 2.9).

    The wire puts the contact's keys beside ``event``; here they are in ``contact``.
    """

    contact: ContactData
    changed_attributes: Any = None

    @model_validator(mode="before")
    @classmethod
    def _lift(cls, body: Any) -> Any:
        return lift(body, "contact")

    @cached_property
    def ids(self) -> Ids:
        """What it is about, all in one."""
        return Ids(account=id_of(self.contact.account), contact=self.contact.id)

    @property
    def changes(self) -> dict[str, Change]:
        """The changed columns by their database names; empty for a new contact."""
        return changes_of(self.changed_attributes)


class ContactCreated(ContactEvent):
    """A contact is new (contract 2.9)."""

    @property
    def meaning(self) -> str:
        """The contact: it is created once."""
        return f"contact_created:{self.contact.id}"


class ContactUpdated(ContactEvent):
    """Columns of a contact changed; every incoming message causes one of these (contract 2.9)."""

    @property
    def meaning(self) -> str:
        """The contact and the changes."""
        return f"contact_updated:{self.contact.id}:{digest(self.changed_attributes)}"


class WidgetTriggered(Event):
    """A visitor opened the web widget, perhaps before any conversation (contract 2.11).

    ``id`` is the contact inbox's. ``event_info`` is written by the visitor's browser: do not trust it.
    """

    id: Id | None = None
    source_id: str | None = None
    account: Account | None = None
    inbox: Inbox | None = None
    contact: ContactData | None = None
    current_conversation: ConversationData | None = None
    event_info: Any = None

    @cached_property
    def ids(self) -> Ids:
        """What it is about, all in one."""
        return Ids(id_of(self.account), id_of(self.inbox), id_of(self.current_conversation), id_of(self.contact))

    @property
    def meaning(self) -> str | None:
        """The visitor and the browser's own time of opening; None when the browser did not send one."""
        opened_at = member(member(self.event_info, "initiated_at"), "timestamp")
        if self.source_id is None or opened_at is None:
            return None
        return f"webwidget_triggered:{self.source_id}:{digest(opened_at)}"


class InboxEvent(Event):
    """An inbox was created or updated; ``channel`` holds its credentials (contract 2.10)."""

    account: Account | None = None
    channel: JsonObject | None = None
    changed_attributes: Any = None

    @cached_property
    def ids(self) -> Ids:
        """What it is about, all in one."""
        return Ids(account=id_of(self.account))

    @property
    def changes(self) -> dict[str, Change]:
        """The changed columns by their database names; empty for a new inbox."""
        return changes_of(self.changed_attributes)


class UnknownEvent(Event):
    """Any other event: of automations, macros, newer servers and forks (contract 1.1 and 1.11).

    Nothing about its keys is certain: they are plain data in ``body``, and ids are read where they usually are.
    """

    body: JsonObject

    @model_validator(mode="before")
    @classmethod
    def _lift(cls, body: Any) -> Any:
        return {"event": member(body, "event"), "body": body}

    @cached_property
    def ids(self) -> Ids:
        """What it is about, all in one."""
        flat = self.event.startswith(("automation_event.", "macro."))
        body = self.body
        return Ids(
            account=whole(member(member(body, "account"), "id")),
            inbox=whole(member(body, "inbox_id")) or whole(member(member(body, "inbox"), "id")),
            conversation=whole(member(body if flat else member(body, "conversation"), "id")),
        )


def digest(value: Any) -> str:
    """A short fingerprint of a JSON value, the same whatever the order of its keys."""
    return blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=12).hexdigest()


def member(value: Any, key: str) -> Any:
    """``value[key]`` where the value is an object that has the key, else None."""
    return value.get(key) if isinstance(value, dict) else None


def whole(value: Any) -> int | None:
    """The value where it is a whole number, else None."""
    return value if type(value) is int else None


def id_of(part: Account | Inbox | ContactData | ConversationData | None) -> int | None:
    """The id of a part that may be absent."""
    return part.id if part is not None else None


def ids_of(
    conversation: ConversationData, account: Account | None, inbox: Inbox | None = None, message: Id | None = None
) -> Ids:
    """What an event of a conversation is about; what the event itself names comes before what the conversation does.

    Servers before 4.14.2 name the account only in the nested message (contract 2.1.5), whichever message that is.
    """
    named = account or conversation.account
    return Ids(
        named.id if named is not None and named.id else _account_of(conversation.messages),
        inbox.id if inbox is not None else conversation.inbox_id,
        conversation.id,
        conversation.contact_id,
        message,
    )


def _account_of(messages: Any) -> int | None:
    nested = messages[0] if isinstance(messages, list) and messages else None
    return whole(member(nested, "account_id"))


def lift(body: JsonObject, name: str) -> JsonObject:
    """A flat event with everything but the event's own keys moved under ``name``."""
    rest = dict(body)
    own = {key: rest.pop(key) for key in ("event", "changed_attributes") if key in rest}
    return own | {name: rest}
