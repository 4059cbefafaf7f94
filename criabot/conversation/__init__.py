"""What a handler holds: message, conversation, contact, state; and who may speak."""

from criabot.conversation.contact import Contact
from criabot.conversation.conversation import Conversation
from criabot.conversation.effects import Effects
from criabot.conversation.memory import Memory
from criabot.conversation.message import Message
from criabot.conversation.ownership import Owner, Ownership, Rules
from criabot.conversation.signals import Typing, WidgetOpened
from criabot.conversation.state import State, States

__all__ = [
    "Contact",
    "Conversation",
    "Effects",
    "Memory",
    "Message",
    "Owner",
    "Ownership",
    "Rules",
    "State",
    "States",
    "Typing",
    "WidgetOpened",
]
