"""What happened in each conversation of a capture, once and in order, as far as webhooks tell (contract 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, TypeAlias

from criabot.platform import (
    ContactData,
    ConversationData,
    ConversationEvent,
    ConversationUpdated,
    Event,
    MessageCreated,
    MessageUpdated,
)
from criabot.platform.events import MessageEvent
from criabot.platform.parts import Change, Sender, milliseconds
from criabot.testing.record.capture import Capture

__all__ = ["Changed", "Happening", "Said", "Story", "Updated", "stories"]


@dataclass(frozen=True, slots=True)
class Said:
    """A message was written."""

    at: int
    message: MessageCreated


@dataclass(frozen=True, slots=True)
class Updated:
    """A message is another than it was, in its text or attributes."""

    at: int
    message: MessageUpdated


@dataclass(frozen=True, slots=True)
class Changed:
    """A conversation has another status, assignee, team, priority, other labels or attributes.

    Attributes:
        at: epoch milliseconds of the platform's clock.
        name: of what, as scripts call it.
        value: what it is now: the assignee is a `Sender`, ``"bot"`` or None, the team a name or None.
        until: epoch milliseconds when a snoozed conversation comes back, where that is told.
    """

    at: int
    name: str
    value: Any
    until: int | None = None


Happening: TypeAlias = Said | Updated | Changed


@dataclass(slots=True)
class Story:
    """A conversation.

    Attributes:
        number: the conversation's.
        inbox: its inbox's number.
        start: what it was when the capture began.
        happenings: what happened, in order.
        contacts: all that was told of the customer, the oldest first.
        agents: by their number, in the order of their appearance.
    """

    number: int
    inbox: int | None
    start: ConversationData
    happenings: list[Happening] = field(default_factory=list)
    contacts: list[ContactData] = field(default_factory=list)
    agents: dict[int, Sender] = field(default_factory=dict)


def stories(captures: Iterable[Capture]) -> list[Story]:
    """The conversations in which something was said, in the order of their appearance."""
    captures = list(captures)
    directory = _Directory()
    writers: dict[tuple[int | None, int], _Writer] = {}
    for capture in captures:
        conversation = getattr(capture.event, "conversation", None)
        if not isinstance(conversation, ConversationData):
            continue
        directory.read(capture.event, conversation)
        writer = writers.setdefault((conversation.inbox_id, conversation.id), _Writer(conversation, directory))
        writer.take(capture)
    return [writer.story() for writer in writers.values() if writer.messages]


class _Directory:
    """Agents and teams by number, from wherever they are named."""

    def __init__(self) -> None:
        self.agents: dict[int, Sender] = {}
        self.teams: dict[int, str] = {}

    def team(self, number: int | None) -> str | None:
        """Its name."""
        return None if number is None else self.teams.get(number, f"team{number}")

    def read(self, event: Event, conversation: ConversationData) -> None:
        meta = conversation.meta
        if meta is not None and meta.assignee is not None and meta.assignee_kind == "user":
            assignee = meta.assignee
            self.agents.setdefault(assignee.id, Sender(id=assignee.id, name=assignee.name, type="user"))
        if meta is not None and meta.team is not None and meta.team.name:
            self.teams.setdefault(meta.team.id, meta.team.name)
        if isinstance(event, MessageEvent) and event.sender is not None and event.sender.kind == "user":
            self.agents[event.sender.id] = event.sender


class _Writer:
    """Puts the deliveries of one conversation in order: several senders tell the same, late, and again."""

    def __init__(self, start: ConversationData, directory: _Directory) -> None:
        self.messages: dict[int, MessageCreated] = {}
        self._start = start
        self._directory = directory
        self._seen: set[object] = set()
        self._others: list[Updated | Changed] = []
        self._contacts: dict[str, ContactData] = {}
        self._clock = _Clock()

    def take(self, capture: Capture) -> None:
        """Take in a delivery."""
        event = capture.event
        self._meet(event)
        match event:
            case MessageCreated():
                self._clock.set(event.time_ms, capture.arrived_at)
                if event.id not in self.messages or _is_deleted(self.messages[event.id]):
                    self.messages[event.id] = event
            case MessageUpdated() if self._is_new(event.meaning):
                self._others.append(Updated(self._clock.guess(capture.arrived_at), event))
            case ConversationUpdated() if self._is_new(event.meaning):
                self._take_changes(event, event.changes, capture)
            case ConversationEvent() if event.event.endswith(("opened", "resolved", "status_changed")):
                at = self._clock.set(event.time_ms, capture.arrived_at)
                self._others.append(Changed(at, "status", event.conversation.status))

    def story(self) -> Story:
        """What happened: messages in the order of their numbers, the rest between them by time."""
        messages = [self.messages[number] for number in sorted(self.messages)]
        times = accumulate((message.time_ms or 0 for message in messages), max)
        said: list[Happening] = [Said(at, message) for at, message in zip(times, messages, strict=True)]
        happenings = sorted([*said, *self._others], key=lambda happening: happening.at)
        agents = {person.id: person for person in filter(None, map(_agent_of, happenings))}
        everybody = {number: self._directory.agents.get(number, agent) for number, agent in agents.items()}
        everybody = everybody | {key: agent for key, agent in self._directory.agents.items() if key not in agents}
        start, contacts = self._start, list(self._contacts.values())
        return Story(start.id, start.inbox_id, start, happenings, contacts, everybody)

    def _meet(self, event: Event) -> None:
        conversation: ConversationData = getattr(event, "conversation")  # noqa: B009 - the caller has looked
        known = [conversation.meta.sender if conversation.meta is not None else None]
        if isinstance(event, MessageEvent) and isinstance(event.sender, ContactData):
            known.append(event.sender)
        for contact in filter(None, known):
            self._contacts.setdefault(contact.model_dump_json(include={"name", "email", "phone_number"}), contact)

    def _is_new(self, meaning: object) -> bool:
        is_new = meaning not in self._seen
        self._seen.add(meaning)
        return is_new

    def _take_changes(self, event: ConversationUpdated, changes: Mapping[str, Change], capture: Capture) -> None:
        exact = changes["updated_at"].current if "updated_at" in changes else None
        at = self._clock.set(milliseconds(exact) or event.time_ms, capture.arrived_at)
        if "display_id" in changes:  # the conversation was made just now, with whatever it has
            return
        now = {name: change.current for name, change in changes.items()}
        if "status" in now:
            self._others.append(Changed(at, "status", now["status"], milliseconds(now.get("snoozed_until"))))
        if "assignee_id" in now or "assignee_agent_bot_id" in now:
            self._others.append(Changed(at, "assignee", self._assignee(now)))
        if "team_id" in now:
            self._others.append(Changed(at, "team", self._directory.team(now["team_id"])))
        for column, name in (("label_list", "labels"), ("priority", "priority"), ("custom_attributes", "attributes")):
            if column in now:
                self._others.append(Changed(at, name, now[column]))

    def _assignee(self, now: Mapping[str, Any]) -> Sender | str | None:
        number = now.get("assignee_id")
        if number is None:
            return "bot" if now.get("assignee_agent_bot_id") is not None else None
        return self._directory.agents.get(number) or Sender(id=number, type="user")


class _Clock:
    """The platform's time, also for deliveries that do not tell theirs: they come after what came before them."""

    def __init__(self) -> None:
        self._latest = 0
        self._arrived_at: float | None = None

    def set(self, moment: int | None, arrived_at: float | None) -> int:
        """The time of a delivery that may tell it."""
        if moment is None:
            return self.guess(arrived_at)
        if moment >= self._latest:
            self._latest, self._arrived_at = moment, arrived_at
        return moment

    def guess(self, arrived_at: float | None) -> int:
        """The time of a delivery that does not tell it."""
        if arrived_at is None or self._arrived_at is None:
            return self._latest
        return self._latest + max(0, round((arrived_at - self._arrived_at) * 1000))


def _is_deleted(message: MessageCreated) -> bool:
    return bool((message.content_attributes or {}).get("deleted"))


def _agent_of(happening: Happening) -> Sender | None:
    who = happening.message.sender if isinstance(happening, Said) else getattr(happening, "value", None)
    return who if isinstance(who, Sender) and who.kind == "user" else None
