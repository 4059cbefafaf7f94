"""The same change to many conversations, in the background (contract 5.4)."""

from __future__ import annotations

from typing import Any

from criabot.testing.platform.api.actions import label_names, snooze
from criabot.testing.platform.casts import number
from criabot.testing.platform.http import Call, Refused, Routes, fault
from criabot.testing.platform.lifecycle import change
from criabot.testing.platform.payloads import asks_with_token
from criabot.testing.platform.world import STATUSES, Conversation, Json

__all__ = ["routes"]

routes = Routes("/api/v1/accounts/{account}/bulk_actions")


@routes.post("")
def bulk_actions(call: Call) -> None:
    """Change fields, add and remove labels; 200 at once."""
    body = call.body
    if body.get("type") != "Conversation":
        raise Refused(422, {"success": False})
    fields = _object(body.get("fields"))
    if fields.get("status") not in (None, *STATUSES):
        raise fault()
    numbers = body.get("ids") if isinstance(body.get("ids"), list) else []
    chosen = [call.world.conversations.get(number(each)) for each in numbers or ()]

    async def job() -> None:
        asks_with_token.set(call.world.since("4.6.0"))  # 4.5.0 was seen not to know who is online here
        for conversation in filter(None, chosen):
            _apply(call, conversation, fields, _object(body.get("labels")))

    call.core.jobs.soon(job)


def _apply(call: Call, conversation: Conversation, fields: Json, labels: Json) -> None:
    world, values = call.world, dict[str, Any]()
    if "status" in fields:
        until = {**fields, "snoozed_until": call.body.get("snoozed_until")}
        values = {"status": fields["status"], **snooze(until)}
    if "assignee_id" in fields:
        values["assignee"] = world.users.get(number(fields["assignee_id"]))
    if "team_id" in fields:
        values["team"] = world.teams.get(number(fields["team_id"]))
    if values:
        change(call.core, conversation, by=call.actor, **values)
    added, removed = label_names(labels.get("add")), label_names(labels.get("remove"))
    if added:
        change(call.core, conversation, by=call.actor, labels=list(dict.fromkeys([*conversation.labels, *added])))
    if removed:
        kept = [each for each in conversation.labels if each not in removed]
        change(call.core, conversation, by=call.actor, labels=kept)


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
