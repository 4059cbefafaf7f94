"""Liquid in outgoing messages, as far as support teams use it (contract 3.7)."""

from __future__ import annotations

import re

from criabot.testing.platform.world import AgentBot, Message, World

__all__ = ["render"]

CODE = re.compile(r"(`[^`]*`)")
VARIABLE = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
TAG = re.compile(r"\{%.*?%\}", re.DOTALL)


def render(world: World, message: Message) -> str | None:
    """The text with its variables filled in; what stands between backticks is left alone."""
    text = message.content
    if text is None or ("{{" not in text and "{%" not in text):
        return text
    values = _values(world, message)
    parts = CODE.split(text)
    return "".join(part if part.startswith("`") else _filled(part, values) for part in parts)


def _filled(text: str, values: dict[str, str]) -> str:
    return TAG.sub("", VARIABLE.sub(lambda match: _value(match[1], values), text))


def _value(expression: str, values: dict[str, str]) -> str:
    if expression[:1] in "'\"" and expression[-1:] == expression[:1]:
        return expression[1:-1]
    return values.get(expression, "")


def _values(world: World, message: Message) -> dict[str, str]:
    conversation, contact = message.conversation, message.conversation.contact
    first, _, last = contact.name.partition(" ")
    agent = message.sender.name if message.sender is not None and not isinstance(message.sender, AgentBot) else ""
    return {
        "contact.name": contact.name,
        "contact.first_name": first.capitalize(),
        "contact.last_name": last,
        "contact.email": contact.email or "",
        "contact.phone_number": contact.phone_number or "",
        "agent.name": agent,
        "conversation.display_id": str(conversation.id),
        "inbox.name": conversation.inbox.name,
        "account.name": world.account.name,
    }
