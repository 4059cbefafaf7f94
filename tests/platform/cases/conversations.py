"""Calls about conversations."""

from __future__ import annotations

from datetime import date
from typing import Any

from criabot.platform.filters import Condition
from tests.platform.cases import Case

PENDING = Condition(attribute_key="status", filter_operator="equal_to", values=["pending"])
PENDING_JSON = {
    "attribute_key": "status",
    "filter_operator": "equal_to",
    "values": ["pending"],
    "query_operator": None,
}


def both(what: dict[str, Any]) -> dict[str, Any]:
    """The body of a change of conversations 7 and 8."""
    return {"type": "Conversation", "ids": [7, 8], **what}


LISTS = {
    "conversations.list": [
        Case(lambda c: c.app.conversations.list()),
        Case(lambda c: c.app.conversations.list(page=2), query={"page": "2"}),
        Case(lambda c: c.app.conversations.list(status="all"), query={"status": "all"}),
        Case(lambda c: c.app.conversations.list(sort_by="created_at_asc"), query={"sort_by": "created_at_asc"}),
        Case(lambda c: c.app.conversations.list(assignee_type="unassigned"), query={"assignee_type": "unassigned"}),
        Case(lambda c: c.app.conversations.list(inbox_id=4, team_id=5), query={"inbox_id": "4", "team_id": "5"}),
        Case(lambda c: c.app.conversations.list(labels=["vip", "é"]), query={"labels": ["vip", "é"]}),
        Case(lambda c: c.app.conversations.list(q="a b"), query={"q": "a b"}),
        Case(lambda c: c.app.conversations.list(conversation_type="mention"), query={"conversation_type": "mention"}),
        Case(lambda c: c.app.conversations.list(source_id="x-1"), query={"source_id": "x-1"}),
        Case(lambda c: c.app.conversations.list(updated_within=3600), query={"updated_within": "3600"}),
    ],
    "conversations.meta": [
        Case(lambda c: c.app.conversations.meta()),
        Case(
            lambda c: c.app.conversations.meta(status="pending", inbox_id=4),
            query={"status": "pending", "inbox_id": "4"},
        ),
    ],
    "conversations.search": [
        Case(lambda c: c.app.conversations.search("pedido"), query={"q": "pedido"}),
        Case(lambda c: c.app.conversations.search("pedido", page=2), query={"q": "pedido", "page": "2"}),
    ],
    "conversations.unread_counts": [Case(lambda c: c.app.conversations.unread_counts())],
    "conversations.filter": [
        Case(lambda c: c.app.conversations.filter([PENDING]), {"payload": [PENDING_JSON]}),
        Case(lambda c: c.app.conversations.filter([], page=2), {"payload": []}, query={"page": "2"}),
        Case(
            lambda c: c.app.conversations.filter(
                [
                    PENDING.model_copy(update={"query_operator": "AND"}),
                    Condition(
                        attribute_key="pedido",
                        filter_operator="is_greater_than",
                        values=[date(2026, 11, 1), 3, "x", True],
                        custom_attribute_type="conversation_attribute",
                    ),
                ]
            ),
            {
                "payload": [
                    PENDING_JSON | {"query_operator": "AND"},
                    {
                        "attribute_key": "pedido",
                        "filter_operator": "is_greater_than",
                        "values": ["2026-11-01", 3, "x", True],
                        "query_operator": None,
                        "custom_attribute_type": "conversation_attribute",
                    },
                ]
            },
        ),
    ],
    "bulk_actions.create": [
        Case(lambda c: c.app.bulk_actions.create([7, 8], status="resolved"), both({"fields": {"status": "resolved"}})),
        Case(
            lambda c: c.app.bulk_actions.create([7, 8], assignee_id=None, team_id=5),
            both({"fields": {"assignee_id": None, "team_id": 5}}),
        ),
        Case(
            lambda c: c.app.bulk_actions.create([7, 8], add_labels=["vip"], remove_labels=["novo"]),
            both({"labels": {"add": ["vip"], "remove": ["novo"]}}),
        ),
        Case(
            lambda c: c.app.bulk_actions.create([7, 8], status="snoozed", snoozed_until=1795357467),
            both({"fields": {"status": "snoozed"}, "snoozed_until": 1795357467}),
        ),
    ],
}

