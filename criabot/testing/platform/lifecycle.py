"""Messages stored and statuses changed, with everything that the real server does after (contract 1.7, 3.4, 4.1).

The two belong together: a message can wake a conversation, and a new status writes a message.
"""

from __future__ import annotations

from typing import Any

from criabot.testing.platform.contacts import touch
from criabot.testing.platform.conversations import update_conversation
from criabot.testing.platform.core import Core, changed
from criabot.testing.platform.events import Changes
from criabot.testing.platform.liquid import render
from criabot.testing.platform.world import (
    ACTIVITY,
    INCOMING,
    OUTGOING,
    AgentBot,
    Contact,
    Conversation,
    Message,
    Principal,
    Sender,
    User,
)

__all__ = ["activity", "create_message", "set_status", "store", "update_message"]

KEPT_BEFORE_4_9 = ("items", "in_reply_to")


def create_message(
    core: Core,
    conversation: Conversation,
    content: str | None,
    *,
    message_type: int = OUTGOING,
    sender: Sender = None,
    **values: Any,
) -> Message:
    """A new message of a conversation."""
    message = Message(core.world.new_id("message"), conversation, content, message_type, sender, **values)
    if isinstance(sender, AgentBot | User) and not core.world.since("4.9.0"):
        kept = {k: v for k, v in message.content_attributes.items() if k in KEPT_BEFORE_4_9}
        message.content_attributes = kept
    store(core, message)
    return message


def store(core: Core, message: Message) -> None:
    """Commit a message and do what comes after, in the order of the real server (contract 1.7)."""
    conversation, now = message.conversation, core.now
    message.created_at = message.created_at or now
    message.updated_at = now
    if message.message_type != INCOMING and message.message_type != ACTIVITY:
        message.content = render(core.world, message)
    is_first = not any(m.message_type == INCOMING for m in conversation.messages)
    core.world.messages[message.id] = message
    conversation.messages.append(message)
    _reopen(core, message)
    conversation.last_activity_at = message.created_at
    conversation.updated_at = now
    core.events.message("message_created", message)
    if message.message_type == ACTIVITY:
        return
    _wait(core, message, is_first=is_first)
    for hook in core.after_message:
        hook(message, is_first)
    if message.message_type == INCOMING and isinstance(message.sender, Contact):
        touch(core, message.sender)


def activity(core: Core, conversation: Conversation, text: str) -> None:
    """An activity message: agents see it, no webhook tells of it."""
    store(core, Message(core.world.new_id("message"), conversation, text, ACTIVITY))


def set_status(
    core: Core, conversation: Conversation, status: str, *, by: Principal | Contact | None = None, **values: Any
) -> None:
    """Change the status, with its activity message."""
    changes = update_conversation(core, conversation, status=status, **values)
    if "status" not in changes:
        return
    activity(core, conversation, _status_text(conversation, by))
    for hook in core.after_status:
        hook(conversation)


def update_message(core: Core, message: Message, **values: Any) -> Changes:
    """Change a message; ``message_updated`` if something differs (contract 2.3)."""
    changes = changed(message, values)
    if changes:
        message.updated_at = core.now
        core.events.message("message_updated", message, changes)
    return changes


def _reopen(core: Core, message: Message) -> None:
    """An incoming message wakes a resolved or snoozed conversation, unless the contact is blocked (contract 4.1)."""
    conversation = message.conversation
    if message.message_type != INCOMING or conversation.contact.blocked:
        return
    if conversation.status == "snoozed":
        set_status(core, conversation, "open", by=conversation.contact)
    elif conversation.status == "resolved":
        status = "pending" if conversation.inbox.bot is not None else "open"
        set_status(core, conversation, status, by=conversation.contact)


def _wait(core: Core, message: Message, *, is_first: bool) -> None:
    """Since when the customer waits, and when a human answered first (contract 2.5)."""
    conversation = message.conversation
    values: dict[str, Any] = {}
    if message.message_type == INCOMING:
        if conversation.waiting_since is None:
            values["waiting_since"] = message.created_at
    elif message.message_type == OUTGOING and not message.private:
        if isinstance(message.sender, User) and conversation.first_reply_created_at is None:
            values["first_reply_created_at"] = message.created_at
        if isinstance(message.sender, User) or (isinstance(message.sender, AgentBot) and core.world.since("4.10.1")):
            values["waiting_since"] = None
    if values:
        update_conversation(core, conversation, **values)


def _status_text(conversation: Conversation, by: Principal | Contact | None) -> str:
    words = {"open": "reopened", "resolved": "marked resolved", "pending": "marked as pending", "snoozed": "snoozed"}
    who = by.name if by is not None and not isinstance(by, AgentBot) else "System"
    return f"Conversation was {words[conversation.status]} by {who}"
