"""Conversations: listed, filtered, searched, made, read, deleted (contract 5.2, 5.4)."""

from __future__ import annotations

from criabot.testing.platform import finder
from criabot.testing.platform.api.actions import change_priority, enum
from criabot.testing.platform.api.messages import write
from criabot.testing.platform.casts import number, scalar
from criabot.testing.platform.contacts import add_to_inbox, remove_conversation, source_id_of
from criabot.testing.platform.conversations import create_conversation
from criabot.testing.platform.files import BadFile
from criabot.testing.platform.filters import CONVERSATION, filtered
from criabot.testing.platform.http import Call, Refused, Routes, fault, not_found
from criabot.testing.platform.interactive import MissingMethod
from criabot.testing.platform.shapes import conversation_json
from criabot.testing.platform.times import epoch
from criabot.testing.platform.world import STATUSES, ContactInbox, Conversation, Json, Message

__all__ = ["routes"]

routes = Routes("/api/v1/accounts/{account}/conversations")

MAPS = ("custom_attributes", "additional_attributes")


@routes.get("")
def index(call: Call) -> Json:
    """A page of the list; everything at once with ``updated_within``."""
    query = _query(call)
    found = finder.listed(call.world, call.user, query)
    shown = finder.of_assignee(found, call.user, query.get("assignee_type"))
    if not query.get("updated_within"):
        shown = list(finder.page_of(shown, query.get("page", 1)))
    rows = [conversation_json(call.world, each, call.actor) for each in shown]
    return {"data": {"meta": finder.counts(found, call.user, query), "payload": rows}}


@routes.get("/meta")
def meta(call: Call) -> Json:
    """The counts of the list."""
    query = _query(call)
    return {"meta": finder.counts(finder.listed(call.world, call.user, query), call.user, query)}


@routes.get("/search")
def search(call: Call) -> Json:
    """The conversations in which a text was said."""
    query = _query(call)
    found = finder.listed(call.world, call.user, query)
    shown = finder.page_of(found, query.get("page", 1))
    rows = [_hit(call, each, finder.spoken(each, query.get("q", ""))) for each in shown]
    return {"meta": _three(finder.counts(found, call.user, query)), "payload": rows}


@routes.post("/filter")
def filter_(call: Call) -> Json:
    """A page of what fits the conditions, the latest activity first."""
    visible = finder.visible(call.world, call.user)
    found = finder.sorted_by(filtered(call.world, CONVERSATION, visible, call.body.get("payload")), None)
    rows = [conversation_json(call.world, each, call.actor) for each in finder.page_of(found, _page(call))]
    return {"meta": _three(finder.counts(found, call.user, {})), "payload": rows}


@routes.post("", "bot")
def create(call: Call) -> Json:
    """A new conversation of a contact, perhaps with a first message (contract 5.4)."""
    body, world = call.body, call.world
    status = enum(body["status"], STATUSES) if body.get("status") not in (None, "") else None
    row = _contact_inbox(call)
    if row.inbox.settings.get("lock_to_single_conversation") and (own := world.conversations_of(row)):
        return conversation_json(world, own[-1], call.actor)
    until = body.get("snoozed_until")
    conversation = create_conversation(
        call.core,
        row,
        status=status,
        assignee=world.users.get(number(body.get("assignee_id"))),
        team=world.teams.get(number(body.get("team_id"))),
        snoozed_until=float(number(until)) if until else None,
        **{key: body[key] for key in MAPS if isinstance(body.get(key), dict)},
    )
    if isinstance(message := body.get("message"), dict):
        _begin(call, conversation, message)
    return conversation_json(world, conversation, call.actor)


@routes.get("/{conversation}", "bot", since="4.14.2")
def show(call: Call) -> Json:
    """One conversation."""
    return conversation_json(call.world, call.conversation(), call.actor)


@routes.patch("/{conversation}", "bot")
def update(call: Call) -> Json:
    """Change the priority; anything else is ignored."""
    conversation = call.conversation()
    if "priority" in call.body:
        change_priority(call, conversation)
    return conversation_json(call.world, conversation, call.actor)


@routes.delete("/{conversation}", "admin")
def delete(call: Call) -> None:
    """Delete it; no webhook tells of it."""
    remove_conversation(call.core, call.conversation())


def _query(call: Call) -> dict[str, str]:
    query = call.query
    if labels := call.request.query.getall("labels[]", []):
        query["labels"] = ",".join(labels)
    return query


def _page(call: Call) -> object:
    return call.query.get("page", call.body.get("page", 1))


def _three(counts: Json) -> Json:
    return {key: count for key, count in counts.items() if key != "assigned_count"}


def _hit(call: Call, conversation: Conversation, messages: list[Message]) -> Json:
    contact, inbox = conversation.contact, conversation.inbox
    return {
        "id": conversation.id,
        "uuid": conversation.uuid,
        "created_at": epoch(conversation.created_at),
        "contact": {"id": contact.id, "name": contact.name},
        "inbox": {"id": inbox.id, "name": inbox.name, "channel_type": inbox.channel_type},
        "messages": [_said(each) for each in messages],
        "account_id": call.world.account.id,
    }


def _said(message: Message) -> Json:
    return {
        "content": message.content,
        "id": message.id,
        "sender_name": message.sender.name if message.sender else None,
        "message_type": message.message_type,
        "created_at": epoch(message.created_at),
    }


def _contact_inbox(call: Call) -> ContactInbox:
    """Who it is with: by source id, else by contact and inbox, where the contact is made known.

    Raises:
        Refused: 404, there is no such contact or inbox.
    """
    body, world = call.body, call.world
    inbox = world.inboxes.get(number(body.get("inbox_id")))
    source = body.get("source_id")
    rows = list(world.contact_inboxes.values())
    if source and (row := next((r for r in rows if r.source_id == source and inbox in (None, r.inbox)), None)):
        return row
    contact = world.contacts.get(number(body.get("contact_id")))
    if inbox is None or contact is None:
        raise not_found()
    source = scalar(source) or source_id_of(contact, inbox)
    if source is None:
        raise Refused(422, {"error": "param is missing or the value is empty: source_id"})
    return world.contact_inbox(inbox, source) or add_to_inbox(call.core, contact, inbox, source)


def _begin(call: Call, conversation: Conversation, message: Json) -> None:
    """Store the first message in the same request."""
    conversation.is_being_created = True
    try:
        write(call, conversation, message)
    except (MissingMethod, BadFile):
        raise fault() from None
    finally:
        conversation.is_being_created = False
