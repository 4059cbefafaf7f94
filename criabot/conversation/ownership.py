"""Who may speak in a conversation: the bot, or a human.

The bot owns a conversation while its status is one of the bot's statuses (``pending`` unless set otherwise) and
nobody else is assigned. What a message's payload says about that can be old, so it is held against a record that is
kept with the conversation and fed by the events that can be believed (contract 1.7):

- opened, resolved, status_changed, and the ``status`` among the changes of conversation_updated;
- an agent or another bot assigned, seen in the changes;
- a public message of a human, from the inbox or from a paired phone (``external_echo``): he speaks, so the bot is
  silent until the conversation is resolved or given back, whatever its status says.

All functions here are pure. Later rules (return after a time, handing back) belong here as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from criabot.platform import (
    ConversationData,
    ConversationEvent,
    ConversationOpened,
    ConversationResolved,
    ConversationStatusChanged,
    ConversationUpdated,
    Event,
    MessageCreated,
)

__all__ = ["Owner", "Ownership", "Rules", "Verdict", "after", "is_own_echo", "judge", "owned_by_status", "takes_over"]


class Owner(Enum):
    """Whose a conversation is."""

    BOT = "bot"
    HUMAN = "human"
    NOBODY = "nobody"  # resolved: the next message of the customer decides


class Ownership(NamedTuple):
    """The record: whose the conversation is, since when (milliseconds of the platform's clock), and why."""

    owner: Owner
    since: int
    why: str
    spoke: bool = False  # a human wrote himself: only resolving or giving back ends that
    former: int | None = None  # the agent it was taken from: the platform leaves him assigned (contract 4.1)
    own: bool = False  # the bot's own doing


@dataclass
class Rules:
    """What the bot counts as its own.

    Attributes:
        statuses: in which it may speak.
        bot_name: whose markers are our own messages.
        bot_id: our agent bot's id on the platform; None until the platform has told us.
    """

    statuses: frozenset[str] = frozenset({"pending"})
    bot_name: str = "bot"
    bot_id: int | None = None
    marker_prefix: str = field(init=False)

    def __post_init__(self) -> None:
        self.marker_prefix = f"{self.bot_name}:"


class Verdict(NamedTuple):
    """Whether the bot may speak: yes, no, or ``None`` for "ask the platform"; and why."""

    bot: bool | None
    why: str


def is_own_echo(event: Event, rules: Rules) -> bool:
    """Whether the event shows one of our own messages (contract 2.14)."""
    if not isinstance(event, MessageCreated):
        return False
    if event.message_type == "incoming":
        return False
    if event.marker is not None and event.marker.startswith(rules.marker_prefix):
        return True
    sender = event.sender
    return sender is not None and sender.kind == "agent_bot" and sender.id == rules.bot_id


def is_human_speech(event: Event, rules: Rules) -> bool:
    """Whether a human of the team said something to the customer."""
    if not isinstance(event, MessageCreated) or event.message_type != "outgoing" or event.private:
        return False
    if is_own_echo(event, rules):
        return False
    attributes = event.content_attributes or {}
    if event.sender is None:
        return attributes.get("external_echo") is True
    return event.sender.kind == "user" and "automation_rule_id" not in attributes


def owned_by_status(conversation: ConversationData, rules: Rules, former: int | None = None) -> Verdict:
    """What the conversation's own status and assignee say, if they are true; a `former` agent has no say."""
    if conversation.status not in rules.statuses:
        return Verdict(False, f"its status is {conversation.status}")
    meta = conversation.meta
    kind = meta.assignee_kind if meta is not None else None
    if kind is None or meta is None or meta.assignee is None:
        return Verdict(True, f"its status is {conversation.status}")
    if kind == "agent_bot" and rules.bot_id in (None, meta.assignee.id):
        return Verdict(True, "it is assigned to this bot")
    if kind == "user" and meta.assignee.id == former:
        return Verdict(True, f"its status is {conversation.status} again, its agent had it before")
    return Verdict(False, f"it is assigned to another {kind}")


def after(record: Ownership | None, event: Event, rules: Rules) -> Ownership | None:
    """The record after an event; the same object when the event does not bear on it or is older than it."""
    told = _told_by(event, rules)
    if told is None or (record is not None and told.since < record.since):
        return record
    if record is not None and record.spoke and told.owner is Owner.HUMAN:
        return record._replace(since=told.since)  # what is older than this must not give it back to the bot
    if record is not None and record.own and record.owner is told.owner is Owner.NOBODY:
        return record  # the platform tells us of our own resolving: a message that came before is still to be answered
    return told


def takes_over(event: Event, rules: Rules) -> bool:
    """Whether the event ends the bot's right to speak, so that it cannot wait in line."""
    told = _told_by(event, rules)
    return told is not None and told.owner is not Owner.BOT


def bears_on_ownership(event: Event, rules: Rules) -> bool:
    """Whether `after` can give another record for the event."""
    return _told_by(event, rules) is not None


def judge(record: Ownership | None, event: MessageCreated, rules: Rules) -> Verdict:
    """Whether the bot may answer a customer's message.

    The payload alone is not enough: it is a snapshot that may be older than what we were told since (contract 1.7).
    """
    by_payload = owned_by_status(event.conversation, rules, record.former if record is not None else None)
    if not by_payload.bot or record is None or record.owner is Owner.BOT:
        return by_payload
    if record.spoke:
        return Verdict(False, record.why)
    if record.since >= (event.time_ms or 0):
        return Verdict(False, record.why)
    return by_payload if record.owner is Owner.NOBODY else Verdict(None, "a human had it, the message says otherwise")


def _told_by(event: Event, rules: Rules) -> Ownership | None:
    since = event.time_ms or 0
    if isinstance(event, MessageCreated):
        return Ownership(Owner.HUMAN, since, "a human wrote", spoke=True) if is_human_speech(event, rules) else None
    if isinstance(event, ConversationUpdated):
        return _told_by_changes(event, since, rules)
    if isinstance(event, ConversationOpened | ConversationResolved | ConversationStatusChanged):
        return _by_status(event.conversation.status, event.conversation, since, rules)
    return None


def _by_status(status: str | None, conversation: ConversationData, since: int, rules: Rules) -> Ownership:
    why = f"its status is {status}"
    if status not in rules.statuses and status != "resolved":
        return Ownership(Owner.HUMAN, since, why)
    owner = Owner.BOT if status in rules.statuses else Owner.NOBODY
    # An open conversation is in its agent's list, whoever else may speak there: he keeps it.
    former = None if status == "open" else _agent_of(conversation)
    return Ownership(owner, since, why, former=former)


def _agent_of(conversation: ConversationData) -> int | None:
    meta = conversation.meta
    if meta is None or meta.assignee is None or meta.assignee_kind != "user":
        return None
    return meta.assignee.id


def _told_by_changes(event: ConversationEvent, since: int, rules: Rules) -> Ownership | None:
    changes = event.changes
    if (agent := changes.get("assignee_id")) and agent.current is not None:
        return Ownership(Owner.HUMAN, since, "an agent was assigned")
    if (bot := changes.get("assignee_agent_bot_id")) and bot.current is not None and rules.bot_id is not None:
        if bot.current != rules.bot_id:
            return Ownership(Owner.HUMAN, since, "another bot was assigned")
        return Ownership(Owner.BOT, since, "it is assigned to this bot")
    if status := changes.get("status"):
        return _by_status(status.current, event.conversation, since, rules)
    if agent and event.conversation.status in rules.statuses:
        return Ownership(Owner.BOT, since, "the agent was unassigned")
    return None
