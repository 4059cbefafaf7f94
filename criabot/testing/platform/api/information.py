"""What the server is, and who asks (contract 5.3)."""

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


@routes.get("/api/v1/profile")
def profile(call: Call) -> Json:
    """The user of the token."""
    user, account = call.user, call.world.account
    membership = {
        "id": account.id,
        "name": account.name,
        "status": "active",
        "active_at": None,
        "role": user.role,
        "permissions": [user.role],
        "availability": user.availability,
        "availability_status": user.availability_status,
        "auto_offline": True,
    }
    return {
        "access_token": user.access_token,
        "account_id": account.id,
        "available_name": user.name,
        "avatar_url": "",
        "confirmed": user.confirmed,
        "display_name": None,
        "message_signature": None,
        "email": user.email,
        "hmac_identifier": None,
        "id": user.id,
        "inviter_id": None,
        "name": user.name,
        "provider": "email",
        "pubsub_token": user.pubsub_token,
        "role": user.role,
        "ui_settings": {},
        "uid": user.email,
        "type": None,
        "accounts": [membership],
    }
