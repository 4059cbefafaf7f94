"""Scripts from real conversations: their webhooks, put in order and under other names."""

from criabot.testing.record.capture import Capture, Endpoint, read_captures
from criabot.testing.record.chat import chat
from criabot.testing.record.story import Story, stories

__all__ = ["Capture", "Endpoint", "Story", "chat", "read_captures", "stories"]
