"""What reports are made of: events that are written down as they happen, and their sums (contract 5.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from criabot.testing.platform.core import Core
from criabot.testing.platform.events import Changes
from criabot.testing.platform.world import INCOMING, OUTGOING, Conversation, Json, Message, User, World

__all__ = ["METRICS", "Scope", "average", "note_down"]

TABLE = "reporting_event"
COUNTED = {
    "resolutions_count": "conversation_resolved",
    "bot_resolutions_count": "conversation_bot_resolved",
    "bot_handoffs_count": "conversation_bot_handoff",
}
AVERAGED = {
    "avg_first_response_time": "first_response",
    "avg_resolution_time": "conversation_resolved",
    "reply_time": "reply_time",
}
METRICS = ("conversations_count", "incoming_messages_count", "outgoing_messages_count", *COUNTED, *AVERAGED)

Test: TypeAlias = Callable[[Conversation], bool]


# -- written down -----------------------------------------------------------------------------------------------


def note_down(core: Core, event: str, subject: object, changes: Changes) -> None:
    """A listener: human replies, resolutions and handoffs."""
    if event == "message_created" and isinstance(subject, Message):
        _reply(core, subject)
    elif event == "conversation_resolved" and isinstance(subject, Conversation):
        _resolution(core, subject)
    elif changes.get("status") == ("pending", "open") and isinstance(subject, Conversation):
        _handoff(core, subject)


def _reply(core: Core, message: Message) -> None:
    conversation = message.conversation
    if message.message_type != OUTGOING or message.private or not isinstance(message.sender, User):
        return
    if conversation.first_reply_created_at is None:
        handoffs = _rows(core.world, "conversation_bot_handoff", conversation)
        begin = handoffs[-1]["created_at"] if handoffs else conversation.created_at
        _keep(core, "first_response", conversation, message.created_at - begin, message.sender)
    elif conversation.waiting_since is not None:
        _keep(core, "reply_time", conversation, message.created_at - conversation.waiting_since, message.sender)


def _handoff(core: Core, conversation: Conversation) -> None:
    """The first opening counts as the bot's handoff."""
    if not _rows(core.world, "conversation_bot_handoff", conversation):
        _keep(core, "conversation_bot_handoff", conversation, core.now - conversation.created_at)


def _resolution(core: Core, conversation: Conversation) -> None:
    took = core.now - conversation.created_at
    _keep(core, "conversation_resolved", conversation, took, conversation.assignee)
    human = any(m.message_type == OUTGOING and isinstance(m.sender, User) for m in conversation.messages)
    if conversation.inbox.bot is not None and not human:
        _keep(core, "conversation_bot_resolved", conversation, took)


def _keep(core: Core, name: str, conversation: Conversation, value: float, user: User | None = None) -> None:
    number = core.world.new_id(TABLE)
    core.world.rows[TABLE][number] = {
        "id": number,
        "name": name,
        "value": float(int(value)),
        "conversation_id": conversation.id,
        "user_id": user.id if user else None,
        "created_at": core.now,
    }


def _rows(world: World, name: str, conversation: Conversation) -> list[Json]:
    rows = world.rows[TABLE].values()
    return [row for row in rows if row["name"] == name and row["conversation_id"] == conversation.id]


# -- summed up --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scope:
    """A period, and which conversations count.

    Attributes:
        world: the platform's records.
        since: epoch seconds, included.
        until: epoch seconds, not included.
        counts: whether a conversation belongs to it.
        agent: only what this agent did.
    """

    world: World
    since: float
    until: float
    counts: Test = field(default=lambda _conversation: True)
    agent: int | None = None

    def conversations(self) -> list[Conversation]:
        """Those that began in the period."""
        return [c for c in self.world.conversations.values() if self.has(c.created_at) and self.counts(c)]

    def has(self, moment: float) -> bool:
        """Whether a moment is in the period."""
        return self.since <= moment < self.until

    def values(self, event: str) -> list[float]:
        """The values of the events of a kind, seconds."""
        return [
            row["value"]
            for row in self.world.rows[TABLE].values()
            if row["name"] == event and self.has(row["created_at"]) and self._counts(row)
        ]

    def metric(self, name: str) -> float | None:
        """A metric: a number, or an average in seconds which is None where nothing happened."""
        if name == "conversations_count":
            return len(self.conversations())
        if name in COUNTED:
            return len(self.values(COUNTED[name]))
        if name in AVERAGED:
            return average(self.values(AVERAGED[name]))
        kind = INCOMING if name.startswith("incoming") else OUTGOING
        said = (m for m in self.world.messages.values() if m.message_type == kind and self.has(m.created_at))
        return sum(self.counts(m.conversation) for m in said)

    def _counts(self, row: Json) -> bool:
        conversation = self.world.conversations.get(row["conversation_id"])
        if conversation is None:
            return False
        return row["user_id"] == self.agent if self.agent is not None else self.counts(conversation)


def average(values: Iterable[float]) -> float | None:
    """Their mean, None without any."""
    known = list(values)
    return sum(known) / len(known) if known else None
