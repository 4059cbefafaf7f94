"""Satisfaction ratings for administrators (contract 5.9)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from criabot.testing.platform.casts import number
from criabot.testing.platform.csat import TABLE
from criabot.testing.platform.finder import page_of
from criabot.testing.platform.http import Call, Routes
from criabot.testing.platform.shapes import agent_json, contact_json
from criabot.testing.platform.world import Json

__all__ = ["routes"]

routes = Routes("/api/v1/accounts/{account}/csat_survey_responses")


@routes.get("", "admin")
def index(call: Call) -> list[Json]:
    """A page of answers."""
    return [_answer(call, row) for row in page_of(_found(call), call.query.get("page"))]


@routes.get("/metrics", "admin")
def metrics(call: Call) -> Json:
    """How many answers of each rating, and how many surveys were sent."""
    rows = _found(call)
    ratings = Counter(str(row["rating"]) for row in rows)
    sent = sum(message.content_type == "input_csat" for message in call.world.messages.values())
    return {
        "total_count": len(rows),
        "ratings_count": dict(sorted(ratings.items())),
        "total_sent_messages_count": sent,
    }


def _found(call: Call) -> list[Json]:
    query, rows = call.request.query, list(call.world.rows[TABLE].values())
    agents = [number(each) for each in query.getall("user_ids[]", [])]
    if agents:
        rows = [row for row in rows if row["assigned_agent_id"] in agents]
    if "rating" in query:
        rows = [row for row in rows if row["rating"] == number(query["rating"])]
    if "since" in query and "until" in query:
        since, until = number(query["since"]), number(query["until"])
        rows = [row for row in rows if since <= _epoch(row["created_at"]) <= until]
    if "inbox_id" in query:
        rows = [row for row in rows if _inbox_of(call, row) == number(query["inbox_id"])]
    return rows


def _inbox_of(call: Call, row: Json) -> int | None:
    conversation = call.world.conversations.get(row["conversation_id"])
    return conversation.inbox.id if conversation else None


def _answer(call: Call, row: Json) -> Json:
    world = call.world
    data: Json = {key: row[key] for key in ("id", "rating", "feedback_message", "account_id", "message_id")}
    for key in ("csat_review_notes", "review_notes_updated_at"):
        if key in row:
            data[key] = row[key]
    if (contact := world.contacts.get(row["contact_id"])) is not None:
        data["contact"] = contact_json(contact)
    data["conversation_id"] = row["conversation_id"]
    if (agent := world.users.get(row["assigned_agent_id"] or 0)) is not None:
        data["assigned_agent"] = agent_json(world, agent)
    return {**data, "created_at": _epoch(row["created_at"])}


def _epoch(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())
