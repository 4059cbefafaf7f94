"""What is done to a conversation: status, assignment, labels, priority, attributes, typing (contract 4.3 to 4.5)."""

from __future__ import annotations

from typing import Any, cast

from criabot.testing.platform import assignment
from criabot.testing.platform.conversations import STATUSES, toggle_typing, update_conversation
from criabot.testing.platform.http import Call, Refused, Routes
from criabot.testing.platform.lifecycle import set_status
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import AgentBot, Conversation, Json, Principal, User

__all__ = ["routes"]

routes = Routes("/api/v1/accounts/{account}/conversations/{conversation}")

PRIORITIES = ("low", "medium", "high", "urgent")
FAULT = Refused(500, {"status": 500, "error": "Internal Server Error"})


@routes.post("/toggle_status", "bot")
def toggle_status(call: Call) -> Json:
    """Change the status; without one it toggles (contract 4.3)."""
    conversation, actor = call.conversation(), call.actor
    status = _status(call.body.get("status"), conversation)
    until = call.body.get("snoozed_until")
    success: bool | None = True
    if isinstance(actor, AgentBot) and conversation.status == "pending" and status == "open":
        success = None  # the handoff of a bot answers so (contract 4.3)
        if conversation.waiting_since is None:
            update_conversation(call.core, conversation, waiting_since=call.core.now)
    if isinstance(actor, User) and not actor.is_admin and conversation.status == "pending" and status == "open":
        assignment.assign(call.core, conversation, actor, by=actor)
    snooze = {"snoozed_until": float(until)} if status == "snoozed" and until is not None else {}
    set_status(call.core, conversation, status, by=actor, **snooze)
    return {
        "payload": {
            "success": success,
            "conversation_id": conversation.id,
            "current_status": conversation.status,
            "snoozed_until": iso(conversation.snoozed_until),
        }
    }


def _status(value: Any, conversation: Conversation) -> str:
    if value in (None, ""):
        return "resolved" if conversation.status == "open" else "open"
    return _enum(value, STATUSES)


def _enum(value: Any, names: tuple[str, ...]) -> str:
    """A name, or its number; anything else is a fault of the server (contract 4.3)."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names):
        return names[value]
    if value in names:
        return str(value)
    raise FAULT


@routes.post("/toggle_priority", "bot")
def toggle_priority(call: Call) -> None:
    """Set or clear the priority (contract 4.5)."""
    value = call.body.get("priority")
    priority = _enum(value, PRIORITIES) if value is not None else None
    update_conversation(call.core, call.conversation(), priority=priority)


@routes.post("/toggle_typing_status", "bot", since="4.11.2")
def typing(call: Call) -> None:
    """Show that somebody types."""
    status, private = str(call.body.get("typing_status")), bool(call.body.get("is_private"))
    toggle_typing(call.core, call.conversation(), cast("Principal", call.actor), status, private=private)


@routes.post("/custom_attributes", "bot")
def custom_attributes(call: Call) -> Json:
    """Replace the whole map (contract 4.5)."""
    values = call.body.get("custom_attributes")
    if not isinstance(values, dict):
        raise FAULT
    conversation = call.conversation()
    update_conversation(call.core, conversation, custom_attributes=values)
    return {"custom_attributes": conversation.custom_attributes}


@routes.get("/labels", "bot", since="4.14.2")
def labels(call: Call) -> Json:
    """The conversation's labels."""
    return {"payload": call.conversation().labels}


@routes.post("/labels", "bot", since="4.14.2")
def set_labels(call: Call) -> Json:
    """Replace all labels; anything but a list clears them (contract 4.5)."""
    given = call.body.get("labels")
    names = list(dict.fromkeys(str(name) for name in given)) if isinstance(given, list) else []
    conversation = call.conversation()
    update_conversation(call.core, conversation, labels=names)
    return {"payload": conversation.labels}


@routes.post("/assignments", "bot")
def assign(call: Call) -> Json | None:
    """Assign an agent, a bot or a team (contract 4.4)."""
    return assignment.from_request(call.core, call.conversation(), call.body, call.actor)
