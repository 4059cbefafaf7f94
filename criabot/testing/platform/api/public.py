"""The public Client API of API inboxes: messages and conversations (contract 6.1)."""

from __future__ import annotations

from typing import Any

from criabot.testing.platform.api.messages import page
from criabot.testing.platform.api.public_contacts import contact_row, row_of
from criabot.testing.platform.attachments import attachment_data
from criabot.testing.platform.casts import number, scalar
from criabot.testing.platform.conversations import create_conversation, toggle_typing
from criabot.testing.platform.csat import answer_of, is_locked
from criabot.testing.platform.files import BadFile, attachments_of
from criabot.testing.platform.http import Call, Refused, Routes, fault, missing
from criabot.testing.platform.lifecycle import create_message, set_status, update_message
from criabot.testing.platform.payloads import sender_push
from criabot.testing.platform.receipts import contact_saw
from criabot.testing.platform.times import epoch, iso
from criabot.testing.platform.validation import check_message
from criabot.testing.platform.world import ACTIVITY, INCOMING, ContactInbox, Conversation, Json, Message, World

__all__ = ["conversation_answer", "message_answer", "routes", "submit"]

routes = Routes("/public/api/v1")

CONVERSATIONS = "/inboxes/{inbox}/contacts/{source}/conversations"
CONVERSATION = CONVERSATIONS + "/{conversation}"


def conversations_of(world: World, row: ContactInbox) -> list[Conversation]:
    """The contact's conversations; a verified contact has those of every inbox."""
    if row.hmac_verified:
        return [each for each in world.conversations.values() if each.contact is row.contact]
    return world.conversations_of(row)


def conversation_of(call: Call) -> Conversation:
    """The contact's conversation of the path."""
    wanted = number(call.request.match_info["conversation"])
    found = (each for each in conversations_of(call.world, row_of(call)) if each.id == wanted)
    conversation = next(found, None)
    if conversation is None:
        raise missing()
    return conversation


def message_of(call: Call) -> Message:
    """The conversation's message of the path."""
    found = call.world.messages.get(number(call.request.match_info["message"]))
    if found is None or found.conversation is not conversation_of(call):
        raise missing()
    return found


# -- conversations ----------------------------------------------------------------------------------------------


@routes.get(CONVERSATIONS, "open")
def conversations(call: Call) -> list[Json]:
    """The contact's conversations."""
    return [conversation_answer(call.world, each) for each in conversations_of(call.world, row_of(call))]


@routes.post(CONVERSATIONS, "open")
def create_conversation_(call: Call) -> Json:
    """A new conversation, or the last one where the inbox keeps to one."""
    row, given = row_of(call), call.body.get("custom_attributes")
    own = call.world.conversations_of(row)
    if own and row.inbox.settings.get("lock_to_single_conversation"):
        return conversation_answer(call.world, own[-1])
    attributes = given if isinstance(given, dict) else {}
    return conversation_answer(call.world, create_conversation(call.core, row, custom_attributes=attributes))


@routes.get(CONVERSATION, "open")
def conversation(call: Call) -> Json:
    """One conversation."""
    return conversation_answer(call.world, conversation_of(call))


@routes.post(CONVERSATION + "/toggle_status", "open")
def resolve(call: Call) -> Json:
    """The contact ends the conversation."""
    conversation = conversation_of(call)
    set_status(call.core, conversation, "resolved", by=conversation.contact)
    return conversation_answer(call.world, conversation)


@routes.post(CONVERSATION + "/toggle_typing", "open")
def typing(call: Call) -> None:
    """The contact types."""
    conversation = conversation_of(call)
    toggle_typing(call.core, conversation, conversation.contact, str(call.body.get("typing_status")), private=False)


@routes.post(CONVERSATION + "/update_last_seen", "open")
def seen(call: Call) -> None:
    """The contact looked: what was sent becomes read, in the background."""
    contact_saw(call.core, conversation_of(call))


# -- messages ---------------------------------------------------------------------------------------------------


@routes.get(CONVERSATION + "/messages", "open")
def messages(call: Call) -> list[Json]:
    """The newest 20 messages that the contact may read, or the 20 before one."""
    query = {"before": call.query.get("before", "")}
    return [message_answer(call.world, m) for m in page(conversation_of(call), query, internal=False)]


