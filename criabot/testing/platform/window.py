"""Messaging windows: whether a channel still lets us write first (contract 3.8)."""

from __future__ import annotations

from criabot.testing.platform.world import INCOMING, Conversation, World

__all__ = ["can_reply"]

HOUR = 3600.0
HOURS = {"Channel::Whatsapp": 24, "Channel::FacebookPage": 24, "Channel::Instagram": 24, "Channel::Tiktok": 48}


def can_reply(world: World, conversation: Conversation) -> bool:
    """Whether the last incoming message is young enough for the channel."""
    hours = _hours(conversation)
    if hours is None:
        return True
    incoming = [m.created_at for m in conversation.messages if m.message_type == INCOMING]
    return bool(incoming) and world.clock() - max(incoming) < hours * HOUR


def _hours(conversation: Conversation) -> float | None:
    channel = conversation.inbox.channel
    if conversation.inbox.channel_type == "Channel::Api":
        hours = (channel.get("additional_attributes") or {}).get("agent_reply_time_window")
        return float(hours) if hours else None
    if conversation.inbox.channel_type == "Channel::TwilioSms":
        return 24 if channel.get("medium") == "whatsapp" else None
    return HOURS.get(conversation.inbox.channel_type)
