"""What agents do around a conversation: reading, muting, participants, drafts, transcripts (contract 4.5, 5.4)."""

from __future__ import annotations

from typing import Any

from criabot.testing.platform.activities import phrase
from criabot.testing.platform.assignment import assignable
from criabot.testing.platform.attachments import attachment_data
from criabot.testing.platform.casts import number
from criabot.testing.platform.contacts import update_contact
from criabot.testing.platform.finder import page_of
from criabot.testing.platform.http import Call, Refused, Routes, missing
from criabot.testing.platform.lifecycle import activity, set_status
from criabot.testing.platform.payloads import sender_push
from criabot.testing.platform.shapes import agent_json, conversation_json
from criabot.testing.platform.times import epoch
from criabot.testing.platform.world import INCOMING, Attachment, Json, Message, User

__all__ = ["account_routes", "routes"]

routes = Routes("/api/v1/accounts/{account}/conversations/{conversation}")
account_routes = Routes("/api/v1/accounts/{account}")

ATTACHMENTS = 100


@routes.post("/update_last_seen")
def update_last_seen(call: Call) -> Json:
    """The agent has read everything; no webhook tells of it."""
    conversation = call.conversation()
    conversation.agent_last_seen_at = call.core.now
    if conversation.assignee is call.user:
        conversation.assignee_last_seen_at = call.core.now
    return conversation_json(call.world, conversation, call.actor)


@routes.post("/unread")
def unread(call: Call) -> Json:
    """The last message of the customer counts as unread again."""
    conversation = call.conversation()
    incoming = [each for each in conversation.messages if each.message_type == INCOMING]
    seen = incoming[-1].created_at - 1 if incoming else None
    conversation.agent_last_seen_at = conversation.assignee_last_seen_at = seen
    return conversation_json(call.world, conversation, call.actor)


@routes.post("/mute")
def mute(call: Call) -> None:
    """Resolve it and block the contact."""
    conversation = call.conversation()
    set_status(call.core, conversation, "resolved", by=call.actor)
    update_contact(call.core, conversation.contact, blocked=True)
    activity(call.core, conversation, phrase(call.world, "muted", by=call.user.name))


@routes.post("/unmute")
def unmute(call: Call) -> None:
    """Unblock the contact."""
    conversation = call.conversation()
    update_contact(call.core, conversation.contact, blocked=False)
    activity(call.core, conversation, phrase(call.world, "unmuted", by=call.user.name))


@routes.get("/participants")
def participants(call: Call) -> list[Json]:
    """Who follows it."""
    return _agents(call, call.conversation().participants)


@routes.post("/participants")
def add_participants(call: Call) -> list[Json]:
    """Make agents follow it."""
    conversation, named = call.conversation(), _named(call)
    conversation.participants += [each for each in named if each not in conversation.participants]
    return _agents(call, named)


@routes.patch("/participants")
def set_participants(call: Call) -> list[Json]:
    """Make these agents, and no others, follow it."""
    conversation = call.conversation()
    conversation.participants = _named(call)
    return _agents(call, conversation.participants)


@routes.delete("/participants")
def remove_participants(call: Call) -> None:
    """Make agents follow it no longer."""
    conversation, named = call.conversation(), _named(call)
    conversation.participants = [each for each in conversation.participants if each not in named]


@routes.get("/draft_messages")
def draft(call: Call) -> Json:
    """The draft, if there is one."""
    text = call.conversation().draft
    return {"has_draft": True, "message": text} if text else {"has_draft": False}


@routes.patch("/draft_messages")
def set_draft(call: Call) -> None:
    """Keep a draft."""
    given = call.body.get("draft_message")
    call.conversation().draft = str(given.get("message") or "") if isinstance(given, dict) else None


@routes.delete("/draft_messages")
def delete_draft(call: Call) -> None:
    """Forget the draft."""
    call.conversation().draft = None


@routes.post("/transcript")
def transcript(call: Call) -> None:
    """Send the conversation by e-mail; the simulator sends none."""
    call.conversation()
    if not call.body.get("email"):
        raise Refused(422, {"error": "email param missing"})


@routes.get("/attachments")
def attachments(call: Call) -> Json:
    """A page of the attachments, the oldest first."""
    every = [(message, each) for message in call.conversation().messages for each in message.attachments]
    shown = page_of(every, call.query.get("page", 1), ATTACHMENTS)
    return {"meta": {"total_count": len(every)}, "payload": [_attachment(call, *each) for each in shown]}


@routes.get("/inbox_assistant")
def inbox_assistant(call: Call) -> None:
    """A feature of the paid edition."""
    call.conversation()
    raise missing()


@account_routes.get("/assignable_agents")
def assignable_agents(call: Call) -> Json:
    """Who may be assigned in these inboxes."""
    numbers = [number(each) for each in call.request.query.getall("inbox_ids[]", [])]
    return {"payload": _agents(call, assignable(call.core, numbers))}


def _named(call: Call) -> list[User]:
    given: Any = call.body.get("user_ids")
    numbers = [number(each) for each in given] if isinstance(given, list) else []
    return [user for user in call.world.users.values() if user.id in numbers]


def _agents(call: Call, users: list[User]) -> list[Json]:
    return [agent_json(call.world, user) for user in users]


def _attachment(call: Call, message: Message, attachment: Attachment) -> Json:
    data = attachment_data(call.world, message, attachment)
    keys = ("id", "message_id", "thumb_url", "data_url", "file_size", "file_type", "extension", "width", "height")
    shown = {key: data.get(key) for key in keys} | {"created_at": epoch(message.created_at)}
    sender = sender_push(message.sender)
    return {**shown, "sender": sender} if sender else shown
