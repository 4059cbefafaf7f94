"""Messages of a conversation (contract 3.4, 3.5, 5.5)."""

from __future__ import annotations

import json
from typing import Any

from criabot.testing.platform.files import attachments_of
from criabot.testing.platform.http import Call, Refused, Routes
from criabot.testing.platform.interactive import checked_attributes
from criabot.testing.platform.lifecycle import create_message
from criabot.testing.platform.payloads import contact_push, user_push
from criabot.testing.platform.shapes import message_json
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import ACTIVITY, INCOMING, OUTGOING, Conversation, Json, Message

__all__ = ["routes"]

routes = Routes("/api/v1/accounts/{account}/conversations/{conversation}/messages")

PER_MINUTE = 200


@routes.post("", "bot")
def create(call: Call) -> Json:
    """Store a message and send it (contract 3.4)."""
    conversation, body = call.conversation(), call.body
    check_flood(call, conversation)
    incoming = body.get("message_type") == "incoming"
    if incoming and conversation.inbox.channel_type != "Channel::Api":
        raise Refused(422, {"error": "Incoming messages are only allowed in Api inboxes"})
    content_type = str(body.get("content_type") or "text")
    attributes = checked_attributes(content_type, _object(body.get("content_attributes")))
    message = create_message(
        call.core,
        conversation,
        body.get("content"),
        message_type=INCOMING if incoming else OUTGOING,
        sender=conversation.contact if incoming else call.actor,
        private=_true(body.get("private")),
        content_type=content_type,
        content_attributes=attributes,
        attachments=attachments_of(call),
        echo_id=body.get("echo_id"),
        source_id=body.get("source_id"),
    )
    return message_json(call.world, message)


@routes.get("")
def index(call: Call) -> Json:
    """A page of messages (contract 5.5)."""
    conversation = call.conversation()
    meta: Json = {
        "labels": conversation.labels,
        "additional_attributes": conversation.additional_attributes,
        "contact": contact_push(conversation.contact),
    }
    if conversation.assignee is not None:
        meta["assignee"] = user_push(conversation.assignee)
    meta["agent_last_seen_at"] = iso(conversation.agent_last_seen_at)
    meta["assignee_last_seen_at"] = iso(conversation.assignee_last_seen_at)
    page = [message_json(call.world, message) for message in _page(conversation, call.query)]
    return {"meta": meta, "payload": page}


def _page(conversation: Conversation, query: dict[str, str]) -> list[Message]:
    messages = conversation.messages
    if query.get("filter_internal_messages"):
        messages = [m for m in messages if not m.private and m.message_type != ACTIVITY]
    before, after = int(query.get("before") or 0), int(query.get("after") or 0)
    messages = sorted(messages, key=lambda m: (m.created_at, m.id))
    if before and after:
        return [m for m in messages if after <= m.id < before][:1000]
    if after:
        return [m for m in messages if m.id > after][:100]
    return [m for m in messages if not before or m.id < before][-20:]


def check_flood(call: Call, conversation: Conversation) -> None:
    """At most 200 messages of a conversation in a minute (contract 5.10).

    Raises:
        Refused: 422, there are more.
    """
    since = call.core.now - 60
    if sum(message.created_at > since for message in conversation.messages) >= PER_MINUTE:
        raise Refused(422, {"error": "Validation failed: Too many messages"})


def _object(value: Any) -> Json:
    """An object, or its JSON text; anything else counts as none (contract 3.1)."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return _without_nulls(value) if isinstance(value, dict) else {}


def _without_nulls(value: Any) -> Any:
    """Rails drops nulls inside arrays (contract 3.1)."""
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value if each is not None]
    return value


def _true(value: Any) -> bool:
    return value in (True, 1, "true", "1", "t")
