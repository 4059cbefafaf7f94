"""What handlers get of the smaller events: typing, and a visitor who opens the widget."""

from __future__ import annotations

from typing import Any

from criabot.conversation.contact import Contact
from criabot.conversation.conversation import Conversation
from criabot.platform import ConversationTyping, Sender, WidgetTriggered

__all__ = ["Typing", "WidgetOpened"]


class Typing:
    """Somebody began or stopped typing (contract 2.8)."""

    event: ConversationTyping
    conversation: Conversation

    def __init__(self, event: ConversationTyping, conversation: Conversation) -> None:
        self.event = event
        self.conversation = conversation

    @property
    def on(self) -> bool:
        """Began (True) or stopped."""
        return self.event.on

    @property
    def private(self) -> bool:
        """Typing a note."""
        return bool(self.event.is_private)

    @property
    def user(self) -> Sender | None:
        """Who types: the contact, an agent, or a bot (`Sender.kind`)."""
        return self.event.user


class WidgetOpened:
    """A visitor opened the web widget, perhaps before there is a conversation (contract 2.11)."""

    event: WidgetTriggered
    conversation: Conversation | None

    def __init__(self, event: WidgetTriggered, conversation: Conversation | None) -> None:
        self.event = event
        self.conversation = conversation

    @property
    def contact(self) -> Contact | None:
        """The visitor."""
        return Contact(self.event.contact) if self.event.contact is not None else None

    @property
    def info(self) -> dict[str, Any]:
        """Page, browser, language: written by the visitor's browser, so do not trust it."""
        return self.event.event_info if isinstance(self.event.event_info, dict) else {}
