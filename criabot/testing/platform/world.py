"""What the simulated platform knows: accounts' people, inboxes, contacts, conversations and messages.

Plain records and lookups. What a change causes (events, activity messages, templates) is not here: the modules named
after the records do it.
"""

from __future__ import annotations

import secrets
import string
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeAlias

from criabot.testing.versions import number_of, release

__all__ = [
    "AccessToken",
    "Account",
    "AgentBot",
    "Attachment",
    "Contact",
    "ContactInbox",
    "Conversation",
    "Inbox",
    "Json",
    "Label",
    "Message",
    "Principal",
    "Sender",
    "Team",
    "User",
    "Webhook",
    "World",
    "token",
]

Json: TypeAlias = dict[str, Any]

INCOMING, OUTGOING, ACTIVITY, TEMPLATE = range(4)
MESSAGE_TYPES = ("incoming", "outgoing", "activity", "template")
STATUSES = ("open", "resolved", "pending", "snoozed")
MOST_UNREAD = 10
BASE58 = "".join(sorted(set(string.ascii_letters + string.digits) - set("0OIl")))


def token(length: int = 24) -> str:
    """A random base58 text, as the platform's tokens and secrets are."""
    return "".join(secrets.choice(BASE58) for _ in range(length))


@dataclass(eq=False, slots=True)
class Account:
    """The account; `settings` as in ``GET accounts/{id}``."""

    id: int = 1
    name: str = "Demo"
    locale: str = "en"
    settings: Json = field(default_factory=dict)
    attributes: Json = field(default_factory=dict)
    created_at: float = 0.0


@dataclass(eq=False, slots=True)
class AccessToken:
    """A token and its row, as an agent bot's JSON shows it."""

    token: str = field(repr=False)
    id: int = 0
    created_at: float = 0.0


@dataclass(eq=False, slots=True)
class User:
    """An agent or an administrator."""

    id: int
    name: str
    email: str
    role: str = "agent"
    access_token: str = field(default_factory=token, repr=False)
    pubsub_token: str = field(default_factory=token, repr=False)
    availability: str = "online"
    is_online: bool = False
    confirmed: bool = True
    attributes: Json = field(default_factory=dict)

    @property
    def is_admin(self) -> bool:
        """Whether the role is administrator."""
        return self.role == "administrator"

    @property
    def available_name(self) -> str:
        """The name that customers see."""
        return self.attributes.get("display_name") or self.name

    @property
    def availability_status(self) -> str:
        """What the platform shows: the chosen availability while a page is open, else offline."""
        return self.availability if self.is_online or not self.attributes.get("auto_offline", True) else "offline"


@dataclass(eq=False, slots=True)
class AgentBot:
    """An agent bot (contract 4.2)."""

    id: int
    name: str
    outgoing_url: str = ""
    access_token: AccessToken = field(default_factory=lambda: AccessToken(token()))
    secret: str = field(default_factory=token, repr=False)
    description: str | None = None
    bot_config: Json = field(default_factory=dict)
    account_id: int | None = 1


@dataclass(eq=False, slots=True)
class Team:
    """A team; names are stored in lower case."""

    id: int
    name: str
    description: str | None = None
    allow_auto_assign: bool = True
    members: list[User] = field(default_factory=list)
    created_at: float = 0.0
    updated_at: float = 0.0


@dataclass(eq=False, slots=True)
class Label:
    """A defined label; conversations may carry others, too (contract 4.5)."""

    id: int
    title: str
    description: str | None = None
    color: str = "#1f93ff"
    show_on_sidebar: bool | None = None


@dataclass(eq=False, slots=True)
class Webhook:
    """An account webhook (contract 1.2)."""

    id: int
    url: str
    subscriptions: list[str]
    name: str | None = None
    inbox_id: int | None = None
    secret: str = field(default_factory=token, repr=False)


