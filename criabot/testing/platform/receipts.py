"""What becomes of a message after it was sent: delivered, read, failed (contract 3.1, 3.5)."""

from __future__ import annotations

from functools import partial
from typing import Any

from criabot.testing.platform.core import Core
from criabot.testing.platform.lifecycle import update_message
from criabot.testing.platform.world import INCOMING, Conversation, Message

__all__ = ["STATUSES", "contact_saw", "report"]

STATUSES = ("sent", "delivered", "read", "failed")


def report(core: Core, message: Message, status: str, error: str | None = None) -> None:
    """A client's or the server's word on a message; unknown statuses and read → delivered change nothing."""
    if status not in STATUSES or (message.status == "read" and status == "delivered"):
        return
    values: dict[str, Any] = {"status": status}
    shown = error if status == "failed" else None
    if message.content_attributes.get("external_error") != shown:
        values["content_attributes"] = {**message.content_attributes, "external_error": shown}
    update_message(core, message, **values)


def contact_saw(core: Core, conversation: Conversation) -> None:
    """The contact looked: everything from the other side becomes read, private notes, too (contract 6.1)."""
    conversation.contact_last_seen_at = conversation.updated_at = core.now
    core.events.live("conversation_read", conversation)
    core.jobs.soon(partial(_read, core, conversation, core.now))


async def _read(core: Core, conversation: Conversation, until: float) -> None:
    for message in conversation.messages:
        if message.message_type != INCOMING and message.status in ("sent", "delivered") and message.created_at <= until:
            report(core, message, "read")
