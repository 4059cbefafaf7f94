"""The bodies of webhooks, and the data they share with the live socket (contract 2)."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from criabot.testing.platform import window
from criabot.testing.platform.attachments import attachment_data
from criabot.testing.platform.csat import survey_text
from criabot.testing.platform.times import epoch, iso
from criabot.testing.platform.world import (
    ACTIVITY,
    MESSAGE_TYPES,
    AgentBot,
    Contact,
    ContactInbox,
    Conversation,
    Inbox,
    Json,
    Message,
    Sender,
    User,
    World,
)

__all__ = [
    "account_data",
    "asks_with_token",
    "contact_data",
    "contact_push",
    "conversation_data",
    "conversation_push",
    "inbox_data",
    "message_data",
    "message_push",
    "performer",
    "sender_push",
    "user_push",
]

asks_with_token: ContextVar[bool] = ContextVar("asks_with_token", default=False)
"""Whether a token's request is being served: only then the server knows the account, and who of it is online."""

performer: ContextVar[User | AgentBot | None] = ContextVar("performer", default=None)
"""Whose token the request that is being served has; the live socket tells of him."""


def account_data(world: World) -> Json:
    """Contract 2.1.1."""
    return {"id": world.account.id, "name": world.account.name}


def inbox_data(inbox: Inbox) -> Json:
    """Contract 2.1.1."""
    return {"id": inbox.id, "name": inbox.name}


def contact_data(world: World, contact: Contact) -> Json:
    """A contact at the top of a webhook, without ``type`` (contract 2.1.2)."""
    return {
        "account": account_data(world),
        "additional_attributes": contact.additional_attributes,
        "avatar": contact.avatar,
        "custom_attributes": contact.custom_attributes,
        "email": contact.email,
        "id": contact.id,
        "identifier": contact.identifier,
        "name": contact.name,
        "phone_number": contact.phone_number,
        "thumbnail": contact.avatar,
        "blocked": contact.blocked,
    }


def contact_push(contact: Contact) -> Json:
    """A contact inside a conversation (contract 2.1.3)."""
    return {
        "additional_attributes": contact.additional_attributes,
        "custom_attributes": contact.custom_attributes,
        "email": contact.email,
        "id": contact.id,
        "identifier": contact.identifier,
        "name": contact.name,
        "phone_number": contact.phone_number,
        "thumbnail": contact.avatar,
        "blocked": contact.blocked,
        "type": "contact",
    }


def user_push(user: User) -> Json:
    """An agent (contract 2.1.4)."""
    return {
        "id": user.id,
        "name": user.name,
        "available_name": user.available_name,
        "avatar_url": "",
        "type": "user",
        "availability_status": user.availability_status if asks_with_token.get() else None,
        "thumbnail": "",
    }


def sender_push(sender: Sender) -> Json | None:
    """Who wrote a message, as REST and nested messages show it."""
    match sender:
        case Contact():
            return contact_push(sender)
        case User():
            return user_push(sender)
        case AgentBot():
            return {"id": sender.id, "name": sender.name, "avatar_url": "", "type": "agent_bot"}
    return None


def sender_data(world: World, sender: Sender) -> Json | None:
    """Who wrote a message, at the top of a webhook (contract 2.1.2)."""
    match sender:
        case Contact():
            return contact_data(world, sender)
        case User():
            return {"id": sender.id, "name": sender.name, "email": sender.email, "type": "user"}
        case AgentBot():
            return {"id": sender.id, "name": sender.name, "type": "agent_bot"}
    return None


def sender_type(sender: Sender) -> str | None:
    """The Ruby class of who wrote it."""
    return type(sender).__name__ if sender is not None else None


def contact_inbox_data(row: ContactInbox) -> Json:
    """The whole row, with its secret (contract 2.1.5)."""
    return {
        "id": row.id,
        "contact_id": row.contact.id,
        "inbox_id": row.inbox.id,
        "source_id": row.source_id,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "hmac_verified": row.hmac_verified,
        "pubsub_token": row.pubsub_token,
    }


def message_push(world: World, message: Message) -> Json:
    """A message nested in a conversation of the API or on the live socket (contract 2.1.6)."""
    conversation = message.conversation
    data: Json = {
        "id": message.id,
        "content": message.content,
        "account_id": world.account.id,
        "inbox_id": conversation.inbox.id,
        "conversation_id": conversation.id,
        "message_type": message.message_type,
        "created_at": epoch(message.created_at),
        "updated_at": iso(message.updated_at),
        "private": message.private,
        "status": message.status,
        "source_id": message.source_id,
        "content_type": message.content_type,
        "content_attributes": message.content_attributes,
        "sender_type": sender_type(message.sender),
        "sender_id": message.sender.id if message.sender is not None else None,
        "external_source_ids": {},
        "additional_attributes": message.additional_attributes,
        "processed_message_content": message.processed_content,
        "sentiment": {},
        "conversation": {
            "assignee_id": conversation.assignee.id if conversation.assignee else None,
            "unread_count": world.unread(conversation),
            "last_activity_at": epoch(conversation.last_activity_at),
            "contact_inbox": {"source_id": conversation.contact_inbox.source_id},
        },
    }
    if message.attachments:
        data["attachments"] = [attachment_data(world, message, each) for each in message.attachments]
        for each in data["attachments"]:  # read again, a mention in a story is an image already
            each["file_type"] = "image" if each["file_type"] == "story_mention" else each["file_type"]
    if (sender := sender_push(message.sender)) is not None:
        data["sender"] = sender
    return data


