"""Messages of a conversation (contract 3.4, 3.5, 5.5)."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from criabot.testing.platform.activities import phrase
from criabot.testing.platform.casts import inspected, named, number, text, truth
from criabot.testing.platform.channels.outbox import send_soon
from criabot.testing.platform.drops import filled
from criabot.testing.platform.files import BadFile, attachments_of, check_files
from criabot.testing.platform.http import Call, Refused, Routes, fault, not_found
from criabot.testing.platform.interactive import MissingMethod
from criabot.testing.platform.lifecycle import create_message, update_message
from criabot.testing.platform.payloads import contact_push, user_push
from criabot.testing.platform.receipts import report
from criabot.testing.platform.shapes import message_json
from criabot.testing.platform.times import iso
from criabot.testing.platform.validation import Invalid, check_message
from criabot.testing.platform.world import (
    ACTIVITY,
    MESSAGE_TYPES,
    AgentBot,
    Conversation,
    Json,
    Message,
    Sender,
    User,
    World,
)

__all__ = ["page", "routes", "write"]

routes = Routes("/api/v1/accounts/{account}/conversations/{conversation}/messages")

CONTENT_TYPES = (
    "text", "input_text", "input_textarea", "input_email", "input_select", "cards", "form", "article",
    "incoming_email", "input_csat", "integrations", "sticker", "voice_call",
)  # fmt: skip
KEPT_BEFORE_4_9 = ("items", "in_reply_to")


@routes.post("", "bot")
def create(call: Call) -> Json:
    """Store a message and send it (contract 3.4); whatever is wrong is answered with 422."""
    try:
        message = write(call, call.conversation(), call.body)
    except Invalid as invalid:
        raise Refused(422, {"error": invalid.text}) from None
    except (MissingMethod, BadFile) as stumbled:
        raise Refused(422, {"error": str(stumbled)}) from None
    is_echoed = message.echo_id is not None and message.echo_id is not False
    return message_json(call.world, message) | ({"echo_id": message.echo_id} if is_echoed else {})


def write(call: Call, conversation: Conversation, body: Json) -> Message:
    """Store the message that a body describes.

    Raises:
        Refused: 422, it is not stored.
        MissingMethod: the items are no list of objects.
        BadFile: what should be a file is none.
    """
    given = body.get("message_type") or "outgoing"
    if given == "incoming" and conversation.inbox.channel_type != "Channel::Api":
        raise Refused(422, {"error": "Incoming messages are only allowed in Api inboxes"})
    values: Json = {
        "message_type": MESSAGE_TYPES.index(_enum("message_type", given, MESSAGE_TYPES)),
        "content_type": _enum("content_type", body.get("content_type") or "text", _content_types(call.world)),
        "content_attributes": attributes_of(call.world, body),
        "sender": _sender(call, body) if given == "outgoing" else conversation.contact,
    }
    content = text(body.get("content"))
    values["attachments"] = attachments_of(call, body.get("attachments"))
    check_files(conversation, values["attachments"])
    _check(call.world, conversation, content, values, body.get("template_params"))
    if conversation.inbox.channel_type == "Channel::Email":
        values["content_attributes"] |= _mail_attributes(body, content)
    return create_message(
        call.core,
        conversation,
        content,
        private=truth(body.get("private")),
        additional_attributes=_additional(call, conversation, body),
        echo_id=body.get("echo_id"),
        source_id=text(body.get("source_id")),
        **values,
    )


def _check(world: World, conversation: Conversation, content: str | None, values: Json, template: Any) -> None:
    check_message(world, conversation, content, values["content_type"], values["content_attributes"], template)
    if "\0" in (content or ""):
        raise Refused(422, {"error": "string contains null byte"})


def _enum(name: str, value: Any, names: tuple[str, ...]) -> str:
    found = named(value, names)
    if found is None:
        shown = value if isinstance(value, str) else inspected(value)
        raise Refused(422, {"error": f"'{shown}' is not a valid {name}"})
    return found


def _content_types(world: World) -> tuple[str, ...]:
    return CONTENT_TYPES if world.since("4.8.0") else CONTENT_TYPES[:-1]


def _sender(call: Call, body: Json) -> Sender:
    """Whoever asks; a user may name a bot instead."""
    if isinstance(call.actor, User) and body.get("sender_type") == "AgentBot":
        return call.world.bots.get(number(body.get("sender_id"))) or call.actor
    return call.actor


def attributes_of(world: World, body: Json) -> Json:
    """An object, or its JSON text; anything else counts as none (contract 3.1). Before 4.9 few keys are kept."""
    value = body.get("content_attributes")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    attributes: Json = value if isinstance(value, dict) else {}
    if world.since("4.9.0"):
        return attributes
    attributes = {key: each for key, each in attributes.items() if key in KEPT_BEFORE_4_9}
    if created := body.get("external_created_at"):
        attributes["external_created_at"] = created
    return attributes


def _mail_attributes(body: Json, content: str | None) -> Json:
    """Recipients and the rendered mail, which is not made for a note (contract 3.4)."""
    from criabot.testing.platform.channels import mail  # only e-mail inboxes need the renderer

    names = {"cc": "cc_emails", "bcc": "bcc_emails", "to": "to_emails"}
    addresses = {key: text(body.get(name)) or "" for key, name in names.items()}
    return mail.outgoing_attributes(None if truth(body.get("private")) else content, **addresses)


def _additional(call: Call, conversation: Conversation, body: Json) -> Json:
    """Template parameters, else the campaign (contract 3.4)."""
    if template := body.get("template_params"):
        sender = call.actor if isinstance(call.actor, User | AgentBot) else None
        parameters = filled(call.world, conversation, sender, template.get("processed_params"))
        return {"template_params": {**template, **({"processed_params": parameters} if parameters else {})}}
    return {"campaign_id": body["campaign_id"]} if body.get("campaign_id") else {}


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
    internal = not call.query.get("filter_internal_messages")
    shown = page(conversation, call.query, internal=internal)
    return {"meta": meta, "payload": [message_json(call.world, message) for message in shown]}


def page(conversation: Conversation, query: dict[str, str], *, internal: bool) -> list[Message]:
    """Messages by id, oldest first: the newest 20, 20 before, 100 after, or 1000 between (contract 5.5)."""
    messages = [m for m in conversation.messages if internal or not (m.private or m.message_type == ACTIVITY)]
    messages.sort(key=lambda m: (m.created_at, m.id))
    before, after = query.get("before"), query.get("after")
    if before and after:
        return [m for m in messages if number(after) <= m.id < number(before)][:1000]
    if after:
        return [m for m in messages if m.id > number(after)][:100]
    return [m for m in messages if not before or m.id < number(before)][-20:]


def _message(call: Call) -> Message:
    """The message of the path.

    Raises:
        Refused: 404, the conversation has none with this id.
    """
    found = call.world.messages.get(number(call.request.match_info["message"]))
    if found is None or found.conversation is not call.conversation():
        raise not_found()
    return found


@routes.patch("/{message}")
def update(call: Call) -> Json:
    """An API inbox's client reports what became of a message (contract 3.5)."""
    if call.conversation().inbox.channel_type != "Channel::Api":
        raise Refused(403, {"error": "Message status update is only allowed for API inboxes"})
    message = _message(call)
    report(call.core, message, str(call.body.get("status")), text(call.body.get("external_error")))
    return message_json(call.world, message)


