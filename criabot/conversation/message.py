"""A message, as handlers see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from criabot.conversation.contact import Contact
from criabot.conversation.conversation import Conversation
from criabot.conversation.effects import Collected, WhenUnknown
from criabot.platform import Attachment, MessageCreated, MessageUpdated, Sender

__all__ = ["Message"]


class Message:
    """A message of a conversation (contract 2.2).

    Attributes:
        event: the webhook's event, with everything that the platform sent.
        conversation: where it was said.
        late: a newer message of the conversation was handled before this one arrived.
    """

    event: MessageCreated | MessageUpdated
    conversation: Conversation
    late: bool

    def __init__(self, event: MessageCreated | MessageUpdated, conversation: Conversation, *, late: bool) -> None:
        self.event = event
        self.conversation = conversation
        self.late = late

    @property
    def id(self) -> int:
        """The message's id, unique on the server."""
        return self.event.id

    @property
    def text(self) -> str:
        """What was written; empty for a picture without a caption, a location, an order."""
        return self.event.content or ""

    @property
    def content_type(self) -> str:
        """``text``, ``incoming_email``, ``input_select`` … (contract 3.1)."""
        return self.event.content_type or "text"

    @property
    def content_attributes(self) -> dict[str, Any]:
        """What belongs to the content type: the quoted message, an e-mail's parts, answers."""
        return self.event.content_attributes or {}

    @property
    def attachments(self) -> list[Attachment]:
        """Files, places and contact cards (contract 2.1.7)."""
        return self.event.attachments or []

    @property
    def message_type(self) -> str:
        """``incoming``, ``outgoing`` or ``template``."""
        return self.event.message_type or ""

    @property
    def private(self) -> bool:
        """Whether it is a note of the team."""
        return bool(self.event.private)

    @property
    def sender(self) -> Sender | None:
        """Who wrote it; None for the platform itself."""
        return self.event.sender

    @property
    def contact(self) -> Contact:
        """The customer of the conversation."""
        return self.conversation.contact

    def answer(
        self,
        text: str,
        *,
        content_type: str | None = None,
        content_attributes: Mapping[str, Any] | None = None,
        attachments: Sequence[str | Path] = (),
        liquid: bool = False,
        when_unknown: WhenUnknown = "resend",
    ) -> Collected:
        """Say something to the customer; see `Conversation.answer`."""
        return self.conversation.answer(
            text,
            content_type=content_type,
            content_attributes=content_attributes,
            attachments=attachments,
            liquid=liquid,
            when_unknown=when_unknown,
        )

    def reply(self, text: str, *, liquid: bool = False, when_unknown: WhenUnknown = "resend") -> Collected:
        """Answer and quote this message, on channels that show quotes (contract 3.4)."""
        return self.conversation.answer(text, reply_to=self.id, liquid=liquid, when_unknown=when_unknown)

    def note(self, text: str) -> Collected:
        """Leave a private note for the team."""
        return self.conversation.note(text)

    async def typing(self, on: bool = True) -> None:
        """Show or hide "is typing"; see `Conversation.typing`."""
        await self.conversation.typing(on)

    def __repr__(self) -> str:
        return f"Message(id={self.id}, conversation={self.conversation.id})"
