"""criabot: the runtime for bots in front of a human support team on CriaChat."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

HOMES = {
    "criabot.bot": "Bot",
    "criabot.conversation": "Contact Conversation Message State Typing WidgetOpened",
    "criabot.routing": "F Filter Regex Router skip",
}
"""Where the public names are: each module is imported when the first of its names is asked for."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        for module, names in HOMES.items():
            if name in names.split():
                globals()[name] = found = getattr(import_module(module), name)
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
