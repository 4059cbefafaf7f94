"""Messages that the platform writes by itself: the satisfaction survey (contract 4.6)."""

from __future__ import annotations

from criabot.testing.platform.activities import phrase
from criabot.testing.platform.core import Core
from criabot.testing.platform.lifecycle import activity, create_message
from criabot.testing.platform.window import can_reply
from criabot.testing.platform.world import TEMPLATE, Conversation, Json

__all__ = ["ask_for_rating"]

QUESTION = "Please rate the conversation"


def ask_for_rating(core: Core, conversation: Conversation) -> None:
    """Let the background worker send the survey when a conversation is resolved, once, where the inbox wants it."""

    async def job() -> None:
        _ask(core, conversation)

    if conversation.status == "resolved" and conversation.inbox.settings.get("csat_survey_enabled"):
        core.jobs.soon(job)


def _ask(core: Core, conversation: Conversation) -> None:
    config: Json = conversation.inbox.settings.get("csat_config") or {}
    if any(message.content_type == "input_csat" for message in conversation.messages):
        return
    if not _is_wanted(conversation, config.get("survey_rules") or {}):
        return
    if not can_reply(core.world, conversation):
        activity(core, conversation, phrase(core.world, "no_survey"))
        return
    create_message(
        core,
        conversation,
        config.get("message") or QUESTION,
        message_type=TEMPLATE,
        content_type="input_csat",
        content_attributes={"display_type": config.get("display_type") or "emoji"},
    )


def _is_wanted(conversation: Conversation, rules: Json) -> bool:
    """Whether the inbox's rule on labels, if any, lets the survey through."""
    values = rules.get("values") or []
    if not values:
        return True
    has_one = any(label in values for label in conversation.labels)
    return not has_one if rules.get("operator") == "does_not_contain" else has_one
