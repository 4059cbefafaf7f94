"""Messages that the platform writes by itself: greeting, out of office, e-mail collect, survey (contract 4.6)."""

from __future__ import annotations

from criabot.testing.platform.activities import phrase
from criabot.testing.platform.core import Core
from criabot.testing.platform.hours import is_closed
from criabot.testing.platform.inboxes import column
from criabot.testing.platform.lifecycle import activity, create_message, store
from criabot.testing.platform.window import can_reply
from criabot.testing.platform.world import INCOMING, OUTGOING, TEMPLATE, Conversation, Json, Message

__all__ = ["answer_by_template", "ask_for_rating"]

QUESTION = "Please rate the conversation"
BUSY_SECONDS = 300.0  # who was answered a moment ago is not told that the office is closed
DAY = 86400.0


def answer_by_template(core: Core, message: Message, _is_first: bool) -> None:
    """Say what the inbox wants to be said to a contact's message, whether a bot serves it or not."""
    conversation, inbox = message.conversation, message.conversation.inbox
    if message.message_type != INCOMING or (message.content_attributes.get("email") or {}).get("auto_reply"):
        return
    if _is_out_of_office(core, conversation):
        create_message(core, conversation, column(inbox, "out_of_office_message"), message_type=TEMPLATE)
    greeting = column(inbox, "greeting_message") if column(inbox, "greeting_enabled") else None
    if greeting and all(each.message_type not in (OUTGOING, TEMPLATE) for each in conversation.messages):
        create_message(core, conversation, greeting, message_type=TEMPLATE)
    if inbox.channel_type == "Channel::WebWidget" and column(inbox, "enable_email_collect"):
        _collect_email(core, conversation)


def _is_out_of_office(core: Core, conversation: Conversation) -> bool:
    """Whether the office is closed, nobody has just answered, and no template was sent today."""
    inbox, now = conversation.inbox, core.now
    if not column(inbox, "out_of_office_message") or not is_closed(inbox, now):
        return False
    return not any(
        (each.message_type == OUTGOING and not each.private and each.created_at > now - BUSY_SECONDS)
        or (each.message_type == TEMPLATE and each.created_at >= now - now % DAY)
        for each in conversation.messages
    )


def _collect_email(core: Core, conversation: Conversation) -> None:
    """Ask a visitor without an address for one, once; both messages are stored together."""
    if conversation.contact.email or any(each.content_type == "input_email" for each in conversation.messages):
        return
    texts = (("reach_you", "text"), ("email_input", "input_email"))
    store(
        core,
        *(
            Message(core.world.new_id("message"), conversation, phrase(core.world, key), TEMPLATE, content_type=kind)
            for key, kind in texts
        ),
    )


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
