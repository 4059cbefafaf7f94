"""A simulated CriaChat: real HTTP on loopback, and behind it what the real server was recorded to do."""

from __future__ import annotations

from criabot.testing.platform.channels.parts import ProviderAnswer, ProviderRequest
from criabot.testing.platform.delivery import Delivery
from criabot.testing.platform.gateway import ApiCall, ApiFault
from criabot.testing.platform.people import Agent, Customer
from criabot.testing.platform.server import SimulatedPlatform
from criabot.testing.platform.world import (
    AgentBot,
    Attachment,
    Contact,
    Conversation,
    Inbox,
    Message,
    Team,
    User,
    World,
)

__all__ = [
    "Agent",
    "AgentBot",
    "ApiCall",
    "ApiFault",
    "Attachment",
    "Contact",
    "Conversation",
    "Customer",
    "Delivery",
    "Inbox",
    "Message",
    "ProviderAnswer",
    "ProviderRequest",
    "SimulatedPlatform",
    "Team",
    "User",
    "World",
]
