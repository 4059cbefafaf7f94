"""What belongs to a contact: labels, notes, the inboxes that know him (contract 5.6)."""

from __future__ import annotations

from collections.abc import Iterator

from criabot.testing.platform.api.actions import label_names
from criabot.testing.platform.api.contacts import contact_of
from criabot.testing.platform.casts import number, scalar
from criabot.testing.platform.contacts import add_to_inbox, source_id_of, update_contact
from criabot.testing.platform.http import Call, Refused, Routes, fault, not_found
from criabot.testing.platform.shapes import agent_json, contact_with_inboxes, inbox_slim
from criabot.testing.platform.tables import refuse
from criabot.testing.platform.times import epoch
from criabot.testing.platform.world import Contact, Inbox, Json

__all__ = ["inbox_routes", "routes"]

routes = Routes("/api/v1/accounts/{account}/contacts/{contact}")
inbox_routes = Routes("/api/v1/accounts/{account}/contact_inboxes")


@routes.get("/labels")
def labels(call: Call) -> Json:
    """The contact's labels."""
    return {"payload": contact_of(call).labels}


@routes.post("/labels")
def set_labels(call: Call) -> Json:
    """Replace them."""
    contact = contact_of(call)
    update_contact(call.core, contact, labels=label_names(call.body.get("labels")))
    return {"payload": contact.labels}


@routes.get("/notes")
def notes(call: Call) -> list[Json]:
    """The notes, the newest first."""
    return [_note(call, each) for each in reversed(contact_of(call).notes)]


@routes.post("/notes")
def create_note(call: Call) -> Json:
    """A new note."""
    note = {"id": call.world.new_id("note"), "user": call.user, "created_at": call.core.now}
    _write(call, note)
    contact_of(call).notes.append(note)
    return _note(call, note)


@routes.get("/notes/{note}")
def show_note(call: Call) -> Json:
    """One note."""
    return _note(call, _note_of(call))


@routes.patch("/notes/{note}")
def update_note(call: Call) -> Json:
    """Change a note."""
    note = _note_of(call)
    _write(call, note)
    return _note(call, note)


@routes.delete("/notes/{note}")
def delete_note(call: Call) -> None:
    """Delete a note."""
    contact_of(call).notes.remove(_note_of(call))


@routes.get("/contactable_inboxes")
def contactable_inboxes(call: Call) -> Json:
    """Where a conversation with him can be begun, and by which source id."""
    contact = contact_of(call)
    return {"payload": [{"inbox": inbox_slim(inbox), "source_id": source} for inbox, source in _ways(call, contact)]}


@routes.post("/contact_inboxes")
def create_contact_inbox(call: Call) -> Json:
    """Make him known in an inbox."""
    contact, inbox = contact_of(call), _inbox(call)
    source = scalar(call.body.get("source_id")) or source_id_of(contact, inbox)
    if source is None:
        raise Refused(422, {"error": "param is missing or the value is empty: source_id"})
    row = call.world.contact_inbox(inbox, source) or add_to_inbox(call.core, contact, inbox, source)
    if row.contact is not contact:
        raise fault()
    return {"source_id": row.source_id, "inbox": inbox_slim(inbox)}


@inbox_routes.post("/filter")
def find(call: Call) -> Json:
    """Who is known in an inbox by a source id."""
    row = call.world.contact_inbox(_inbox(call), str(call.body.get("source_id")))
    if row is None:
        raise Refused(404)
    return contact_with_inboxes(call.world, row.contact)


def _ways(call: Call, contact: Contact) -> Iterator[tuple[Inbox, str]]:
    world = call.world
    for inbox in world.inboxes.values():
        known = [row for row in world.contact_inboxes.values() if row.contact is contact and row.inbox is inbox]
        if inbox.channel_type == "Channel::WebWidget":
            source = known[-1].source_id if known and not world.conversations_of(known[-1]) else None
        elif inbox.channel_type == "Channel::Api" and known:
            source = known[-1].source_id
        else:
            source = source_id_of(contact, inbox)
        if source:
            yield inbox, source


def _inbox(call: Call) -> Inbox:
    inbox = call.world.inboxes.get(number(call.body.get("inbox_id")))
    if inbox is None:
        raise not_found()
    return inbox


def _note_of(call: Call) -> Json:
    found = next((each for each in contact_of(call).notes if each["id"] == call.number("note")), None)
    if found is None:
        raise not_found()
    return found


def _write(call: Call, note: Json) -> None:
    given = call.body.get("note")
    content = scalar(given.get("content")) if isinstance(given, dict) else None
    if not content:
        refuse([("content", "can't be blank")])
    note |= {"content": content, "updated_at": call.core.now}


def _note(call: Call, note: Json) -> Json:
    return {
        "id": note["id"],
        "content": note["content"],
        "account_id": None,
        "contact_id": None,
        "user": agent_json(call.world, note["user"]),
        "created_at": epoch(note["created_at"]),
        "updated_at": epoch(note["updated_at"]),
    }
