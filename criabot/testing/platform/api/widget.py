"""The web widget: what its page and its script ask for in a visitor's name (contract 2.11, 3.3)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from criabot.testing.platform.api.messages import page
from criabot.testing.platform.api.public import message_answer, submit
from criabot.testing.platform.api.public_contacts import contact_row
from criabot.testing.platform.api.visits import inbox_of, newcomer, pre_chat, row_of, token_of, visit
from criabot.testing.platform.api.widget_config import config_answer
from criabot.testing.platform.attachments import attachment_data
from criabot.testing.platform.casts import number, scalar
from criabot.testing.platform.conversations import create_conversation, toggle_typing, update_conversation
from criabot.testing.platform.files import attachments_of, check_files
from criabot.testing.platform.http import Call, Refused, Routes, not_found
from criabot.testing.platform.identity import identify
from criabot.testing.platform.lifecycle import create_message, set_status, update_message
from criabot.testing.platform.payloads import sender_push
from criabot.testing.platform.receipts import contact_saw
from criabot.testing.platform.times import epoch
from criabot.testing.platform.validation import Invalid, check_message
from criabot.testing.platform.world import INCOMING, ContactInbox, Conversation, Json, Message

__all__ = ["page_routes", "routes"]

routes = Routes("/api/v1/widget")
page_routes = Routes("")

TRIGGERED = "webwidget.triggered"
FIELDS = "message[attachments][]"
BROWSER = {
    "browser_name": "Unknown Browser",
    "browser_version": "0.0",
    "device_name": "Unknown",
    "platform_name": "Unknown",
    "platform_version": "0",
}
PAGE = """<!DOCTYPE html>
<html><head><title>{name}</title></head>
<body><div id="app"></div><script>window.authToken = '{token}'</script></body></html>
"""


# -- the page ---------------------------------------------------------------------------------------------------


@page_routes.get("/widget", "open")
def show_page(call: Call) -> web.Response:
    """The page inside the frame; a browser without a conversation is a new visitor."""
    inbox = call.world.inbox_by("website_token", call.query.get("website_token"))
    if inbox is None:
        raise Refused(404, {"error": "web widget does not exist"})
    row = row_of(call, inbox, call.query.get("cw_conversation")) or newcomer(call, inbox)
    return web.Response(text=PAGE.format(name="Widget", token=token_of(call, row)), content_type="text/html")


@routes.post("/config", "open")
def config(call: Call) -> Json:
    """How the widget looks, and a token for the visitor, who is new without one."""
    inbox = inbox_of(call)
    row = row_of(call, inbox, call.request.headers.get("X-Auth-Token")) or newcomer(call, inbox)
    return config_answer(call.world, row, token_of(call, row))


@routes.post("/events", "open")
def trigger(call: Call) -> web.Response:
    """The page tells what the visitor does; only that he opened the widget is passed on."""
    visitor, given = visit(call), call.body.get("event_info")
    if call.body.get("name") == TRIGGERED:
        info = {**given} if isinstance(given, dict) else {}
        locale = call.query.get("locale") or scalar(call.body.get("locale"))
        info |= {"widget_language": locale, "browser_language": _language(call), "browser": BROWSER}
        call.core.events.widget_opened(visitor.row, visitor.conversation, info)
    return web.Response(status=204)


def _language(call: Call) -> str | None:
    """The first language that the browser accepts."""
    return call.request.headers.get("Accept-Language", "").partition(",")[0].partition(";")[0].partition("-")[0] or None


@routes.get("/inbox_members", "open")
def members(call: Call) -> Json:
    """The agents behind the inbox."""
    users = sorted(inbox_of(call).members, key=lambda user: user.id)
    return {
        "payload": [
            {
                "id": user.id,
                "name": user.available_name,
                "avatar_url": "",
                "availability_status": user.availability_status,
            }
            for user in users
        ]
    }


# -- conversations ----------------------------------------------------------------------------------------------


@routes.get("/conversations", "open")
def conversation(call: Call) -> Json:
    """The visitor's conversation, an empty object if he has none."""
    found = visit(call).conversation
    return _conversation_answer(found) if found else {}


@routes.post("/conversations", "open")
def begin(call: Call) -> Json:
    """A new conversation with its first message, from the form before the chat."""
    row = visit(call).row
    about = pre_chat(call, row.contact)
    identify(call.core, row.contact, about, keeps_known_name=True, drops_invalid=True)
    given = call.body.get("custom_attributes")
    conversation = _new_conversation(call, row, custom_attributes=given if isinstance(given, dict) else {})
    contact = contact_row(call.world, row.contact)
    _write(call, conversation)
    return {
        **_conversation_answer(conversation),
        "messages": [message_answer(call.world, message) for message in conversation.messages],
        "custom_attributes": conversation.custom_attributes,
        "contact": contact,
    }


def _new_conversation(call: Call, row: ContactInbox, **values: Any) -> Conversation:
    message = _message(call)
    attributes = {
        "browser_language": _language(call),
        "browser": BROWSER,
        "initiated_at": {"timestamp": scalar(message.get("timestamp"))},
        "referer": scalar(message.get("referer_url")),
    }
    return create_conversation(call.core, row, additional_attributes=attributes, **values)


def _conversation_answer(conversation: Conversation) -> Json:
    return {
        "id": conversation.id,
        "inbox_id": conversation.inbox.id,
        "contact_last_seen_at": epoch(conversation.contact_last_seen_at),
        "status": conversation.status,
    }


