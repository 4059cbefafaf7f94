"""Who asks in the web widget: a visitor, known by the token that his browser keeps (contract 2.11)."""

from __future__ import annotations

from dataclasses import dataclass

from criabot.testing.platform.casts import scalar
from criabot.testing.platform.contacts import create_in_inbox
from criabot.testing.platform.http import Call, Refused, not_found
from criabot.testing.platform.signing import read_token, signed_token
from criabot.testing.platform.world import Contact, ContactInbox, Conversation, Inbox, Json, World

__all__ = ["Visit", "inbox_of", "newcomer", "pre_chat", "row_of", "token_of", "visit"]

TOKEN_SECONDS = 180 * 86400


@dataclass(slots=True)
class Visit:
    """A request of a visitor: his identity in the inbox, and his last conversation."""

    row: ContactInbox
    conversation: Conversation | None

    def begun(self) -> Conversation:
        """The conversation.

        Raises:
            Refused: 404, he has none.
        """
        if self.conversation is None:
            raise Refused(404)
        return self.conversation


def inbox_of(call: Call) -> Inbox:
    """The inbox whose token the address has."""
    token = call.query.get("website_token") or scalar(call.body.get("website_token"))
    inbox = call.world.inbox_by("website_token", token) if token else None
    if inbox is None:
        raise not_found()
    return inbox


def visit(call: Call) -> Visit:
    """Who asks.

    Raises:
        Refused: 404, an unknown inbox or visitor.
    """
    row = row_of(call, inbox_of(call), call.request.headers.get("X-Auth-Token"))
    if row is None:
        raise not_found()
    return Visit(row, next(reversed(_conversations(call.world, row)), None))


def row_of(call: Call, inbox: Inbox, token: str | None) -> ContactInbox | None:
    """The visitor with a token of ours."""
    known = read_token(token or "", call.core.now)
    return call.world.contact_inbox(inbox, known["source_id"]) if known else None


def _conversations(world: World, row: ContactInbox) -> list[Conversation]:
    """A verified visitor goes on with what he began elsewhere."""
    if not row.hmac_verified:
        return world.conversations_of(row)
    own = (each.contact_inbox for each in world.conversations.values())
    verified = [each for each in own if each.contact is row.contact and each.inbox is row.inbox and each.hmac_verified]
    return [each for each in world.conversations.values() if each.contact_inbox in verified]


def newcomer(call: Call, inbox: Inbox) -> ContactInbox:
    """A visitor whom nobody has seen before."""
    return create_in_inbox(call.core, inbox)


def token_of(call: Call, row: ContactInbox) -> str:
    """The visitor's token; since 4.6.0 it ends after half a year."""
    payload: Json = {"source_id": row.source_id, "inbox_id": row.inbox.id}
    now = int(call.core.now)
    return signed_token(payload | ({"exp": now + TOKEN_SECONDS, "iat": now} if call.world.since("4.6.0") else {}))


def pre_chat(call: Call, contact: Contact) -> Json:
    """What a form of the widget says of the visitor; a name is for one who has told nothing else before."""
    given = call.body.get("contact")
    told: Json = given if isinstance(given, dict) else {}
    email = (scalar(told.get("email")) or "").lower()
    is_known = contact.email or contact.phone_number or contact.identifier
    name = None if is_known else scalar(told.get("name")) or email.partition("@")[0]
    return {"name": name, "email": email or None, "phone_number": scalar(told.get("phone_number"))}
