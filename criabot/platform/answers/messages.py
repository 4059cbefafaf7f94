"""Messages, as the Application API has them (contract 5.5)."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import Discriminator, Tag

from criabot.platform.parts import (
    ContactData,
    Id,
    JsonObject,
    MessageFields,
    Part,
    Sender,
    Time,
    WithoutPython,
    sender_tag,
)

__all__ = [
    "AnySenderDetails",
    "DirectUpload",
    "MessageData",
    "MessagePage",
    "MessagePageMeta",
    "SenderDetails",
    "UploadTarget",
    "UploadedFile",
]


class SenderDetails(Sender):
    """Who wrote a message, other than a contact: more of him than webhooks tell (contract 2.1.4 and 5.5).

    Attributes:
        availability_status: of an agent: ``online``, ``busy`` or ``offline``.
        available_name: of an agent, what customers see.
        description: of an assistant.
        created_at: of an assistant.
    """

    availability_status: str | None = None
    available_name: str | None = None
    avatar_url: str | None = None
    thumbnail: str | None = None
    description: str | None = None
    created_at: Time | None = None


AnySenderDetails: TypeAlias = Annotated[
    Annotated[ContactData, Tag("<contact>")] | Annotated[SenderDetails, Tag("<other>")],
    Discriminator(sender_tag),
    WithoutPython(SenderDetails),
]
"""A :class:`ContactData` when the sender is a contact, else :class:`SenderDetails`."""


class MessageData(MessageFields):
    """A message as the API has it (contract 5.5).

    ``content`` is the stored text, which a webhook may show trimmed: compare by ``id`` or ``marker``. ``echo_id`` is
    only in the answer to its creation. What stands below ``call`` is only in the messages that conversations carry
    along (contract 2.1.6).

    Attributes:
        status: ``sent`` (stored), ``delivered``, ``read`` or ``failed`` (contract 3.1).
        call: of a voice call.
        conversation: a few of its columns.
        processed_message_content: the text before its templates were filled in (contract 3.7).
        sender_type: ``Contact``, ``User``, ``AgentBot`` or ``Captain::Assistant``; None for an activity.
        updated_at: ISO-8601.
    """

    sender: AnySenderDetails | None = None
    conversation_id: Id | None = None
    inbox_id: Id | None = None
    status: str | None = None
    echo_id: object = None
    call: Any = None
    account_id: Id | None = None
    additional_attributes: JsonObject | None = None
    conversation: JsonObject | None = None
    external_source_ids: JsonObject | None = None
    processed_message_content: str | None = None
    sender_id: Id | None = None
    sender_type: str | None = None
    sentiment: Any = None
    updated_at: Time | None = None


class MessagePageMeta(Part):
    """What a list of messages tells of their conversation (contract 5.2); times are ISO-8601 or None."""

    shown = ("contact", "assignee")

    labels: list[str] | None = None
    additional_attributes: JsonObject | None = None
    contact: ContactData | None = None
    assignee: SenderDetails | None = None
    agent_last_seen_at: Time | None = None
    assignee_last_seen_at: Time | None = None


class MessagePage(Part):
    """A list of messages, the oldest first by ``created_at`` (contract 5.5)."""

    shown = ("meta",)

    meta: MessagePageMeta | None = None
    payload: list[MessageData]


class UploadedFile(Part):
    """A file that was uploaded for a later message (contract 3.6).

    ``blob_id`` goes into the ``attachments`` of a message. Whoever has ``file_url`` can read the file.
    """

    shown = ()

    blob_id: str
    file_url: str | None = None


class UploadTarget(Part):
    """Where the bytes of an announced file are to be put, with these headers; whoever has ``url`` can do it."""

    shown = ()

    url: str
    headers: dict[str, str] | None = None


class DirectUpload(Part):
    """A file that was announced (contract 3.6): put its bytes to ``direct_upload``, then attach ``signed_id``."""

    shown = ("id",)

    id: Id | None = None
    key: str | None = None
    filename: str | None = None
    content_type: str | None = None
    metadata: JsonObject | None = None
    service_name: str | None = None
    byte_size: int | None = None
    checksum: str | None = None
    created_at: Time | None = None
    signed_id: str
    attachable_sgid: str | None = None
    direct_upload: UploadTarget