@routes.post(CONVERSATION + "/messages", "open")
def create_message_(call: Call) -> Json:
    """The contact writes."""
    conversation, content = conversation_of(call), scalar(call.body.get("content"))
    try:
        attachments = attachments_of(call, call.body.get("attachments"))
    except BadFile:
        raise fault() from None
    check_message(call.world, conversation, content, "text", {}, None)
    message = create_message(
        call.core,
        conversation,
        content,
        message_type=INCOMING,
        sender=row_of(call).contact,
        echo_id=scalar(call.body.get("echo_id")),
        attachments=attachments,
    )
    return message_answer(call.world, message)


@routes.patch(CONVERSATION + "/messages/{message}", "open")
def answer(call: Call) -> Json:
    """The contact answers an interactive message, or any other (contract 3.3)."""
    message = message_of(call)
    _check_open(call, message)
    submit(call, message, call.body)
    return message_answer(call.world, message)


def _check_open(call: Call, message: Message) -> None:
    if is_locked(call.world, message):
        raise Refused(422, {"error": "You cannot update the CSAT survey after 14 days"})


def submit(call: Call, message: Message, body: Json) -> None:
    """Keep the ``submitted_values`` of a body on the message; what is none leaves it alone."""
    given = body.get("submitted_values")
    if isinstance(given, list):
        values: Any = [_permitted(each) for each in given if isinstance(each, dict)]
    elif isinstance(given, dict):
        values = _permitted(given)
    else:
        return
    update_message(call.core, message, content_attributes={**message.content_attributes, "submitted_values": values})


def _permitted(value: Json) -> Json:
    """The keys that the server takes from an answer."""
    kept = {key: value[key] for key in ("name", "title", "value") if _is_plain(value, key)}
    survey = value.get("csat_survey_response")
    if isinstance(survey, dict):
        kept["csat_survey_response"] = {
            key: survey[key] for key in ("feedback_message", "rating") if _is_plain(survey, key)
        }
    return kept


def _is_plain(value: Json, key: str) -> bool:
    return key in value and not isinstance(value[key], dict | list)


# -- surveys ----------------------------------------------------------------------------------------------------


def survey_of(call: Call) -> Message:
    """The first survey of the conversation whose uuid is in the path."""
    wanted = call.request.match_info["uuid"]
    for each in call.world.conversations.values():
        if each.uuid == wanted and (found := [m for m in each.messages if m.content_type == "input_csat"]):
            return found[0]
    raise missing()


@routes.get("/csat_survey/{uuid}", "open")
def survey(call: Call) -> Json:
    """A survey, as its page shows it."""
    return survey_answer(call.world, survey_of(call))


@routes.patch("/csat_survey/{uuid}", "open")
def answer_survey(call: Call) -> Json:
    """Answer a survey; what is stored of it comes in the background, so the answer still shows the old one."""
    message, given = survey_of(call), call.body.get("message")
    _check_open(call, message)
    submit(call, message, given if isinstance(given, dict) else {})
    return survey_answer(call.world, message)


def survey_answer(world: World, message: Message) -> Json:
    """A survey as the Client API shows it."""
    inbox = message.conversation.inbox
    config = inbox.settings.get("csat_config") or {}
    return {
        "id": message.id,
        "csat_survey_response": answer_of(world, message),
        "display_type": config.get("display_type", "emoji"),
        "content": config.get("message"),
        "inbox_avatar_url": "",
        "inbox_name": inbox.name,
        "locale": world.account.locale,
        "conversation_id": message.conversation.id,
        "created_at": iso(message.created_at),
    }


# -- as the Client API shows them -------------------------------------------------------------------------------


def conversation_answer(world: World, conversation: Conversation) -> Json:
    """A conversation."""
    shown = [m for m in conversation.messages if m.message_type != ACTIVITY and m.is_visible]
    return {
        "id": conversation.id,
        "uuid": conversation.uuid,
        "inbox_id": conversation.inbox.id,
        "contact_last_seen_at": epoch(conversation.contact_last_seen_at),
        "status": conversation.status,
        "agent_last_seen_at": epoch(conversation.agent_last_seen_at),
        "messages": [message_answer(world, m) for m in shown],
        "contact": contact_row(world, conversation.contact),
    }


def message_answer(world: World, message: Message) -> Json:
    """A message."""
    data: Json = {
        "id": message.id,
        "content": message.content,
        "message_type": message.message_type,
        "content_type": message.content_type,
        "content_attributes": message.content_attributes,
        "created_at": epoch(message.created_at),
        "conversation_id": message.conversation.id,
    }
    if message.attachments:
        data["attachments"] = [attachment_data(world, message, each) for each in message.attachments]
    if (sender := sender_push(message.sender)) is not None:
        data["sender"] = sender
    return data
