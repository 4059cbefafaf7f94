"""The web widget's visitor: what is known of him, and who has logged in (contract 2.9, 2.11)."""

from __future__ import annotations

from criabot.testing.platform.api.visits import newcomer, token_of, visit
from criabot.testing.platform.casts import scalar
from criabot.testing.platform.contacts import prove
from criabot.testing.platform.http import Call, Refused, Routes
from criabot.testing.platform.identity import identify, is_proof
from criabot.testing.platform.world import Contact, ContactInbox, Inbox, Json

__all__ = ["routes"]

routes = Routes("/api/v1/widget/contact")


@routes.get("", "open")
def contact(call: Call) -> Json:
    """What is known of the visitor."""
    contact = visit(call).row.contact
    return {**_contact_answer(contact), "identifier": contact.identifier}


@routes.patch("", "open")
def update_contact_(call: Call) -> Json:
    """The page tells of the visitor."""
    return _contact_answer(_identified(call, visit(call).row))


@routes.patch("/set_user", "open")
def set_user(call: Call) -> Json:
    """The page tells who has logged in; somebody else than before is a new visitor with a token of his own."""
    row, identifier = visit(call).row, scalar(call.body.get("identifier"))
    is_verified = _is_verified(call, row.inbox)
    is_another = bool(row.contact.identifier) and row.contact.identifier != identifier
    if is_another:
        row = newcomer(call, row.inbox)
    if is_verified:
        prove(call.core, row)
    answer = _contact_answer(_identified(call, row))
    return {**answer, "widget_auth_token": token_of(call, row)} if is_another else answer


def _is_verified(call: Call, inbox: Inbox) -> bool:
    """Whether the request proves its identifier.

    Raises:
        Refused: 401, the proof is wrong, or missing where the inbox demands it.
    """
    body = call.body
    proof, identifier = scalar(body.get("identifier_hash")), scalar(body.get("identifier"))
    is_needed = bool(proof) or bool(inbox.channel.get("hmac_mandatory"))
    if not is_needed or (body.get("custom_attributes") and not identifier):
        return False
    if not is_proof(inbox, proof or "", identifier or ""):
        raise Refused(401, {"error": "HMAC failed: Invalid Identifier Hash Provided"})
    return True


def _identified(call: Call, row: ContactInbox) -> Contact:
    maps = ("custom_attributes", "additional_attributes")
    given: Json = {key: call.body[key] for key in maps if isinstance(call.body.get(key), dict)}
    given |= {key: scalar(call.body.get(key)) for key in ("identifier", "name", "phone_number")}
    given["email"] = (scalar(call.body.get("email")) or "").lower()
    return identify(call.core, row.contact, given, drops_invalid=True)


def _contact_answer(contact: Contact) -> Json:
    return {
        "id": contact.id,
        "has_email": bool(contact.email),
        "has_name": bool(contact.name),
        "has_phone_number": bool(contact.phone_number),
    }
