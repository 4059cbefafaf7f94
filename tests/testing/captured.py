"""Webhooks as a platform would post them, with as much in them as scripts are made of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from criabot.platform import parse_event
from criabot.testing.record import Capture, chat, stories

BEGAN = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONTACT = {"id": 5, "name": "Beto Siqueira", "email": None, "phone_number": "+5581999990001", "identifier": None}
AGENTS = {"Gustavo Melo": 41, "Ana Castro": 42}


def moment(seconds: float) -> str:
    return (BEGAN + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def conversation(number: int = 7, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "inbox_id": 3,
        "status": "pending",
        "channel": "Channel::Api",
        "contact_inbox": {"id": 9, "source_id": "5581999990001", "pubsub_token": "s3cretPubsubToken0000000"},
        "meta": {"sender": {**CONTACT, "type": "contact"}, "assignee": None, "team": None},
        "updated_at": BEGAN.timestamp(),
        **more,
    }


def message(number: int, text: str | None, by: str = "customer", at: float = 0, **more: Any) -> dict[str, Any]:
    """A message of ``customer``, ``bot``, an agent by name, or nobody (``inbox``)."""
    agent = {"id": AGENTS.get(by), "name": by, "email": "agent@loja.test", "type": "user"}
    senders = {"customer": CONTACT, "bot": {"id": 1, "name": "Robô", "type": "agent_bot"}, "inbox": None}
    return {
        "event": "message_created",
        "id": number,
        "content": text,
        "content_type": "text",
        "content_attributes": {},
        "message_type": "incoming" if by == "customer" else "template" if by == "inbox" else "outgoing",
        "private": False,
        "created_at": moment(at or number),
        "sender": senders.get(by, agent),
        "conversation": conversation(),
        **more,
    }


def change(at: float, meta: dict[str, Any] | None = None, **columns: Any) -> dict[str, Any]:
    """A change of a conversation's columns: each is what it is now."""
    changes = [{name: {"previous_value": None, "current_value": value}} for name, value in columns.items()]
    stamp = {"updated_at": {"previous_value": None, "current_value": moment(at)}}
    known: dict[str, Any] = {"meta": {**conversation()["meta"], **(meta or {})}}
    return {"event": "conversation_updated", **conversation(**known), "changed_attributes": [*changes, stamp]}


def assigned(name: str) -> dict[str, Any]:
    return {"assignee": {"id": AGENTS[name], "name": name, "type": "user"}}


def captures(*bodies: dict[str, Any]) -> list[Capture]:
    return [Capture(parse_event(json.dumps(body).encode())) for body in bodies]


def script(*bodies: dict[str, Any]) -> str:
    """The lines of the only conversation's script, without its header."""
    [told] = scripts(captures(*bodies))
    return told.split("\n\n", 1)[1].rstrip("\n")


def scripts(captured: Iterable[Capture]) -> list[str]:
    return [chat(story) for story in stories(captured)]
