"""Contacts: listed, searched, filtered, made, changed, merged, deleted (contract 5.6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from criabot.testing.platform import finder, inboxes
from criabot.testing.platform.casts import number, scalar, truth
from criabot.testing.platform.contacts import (
    add_to_inbox,
    check_contact,
    create_contact,
    merge,
    remove,
    source_id_of,
    update_contact,
)
from criabot.testing.platform.filters import CONTACT, filtered
from criabot.testing.platform.http import Call, Refused, Routes, not_found
from criabot.testing.platform.shapes import contact_json, contact_with_inboxes, conversation_json
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import Contact, Inbox, Json

__all__ = ["contact_of", "merge_routes", "routes"]

routes = Routes("/api/v1/accounts/{account}/contacts")
merge_routes = Routes("/api/v1/accounts/{account}/actions/contact_merge")

PAGE = 15
CONVERSATIONS = 20
TEXTS = ("name", "email", "phone_number", "identifier")
MAPS = ("additional_attributes", "custom_attributes")
COLUMNS = ("name", "email", "phone_number", "last_activity_at", "created_at")
ADDITIONAL = {"company_name": "company_name", "company": "company_name", "city": "city", "country": "country"}


def contact_of(call: Call) -> Contact:
    """The contact of the path.

    Raises:
        Refused: 404, there is none.
    """
    found = call.world.contacts.get(call.number("contact"))
    if found is None:
        raise not_found()
    return found


@routes.get("")
def index(call: Call) -> Json:
    """A page of the contacts that are known by an e-mail, a phone number or an identifier."""
    labels = set(call.request.query.getall("labels[]", []))
    found = [each for each in _identified(call) if not labels or labels & set(each.labels)]
    return _answer(call, found)


@routes.get("/active")
def active(call: Call) -> Json:
    """A page of those who are online."""
    return _answer(call, [each for each in _identified(call) if each.is_online])


@routes.get("/search")
def search(call: Call) -> Json:
    """A page of those in whose name, e-mail, phone number or identifier a text occurs."""
    text, tells_more = call.query.get("q", "").strip().lower(), call.world.since("4.11.2")
    if not text:
        nothing = {"has_more": None} if tells_more else {}
        return {"meta": {"count": None, "current_page": 1, **nothing}, "payload": []}
    found = [each for each in call.world.contacts.values() if text in _words(each)]
    answer = _answer(call, found)
    if not tells_more:
        return answer
    meta, shown = answer["meta"], len(answer["payload"])
    more = len(found) > (max(number(meta["current_page"]), 1) - 1) * PAGE + shown
    answer["meta"] = {"count": shown, "current_page": meta["current_page"], "has_more": more}
    return answer


@routes.post("/filter")
def filter_(call: Call) -> Json:
    """A page of what fits the conditions."""
    return _answer(call, filtered(call.world, CONTACT, _identified(call), call.body.get("payload")))


@routes.post("")
def create(call: Call) -> Json:
    """A new contact, known in an inbox if one is named."""
    values = _values(call)
    check_contact(call.world, values, None)
    inbox = call.world.inboxes.get(number(call.body.get("inbox_id")))
    if inbox is None and call.body.get("inbox_id"):
        raise not_found()
    contact = create_contact(call.core, **{"name": "", **values})
    row = None
    if inbox is not None:
        source = scalar(call.body.get("source_id")) or source_id_of(contact, inbox)
        row = add_to_inbox(call.core, contact, inbox, source)
    known = {"inbox": _inbox_row(call, row.inbox) if row else None, "source_id": row.source_id if row else None}
    return {"payload": {"contact": contact_with_inboxes(call.world, contact), "contact_inbox": known}}


@routes.get("/{contact}")
def show(call: Call) -> Json:
    """One contact."""
    return {"payload": contact_with_inboxes(call.world, contact_of(call))}


@routes.patch("/{contact}")
def update(call: Call) -> Json:
    """Change a contact; attributes are merged."""
    contact, values = contact_of(call), _values(call)
    check_contact(call.world, values, contact)
    merged = {key: {**getattr(contact, key), **values[key]} for key in MAPS if key in values}
    update_contact(call.core, contact, **values | merged)
    return {"payload": contact_with_inboxes(call.world, contact)}


@routes.post("/{contact}/destroy_custom_attributes")
def destroy_custom_attributes(call: Call) -> Json:
    """Take attributes off."""
    contact, names = contact_of(call), call.body.get("custom_attributes") or []
    kept = {key: value for key, value in contact.custom_attributes.items() if key not in names}
    update_contact(call.core, contact, custom_attributes=kept)
    return {"payload": contact_with_inboxes(call.world, contact)}


@routes.delete("/{contact}", "admin")
def delete(call: Call) -> None:
    """Delete a contact and his conversations; no webhook tells of it."""
    contact = contact_of(call)
    if contact.is_online:
        raise Refused(422, {"message": f"Contact {contact.name} is online"})
    remove(call.core, contact)


@routes.get("/{contact}/conversations")
def conversations(call: Call) -> Json:
    """His latest conversations that the agent may see."""
    contact = contact_of(call)
    own = [each for each in finder.visible(call.world, call.user) if each.contact is contact]
    shown = finder.sorted_by(own, None)[:CONVERSATIONS]
    return {"payload": [conversation_json(call.world, each, call.actor) for each in shown]}


@merge_routes.post("")
def merge_(call: Call) -> Json:
    """Make two contacts one."""
    contacts = call.world.contacts
    base = contacts.get(number(call.body.get("base_contact_id")))
    other = contacts.get(number(call.body.get("mergee_contact_id")))
    if base is None or other is None:
        raise not_found()
    merge(call.core, base, other)
    return contact_json(base)


def _inbox_row(call: Call, inbox: Inbox) -> Json:
    """The columns of an inbox."""
    return {
        "id": inbox.id,
        "channel_id": inbox.channel_id,
        "account_id": call.world.account.id,
        "name": inbox.name,
        "created_at": iso(inbox.created_at),
        "updated_at": iso(inbox.updated_at),
        "channel_type": inbox.channel_type,
        "email_address": None,
        "portal_id": None,
        **{key: inboxes.column(inbox, key) for key in inboxes.DEFAULTS},
    }


def _identified(call: Call) -> list[Contact]:
    every = call.world.contacts.values()
    return [each for each in every if each.email or each.phone_number or each.identifier]


def _words(contact: Contact) -> str:
    company = contact.additional_attributes.get("company_name")
    return "\n".join(str(getattr(contact, key) or "").lower() for key in TEXTS) + f"\n{company or ''}".lower()


def _answer(call: Call, found: list[Contact]) -> Json:
    page = call.query.get("page", call.body.get("page", 1))
    shown = finder.page_of(_sorted(found, call.query.get("sort", "")), page, PAGE)
    if call.query.get("include_contact_inboxes") == "false":
        rows = [contact_json(each) for each in shown]
    else:
        rows = [contact_with_inboxes(call.world, each) for each in shown]
    return {"meta": {"count": len(found), "current_page": page}, "payload": rows}


def _sorted(found: Iterable[Contact], key: str) -> list[Contact]:
    """By a column, ``-`` turns it round, who has none comes last; by id without."""
    name, reverse = key.removeprefix("-"), key.startswith("-")
    rows = sorted(found, key=lambda each: each.id, reverse=reverse)
    if name not in COLUMNS and name not in ADDITIONAL:
        return sorted(rows, key=lambda each: each.id)

    def value(each: Contact) -> Any:
        found = getattr(each, name) if name in COLUMNS else each.additional_attributes.get(ADDITIONAL[name])
        return found.lower() if isinstance(found, str) else found

    has = [each for each in rows if value(each) is not None]
    return sorted(has, key=value, reverse=reverse) + [each for each in rows if value(each) is None]


def _values(call: Call) -> Json:
    """What the body says about a contact."""
    values: Json = {key: scalar(call.body[key]) for key in TEXTS if key in call.body}
    if "email" in values:
        values["email"] = (values["email"] or "").lower() or None
    values |= {key: call.body[key] for key in MAPS if isinstance(call.body.get(key), dict)}
    return values | ({"blocked": truth(call.body["blocked"])} if "blocked" in call.body else {})
