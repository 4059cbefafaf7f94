"""What a template may ask for: contact, agent, conversation, inbox and account (contract 3.7)."""

from __future__ import annotations

import re
from typing import Any, cast

from criabot.testing.platform.liquid import CLOCK, LiquidError, render
from criabot.testing.platform.world import Conversation, Json, Message, Sender, World

__all__ = ["filled", "filled_content"]

CODE = re.compile(r"`(.*?)`", re.DOTALL)


def filled_content(world: World, message: Message) -> str | None:
    """A message's text with its variables filled in."""
    return cast("str | None", filled(world, message.conversation, message.sender, message.content))


def filled(world: World, conversation: Conversation, sender: Sender, value: Any) -> Any:
    """A text, or the texts in a structure, with the variables filled in.

    What stands between backticks is left alone, and so is a text that is no template.
    """
    if isinstance(value, dict):
        return {key: filled(world, conversation, sender, each) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(world, conversation, sender, each) for each in value]
    if not isinstance(value, str) or ("{{" not in value and "{%" not in value):
        return value
    template = CODE.sub(r"{% raw %}`\1`{% endraw %}", value)
    try:
        return render(template, _drops(world, conversation, sender))
    except LiquidError:
        return value


def _drops(world: World, conversation: Conversation, sender: Sender) -> Json:
    contact = conversation.contact
    return {
        CLOCK: world.clock(),
        "contact": {
            **_named(contact.name),
            "id": contact.id,
            "email": contact.email,
            "phone_number": contact.phone_number,
            "custom_attribute": contact.custom_attributes,
        },
        "agent": {
            **_named(sender.name if sender else None),
            "id": sender.id if sender else None,
            "available_name": sender.name if sender else None,
            "email": getattr(sender, "email", None),
        },
        "conversation": {
            "id": conversation.id,
            "display_id": conversation.id,
            "contact_name": contact.name.capitalize() or "Customer",
            "custom_attribute": conversation.custom_attributes,
        },
        "inbox": {"id": conversation.inbox.id, "name": conversation.inbox.name},
        "account": {"id": world.account.id, "name": world.account.name},
    }


def _named(name: str | None) -> Json:
    """A person's name in parts, each with a capital letter."""
    words = [word.capitalize() for word in (name or "").split()]
    return {
        "name": " ".join(words) if name else None,
        "first_name": words[0] if words else None,
        "last_name": words[-1] if len(words) > 1 else None,
    }
