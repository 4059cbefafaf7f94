"""Conversations: read, made, listed (contract 5.4)."""

from __future__ import annotations

from criabot.testing.platform.http import Call, Routes
from criabot.testing.platform.shapes import conversation_json
from criabot.testing.platform.world import Json

__all__ = ["routes"]

routes = Routes("/api/v1/accounts/{account}/conversations")


@routes.get("/{conversation}", "bot", since="4.14.2")
def show(call: Call) -> Json:
    """One conversation."""
    return conversation_json(call.world, call.conversation(), call.actor)
