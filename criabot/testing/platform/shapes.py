"""The JSON of the Application API (contract 5.3 to 5.7)."""

from __future__ import annotations

from criabot.testing.platform import window
from criabot.testing.platform.attachments import attachment_data
from criabot.testing.platform.payloads import message_push, sender_push
from criabot.testing.platform.times import epoch, iso
from criabot.testing.platform.world import (
    AgentBot,
    Contact,
    Conversation,
    Inbox,
    Json,
    Message,
    Principal,
    Team,
    User,
    World,
)

__all__ = ["agent_json", "bot_slim", "contact_json", "conversation_json", "message_json", "team_json"]


def agent_json(world: World, user: User) -> Json:
    """An agent (contract 5.4)."""
    return {
        "id": user.id,
        "account_id": world.account.id,
        "availability_status": user.availability_status,
        "auto_offline": user.attributes.get("auto_offline", True),
        "confirmed": user.confirmed,
        "email": user.email,
        **({"provider": "email"} if world.since("4.6.0") else {}),
        "available_name": user.available_name,
        "name": user.name,
        "role": user.role,
        "thumbnail": "",
    }


def bot_slim(bot: AgentBot) -> Json:
    """A bot as an assignee."""
    return {
        "id": bot.id,
        "name": bot.name,
        "description": bot.description,
        "thumbnail": "",
        "outgoing_url": bot.outgoing_url,
        "bot_type": "webhook",
    }


def team_json(world: World, team: Team, reader: Principal | None) -> Json:
    """A team, as one reader sees it."""
    return {
        "id": team.id,
        "name": team.name,
        "description": team.description,
        "allow_auto_assign": team.allow_auto_assign,
        "account_id": world.account.id,
        "is_member": reader in team.members,
    }


def contact_json(contact: Contact) -> Json:
    """A contact (contract 5.6), without its inboxes."""
    data: Json = {
        "additional_attributes": contact.additional_attributes,
        "availability_status": "online" if contact.is_online else "offline",
        "email": contact.email,
        "id": contact.id,
        "name": contact.name,
        "phone_number": contact.phone_number,
        "blocked": contact.blocked,
        "identifier": contact.identifier,
        "thumbnail": contact.avatar,
        "custom_attributes": contact.custom_attributes,
    }
    if contact.last_activity_at is not None:
        data["last_activity_at"] = epoch(contact.last_activity_at)
    data["created_at"] = epoch(contact.created_at)
    return data


def inbox_slim(inbox: Inbox) -> Json:
    """An inbox beside a contact's source id."""
    return {
        "id": inbox.id,
        "avatar_url": "",
        "channel_id": inbox.channel_id,
        "name": inbox.name,
        "channel_type": inbox.channel_type,
        "provider": inbox.channel.get("provider"),
    }


def contact_with_inboxes(world: World, contact: Contact) -> Json:
    """A contact (contract 5.6) with all inboxes that know it."""
    own = [row for row in world.contact_inboxes.values() if row.contact is contact]
    known = [{"source_id": row.source_id, "inbox": inbox_slim(row.inbox)} for row in own]
    return {**contact_json(contact), "contact_inboxes": known}


def message_json(world: World, message: Message) -> Json:
    """A message (contract 5.5)."""
    data: Json = {
        "id": message.id,
        "content": message.content,
        "inbox_id": message.conversation.inbox.id,
        "conversation_id": message.conversation.id,
        "message_type": message.message_type,
        "content_type": message.content_type,
        "status": message.status,
        "content_attributes": message.content_attributes,
        "created_at": epoch(message.created_at),
        "private": message.private,
        "source_id": message.source_id,
    }
    if (sender := sender_push(message.sender)) is not None:
        data["sender"] = sender
    if message.attachments:
        data["attachments"] = [attachment_data(world, message, each) for each in message.attachments]
    return data


def conversation_json(world: World, conversation: Conversation, reader: Principal | None) -> Json:
    """A conversation (contract 5.4)."""
    meta: Json = {"sender": contact_json(conversation.contact), "channel": conversation.inbox.channel_type}
    kind: str | None = None
    if conversation.assignee is not None:
        meta["assignee"], kind = agent_json(world, conversation.assignee), "User"
    elif conversation.assignee_bot is not None:
        meta["assignee"], kind = bot_slim(conversation.assignee_bot), "AgentBot"
    if kind is not None and world.since("4.8.0"):
        meta["assignee_type"] = kind
    if conversation.team is not None:
        meta["team"] = team_json(world, conversation.team, reader)
    meta["hmac_verified"] = conversation.contact_inbox.hmac_verified
    newest = conversation.messages[-1:]
    shown = [m for m in conversation.messages if m.message_type != 2]
    return {
        "meta": meta,
        "id": conversation.id,
        "messages": [message_push(world, message) for message in newest],
        "account_id": world.account.id,
        "uuid": conversation.uuid,
        "additional_attributes": conversation.additional_attributes,
        "agent_last_seen_at": epoch(conversation.agent_last_seen_at),
        "assignee_last_seen_at": epoch(conversation.assignee_last_seen_at),
        "can_reply": window.can_reply(world, conversation),
        "contact_last_seen_at": epoch(conversation.contact_last_seen_at),
        "custom_attributes": conversation.custom_attributes,
        "inbox_id": conversation.inbox.id,
        "labels": list(conversation.labels),
        "muted": conversation.contact.blocked,
        "snoozed_until": iso(conversation.snoozed_until),
        "status": conversation.status,
        "created_at": epoch(conversation.created_at),
        "updated_at": conversation.updated_at,
        "timestamp": epoch(conversation.last_activity_at),
        "first_reply_created_at": epoch(conversation.first_reply_created_at),
        "unread_count": world.unread(conversation),
        "last_non_activity_message": message_push(world, shown[-1]) if shown else None,
        "last_activity_at": epoch(conversation.last_activity_at),
        "priority": conversation.priority,
        "waiting_since": epoch(conversation.waiting_since),
        "sla_policy_id": None,
    }
