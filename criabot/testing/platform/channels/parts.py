"""What channels and the simulated platform hand each other: plain data, no HTTP and no world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "File",
    "Outgoing",
    "ProviderAnswer",
    "ProviderRequest",
    "ProviderWebhook",
    "Receipt",
    "Received",
    "Recipient",
]

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class File:
    """A stored file of a message.

    Attributes:
        kind: the attachment's ``file_type`` (contract 2.1.7): image, audio, video, file, location, contact…
        name: its file name.
        content_type: such as ``image/png``.
        url: where the provider may fetch it.
        data: its bytes, empty for a location or a contact.
        fallback_title: place or phone number.
        latitude: of a location.
        longitude: of a location.
        meta: of a contact card.
        external_url: the provider's own address of the file, where the platform keeps that instead of a copy.
    """

    kind: str
    name: str = ""
    content_type: str = ""
    url: str = ""
    data: bytes = b""
    fallback_title: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    meta: Json = field(default_factory=dict)
    external_url: str | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom a message goes, and from which inbox.

    Attributes:
        source_id: the contact's identity inside the inbox (phone, PSID, chat id, e-mail…).
        channel: the inbox's channel settings (phone_number, provider_config, bot_token, page_id, email…).
        conversation: uuid, additional_attributes and what else of the conversation a channel needs.
        contact: name, email, phone_number.
        can_reply: whether the channel's window is open (contract 3.8).
    """

    source_id: str
    channel: Mapping[str, Any]
    conversation: Mapping[str, Any] = field(default_factory=dict)
    contact: Mapping[str, Any] = field(default_factory=dict)
    can_reply: bool = True


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that leaves the platform.

    Attributes:
        id: the message's.
        content: markdown as stored (contract 3.8); None or empty when there is none.
        content_type: contract 3.1.
        content_attributes: items, in_reply_to and the rest; `in_reply_to_source_id` is resolved by the platform.
        attachments: its files.
        to: the recipient.
        sender_name: of the agent or bot.
        template_params: contract 3.4.
        in_reply_to_source_id: the provider's id of the quoted message.
        is_rendered: whether markdown becomes what the channel has for it; servers before 4.9 leave it.
    """

    id: int
    content: str | None
    to: Recipient
    content_type: str = "text"
    content_attributes: Mapping[str, Any] = field(default_factory=dict)
    attachments: tuple[File, ...] = ()
    sender_name: str = ""
    template_params: Mapping[str, Any] | None = None
    in_reply_to_source_id: str | None = None
    is_rendered: bool = True


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """A request of the platform to a provider, shaped as a recording has it; e-mail is host ``smtp``, path ``mail``."""

    host: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What the provider answered: a JSON body or a text."""

    status: int = 200
    body: Any = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an answer means for the message: accepted with the provider's id, failed, or nothing known (both None)."""

    source_id: str | None = None
    external_error: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderWebhook:
    """A request of a provider to the platform; `body` is JSON, or a form, or the raw source of a mail."""

    method: str
    path: str
    body: Any
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Received:
    """One thing that a provider's webhook brings.

    Attributes:
        kind: a new ``message``, an ``edit`` or ``delete`` of an old one, a ``status``, or an ``echo``: the owner's own
            message from the phone or page.
        source_id: the provider's message id.
        sender_id: the contact's identity inside the inbox.
        sender: what is known of the contact: name, phone_number, email, identifier, additional_attributes…
        content: the text, None without one.
        content_type: ``text``, ``incoming_email``, …
        content_attributes: as stored.
        attachments: its files, in order.
        status: of a ``status``: sent, delivered, read, failed.
        until: of a ``status`` without `source_id`: it is for all messages sent up to then (epoch seconds).
        external_error: of a failed one.
        conversation: additional attributes of a conversation that this message opens (mail_subject…).
        thread: for e-mail, ids of earlier mails (In-Reply-To, References) that name the conversation.
    """

    kind: Literal["message", "edit", "delete", "status", "echo"]
    source_id: str | None
    sender_id: str
    sender: Json = field(default_factory=dict)
    content: str | None = None
    content_type: str = "text"
    content_attributes: Json = field(default_factory=dict)
    attachments: tuple[File, ...] = ()
    status: str | None = None
    until: float | None = None
    external_error: str | None = None
    conversation: Json = field(default_factory=dict)
    thread: tuple[str, ...] = ()
