"""Which events an account webhook has to send (contract 1.2 and 8.34)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from criabot.platform.resources.webhooks import WebhookEvent
from criabot.platform.versions import at_least

__all__ = ["FROM_API_INBOXES", "TYPING_SINCE", "USUAL", "events_needed", "events_of", "not_from_a_bot"]

USUAL: tuple[WebhookEvent, ...] = (
    "message_created",
    "message_updated",
    "conversation_created",
    "conversation_status_changed",
)
"""Those that a bot lives by; any other comes with nearly every message (contract 8.34)."""

EVENTS: Mapping[str, tuple[WebhookEvent, ...]] = {
    "message": ("message_created",),
    "message_created": ("message_created",),
    "message_updated": ("message_updated",),
    "conversation_created": ("conversation_created",),
    "updated": ("conversation_updated",),
    "status_changed": ("conversation_status_changed",),
    "typing": ("conversation_typing_on", "conversation_typing_off"),
    "contact_created": ("contact_created",),
    "contact_updated": ("contact_updated",),
    "widget_opened": ("webwidget_triggered",),
    "event:inbox_created": ("inbox_created",),
    "event:inbox_updated": ("inbox_updated",),
}
"""The platform's events by the kind of handler that wants them."""

NEVER_FROM_A_BOT = ("conversation_created", "typing", "contact_created", "contact_updated")
"""Kinds of handlers whose events an agent bot is never sent."""

FROM_API_INBOXES = frozenset({"conversation_created", "typing"})
"""Those of them whose events an API inbox sends for itself."""

TYPING_SINCE = "4.3.0"


def events_needed(kinds: Collection[str], version: str) -> list[WebhookEvent]:
    """What an account webhook has to be subscribed to, for a bot that handles these kinds."""
    return list(dict.fromkeys([*USUAL, *events_of(kinds, version)]))


def events_of(kinds: Collection[str], version: str) -> list[WebhookEvent]:
    """The events that handlers of these kinds want; nobody can subscribe to typing before 4.3 (contract 0.2)."""
    can_type = at_least(version, TYPING_SINCE)
    return [event for kind in kinds if kind != "typing" or can_type for event in EVENTS.get(kind, ())]


def not_from_a_bot(kinds: Collection[str], version: str) -> list[str]:
    """Of these kinds, those that stay without events unless an account webhook or API inbox sends them."""
    missing = [kind for kind in NEVER_FROM_A_BOT if kind in kinds]
    if not at_least(version, "4.13.0"):
        missing += [kind for kind in ("updated", "status_changed") if kind in kinds]
    return missing