STATE = {
    "conversations.create": [
        Case(lambda c: c.app.conversations.create(source_id="x-1"), {"source_id": "x-1"}),
        Case(
            lambda c: c.app.conversations.create(
                inbox_id=4,
                contact_id=5,
                status="open",
                assignee_id=2,
                team_id=1,
                additional_attributes={"mail_subject": "Assunto"},
                custom_attributes={"k": "v"},
                message={"content": "Olá!"},
            ),
            {
                "inbox_id": 4,
                "contact_id": 5,
                "status": "open",
                "assignee_id": 2,
                "team_id": 1,
                "additional_attributes": {"mail_subject": "Assunto"},
                "custom_attributes": {"k": "v"},
                "message": {"content": "Olá!"},
            },
        ),
        Case(
            lambda c: c.app.conversations.create(source_id="x-1", status="snoozed", snoozed_until=1795357467),
            {"source_id": "x-1", "status": "snoozed", "snoozed_until": 1795357467},
        ),
    ],
    "conversations.show": [Case(lambda c: c.app.conversations.show(7), places=(7,))],
    "conversations.update": [
        Case(lambda c: c.app.conversations.update(7, priority="high"), {"priority": "high"}, places=(7,)),
        Case(
            lambda c: c.app.conversations.update(7, priority=None, sla_policy_id=3),
            {"priority": None, "sla_policy_id": 3},
            places=(7,),
        ),
    ],
    "conversations.delete": [Case(lambda c: c.app.conversations.delete(7), places=(7,))],
    "conversations.toggle_status": [
        Case(lambda c: c.app.conversations.change_status(7, "open"), {"status": "open"}, places=(7,)),
        Case(
            lambda c: c.app.conversations.toggle_status(7, "snoozed", snoozed_until=1795357467),
            {"status": "snoozed", "snoozed_until": 1795357467},
            places=(7,),
        ),
    ],
    "conversations.toggle_priority": [
        Case(lambda c: c.app.conversations.toggle_priority(7, "urgent"), {"priority": "urgent"}, places=(7,)),
        Case(lambda c: c.app.conversations.toggle_priority(7, None), {"priority": None}, places=(7,)),
    ],
    "conversations.toggle_typing_status": [
        Case(
            lambda c: c.app.conversations.toggle_typing_status(7, True),
            {"typing_status": "on", "is_private": False},
            places=(7,),
        ),
        Case(
            lambda c: c.app.conversations.toggle_typing_status(7, False, private=True),
            {"typing_status": "off", "is_private": True},
            places=(7,),
        ),
    ],
    "conversations.assign": [
        Case(lambda c: c.app.conversations.assigned(7, agent_id=2), {"assignee_id": 2}, places=(7,)),
        Case(
            lambda c: c.app.conversations.assign(7, agent_bot_id=1),
            {"assignee_id": 1, "assignee_type": "AgentBot"},
            places=(7,),
        ),
        Case(lambda c: c.app.conversations.assign(7, team_id=5), {"team_id": 5}, places=(7,)),
        Case(lambda c: c.app.conversations.unassign(7), {"assignee_id": None}, places=(7,)),
        Case(lambda c: c.app.conversations.unassign(7, team=True), {"team_id": None}, places=(7,)),
    ],
    "conversations.labels": [Case(lambda c: c.app.conversations.labels(7), places=(7,))],
    "conversations.set_labels": [
        Case(lambda c: c.app.conversations.set_labels(7, ["vip"]), {"labels": ["vip"]}, places=(7,)),
        Case(lambda c: c.app.conversations.set_labels(7, ()), {"labels": []}, places=(7,)),
    ],
    "conversations.set_custom_attributes": [
        Case(
            lambda c: c.app.conversations.set_custom_attributes(7, {"pedido": "1"}),
            {"custom_attributes": {"pedido": "1"}},
            places=(7,),
        )
    ],
    "conversations.destroy_custom_attributes": [
        Case(
            lambda c: c.app.conversations.destroy_custom_attributes(7, ["pedido"]),
            {"custom_attributes": ["pedido"]},
            places=(7,),
        )
    ],
}

DESK = {
    "conversations.update_last_seen": [Case(lambda c: c.app.conversations.update_last_seen(7), places=(7,))],
    "conversations.mark_unread": [Case(lambda c: c.app.conversations.mark_unread(7), places=(7,))],
    "conversations.mute": [Case(lambda c: c.app.conversations.mute(7), places=(7,))],
    "conversations.unmute": [Case(lambda c: c.app.conversations.unmute(7), places=(7,))],
    "conversations.send_transcript": [
        Case(
            lambda c: c.app.conversations.send_transcript(7, "ana@example.com"),
            {"email": "ana@example.com"},
            places=(7,),
        )
    ],
    "conversations.attachments": [
        Case(lambda c: c.app.conversations.attachments(7), places=(7,)),
        Case(lambda c: c.app.conversations.attachments(7, page=2), query={"page": "2"}, places=(7,)),
    ],
    "conversations.reporting_events": [Case(lambda c: c.app.conversations.reporting_events(7), places=(7,))],
    "participants.list": [Case(lambda c: c.app.participants.list(7), places=(7,))],
    "participants.add": [Case(lambda c: c.app.participants.add(7, [2]), {"user_ids": [2]}, places=(7,))],
    "participants.set": [Case(lambda c: c.app.participants.set(7, [1, 2]), {"user_ids": [1, 2]}, places=(7,))],
    "participants.remove": [Case(lambda c: c.app.participants.remove(7, [2]), {"user_ids": [2]}, places=(7,))],
    "drafts.get": [Case(lambda c: c.app.drafts.get(7), places=(7,))],
    "drafts.set": [
        Case(lambda c: c.app.drafts.set(7, "rascunho"), {"draft_message": {"message": "rascunho"}}, places=(7,))
    ],
    "drafts.delete": [Case(lambda c: c.app.drafts.delete(7), places=(7,))],
}

CASES: dict[str, list[Case]] = {**LISTS, **STATE, **DESK}
