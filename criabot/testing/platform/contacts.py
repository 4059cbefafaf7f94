"""Contacts: made, changed, and known in inboxes."""

from __future__ import annotations

import random
import re
import uuid
from typing import Any

from criabot.testing.platform.core import Core, changed
from criabot.testing.platform.events import Changes
from criabot.testing.platform.times import iso
from criabot.testing.platform.validation import Invalid
from criabot.testing.platform.world import Contact, ContactInbox, Conversation, Inbox, World

__all__ = [
    "add_to_inbox",
    "check_contact",
    "create_contact",
    "create_in_inbox",
    "merge",
    "prove",
    "random_name",
    "remove",
    "remove_conversation",
    "source_id_of",
    "touch",
    "update_contact",
]

COLUMNS = (  # in the order of the table, which is the order in which changes are listed
    "name", "email", "phone_number", "updated_at", "additional_attributes", "identifier", "custom_attributes",
    "last_activity_at", "contact_type", "location", "country_code", "blocked", "label_list",
)  # fmt: skip
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
E164 = re.compile(r"\+[1-9]\d{1,14}")
WORDS = (
    ("autumn", "bold", "calm", "dry", "green", "red", "silent", "summer"),
    ("cloud", "field", "morning", "river", "sun"),
)


def random_name() -> str:
    """A name as the platform gives one to a contact without."""
    first, second = (random.choice(words) for words in WORDS)  # noqa: S311 - a name, not a secret
    return f"{first}-{second}-{random.randint(1, 999)}"  # noqa: S311


def create_in_inbox(core: Core, inbox: Inbox, source_id: str | None = None, **values: Any) -> ContactInbox:
    """A new contact who is known in an inbox."""
    return add_to_inbox(core, create_contact(core, **values), inbox, source_id)


def create_contact(core: Core, **values: Any) -> Contact:
    """A new contact; ``contact_created`` (contract 2.9)."""
    world, now = core.world, core.now
    if values.get("name") is None:
        values["name"] = random_name()
    contact = Contact(world.new_id("contact"), created_at=now, updated_at=now, **values)
    contact.contact_type = _type_of(contact)
    world.contacts[contact.id] = contact
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


def prove(core: Core, row: ContactInbox) -> None:
    """A request has proven who the contact of this inbox is."""
    if not row.hmac_verified:
        row.hmac_verified, row.updated_at = True, core.now


def source_id_of(contact: Contact, inbox: Inbox) -> str | None:
    """By what an inbox knows a contact: a new random id where it is free to choose, None where nobody can tell."""
    phone = contact.phone_number
    match inbox.channel_type:
        case "Channel::Api" | "Channel::WebWidget":
            return str(uuid.uuid4())
        case "Channel::Email":
            return contact.email
        case "Channel::Whatsapp":
            return phone and phone.removeprefix("+")
        case "Channel::TwilioSms":
            return phone and f"whatsapp:{phone}" if inbox.channel.get("medium") == "whatsapp" else phone
        case "Channel::Sms":
            return phone
    return None


def update_contact(core: Core, contact: Contact, **values: Any) -> Changes:
    """Change a contact; ``contact_updated`` if something differs."""
    before, shown = contact.updated_at, _shown(contact)
    changes = changed(contact, values)
    contact.contact_type = _type_of(contact)
    now = _shown(contact)
    told: Changes = {key: (shown[key], now[key]) for key in COLUMNS if key in shown and shown[key] != now[key]}
    if not told:
        return changes
    contact.updated_at = core.now
    told["updated_at"] = (iso(before), iso(contact.updated_at))
    core.events.contact("contact_updated", contact, {key: told[key] for key in sorted(told, key=COLUMNS.index)})
    return changes


def touch(core: Core, contact: Contact) -> None:
    """The contact did something: one ``contact_updated`` per message (contract 2.9)."""
    update_contact(core, contact, last_activity_at=core.now)


def check_contact(world: World, values: dict[str, Any], contact: Contact | None = None) -> None:
    """Check what a contact is about to be given (contract 5.6).

    Raises:
        Invalid: it is not stored.
    """
    email, phone = values.get("email"), values.get("phone_number")
    problems = [("email", "Invalid email")] if email and not EMAIL.fullmatch(email) else []
    unique = [key for key in ("email", "identifier", "phone_number") if values.get(key)]
    problems += [(key, "has already been taken") for key in unique if _is_taken(world, key, values[key], contact)]
    if phone and not E164.fullmatch(phone):
        problems.append(("phone_number", "should be in e164 format"))
    if problems:
        raise Invalid(problems)


def merge(core: Core, base: Contact, other: Contact) -> None:
    """Make two contacts one: what the base lacks comes from the other, which ceases to exist (contract 2.9).

    Every message that the other sent tells of its new sender; his conversations move without a word.
    """
    if base is other:
        return
    world = core.world
    for row in world.contact_inboxes.values():
        if row.contact is other:
            row.contact, row.updated_at = base, core.now
            for conversation in world.conversations_of(row):
                conversation.updated_at = core.now
    base.notes += other.notes
    del world.contacts[other.id]
    update_contact(core, base, **_merged(base, other))
    core.events.live("contact_merged", base)
    sent = [message for message in world.messages.values() if message.sender is other]
    for message in sorted(sent, key=lambda each: each.id):
        message.sender = base
        message.updated_at = core.now
        core.events.message("message_updated", message)


def remove(core: Core, contact: Contact) -> None:
    """Delete a contact with all his conversations; no webhook tells of it."""
    world = core.world
    rows = [row for row in world.contact_inboxes.values() if row.contact is contact]
    for conversation in [each for each in world.conversations.values() if each.contact_inbox in rows]:
        remove_conversation(core, conversation)
    for row in rows:
        del world.contact_inboxes[row.id]
    del world.contacts[contact.id]
    core.events.live("contact_deleted", contact)


def remove_conversation(core: Core, conversation: Conversation) -> None:
    """Delete a conversation with its messages; no webhook tells of it."""
    for message in conversation.messages:
        core.world.messages.pop(message.id, None)
    core.world.conversations.pop(conversation.id, None)


def _merged(base: Contact, other: Contact) -> dict[str, Any]:
    """The base's values, filled up with the other's."""
    plain = ("email", "phone_number", "identifier")
    maps = ("additional_attributes", "custom_attributes")
    values: dict[str, Any] = {key: getattr(base, key) or getattr(other, key) for key in plain}
    return values | {key: {**getattr(other, key), **getattr(base, key)} for key in maps}


def _is_taken(world: World, key: str, value: str, contact: Contact | None) -> bool:
    others = (each for each in world.contacts.values() if each is not contact)
    return any(str(getattr(each, key) or "").lower() == value.lower() for each in others)


def _shown(contact: Contact) -> dict[str, Any]:
    """The columns that changes are told of."""
    return {
        "name": contact.name,
        "email": contact.email,
        "phone_number": contact.phone_number,
        "additional_attributes": contact.additional_attributes,
        "identifier": contact.identifier,
        "custom_attributes": contact.custom_attributes,
        "last_activity_at": iso(contact.last_activity_at),
        "contact_type": contact.contact_type,
        "location": contact.additional_attributes.get("city"),
        "country_code": contact.additional_attributes.get("country"),
        "blocked": contact.blocked,
        "label_list": list(contact.labels),
    }


def _type_of(contact: Contact) -> str:
    known = contact.email or contact.phone_number or contact.identifier
    has_profile = any(value for key, value in contact.additional_attributes.items() if key.startswith("social_"))
    return "lead" if known or has_profile else contact.contact_type
