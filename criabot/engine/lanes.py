"""Lanes: one conversation's events, state and replies in Redis, changed only by atomic scripts.

A lane is worked on by one holder at a time. `Lanes.claim` gives a lease and a *fence*, a number that grows with
every claim; whatever a holder does later is refused once its fence is not the newest or its lease record is
closed. So a process that slept through its lease can do no harm to the lane. (It can still send an HTTP request:
`engine.worker` renews an old grant before it sends.)

A holder's next step is always given by the script that did the previous one:

- `Run`: an event to handle, then `Lanes.commit` it or `Lanes.nack` it;
- `Send`: a reply, already marked as in flight, then `Lanes.sent` or `Lanes.nack`;
- `Check`: a reply that an earlier holder had in flight: find out first whether it arrived;
- `Stop`: nothing; the lane is released (or was lost).
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Literal, NamedTuple, TypeAlias

from criabot.engine.keys import LANE_WORDS, Keys
from criabot.engine.pipeline import Pipeline
from criabot.engine.scripts import limited
from criabot.errors import QueueFull, StoreFull

__all__ = [
    "Check",
    "Grant",
    "Ingested",
    "Lanes",
    "Limits",
    "Queued",
    "Reply",
    "Run",
    "Send",
    "Step",
    "Stop",
    "Why",
]

DAY_MS = 24 * 60 * 60 * 1000

Why: TypeAlias = Literal["turn", "unsure", "unsent", "undo"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a lane. Times in milliseconds."""

    lease: int = 15_000
    hold: int = 250
    queue: int = 500
    dedup: int = DAY_MS
    dedup_ids: int = 1000
    idle: int = 30 * DAY_MS
    dead_letters: int = 10_000

    def constants(self) -> dict[str, int]:
        """As the scripts name them; `RENEWAL` is how often they see to what lives as long as its lane is used."""
        limits = {name.upper(): value for name, value in asdict(self).items()}
        return {**limits, "RENEWAL": min(self.dedup, self.idle) // 8}


class Reply(NamedTuple):
    """Something to carry out on the platform: a message, a status, a label.

    Attributes:
        id: the same when a turn runs again, such as ``90211:0``; no ``|``.
        yields: dropped when a human takes over (what the customer would see); notes and labels stay.
        body: what to do, bytes of the caller's own format.
        read: what the body says, for whoever carries it out right after it was made; not stored.
    """

    id: str
    yields: bool
    body: bytes
    read: Any = None

    def encode(self) -> bytes:
        """As it lies in Redis."""
        return b"%b|%b|%b" % (self.id.encode(), b"y" if self.yields else b"n", self.body)

    @classmethod
    def decode(cls, raw: bytes) -> Reply:
        """From Redis."""
        reply_id, yields, body = raw.split(b"|", 2)
        return cls(reply_id.decode(), yields == b"y", body)


class Run(NamedTuple):
    """An event whose turn it is.

    Attributes:
        id: the event's id, as it was queued.
        order: where it stands in its conversation, milliseconds of the platform's clock.
        attempts: how often it was started, this time included; a crash counts.
        late: a newer event of the lane was finished before.
        payload: as it was queued.
    """

    id: str
    order: int
    attempts: int
    late: bool
    payload: bytes


class Send(NamedTuple):
    """A reply to send now; `tries` failed before."""

    reply: Reply
    tries: int


class Check(NamedTuple):
    """A reply that may or may not have arrived; in flight for `age` milliseconds."""

    reply: Reply
    tries: int
    age: int


class Stop(NamedTuple):
    """The lane is not ours any more.

    Attributes:
        due: milliseconds until it wants attention again; -1 when nothing is left to do.
        lost: a newer fence has it.
    """

    due: int = -1
    lost: bool = False


Step: TypeAlias = Run | Send | Check | Stop


class Commit(NamedTuple):
    """What a finished turn leaves behind.

    Attributes:
        state: the new state; None leaves it as it is.
        replies: join the outbox, in order.
        silence: drop the replies that yield to a human, also those of earlier turns.
        dead: why the event goes to the dead letters, empty otherwise.
    """

    state: bytes | None = None
    replies: Sequence[Reply] = ()
    silence: bool = False
    dead: str = ""


class Grant(NamedTuple):
    """A claimed lane: its fence, its state and the first step."""

    fence: int
    state: bytes
    step: Step


class Queued(Enum):
    """What became of an event that was brought to its lane."""

    READY = b"READY"
    QUEUED = b"QUEUED"
    URGENT = b"URGENT"
    DUPLICATE = b"DUPLICATE"


QUEUED = {each.value: each for each in Queued}


class Ingested(NamedTuple):
    """The answer of `Lanes.ingest`.

    Attributes:
        queued: what became of the event.
        due: milliseconds until the lane wants attention (when READY).
        grant: the lane, when it was asked for and is ours now.
    """

    queued: Queued
    due: int
    grant: Grant | None = None


class Lanes:
    """The lanes of one bot.

    Args:
        pipeline: to the Redis that holds them.
        keys: their names.
        owner: this process, for people who look into Redis.
        limits: bounds and times.

    Attributes:
        refuses: new events that are not urgent, because the memory is nearly used up.

    Every method raises `StoreUnavailable` or `StoreFull` as `Pipeline.call` does.
    """

    def __init__(self, pipeline: Pipeline, keys: Keys, *, owner: str, limits: Limits) -> None:
        self._pipeline = pipeline
        self._keys = keys
        self._owner = f"{owner}:"
        self.limits = limits
        self.refuses = False
        self._claims = itertools.count()
        self._scripts = limited(pipeline.scripts, limits.constants())

    @property
    def partitions(self) -> int:
        """How many partitions `peek` has to look at."""
        return self._keys.partitions

    async def ingest(
        self,
        lane: str,
        event_id: str,
        order: int,
        payload: bytes,
        *,
        urgent: bool,
        hold: bool,
        claim: bool = False,
        acknowledged: bool = False,
    ) -> Ingested:
        """Store an event unless its id was seen in the last 24 hours.

        Args:
            lane: such as ``c154``.
            event_id: what the event means, not how it was delivered; ties in `order` are sorted by it.
            order: milliseconds of the platform's clock.
            payload: given back by `Run`.
            urgent: goes before everything, is not bounded, and waits for nothing.
            hold: wait for stragglers (`Limits.hold`) unless it is the first of a quiet conversation.
            claim: take the lane, too, if it is free and due; it saves a call.
            acknowledged: it cannot be refused any more, however many wait.

        Raises:
            QueueFull: `Limits.queue` events wait already.
            StoreFull: the memory is nearly used up.
        """
        if self.refuses and not (urgent or acknowledged):
            raise StoreFull("Redis is above 80 % of maxmemory: raise it. The event was not stored.")
        flags, owner = urgent + 2 * hold + 4 * acknowledged, self._owned() if claim else ""
        answer = await self._call("ingest", lane, event_id, order, payload, flags, owner)
        what = answer[0]
        if what == b"RUN":  # the lane is ours, with this event
            _, fence, state, late = answer
            return Ingested(Queued.READY, 0, Grant(fence, state, Run(event_id, order, 1, late == 1, payload)))
        if what == b"READY":
            return Ingested(Queued.READY, answer[1])
        if what == b"OK":
            return Ingested(Queued.READY, 0, _grant(answer))
        if what == b"FULL":
            limit = self.limits.queue
            raise QueueFull(f"Lane {lane} has {limit} events waiting: it takes no more until some are done.")
        return Ingested(QUEUED[what], 0)

    async def peek(self, partition: int, count: int) -> list[str]:
        """Lanes of a partition that are due, at most `count`."""
        found = await self._pipeline.call("peek", [self._keys.of_partition(partition, "sched")], [count])
        return [lane.decode() for lane in found]

    async def claim(self, lane: str) -> Grant | None:
        """Take a lane; None when another has it or nothing is due."""
        answer = await self._call("claim", lane, self._owned())
        return _grant(answer) if answer[0] == b"OK" else None

    async def commit(self, lane: str, fence: int, run: Run, turn: Commit) -> Step:
        """Finish a turn: its event, state, replies and dead letter in one atomic step."""
        flags = (turn.state is not None) + 2 * turn.silence
        replies = [reply.encode() for reply in turn.replies]
        state = turn.state or b""
        answer = await self._call("commit", lane, fence, run.id, run.order, flags, state, turn.dead, *replies)
        return _step(answer, turn.replies)

    async def sent(self, lane: str, fence: int, reply: Reply, *, dead: str = "", then: Sequence[Reply] = ()) -> Step:
        """The first reply is done: delivered, or given up (`dead` says why), with others in its place (`then`)."""
        return _step(await self._call("sent", lane, fence, reply.id, dead, *[other.encode() for other in then]))

    async def nack(self, lane: str, fence: int, *, delay: int, why: Why) -> Stop:
        """Give the lane back for `delay` milliseconds, nothing done; urgent events do not wait for it.

        `why`: ``turn`` a turn failed; ``unsure`` a reply's fate is unknown; ``unsent`` a reply certainly did not
        leave; ``undo`` nothing was tried, the attempt does not count.
        """
        status, *due = await self._call("nack", lane, fence, delay, why)
        return Stop(due=due[0]) if status == b"IDLE" else Stop(lost=True)

    async def renew(self, lane: str, fence: int) -> Literal["OK", "URGENT", "FENCED"]:
        """Extend the lease; URGENT when an urgent event waits behind the running turn."""
        answer = await self._call("renew", lane, fence)
        return answer.decode()  # type: ignore[no-any-return]

    async def confirm(self, lane: str, reply_id: str) -> bool:
        """The platform showed us this reply: pop it if it is the first one. True if it was."""
        return bool(await self._call("confirm", lane, reply_id))

    def _owned(self) -> str:
        """A name for one claim: who sends it again, because its answer was lost, is known to be the same."""
        return self._owner + str(next(self._claims))

    def _call(self, name: str, lane: str, *arguments: str | bytes | int) -> asyncio.Future[Any]:
        return self._pipeline.run(self._scripts[name], self._keys.words(lane), LANE_WORDS, arguments)


def _grant(answer: list[Any]) -> Grant:
    _, fence, state, step = answer
    return Grant(fence, state, _step(step))


def _step(answer: list[Any], replies: Sequence[Reply] = ()) -> Step:
    kind = answer[0]
    if kind == b"RUN":
        _, event_id, order, attempts, late, payload = answer
        return Run(event_id.decode(), int(order), attempts, bool(late), payload)
    if kind == b"SEND":
        _, reply, tries = answer
        return Send(replies[reply - 1] if isinstance(reply, int) else Reply.decode(reply), tries)
    if kind == b"CHECK":
        return Check(Reply.decode(answer[1]), answer[2], answer[3])
    return Stop(answer[1]) if kind == b"IDLE" else Stop(lost=True)
