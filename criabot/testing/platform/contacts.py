"""Contacts: made, changed, and known in inboxes."""

from __future__ import annotations

import random
import uuid
from typing import Any

from criabot.testing.platform.core import Core, changed
from criabot.testing.platform.events import Changes
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import Contact, ContactInbox, Inbox

__all__ = ["create_contact", "random_name", "touch", "update_contact"]

HIDDEN = ("labels", "notes", "avatar", "is_online")
WORDS = (
    ("autumn", "bold", "calm", "dry", "green", "red", "silent", "summer"),
    ("cloud", "field", "morning", "river", "sun"),
)


def random_name() -> str:
    """A name as the platform gives one to a contact without."""
    first, second = (random.choice(words) for words in WORDS)  # noqa: S311 - a name, not a secret
    return f"{first}-{second}-{random.randint(1, 999)}"  # noqa: S311


def create_contact(core: Core, inbox: Inbox | None, source_id: str | None = None, **values: Any) -> Contact:
    """A new contact, known in the inbox; ``contact_created`` (contract 2.9)."""
    world, now = core.world, core.now
    values["name"] = values.get("name") or random_name()
    contact = Contact(world.new_id("contact"), created_at=now, updated_at=now, **values)
    contact.contact_type = _type_of(contact)
    world.contacts[contact.id] = contact
    if inbox is not None:
        add_to_inbox(core, contact, inbox, source_id)
    core.events.contact("contact_created", contact)
    return contact


def add_to_inbox(core: Core, contact: Contact, inbox: Inbox, source_id: str | None = None) -> ContactInbox:
    """Make a contact known in an inbox."""
    now = core.now
    row = ContactInbox(
        core.world.new_id("contact_inbox"),
        contact,
        inbox,
        source_id or str(uuid.uuid4()),
        created_at=now,
        updated_at=now,
    )
    core.world.contact_inboxes[row.id] = row
    return row


def update_contact(core: Core, contact: Contact, **values: Any) -> Changes:
    """Change a contact; ``contact_updated`` if something differs."""
    before = contact.updated_at, contact.contact_type
    changes = changed(contact, values)
    shown = {
        key: _column(pair) if key == "last_activity_at" else pair for key, pair in changes.items() if key not in HIDDEN
    }
    if not shown:
        return changes
    contact.updated_at = core.now
    contact.contact_type = _type_of(contact)
    if contact.contact_type != before[1]:
        shown["contact_type"] = (before[1], contact.contact_type)
    moved = {"updated_at": (iso(before[0]), iso(contact.updated_at))}
    core.events.contact(
        "contact_updated",
        contact,
        {**{k: v for k, v in shown.items() if k != "last_activity_at"}, **moved}
        | {k: v for k, v in shown.items() if k == "last_activity_at"},
    )
    return changes


def touch(core: Core, contact: Contact) -> None:
    """The contact did something: one ``contact_updated`` per message (contract 2.9)."""
    update_contact(core, contact, last_activity_at=core.now)


def _column(pair: tuple[float | None, float | None]) -> tuple[str | None, str | None]:
    return iso(pair[0]), iso(pair[1])


def _type_of(contact: Contact) -> str:
    return "lead" if contact.email or contact.phone_number or contact.identifier else contact.contact_type
