"""What a failed delivery does (contract 1.6)."""

from __future__ import annotations

from http.client import responses

from criabot.testing.platform.activities import phrase
from criabot.testing.platform.core import Core
from criabot.testing.platform.delivery import Delivery
from criabot.testing.platform.lifecycle import activity, set_status, update_message
from criabot.testing.platform.world import Message

__all__ = ["delivery_failed"]


def delivery_failed(core: Core, delivery: Delivery) -> None:
    """Open a pending conversation whose bot did not answer; mark a message whose API inbox did not."""
    message = core.world.messages.get(delivery.message or 0)
    if message is None or not delivery.event.startswith("message_"):
        return
    if delivery.sender.kind == "agent_bot":
        _open(core, message)
    elif delivery.sender.kind == "api_inbox":
        answer = delivery.answers[-1]
        error = f"{answer} {responses.get(answer, '')}".rstrip() if isinstance(answer, int) else answer
        attributes = {**message.content_attributes, "external_error": error}
        if message.status != "failed":
            update_message(core, message, status="failed", content_attributes=attributes)


def _open(core: Core, message: Message) -> None:
    conversation, settings = message.conversation, core.world.account.settings
    if conversation.status != "pending" or not core.world.since("4.7.0"):
        return
    if not (settings.get("keep_pending_on_bot_failure") and core.world.since("4.11.0")):
        set_status(core, conversation, "open")
        activity(core, conversation, phrase(core.world, "bot_failed"))