@dataclass(eq=False, slots=True)
class Inbox:
    """An inbox and its channel.

    Attributes:
        channel_type: the Ruby class, such as ``Channel::Api``.
        channel: the channel row's columns: identifier, hmac_token, webhook_url, secret, phone_number, provider_config…
        settings: the inbox's other columns; what is not in it has the platform's default.
        bot: the active agent bot, if any.
        members: agents who see it.
    """

    id: int
    name: str
    channel_type: str
    channel_id: int
    channel: Json = field(repr=False)
    settings: Json = field(default_factory=dict)
    bot: AgentBot | None = None
    members: list[User] = field(default_factory=list)
    working_hours: list[Json] = field(default_factory=list)
    created_at: float = 0.0
    updated_at: float = 0.0


@dataclass(eq=False, slots=True)
class Contact:
    """A customer."""

    id: int
    name: str
    email: str | None = None
    phone_number: str | None = None
    identifier: str | None = None
    blocked: bool = False
    additional_attributes: Json = field(default_factory=dict)
    custom_attributes: Json = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    notes: list[Json] = field(default_factory=list)
    contact_type: str = "visitor"
    avatar: str = ""
    is_online: bool = False
    last_activity_at: float | None = None
    created_at: float = 0.0
    updated_at: float = 0.0


@dataclass(eq=False, slots=True)
class ContactInbox:
    """A contact's identity inside one inbox; `id` is installation-wide."""

    id: int
    contact: Contact
    inbox: Inbox
    source_id: str
    pubsub_token: str | None = field(default_factory=token, repr=False)
    hmac_verified: bool = False
    created_at: float = 0.0
    updated_at: float = 0.0


@dataclass(eq=False, slots=True)
class Attachment:
    """An attachment (contract 2.1.7); `data` are the file's bytes."""

    id: int
    file_type: str
    name: str = ""
    content_type: str = ""
    data: bytes = field(default=b"", repr=False)
    fallback_title: str | None = None
    latitude: float = 0.0
    longitude: float = 0.0
    external_url: str | None = None
    meta: Json = field(default_factory=dict)
    blob_key: str = field(default_factory=lambda: token(28))
    width: int | None = None
    height: int | None = None


@dataclass(eq=False, slots=True)
class Conversation:
    """A conversation; `id` is the display id. Times are epoch seconds, None for never.

    Attributes:
        is_being_created: the request that makes it has not ended: a further change in it lists the display id, too.
    """

    id: int
    contact_inbox: ContactInbox
    status: str = "open"
    priority: str | None = None
    assignee: User | None = None
    assignee_bot: AgentBot | None = None
    team: Team | None = None
    labels: list[str] = field(default_factory=list)
    cached_label_list: str | None = None
    custom_attributes: Json = field(default_factory=dict)
    additional_attributes: Json = field(default_factory=dict)
    snoozed_until: float | None = None
    first_reply_created_at: float | None = None
    waiting_since: float | None = None
    agent_last_seen_at: float | None = None
    assignee_last_seen_at: float | None = None
    contact_last_seen_at: float | None = None
    last_activity_at: float = 0.0
    created_at: float = 0.0
    updated_at: float = 0.0
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    messages: list[Message] = field(default_factory=list, repr=False)
    participants: list[User] = field(default_factory=list)
    draft: str | None = None
    is_being_created: bool = False

    @property
    def contact(self) -> Contact:
        """Whose it is."""
        return self.contact_inbox.contact

    @property
    def inbox(self) -> Inbox:
        """Where it is."""
        return self.contact_inbox.inbox

    @property
    def said(self) -> list[str]:
        """The texts that the customer can read of the bot and the team, in order."""
        return [m.content or "" for m in self.messages if m.is_visible and m.message_type != INCOMING]

    @property
    def notes(self) -> list[str]:
        """The private notes, in order."""
        return [m.content or "" for m in self.messages if m.private]


Sender: TypeAlias = "User | AgentBot | Contact | None"
Principal: TypeAlias = "User | AgentBot"


