"""What is done to a conversation: status, assignment, labels, priority, attributes, typing (contract 4.3 to 4.5)."""

from __future__ import annotations

from typing import Any, cast

from criabot.testing.platform import assignment
from criabot.testing.platform.casts import named, number, truth
from criabot.testing.platform.conversations import toggle_typing, update_conversation
from criabot.testing.platform.http import Call, Routes, fault
from criabot.testing.platform.lifecycle import change, set_status
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import STATUSES, AgentBot, Conversation, Json, Principal, User

__all__ = ["change_priority", "enum", "label_names", "routes", "snooze"]

routes = Routes("/api/v1/accounts/{account}/conversations/{conversation}")

PRIORITIES = ("low", "medium", "high", "urgent")


@routes.post("/toggle_status", "bot")
def toggle_status(call: Call) -> Json:
    """Change the status; without one it toggles; an agent who opens gets the conversation (contract 4.3)."""
    conversation, actor, given = call.conversation(), call.actor, call.body.get("status")
    success: bool | None = True
    if isinstance(actor, AgentBot) and conversation.status == "pending" and given == "open":
        success = None
        _hand_off(call, conversation)
    elif given in (None, ""):
        set_status(call.core, conversation, "resolved" if conversation.status == "open" else "open", by=actor)
    else:
        set_status(call.core, conversation, enum(given, STATUSES), by=actor, **snooze(call.body))
    if isinstance(actor, User) and conversation.status == "open":
        _opened_by(call, conversation, actor)
    return {
        "payload": {
            "success": success,
            "conversation_id": conversation.id,
            "current_status": conversation.status,
            "snoozed_until": iso(conversation.snoozed_until),
        }
    }


def _opened_by(call: Call, conversation: Conversation, user: User) -> None:
    """An agent gets what he opens; since 4.17 no bot keeps what a human opens (contract 0.2, 4.3)."""
    if not user.is_admin:
        assignment.assign(call.core, conversation, user, by=user, shown=True)
    elif call.world.since("4.17.0"):
        change(call.core, conversation, by=user, shown=True, assignee_bot=None)


def snooze(body: Json) -> dict[str, Any]:
    """The end of the snooze that a body with ``snoozed`` names, if any; of a text the number it begins with counts."""
    until = body.get("snoozed_until")
    is_snooze = body.get("status") in ("snoozed", STATUSES.index("snoozed"))
    return {"snoozed_until": float(number(until))} if is_snooze and until is not None else {}


def _hand_off(call: Call, conversation: Conversation) -> None:
    """A bot gives a pending conversation to the team: since now, if not before, the customer waits for a human.

    The bot that had it since 4.16 leaves it.
    """
    was_waiting = conversation.waiting_since is not None or not call.world.since("4.10.1")
    if not was_waiting:
        update_conversation(call.core, conversation, waiting_since=call.core.now)
    is_told = not was_waiting and call.world.since("4.13.0")
    left = {"assignee_bot": None} if call.world.since("4.16.0") else {}
    change(call.core, conversation, by=call.actor, shown=is_told, status="open", **left)


def enum(value: Any, names: tuple[str, ...]) -> str:
    """A name, or its number; anything else is a fault of the server (contract 4.3)."""
    found = named(value, names)
    if found is None:
        raise fault()
    return found


@routes.post("/toggle_priority", "bot")
def toggle_priority(call: Call) -> None:
    """Set or clear the priority (contract 4.5)."""
    change_priority(call, call.conversation())


def change_priority(call: Call, conversation: Conversation) -> None:
    """Set the priority of the body, or clear it without one."""
    value = call.body.get("priority")
    priority = enum(value, PRIORITIES) if value or value == 0 else None
    change(call.core, conversation, by=call.actor, priority=priority)


@routes.post("/toggle_typing_status", "bot", since="4.11.2")
def typing(call: Call) -> None:
    """Show that somebody types."""
    status, private = str(call.body.get("typing_status")), truth(call.body.get("is_private"))
    toggle_typing(call.core, call.conversation(), cast("Principal", call.actor), status, private=private)


@routes.post("/custom_attributes", "bot")
def custom_attributes(call: Call) -> Json:
    """Replace the whole map; with ``merge``, since 4.17, only the keys that are given (contract 4.5)."""
    values, conversation = call.body.get("custom_attributes"), call.conversation()
    if not isinstance(values, dict):
        raise fault()
    if truth(call.body.get("merge")) and call.world.since("4.17.0"):
        values = {**conversation.custom_attributes, **values}
    update_conversation(call.core, conversation, custom_attributes=values)
    return {"custom_attributes": conversation.custom_attributes}


@routes.post("/destroy_custom_attributes", new_in="4.17.0")
def destroy_custom_attributes(call: Call) -> Json:
    """Take attributes off (contract 0.2)."""
    conversation, names = call.conversation(), call.body.get("custom_attributes") or []
    kept = {key: value for key, value in conversation.custom_attributes.items() if key not in names}
    update_conversation(call.core, conversation, custom_attributes=kept)
    return {"custom_attributes": conversation.custom_attributes}


@routes.get("/labels", "bot", since="4.14.2")
def labels(call: Call) -> Json:
    """The conversation's labels."""
    return {"payload": call.conversation().labels}


@routes.post("/labels", "bot", since="4.14.2")
def set_labels(call: Call) -> Json:
    """Replace all labels; anything but a list clears them (contract 4.5)."""
    conversation = call.conversation()
    change(call.core, conversation, by=call.actor, labels=label_names(call.body.get("labels")))
    return {"payload": conversation.labels}


def label_names(given: Any) -> list[str]:
    """The names of a list, cut at commas, each once; none of anything else."""
    plain = [each for each in given if not isinstance(each, dict | list)] if isinstance(given, list) else []
    names = [name.strip() for each in plain for name in str(each).split(",")]
    return list(dict.fromkeys(name for name in names if name))


@routes.post("/assignments", "bot")
def assign(call: Call) -> Json | None:
    """Assign an agent, a bot or a team (contract 4.4)."""
    return assignment.from_request(call.core, call.conversation(), call.body, call.actor)
