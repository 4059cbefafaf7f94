"""What the server is (contract 5.3)."""

from __future__ import annotations

from datetime import UTC, datetime

from criabot.testing.platform.http import Call, Routes
from criabot.testing.platform.world import Json

__all__ = ["routes"]

routes = Routes("")


@routes.get("/api", "open")
def server_info(call: Call) -> Json:
    """The version, without a token."""
    now = datetime.fromtimestamp(call.core.now, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return {"version": call.world.version, "timestamp": now, "queue_services": "ok", "data_services": "ok"}


@routes.get("/health", "open")
def health(_call: Call) -> Json:
    """Alive."""
    return {"status": "woot"}
