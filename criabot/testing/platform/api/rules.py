"""Automation rules and macros: kept, checked and started (contract 5.8)."""

from __future__ import annotations

from criabot.testing.platform.casts import number
from criabot.testing.platform.http import Call, Refused, Routes, denied, fault
from criabot.testing.platform.rules import run_macro
from criabot.testing.platform.shapes import agent_json
from criabot.testing.platform.tables import Table, texts, truths
from criabot.testing.platform.times import epoch
from criabot.testing.platform.world import Json

__all__ = ["routes"]

routes = Routes("/api/v1/accounts/{account}")

RULES = Table("automation_rule")
MACROS = Table("macro", required=("name",))
CONDITIONS = (
    "content", "email", "country_code", "status", "message_type", "browser_language", "assignee_id", "team_id",
    "referer", "city", "company", "inbox_id", "mail_subject", "phone_number", "priority", "conversation_language",
    "labels", "private_note",
)  # fmt: skip
ACTIONS = (
    "send_message", "add_label", "remove_label", "send_email_to_team", "assign_team", "assign_agent",
    "send_webhook_event", "mute_conversation", "send_attachment", "change_status", "resolve_conversation",
    "open_conversation", "pending_conversation", "snooze_conversation", "change_priority", "send_email_transcript",
    "add_private_note",
)  # fmt: skip
MACRO_ACTIONS = (*(each for each in ACTIONS if each != "send_email_to_team"), "remove_assigned_team")
VISIBILITIES = ("personal", "global")


# -- automation rules -------------------------------------------------------------------------------------------


@routes.get("/automation_rules", "admin")
def rules(call: Call) -> Json:
    """All rules."""
    return {"payload": [_rule(call, row) for row in RULES.rows(call.world)]}


@routes.get("/automation_rules/{id}", "admin")
def show_rule(call: Call) -> Json:
    """One rule."""
    return {"payload": _rule(call, RULES.row(call))}


@routes.post("/automation_rules", "admin")
def create_rule(call: Call) -> Json:
    """A new rule; the answer is bare."""
    defaults: Json = {"name": None, "description": None, "active": True, "conditions": [], "actions": []}
    values = defaults | _rule_values(call)
    if values.get("event_name") is None or values["name"] is None:
        raise fault()
    return _rule(call, RULES.insert(call.core, **values))


@routes.patch("/automation_rules/{id}", "admin")
def update_rule(call: Call) -> Json:
    """Change a rule."""
    return {"payload": _rule(call, RULES.update(call.core, RULES.row(call), **_rule_values(call)))}


@routes.post("/automation_rules/{id}/clone", "admin")
def clone_rule(call: Call) -> Json:
    """A second rule like this one."""
    columns = {key: value for key, value in RULES.row(call).items() if key != "id"}
    return {"payload": _rule(call, RULES.insert(call.core, **columns))}


@routes.delete("/automation_rules/{id}", "admin")
def delete_rule(call: Call) -> None:
    """Delete a rule."""
    RULES.delete(call.world, RULES.row(call))


def _rule_values(call: Call) -> Json:
    body = call.body
    values = texts(body, "name", "description", "event_name") | truths(body, "active")
    values |= {key: body[key] for key in ("conditions", "actions") if isinstance(body.get(key), list)}
    problems = {
        "conditions": _condition_problems(call, values.get("conditions", [])),
        "actions": _unknown("Automation actions", "action_name", values.get("actions", []), ACTIONS),
    }
    if any(problems.values()):
        raise Refused(422, {"error": {key: texts for key, texts in problems.items() if texts}})
    return values


def _condition_problems(call: Call, conditions: list[Json]) -> list[str]:
    own = [row["attribute_key"] for row in call.world.rows["custom_attribute_definition"].values()]
    problems = _unknown("Automation conditions", "attribute_key", conditions, (*CONDITIONS, *own))
    if sum(each.get("query_operator") is None for each in conditions) > 1:
        problems.append("Automation conditions should have query operator.")
    return problems


def _unknown(what: str, key: str, rows: list[Json], known: tuple[str, ...]) -> list[str]:
    names = [str(row.get(key)) for row in rows if row.get(key) not in known]
    return [f"{what} {','.join(names)} not supported."] if names else []


def _rule(call: Call, row: Json) -> Json:
    shown = {key: row[key] for key in ("id", "name", "description", "event_name", "conditions", "actions", "active")}
    return {**shown, "account_id": call.world.account.id, "created_on": epoch(row["created_at"])}


# -- macros -----------------------------------------------------------------------------------------------------


@routes.get("/macros")
def macros(call: Call) -> Json:
    """The macros of everybody and the user's own."""
    seen = (row for row in MACROS.rows(call.world) if _may_use(call, row))
    return {"payload": [_macro(call, row) for row in seen]}


@routes.get("/macros/{id}")
def show_macro(call: Call) -> Json:
    """One macro."""
    return {"payload": _macro(call, _usable(call))}


@routes.post("/macros")
def create_macro(call: Call) -> Json:
    """A new macro; an agent's is always personal."""
    owner = {"created_by": call.user.id, "updated_by": call.user.id}
    values = {"name": None, "actions": [], **_macro_values(call, "personal"), **owner}
    return {"payload": _macro(call, MACROS.insert(call.core, **values))}


@routes.patch("/macros/{id}")
def update_macro(call: Call) -> Json:
    """Change a macro."""
    row = _writable(call)
    values = _macro_values(call, row["visibility"])
    return {"payload": _macro(call, MACROS.update(call.core, row, **values, updated_by=call.user.id))}


@routes.delete("/macros/{id}")
def delete_macro(call: Call) -> None:
    """Delete a macro."""
    MACROS.delete(call.world, _writable(call))


@routes.post("/macros/{id}/execute")
def execute_macro(call: Call) -> None:
    """Do it to some conversations, in the background."""
    row, user, given = _usable(call), call.user, call.body.get("conversation_ids")
    ids = [number(each) for each in (given if isinstance(given, list) else [])]
    for conversation in call.world.conversations.values():
        if conversation.id in ids:
            run_macro(call.core, row, conversation, user)


def _macro_values(call: Call, visibility: str) -> Json:
    body = call.body
    values = texts(body, "name")
    if isinstance(body.get("actions"), list):
        values["actions"] = body["actions"]
    if problems := _unknown("Macro execution actions", "action_name", values.get("actions", []), MACRO_ACTIONS):
        raise Refused(422, {"error": {"actions": problems}})
    wanted = body.get("visibility", visibility)
    if wanted not in VISIBILITIES:
        raise fault()
    return {**values, "visibility": wanted if call.user.is_admin else "personal"}


def _may_use(call: Call, row: Json) -> bool:
    return row["visibility"] == "global" or bool(row["created_by"] == call.user.id)


def _usable(call: Call) -> Json:
    row = MACROS.row(call)
    if not _may_use(call, row):
        raise denied()
    return row


def _writable(call: Call) -> Json:
    row = MACROS.row(call)
    if row["created_by"] != call.user.id and not (call.user.is_admin and row["visibility"] == "global"):
        raise denied()
    return row


def _macro(call: Call, row: Json) -> Json:
    data = {key: row[key] for key in ("id", "name", "visibility", "actions")}
    for key in ("created_by", "updated_by"):
        if (user := call.world.users.get(row[key])) is not None:
            data[key] = agent_json(call.world, user)
    return {**data, "account_id": call.world.account.id}
