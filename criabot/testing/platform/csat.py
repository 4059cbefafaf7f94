"""Satisfaction surveys: their link, their answers, and the listener that stumbles (contract 1.9, 2.3)."""

from __future__ import annotations

from typing import Any

from criabot.testing.platform.times import iso
from criabot.testing.platform.world import Json, Message, World

__all__ = ["ListenerFailed", "answer_of", "is_locked", "keep_answer", "survey_text"]

TABLE = "csat_survey_response"
DAY = 86400
OPEN_DAYS = 14


class ListenerFailed(Exception):
    """A background listener failed: the webhooks behind it wait for the job's retry."""


def survey_text(world: World, message: Message) -> str:
    """The text that goes out instead of the prompt where the channel shows no survey of its own."""
    conversation = message.conversation
    link = f"{world.account.attributes.get('frontend_url', '')}/survey/responses/{conversation.uuid}"
    own = (conversation.inbox.settings.get("csat_config") or {}).get("message")
    return f"{own} {link}" if own else f"Please rate this conversation, {link}"


def is_locked(world: World, message: Message) -> bool:
    """Whether the survey is too old to be answered: 14 days of the calendar."""
    return message.content_type == "input_csat" and world.clock() // DAY - message.created_at // DAY > OPEN_DAYS


def answer_of(world: World, message: Message) -> Json | None:
    """The stored answer to a survey, as the survey page shows it."""
    return next((row for row in world.rows[TABLE].values() if row["message_id"] == message.id), None)


def keep_answer(world: World, message: Message) -> None:
    """Store the answer that a changed survey message carries.

    Raises:
        ListenerFailed: the rating is none of 1 to 5.
    """
    given = _given(message)
    if given.get("rating") in (None, ""):
        return
    rating = str(given["rating"])
    if rating not in ("1", "2", "3", "4", "5"):
        raise ListenerFailed("a rating is 1 to 5")
    row, now = answer_of(world, message) or _new_row(world, message), iso(world.clock())
    changes = {"rating": int(rating), "feedback_message": given.get("feedback_message")}
    if any(row[key] != value for key, value in changes.items()):
        row.update(changes, updated_at=now)


def _given(message: Message) -> Json:
    values: Any = message.content_attributes.get("submitted_values")
    answer = values.get("csat_survey_response") if isinstance(values, dict) else None
    return answer if isinstance(answer, dict) else {}


def _new_row(world: World, message: Message) -> Json:
    conversation, now = message.conversation, iso(world.clock())
    row: Json = {
        "id": world.new_id(TABLE),
        "account_id": world.account.id,
        "conversation_id": conversation.id,
        "message_id": message.id,
        "rating": None,
        "feedback_message": None,
        "contact_id": conversation.contact.id,
        "assigned_agent_id": conversation.assignee.id if conversation.assignee else None,
        "created_at": now,
        "updated_at": now,
    }
    if world.since("4.10.0"):
        row |= {"csat_review_notes": None, "review_notes_updated_at": None, "review_notes_updated_by_id": None}
    world.rows[TABLE][row["id"]] = row
    return row
