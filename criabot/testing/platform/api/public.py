"""The public Client API of API inboxes (contract 6.1)."""

from __future__ import annotations

from criabot.testing.platform.attachments import attachment_data
from criabot.testing.platform.contacts import create_contact
from criabot.testing.platform.conversations import create_conversation
from criabot.testing.platform.files import attachments_of
from criabot.testing.platform.http import Call, Refused, Routes
from criabot.testing.platform.lifecycle import create_message
from criabot.testing.platform.payloads import sender_push
from criabot.testing.platform.times import epoch, iso
from criabot.testing.platform.world import (
    ACTIVITY,
    INCOMING,
    Contact,
    ContactInbox,
    Conversation,
    Inbox,
    Json,
    Message,
    World,
)

__all__ = ["routes"]

routes = Routes("/public/api/v1/inboxes/{inbox}")


def missing() -> Refused:
    """404 of the Client API."""
    return Refused(404, {"status": 404, "error": "Not Found"})


def inbox_of(call: Call) -> Inbox:
    """The API inbox of the path."""
    inbox = call.world.inbox_by("identifier", call.request.match_info["inbox"])
    if inbox is None:
        raise missing()
    return inbox


def row_of(call: Call) -> ContactInbox:
    """The contact of the path."""
    row = call.world.contact_inbox(inbox_of(call), call.request.match_info["source"])
    if row is None:
        raise missing()
    return row


def conversation_of(call: Call) -> Conversation:
    """The contact's conversation of the path."""
    number = call.request.match_info["conversation"]
    own = call.world.conversations_of(row_of(call))
    found = next((each for each in own if str(each.id) == number), None)
    if found is None:
        raise missing()
    return found


@routes.post("/contacts", "open")
def create_contact_(call: Call) -> Json:
    """A new contact of the inbox."""
    inbox, body = inbox_of(call), call.body
    contact = create_contact(
        call.core,
        inbox,
        body.get("source_id"),
        name=body.get("name"),
        email=body.get("email"),
        phone_number=body.get("phone_number"),
        identifier=body.get("identifier"),
        custom_attributes=body.get("custom_attributes") or {},
    )
    row = next(each for each in call.world.contact_inboxes.values() if each.contact is contact)
    return contact_answer(row)


def contact_answer(row: ContactInbox) -> Json:
    """A contact as the Client API shows it."""
    contact = row.contact
    return {
        "source_id": row.source_id,
        "pubsub_token": row.pubsub_token,
        "id": contact.id,
        "name": contact.name,
        "email": contact.email,
        "phone_number": contact.phone_number,
    }


@routes.post("/contacts/{source}/conversations", "open")
def create_conversation_(call: Call) -> Json:
    """A new conversation."""
    row = row_of(call)
    conversation = create_conversation(call.core, row, custom_attributes=call.body.get("custom_attributes") or {})
    return conversation_answer(call.world, conversation)


@routes.get("/contacts/{source}/conversations/{conversation}/messages", "open")
def messages(call: Call) -> list[Json]:
    """The newest 20 messages that the contact may read."""
    shown = [m for m in conversation_of(call).messages if m.is_visible]
    return [message_answer(call.world, m) for m in shown[-20:]]


@routes.post("/contacts/{source}/conversations/{conversation}/messages", "open")
def create_message_(call: Call) -> Json:
    """The contact writes."""
    conversation = conversation_of(call)
    message = create_message(
        call.core,
        conversation,
        call.body.get("content"),
        message_type=INCOMING,
        sender=conversation.contact,
        echo_id=call.body.get("echo_id"),
        attachments=attachments_of(call),
    )
    return message_answer(call.world, message)


def conversation_answer(world: World, conversation: Conversation) -> Json:
    """A conversation as the Client API shows it."""
    return {
        "id": conversation.id,
        "uuid": conversation.uuid,
        "inbox_id": conversation.inbox.id,
        "contact_last_seen_at": epoch(conversation.contact_last_seen_at),
        "status": conversation.status,
        "agent_last_seen_at": epoch(conversation.agent_last_seen_at),
        "messages": [
            message_answer(world, m) for m in conversation.messages if m.message_type != ACTIVITY and m.is_visible
        ],
        "contact": _contact_row(world, conversation.contact),
    }


def message_answer(world: World, message: Message) -> Json:
    """A message as the Client API shows it."""
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


def _contact_row(world: World, contact: Contact) -> Json:
    return {
        "id": contact.id,
        "name": contact.name,
        "email": contact.email,
        "phone_number": contact.phone_number,
        "account_id": world.account.id,
        "created_at": iso(contact.created_at),
        "updated_at": iso(contact.updated_at),
        "additional_attributes": contact.additional_attributes,
        "identifier": contact.identifier,
        "custom_attributes": contact.custom_attributes,
        "last_activity_at": iso(contact.last_activity_at),
        "contact_type": contact.contact_type,
        "middle_name": "",
        "last_name": "",
        "location": None,
        "country_code": None,
        "blocked": contact.blocked,
        **({"company_id": None} if world.since("4.8.0") else {}),
        "label_list": contact.labels,
    }
