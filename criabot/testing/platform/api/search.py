"""The search box: conversations, contacts, messages, articles (contract 5.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from criabot.testing.platform.finder import page_of, visible
from criabot.testing.platform.http import Call, Routes
from criabot.testing.platform.shapes import message_json
from criabot.testing.platform.times import epoch
from criabot.testing.platform.world import Contact, Conversation, Json

__all__ = ["routes"]

routes = Routes("/api/v1/accounts/{account}/search")

PAGE = 15
OLDEST_SECONDS = 90 * 86400
TEXTS = ("name", "email", "phone_number", "identifier")


@routes.get("")
def everything(call: Call) -> Json:
    """A page of each kind."""
    return {"payload": {name: find(call) for name, find in KINDS.items()}}


@routes.get("/conversations")
def conversations(call: Call) -> Json:
    """A page of conversations, by their number and their contact."""
    shown = _found(call)
    rows = [{**_conversation(call, each), "additional_attributes": each.additional_attributes} for each in shown]
    return {"payload": {"conversations": rows}}


@routes.get("/contacts")
def contacts(call: Call) -> Json:
    """A page of contacts."""
    return {"payload": {"contacts": _contacts(call)}}


@routes.get("/messages")
def messages(call: Call) -> Json:
    """A page of messages of the last 90 days."""
    return {"payload": {"messages": _messages(call)}}


@routes.get("/articles")
def articles(call: Call) -> Json:
    """A page of articles."""
    return {"payload": {"articles": _articles(call)}}


def _wanted(call: Call) -> str:
    return call.query.get("q", "").strip().lower()


def _page(call: Call, rows: Iterable[Any]) -> list[Any]:
    return list(page_of(list(rows), call.query.get("page", 1), PAGE))


def _is_hit(contact: Contact, text: str) -> bool:
    return any(text in str(getattr(contact, key) or "").lower() for key in TEXTS)


def _found(call: Call) -> list[Conversation]:
    text = _wanted(call)
    found = [each for each in visible(call.world, call.user) if text in str(each.id) or _is_hit(each.contact, text)]
    found.sort(key=lambda each: (each.created_at, each.id), reverse=True)
    return _page(call, found)


def _conversations(call: Call) -> list[Json]:
    return [_conversation(call, each) for each in _found(call)]


def _contacts(call: Call) -> list[Json]:
    text = _wanted(call)
    found = [each for each in call.world.contacts.values() if _is_hit(each, text)]
    found.sort(key=lambda each: (each.last_activity_at or 0, each.id), reverse=True)
    return [_contact(each) for each in _page(call, found)]


def _messages(call: Call) -> list[Json]:
    text, since = _wanted(call), call.core.now - OLDEST_SECONDS
    said = (message for each in visible(call.world, call.user) for message in each.messages)
    found = [each for each in said if text in (each.content or "").lower() and each.created_at >= since]
    found.sort(key=lambda each: (each.created_at, each.id), reverse=True)
    return [message_json(call.world, each) for each in _page(call, found)]


def _articles(call: Call) -> list[Json]:
    text = _wanted(call)
    rows = call.world.rows["article"].values()
    found = [row for row in rows if text and text in f"{row.get('title')}\n{row.get('content')}".lower()]
    return [{key: row.get(key) for key in ("id", "title", "locale", "content", "slug")} for row in _page(call, found)]


KINDS: dict[str, Callable[[Call], list[Json]]] = {
    "conversations": _conversations,
    "contacts": _contacts,
    "messages": _messages,
    "articles": _articles,
}


def _contact(contact: Contact) -> Json:
    seen = contact.last_activity_at
    return {
        "email": contact.email,
        "id": contact.id,
        "name": contact.name,
        "phone_number": contact.phone_number,
        "identifier": contact.identifier,
        "additional_attributes": contact.additional_attributes,
        "last_activity_at": epoch(seen) if seen is not None else None,
    }


def _conversation(call: Call, conversation: Conversation) -> Json:
    inbox, agent, begun = conversation.inbox, conversation.assignee, conversation.messages[:1]
    data: Json = {
        "id": conversation.id,
        "account_id": call.world.account.id,
        "created_at": epoch(conversation.created_at),
        "message": message_json(call.world, begun[0]) if begun else None,
        "contact": _contact(conversation.contact),
        "inbox": {
            "id": inbox.id,
            "channel_id": inbox.channel_id,
            "name": inbox.name,
            "channel_type": inbox.channel_type,
        },
    }
    if agent is not None:
        keys = {"id": agent.id, "available_name": agent.name, "email": agent.email, "name": agent.name}
        data["agent"] = {**keys, "role": agent.role}
    return data
