"""Conversations: made and changed, with the events of the real server in their order (contract 2.4 to 2.7, 4.1)."""

from __future__ import annotations

from typing import Any

from criabot.testing.platform.core import Core, changed
from criabot.testing.platform.events import Changes
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import Contact, ContactInbox, Conversation, Principal

__all__ = ["create_conversation", "toggle_typing", "update_conversation"]

TOLD = {  # what makes a conversation_updated (contract 2.5)
    "team_id", "assignee_id", "assignee_agent_bot_id", "status", "snoozed_until", "custom_attributes", "label_list",
    "waiting_since", "first_reply_created_at", "priority",
}  # fmt: skip
TIMES = ("snoozed_until", "waiting_since", "first_reply_created_at", "last_activity_at")
REFERENCES = {"team": "team_id", "assignee": "assignee_id", "assignee_bot": "assignee_agent_bot_id"}
COLUMNS = (  # in the order of the table, which is the order in which changes are listed
    "status", "assignee_id", "updated_at", "display_id", "contact_last_seen_at", "agent_last_seen_at",
    "additional_attributes", "last_activity_at", "team_id", "snoozed_until", "custom_attributes",
    "assignee_last_seen_at", "first_reply_created_at", "priority", "waiting_since", "cached_label_list",
    "assignee_agent_bot_id", "label_list",
)  # fmt: skip


def create_conversation(core: Core, row: ContactInbox, *, status: str | None = None, **values: Any) -> Conversation:
    """A new conversation: resolved for a blocked contact, pending where a bot serves, else as asked (contract 4.1).

    Since 4.16 the bot that serves it is its assignee, unless an agent is.
    """
    world, now = core.world, core.now
    if row.contact.blocked:
        status = "resolved"
    elif row.inbox.bot is not None:
        status = "pending"
        if world.since("4.16.0") and values.get("assignee") is None:
            values["assignee_bot"] = row.inbox.bot
    conversation = Conversation(
        world.new_id("conversation"), row, status=status or "open", waiting_since=now, last_activity_at=now,
        created_at=now, updated_at=now, **values,
    )  # fmt: skip
    world.conversations[conversation.id] = conversation
    core.events.conversation("conversation_created", conversation)
    return conversation


def update_conversation(core: Core, conversation: Conversation, *, shown: bool = False, **values: Any) -> Changes:
    """Change columns in one commit and tell of it: opened or resolved, status_changed, updated, in this order.

    Args:
        core: the platform's.
        conversation: which.
        shown: something was told of it in the same request before. Telling a bot reads the labels, and the next
            commit of the request then fills the label cache (contract 2.5).
        values: the new values.
    """
    before = conversation.updated_at
    if values.get("status") not in (None, "snoozed", conversation.status) and conversation.snoozed_until is not None:
        values.setdefault("snoozed_until", None)
    labels = values.pop("labels", None)
    changes = _columns(changed(conversation, values))
    if labels is not None:
        changes |= _label_changes(conversation, labels)
    if not changes:
        return changes
    conversation.updated_at = core.now
    changes |= _of_this_request(core, conversation, shown)
    changes["updated_at"] = (iso(before), iso(conversation.updated_at))
    changes = {key: changes[key] for key in sorted(changes, key=COLUMNS.index)}
    _tell(core, conversation, changes)
    return changes


def _of_this_request(core: Core, conversation: Conversation, shown: bool) -> Changes:
    """What the request changed in the record before, without a commit."""
    changes: Changes = {}
    if conversation.is_being_created:
        changes["display_id"] = (None, conversation.id)
    if shown and conversation.cached_label_list is None and core.events.has_bot(conversation):
        conversation.cached_label_list = ""
        changes["cached_label_list"] = (None, "")
    return changes


def _tell(core: Core, conversation: Conversation, changes: Changes) -> None:
    if "status" in changes:
        if conversation.status == "resolved":
            conversation.waiting_since = None  # the real server clears it without a word
        if conversation.status in ("open", "resolved"):
            word = "opened" if conversation.status == "open" else "resolved"
            core.events.conversation(f"conversation_{word}", conversation)
        core.events.conversation("conversation_status_changed", conversation)
    if TOLD & changes.keys() or _language_changed(changes):
        core.events.conversation("conversation_updated", conversation, changes)
    if "label_list" in changes and not core.world.since("4.6.0"):  # 4.5.0 was seen to tell of labels twice
        core.events.conversation("conversation_updated", conversation, changes)


def toggle_typing(
    core: Core, conversation: Conversation, who: Principal | Contact, status: str, *, private: bool
) -> None:
    """Typing ``on`` or ``off``; any other word does nothing (contract 4.5)."""
    if status in ("on", "off"):
        core.events.typing(conversation, who, on=status == "on", private=private)


def _columns(changes: Changes) -> Changes:
    """As the database calls them and JSON shows them."""
    shown: Changes = {}
    for key, (old, new) in changes.items():
        if key in REFERENCES:
            shown[REFERENCES[key]] = (old.id if old else None, new.id if new else None)
        elif key in TIMES:
            shown[key] = (iso(old), iso(new))
        else:
            shown[key] = (old, new)
    return shown


def _label_changes(conversation: Conversation, labels: list[str]) -> Changes:
    old, conversation.labels = conversation.labels, labels
    cached, conversation.cached_label_list = conversation.cached_label_list, ", ".join(labels)
    changes: Changes = {"label_list": (old, labels)} if old != labels else {}
    if cached != conversation.cached_label_list:
        changes["cached_label_list"] = (cached, conversation.cached_label_list)
    return changes


def _language_changed(changes: Changes) -> bool:
    old, new = changes.get("additional_attributes", ({}, {}))
    return bool(old.get("conversation_language") != new.get("conversation_language"))