@routes.delete("/{message}")
def delete(call: Call) -> Json:
    """Empty a message; the channel's copy stays (contract 3.5)."""
    message = _message(call)
    update_message(
        call.core,
        message,
        content=phrase(call.world, "deleted"),
        content_type="text",
        content_attributes={"deleted": True},
        attachments=[],
    )
    return message_json(call.world, message)


@routes.post("/{message}/retry")
async def retry(call: Call) -> Json:
    """Send a message again; before 4.17 whatever its status, and its attributes are lost (contract 3.5)."""
    call.conversation()
    try:
        message = _message(call)
    except Refused:
        wanted = f"Couldn't find Message with 'id'=\"{call.request.match_info['message']}\""
        raise Refused(422, {"error": f'{wanted} [WHERE "messages"."conversation_id" = $1]'}) from None
    kept: Json = {}
    if call.world.since("4.17.0"):
        if message.status != "failed":
            return message_json(call.world, message)
        kept = {key: each for key, each in message.content_attributes.items() if key != "external_error"}
    report(call.core, message, "sent")
    await asyncio.sleep(0)  # the worker tells of the first change before the second is made
    update_message(call.core, message, content_attributes=kept)
    send_soon(call.core, message)
    return message_json(call.world, message)


@routes.post("/{message}/translate")
def translate(call: Call) -> Json:
    """No translation service is connected: a fault of the server (contract 3.5)."""
    _message(call)
    raise fault()
