"""Who a contact turns out to be: he tells of himself, and may be known already (contract 2.9, 6.1)."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from criabot.testing.platform.contacts import check_contact, merge, update_contact
from criabot.testing.platform.core import Core
from criabot.testing.platform.validation import Invalid
from criabot.testing.platform.world import Contact, Inbox, Json, World

__all__ = ["identify", "is_proof", "known_by"]

UNIQUE = ("identifier", "email", "phone_number")
MAPS = ("custom_attributes", "additional_attributes")


def identify(
    core: Core, contact: Contact, given: Json, *, keeps_known_name: bool = False, drops_invalid: bool = False
) -> Contact:
    """Change a contact; one that is known by the new identifier, e-mail or phone number becomes the same.

    Args:
        core: the platform's.
        contact: who tells.
        given: columns; empty ones change nothing, attributes are added.
        keeps_known_name: the name of one who is known already stays.
        drops_invalid: an e-mail or number that is none changes nothing either.

    Raises:
        Invalid: he is not changed.
    """
    values = {key: value for key, value in given.items() if value}
    for key in UNIQUE:
        other = known_by(core.world, key, values.get(key))
        if other is None or other is contact:
            continue
        if values.get("identifier") and other.identifier and other.identifier != values["identifier"]:
            del values[key]
            continue
        merge(core, other, contact)
        contact = other
        if keeps_known_name:
            values.pop("name", None)
    if drops_invalid:
        values = {key: value for key, value in values.items() if _is_valid(core.world, key, value, contact)}
    check_contact(core.world, values, contact)
    maps = {key: {**getattr(contact, key), **values.get(key, {})} for key in MAPS}
    update_contact(core, contact, **(values | maps))
    return contact


def known_by(world: World, key: str, value: Any) -> Contact | None:
    """The contact with an identifier, e-mail or phone number."""
    return next((each for each in world.contacts.values() if value and getattr(each, key) == value), None)


def is_proof(inbox: Inbox, proof: str, identifier: str) -> bool:
    """Whether an ``identifier_hash`` is right (contract 6.1)."""
    right = hmac.new(inbox.channel["hmac_token"].encode(), identifier.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(proof.encode(), right.encode())


def _is_valid(world: World, key: str, value: Any, contact: Contact) -> bool:
    try:
        check_contact(world, {key: value}, contact)
    except Invalid:
        return False
    return True