def _meta(world: World, conversation: Conversation) -> Json:
    assignee: Json | None = None
    kind: str | None = None
    if conversation.assignee is not None:
        assignee, kind = user_push(conversation.assignee), "User"
    elif conversation.assignee_bot is not None and world.since("4.8.0"):
        assignee, kind = sender_push(conversation.assignee_bot), "AgentBot"
    meta: Json = {"sender": contact_push(conversation.contact), "assignee": assignee}
    if world.since("4.8.0"):
        meta["assignee_type"] = kind
    team = conversation.team
    meta["team"] = {"id": team.id, "name": team.name} if team else None
    meta["hmac_verified"] = conversation.contact_inbox.hmac_verified
    return meta


def _newest(world: World, conversation: Conversation) -> list[Json]:
    """The newest message that is neither activity nor note, at the time of building (contract 2.1.6)."""
    shown = [m for m in conversation.messages if m.message_type != ACTIVITY and not m.private]
    if not shown:
        return []
    return [message_push(world, max(shown, key=lambda m: (m.created_at, m.id)))]


def conversation_data(world: World, conversation: Conversation) -> Json:
    """A conversation in a webhook (contract 2.1.5)."""
    data = conversation_push(world, conversation)
    for message in data["messages"]:
        message |= {key: normalized(world, message[key]) for key in ("content", "processed_message_content")}
    if world.since("4.14.2"):
        data["account"] = account_data(world)
    return data


def conversation_push(world: World, conversation: Conversation) -> Json:
    """A conversation on the live socket: stored texts, no account (contract 6.2)."""
    return {
        "additional_attributes": conversation.additional_attributes,
        "can_reply": window.can_reply(world, conversation),
        "channel": conversation.inbox.channel_type,
        "contact_inbox": contact_inbox_data(conversation.contact_inbox),
        "id": conversation.id,
        "inbox_id": conversation.inbox.id,
        "messages": _newest(world, conversation),
        "labels": list(conversation.labels),
        "meta": _meta(world, conversation),
        "status": conversation.status,
        "custom_attributes": conversation.custom_attributes,
        "snoozed_until": iso(conversation.snoozed_until),
        "unread_count": world.unread(conversation),
        "first_reply_created_at": iso(conversation.first_reply_created_at),
        "priority": conversation.priority,
        "waiting_since": epoch(conversation.waiting_since),
        "agent_last_seen_at": epoch(conversation.agent_last_seen_at),
        "contact_last_seen_at": epoch(conversation.contact_last_seen_at),
        "last_activity_at": epoch(conversation.last_activity_at),
        "timestamp": epoch(conversation.last_activity_at),
        "created_at": epoch(conversation.created_at),
        "updated_at": conversation.updated_at,
    }


def message_data(world: World, message: Message) -> Json:
    """``message_created`` and ``message_updated``, without the event's name (contract 2.2)."""
    data: Json = {
        "account": account_data(world),
        "additional_attributes": message.additional_attributes,
        "content_attributes": message.content_attributes,
        "content_type": message.content_type,
        "content": webhook_content(world, message),
        "conversation": conversation_data(world, message.conversation),
        "created_at": iso(message.created_at),
        "id": message.id,
        "inbox": inbox_data(message.conversation.inbox),
        "message_type": MESSAGE_TYPES[message.message_type],
        "private": message.private,
        "sender": sender_data(world, message.sender),
        "source_id": message.source_id,
    }
    if message.attachments:
        data["attachments"] = [attachment_data(world, message, each) for each in message.attachments]
    return data


def webhook_content(world: World, message: Message) -> str | None:
    """The text at the top of webhooks; a survey that the channel cannot show is a link (contract 2.2)."""
    if message.content_type == "input_csat" and message.conversation.inbox.channel_type != "Channel::WebWidget":
        return survey_text(world, message)
    return normalized(world, _rendered(world, message))


def _rendered(world: World, message: Message) -> str | None:
    """From 4.9 to 4.12.0 webhooks have texts, even the customer's, as the channel shows them; before and after raw."""
    if not message.content or not world.since("4.9.0") or world.since("4.12.1"):
        return message.content
    from criabot.testing.platform.channels.markup import rendered  # few versions need the parser

    return rendered(message.content, message.conversation.inbox.channel_type)


def normalized(world: World, text: str | None) -> str | None:
    """Since 4.13.0 webhooks have no newlines at the end of texts, and backslash + newline as newline."""
    if text is None or not world.since("4.13.0"):
        return text
    return text.replace("\\\n", "\n").rstrip("\n")


def changes_data(changes: dict[str, tuple[Any, Any]]) -> list[Json]:
    """``changed_attributes`` (contract 2.5)."""
    return [{key: {"previous_value": old, "current_value": new}} for key, (old, new) in changes.items()]
