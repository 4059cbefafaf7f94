"""The public Client API of API inboxes: the inbox and its contacts (contract 6.1)."""

from __future__ import annotations

from criabot.testing.platform.casts import scalar
from criabot.testing.platform.contacts import add_to_inbox, check_contact, create_in_inbox, prove
from criabot.testing.platform.http import Call, Routes, fault, missing
from criabot.testing.platform.identity import identify, is_proof, known_by
from criabot.testing.platform.inboxes import column
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import Contact, ContactInbox, Inbox, Json, World

__all__ = ["contact_row", "inbox_of", "routes", "row_of"]

routes = Routes("/public/api/v1/inboxes/{inbox}")

PLAIN = ("identifier", "email", "name", "phone_number")


def inbox_of(call: Call) -> Inbox:
    """The API inbox of the path."""
    inbox = call.world.inbox_by("identifier", call.request.match_info["inbox"])
    if inbox is None:
        raise missing()
    return inbox


def row_of(call: Call) -> ContactInbox:
    """The contact of the path."""
    row = call.world.contact_inbox(inbox_of(call), call.request.match_info["source"])
    if row is None:
        raise missing()
    return row


@routes.get("", "open")
def inbox(call: Call) -> Json:
    """What a client needs to know of the inbox."""
    inbox = inbox_of(call)
    return {
        "identifier": inbox.channel["identifier"],
        "identity_validation_enabled": bool(inbox.channel.get("hmac_mandatory")),
        "name": inbox.name,
        "timezone": column(inbox, "timezone"),
        "working_hours": inbox.working_hours,
        "working_hours_enabled": column(inbox, "working_hours_enabled"),
        "csat_survey_enabled": column(inbox, "csat_survey_enabled"),
        "greeting_enabled": column(inbox, "greeting_enabled"),
    }


@routes.post("/contacts", "open")
def create(call: Call) -> Json:
    """A contact of the inbox: a known source id, identifier, e-mail or phone number finds the old one."""
    inbox, given = inbox_of(call), _given(call)
    _is_verified(call, inbox)
    source_id = scalar(call.body.get("source_id")) or None
    row = call.world.contact_inbox(inbox, source_id) if source_id else None
    return contact_answer(row or _new_row(call, inbox, source_id, given))


@routes.get("/contacts/{source}", "open")
def show(call: Call) -> Json:
    """A contact."""
    return contact_answer(_proven(call))


@routes.patch("/contacts/{source}", "open")
def update(call: Call) -> Json:
    """Change a contact; one that is known by the new identifier, e-mail or phone number becomes the same (2.9)."""
    return contact_row(call.world, identify(call.core, _proven(call).contact, _given(call)))


def _given(call: Call) -> Json:
    """What the body says of the contact; e-mail addresses are kept in lower case."""
    body = call.body
    given: Json = {key: scalar(body[key]) for key in PLAIN if body.get(key) is not None}
    if given.get("email"):
        given["email"] = given["email"].lower()
    attributes = body.get("custom_attributes")
    return {**given, "custom_attributes": attributes if isinstance(attributes, dict) else {}}


def _new_row(call: Call, inbox: Inbox, source_id: str | None, given: Json) -> ContactInbox:
    known = (known_by(call.world, key, given.get(key)) for key in ("identifier", "email", "phone_number"))
    contact = next((each for each in known if each is not None), None)
    if contact is not None:
        return add_to_inbox(call.core, contact, inbox, source_id)
    check_contact(call.world, given, None)
    return create_in_inbox(call.core, inbox, source_id, **{key: each for key, each in given.items() if each})


def _proven(call: Call) -> ContactInbox:
    """The contact of the path, verified if the request proves who it is."""
    row = row_of(call)
    if _is_verified(call, row.inbox):
        prove(call.core, row)
    return row


def _is_verified(call: Call, inbox: Inbox) -> bool:
    """Whether the request proves its identifier (contract 6.1).

    Raises:
        Refused: 500, the proof is wrong, or missing where the inbox demands it.
    """
    given = {**call.query, **call.body}
    proof = given.get("identifier_hash")
    if not proof and not inbox.channel.get("hmac_mandatory"):
        return False
    if not is_proof(inbox, str(proof), str(given.get("identifier") or "")):
        raise fault()
    return True


def contact_answer(row: ContactInbox) -> Json:
    """A contact as the Client API shows it."""
    contact = row.contact
    return {
        "source_id": row.source_id,
        "pubsub_token": row.pubsub_token,
        "id": contact.id,
        "name": contact.name,
        "email": contact.email,
        "phone_number": contact.phone_number,
    }


def contact_row(world: World, contact: Contact) -> Json:
    """The whole row of a contact."""
    return {
        "id": contact.id,
        "name": contact.name,
        "email": contact.email,
        "phone_number": contact.phone_number,
        "account_id": world.account.id,
        "created_at": iso(contact.created_at),
        "updated_at": iso(contact.updated_at),
        "additional_attributes": contact.additional_attributes,
        "identifier": contact.identifier,
        "custom_attributes": contact.custom_attributes,
        "last_activity_at": iso(contact.last_activity_at),
        "contact_type": contact.contact_type,
        "middle_name": "",
        "last_name": "",
        "location": contact.additional_attributes.get("city"),
        "country_code": contact.additional_attributes.get("country"),
        "blocked": contact.blocked,
        **({"company_id": None} if world.since("4.8.0") else {}),
        "label_list": contact.labels,
    }
