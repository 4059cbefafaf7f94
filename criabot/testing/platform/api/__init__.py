"""The HTTP interfaces: Application API, public Client API, widget, providers' webhooks."""

from __future__ import annotations

from criabot.testing.platform.api import actions, conversations, information, messages, public
from criabot.testing.platform.http import Routes

__all__ = ["ALL"]

ALL: tuple[Routes, ...] = (
    information.routes,
    conversations.routes,
    actions.routes,
    messages.routes,
    public.routes,
)
