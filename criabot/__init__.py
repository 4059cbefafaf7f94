"""criabot: the runtime for bots in front of a human support team on CriaChat."""

from criabot.bot import Bot
from criabot.conversation import Contact, Conversation, Message, State, Typing, WidgetOpened
from criabot.routing import F, Filter, Regex, Router, skip

__all__ = [
    "Bot",
    "Contact",
    "Conversation",
    "F",
    "Filter",
    "Message",
    "Regex",
    "Router",
    "State",
    "Typing",
    "WidgetOpened",
    "__version__",
    "skip",
]

__version__ = "0.1.0"
