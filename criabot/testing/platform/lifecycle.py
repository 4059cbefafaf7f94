"""Messages stored and statuses changed, with everything that the real server does after (contract 1.7, 3.4, 4.1).

The two belong together: a message can wake a conversation, and a new status writes a message.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from criabot.testing.platform.activities import phrase, told
from criabot.testing.platform.contacts import touch
from criabot.testing.platform.conversations import update_conversation
from criabot.testing.platform.core import Core, changed
from criabot.testing.platform.drops import filled_content
from criabot.testing.platform.events import Changes
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import (
    ACTIVITY,
    INCOMING,
    OUTGOING,
    AgentBot,
    Contact,
    Conversation,
    Json,
    Message,
    Principal,
    Sender,
    User,
)

__all__ = ["Actor", "activity", "change", "create_message", "set_status", "store", "update_message"]

Actor: TypeAlias = "Principal | Contact | str | None"


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
    store(core, message)
    return message


def store(core: Core, *messages: Message) -> None:
    """Commit messages of a conversation together and do what comes after, in the order of the real server (1.7)."""
    for message, is_first in [(message, _insert(core, message)) for message in messages]:
        _after_commit(core, message, is_first=is_first)


def _insert(core: Core, message: Message) -> bool:
    """Add the row; whether it is the contact's first."""
    conversation, now = message.conversation, core.now
    message.created_at = message.created_at or now
    message.updated_at = now
    message.processed_content = _processed(message)
    if message.message_type != INCOMING and message.message_type != ACTIVITY:
        message.content = filled_content(core.world, message)
    message.content_attributes = _quoting(message)
    is_first = not any(m.message_type == INCOMING for m in conversation.messages)
    core.world.messages[message.id] = message
    conversation.messages.append(message)
    return is_first


def _after_commit(core: Core, message: Message, *, is_first: bool) -> None:
    conversation = message.conversation
    _reopen(core, message)
    conversation.last_activity_at = message.created_at
    conversation.updated_at = core.now
    core.events.message("message_created", message)
    if message.message_type != ACTIVITY:
        _wait(core, message, is_first=is_first)
        for hook in core.after_message:
            hook(message, is_first)
    _touch(core, message)


def activity(core: Core, conversation: Conversation, text: str) -> None:
    """An activity message, which the background worker writes: agents see it, no webhook tells of it."""

    async def write() -> None:
        create_message(core, conversation, text, message_type=ACTIVITY)

    if core.jobs.is_stopped:
        core.jobs.soon(write)
    else:
        create_message(core, conversation, text, message_type=ACTIVITY)


def change(core: Core, conversation: Conversation, *, by: Actor = None, shown: bool = False, **values: Any) -> Changes:
    """Change a conversation, with the activity messages that tell the agents who did it.

    Args:
        core: the platform's.
        conversation: which.
        by: who does it; the name of what is no person, such as ``Automation System``. None leaves no activity.
        shown: as of `update_conversation`.
        values: the new values.
    """
    changes = update_conversation(core, conversation, shown=shown, **values)
    name = by if isinstance(by, str) else by.name if by is not None else None
    for text in told(core.world, conversation, changes, name, who=by):
        activity(core, conversation, text)
    if "status" in changes:
        for hook in core.after_status:
            hook(conversation)
    return changes


def set_status(core: Core, conversation: Conversation, status: str, *, by: Actor = None, **values: Any) -> None:
    """Change the status, with its activity message."""
    change(core, conversation, by=by, status=status, **values)


def update_message(core: Core, message: Message, **values: Any) -> Changes:
    """Change a message; ``message_updated`` if something differs (contract 2.3)."""
    before, text = message.updated_at, message.processed_content
    changes = changed(message, values)
    if changes:
        message.updated_at = core.now
        if not core.world.since("4.6.0"):  # 4.5.0 was seen to touch the conversation
            message.conversation.updated_at = core.now
        message.processed_content = _processed(message)
        columns: Changes = {"updated_at": (iso(before), iso(message.updated_at))}
        if text != message.processed_content:
            columns["processed_message_content"] = (text, message.processed_content)
        core.events.message("message_updated", message, changes | columns)
    return changes


def _touch(core: Core, message: Message) -> None:
    if isinstance(message.sender, Contact):
        touch(core, message.sender)


def _processed(message: Message) -> str | None:
    """An e-mail's text without quotation, else the text."""
    email = message.content_attributes.get("email") or {}
    texts = (email.get("text_content") or {}).get("quoted"), (email.get("html_content") or {}).get("quoted")
    return texts[0] or texts[1] or message.content


def _quoting(message: Message) -> Json:
    """Its attributes with both keys of the quoted message, null when that is not in the conversation (contract 3.9)."""
    attributes, others = message.content_attributes, message.conversation.messages
    number, external = attributes.get("in_reply_to"), attributes.get("in_reply_to_external_id")
    if not number and not external:
        return attributes
    found = (m for m in others if (str(m.id) == str(number) if number else m.source_id == external))
    quoted = next(found, None)
    return {
        **attributes,
        "in_reply_to": quoted.id if quoted else None,
        "in_reply_to_external_id": quoted.source_id if quoted else None,
    }


def _reopen(core: Core, message: Message) -> None:
    """An incoming message wakes a resolved or snoozed conversation, unless the contact is blocked (contract 4.1)."""
    conversation = message.conversation
    if message.message_type != INCOMING or conversation.contact.blocked:
        return
    if conversation.status == "snoozed":
        set_status(core, conversation, "open")
    elif conversation.status == "resolved":
        has_bot = conversation.inbox.bot is not None
        set_status(core, conversation, "pending" if has_bot else "open")
        if not has_bot and conversation.inbox.channel_type == "Channel::Api":
            activity(core, conversation, phrase(core.world, "contact_opened"))


def _wait(core: Core, message: Message, *, is_first: bool) -> None:
    """Since when the customer waits, and when a human answered first (contract 2.5)."""
    conversation = message.conversation
    values: dict[str, Any] = {}
    if message.message_type == INCOMING:
        if conversation.waiting_since is None:
            values["waiting_since"] = message.created_at
    elif message.message_type == OUTGOING and not message.private:
        is_human = isinstance(message.sender, User) or bool(message.content_attributes.get("external_echo"))
        if is_human and conversation.first_reply_created_at is None:
            values["first_reply_created_at"] = message.created_at
            core.events.live("first_reply_created", message)
        if is_human or (isinstance(message.sender, AgentBot) and core.world.since("4.10.1")):
            values["waiting_since"] = None
    if values:
        update_conversation(core, conversation, shown=True, **values)