@routes.post("/conversations/toggle_typing", "open")
def typing(call: Call) -> None:
    """The visitor types."""
    visitor = visit(call)
    status = str(call.body.get("typing_status"))
    toggle_typing(call.core, visitor.begun(), visitor.row.contact, status, private=False)


@routes.post("/conversations/update_last_seen", "open")
def seen(call: Call) -> None:
    """The visitor looked: what was sent becomes read, in the background."""
    if (conversation := visit(call).conversation) is not None:
        contact_saw(call.core, conversation)


@routes.get("/conversations/toggle_status", "open")
def end(call: Call) -> None:
    """The visitor ends the conversation, where the widget lets him."""
    conversation = visit(call).begun()
    if "end_conversation" not in conversation.inbox.channel.get("selected_feature_flags", ("end_conversation",)):
        raise Refused(403)
    if conversation.status != "resolved":
        set_status(call.core, conversation, "resolved", by=conversation.contact)


@routes.post("/conversations/set_custom_attributes", "open")
def set_custom_attributes(call: Call) -> web.Response:
    """Replace the conversation's attributes."""
    conversation, given = visit(call).begun(), call.body.get("custom_attributes")
    update_conversation(call.core, conversation, custom_attributes=given if isinstance(given, dict) else {})
    return web.Response(status=204)


@routes.post("/labels", "open")
def add_label(call: Call) -> web.Response:
    """Label the conversation, if the account has the label; nobody is told of it."""
    conversation, title = visit(call).conversation, call.body.get("label")
    if conversation is not None and any(label.title == title for label in call.world.labels.values()):
        _relabel(call, conversation, [*dict.fromkeys([*conversation.labels, str(title)])])
    return web.Response(status=204)


@routes.delete("/labels/{label}", "open")
def remove_label(call: Call) -> web.Response:
    """Take a label away; nobody is told of it."""
    conversation, title = visit(call).conversation, call.request.match_info["label"]
    if conversation is not None:
        _relabel(call, conversation, [each for each in conversation.labels if each != title])
    return web.Response(status=204)


def _relabel(call: Call, conversation: Conversation, labels: list[str]) -> None:
    if labels != conversation.labels:
        conversation.labels, conversation.cached_label_list = labels, ", ".join(labels)
        conversation.updated_at = call.core.now


# -- messages ---------------------------------------------------------------------------------------------------


@routes.get("/messages", "open")
def messages(call: Call) -> Json:
    """The newest messages, those before one or those after one."""
    conversation = visit(call).conversation
    if conversation is None:
        return {"payload": []}
    return {
        "payload": [message_answer(call.world, each) for each in page(conversation, call.query, internal=False)],
        "meta": {"contact_last_seen_at": epoch(conversation.contact_last_seen_at)},
    }


@routes.post("/messages", "open")
def create(call: Call) -> Json:
    """The visitor writes, for the first time or again."""
    visitor = visit(call)
    message = _write(call, visitor.conversation or _new_conversation(call, visitor.row))
    data: Json = {
        "id": message.id,
        "content": message.content,
        "inbox_id": message.conversation.inbox.id,
        "conversation_id": message.conversation.id,
        "message_type": message.message_type,
        "created_at": epoch(message.created_at),
        "private": message.private,
        "source_id": message.source_id,
        "content_attributes": message.content_attributes,
    }
    if message.attachments:
        data["attachments"] = [attachment_data(call.world, message, each) for each in message.attachments]
    return {**data, "sender": sender_push(message.sender)}


def _message(call: Call) -> Json:
    given = call.body.get("message")
    return given if isinstance(given, dict) else {}


def _write(call: Call, conversation: Conversation) -> Message:
    given = _message(call)
    content = scalar(given.get("content"))
    attachments = attachments_of(call, given.get("attachments"), FIELDS)
    check_message(call.world, conversation, content, "text", {}, None)
    check_files(conversation, attachments)
    return create_message(
        call.core,
        conversation,
        content,
        message_type=INCOMING,
        sender=conversation.contact,
        content_attributes={"in_reply_to": given.get("reply_to")},
        echo_id=scalar(given.get("echo_id")),
        attachments=attachments,
    )


@routes.patch("/messages/{message}", "open")
def answer(call: Call) -> Json:
    """The visitor answers a message of the inbox: an e-mail address where one was asked for, else values."""
    row = visit(call).row
    message = call.world.messages.get(number(call.request.match_info["message"]))
    if message is None or message.conversation.inbox is not row.inbox:
        raise not_found()
    if message.content_type == "input_email":
        _give_email(call, row, message)
    else:
        submit(call, message, _message(call))
    return {"contact": contact_row(call.world, row.contact)}


def _give_email(call: Call, row: ContactInbox, message: Message) -> None:
    """Keep the address on the message and then on the contact, who may not take it (contract 3.4)."""
    about = pre_chat(call, row.contact)
    del about["phone_number"]
    attributes = {**message.content_attributes, "submitted_email": about["email"]}
    update_message(call.core, message, content_attributes=attributes)
    try:
        identify(call.core, row.contact, about, keeps_known_name=True)
    except Invalid as invalid:
        wrong = {key: [problem for name, problem in invalid.problems if name == key] for key in invalid.attributes}
        raise Refused(500, {"error": wrong, "message": invalid.text}) from None