@dataclass(eq=False, slots=True)
class Message:
    """A message (contract 3): `message_type` 0 incoming, 1 outgoing, 2 activity, 3 template.

    Attributes:
        processed_content: the text as it was handed over, before variables are filled in; of a mail without quotation.
    """

    id: int
    conversation: Conversation = field(repr=False)
    content: str | None
    message_type: int = OUTGOING
    sender: Sender = None
    private: bool = False
    content_type: str = "text"
    content_attributes: Json = field(default_factory=dict)
    additional_attributes: Json = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)
    status: str = "sent"
    source_id: str | None = None
    processed_content: str | None = None
    echo_id: Any = None
    created_at: float = 0.0
    updated_at: float = 0.0

    @property
    def is_visible(self) -> bool:
        """Whether the customer can read it."""
        return not self.private and self.message_type != ACTIVITY

    @property
    def buttons(self) -> list[str]:
        """The titles that an ``input_select`` offers."""
        items = self.content_attributes.get("items") if self.content_type == "input_select" else None
        return [str(item.get("title", "")) for item in items or ()]


class World:
    """Everything one installation with one account knows.

    Args:
        version: which server to be (contract 0.2); ``newest`` is the newest that is known.
        clock: epoch seconds.
    """

    def __init__(self, version: str, clock: Callable[[], float]) -> None:
        self.version = number_of(version)
        self.clock = clock
        self.account = Account(created_at=clock())
        self.users: dict[int, User] = {}
        self.bots: dict[int, AgentBot] = {}
        self.teams: dict[int, Team] = {}
        self.labels: dict[int, Label] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.inboxes: dict[int, Inbox] = {}
        self.contacts: dict[int, Contact] = {}
        self.contact_inboxes: dict[int, ContactInbox] = {}
        self.conversations: dict[int, Conversation] = {}
        self.messages: dict[int, Message] = {}
        self.rows: defaultdict[str, dict[int, Json]] = defaultdict(dict)  # tables that are only listed and edited
        self._next: defaultdict[str, int] = defaultdict(lambda: 1)

    def since(self, version: str) -> bool:
        """Whether this server is at least `version`."""
        return release(self.version) >= release(version)

    def next_id(self, kind: str, value: int | None = None) -> int:
        """The id that the next new record of a kind gets; `value` sets it."""
        if value is not None:
            self._next[kind] = value
        return self._next[kind]

    def new_id(self, kind: str) -> int:
        """Take the next id of a kind: ``message``, ``conversation``, ``contact``, ``inbox`` and so on."""
        self._next[kind] += 1
        return self._next[kind] - 1

    def taken(self, kind: str, number: int) -> None:
        """An id was given from outside: the next new one is above it."""
        self._next[kind] = max(self._next[kind], number + 1)

    def principal(self, value: str) -> Principal | None:
        """Whose access token it is."""
        user = next((each for each in self.users.values() if each.access_token == value), None)
        return user or next((each for each in self.bots.values() if each.access_token.token == value), None)

    def conversations_of(self, contact_inbox: ContactInbox) -> list[Conversation]:
        """The conversations of a contact in an inbox, oldest first."""
        return [c for c in self.conversations.values() if c.contact_inbox is contact_inbox]

    def contact_inbox(self, inbox: Inbox, source_id: str) -> ContactInbox | None:
        """The contact known in an inbox by a source id."""
        rows = self.contact_inboxes.values()
        return next((row for row in rows if row.inbox is inbox and row.source_id == source_id), None)

    def inbox_by(self, key: str, value: Any) -> Inbox | None:
        """The inbox with a channel column of that value, such as ``identifier`` or ``website_token``."""
        return next((inbox for inbox in self.inboxes.values() if inbox.channel.get(key) == value), None)

    def unread(self, conversation: Conversation) -> int:
        """Incoming messages after the agent last looked, at most 10 (contract 4.5)."""
        seen, newest_first = conversation.agent_last_seen_at or 0, reversed(conversation.messages)
        unread = (m for m in newest_first if m.message_type == INCOMING and m.created_at > seen)
        return sum(1 for _ in islice(unread, MOST_UNREAD))
