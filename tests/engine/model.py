"""A model of a lane, in plain Python: what it holds, and what its next step must be. And the real lanes beside it.

The model knows nothing of *when* a lane is due, only what must happen then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar, cast

from criabot.engine.keys import Keys
from criabot.engine.lanes import Check, Lanes, Limits, Reply, Run, Send, Step, Stop
from criabot.engine.pipeline import Pipeline, connect
from tests.servers import ValkeyServer

T = TypeVar("T")
Call: TypeAlias = Callable[[], Coroutine[Any, Any, Step]]

UNIT = 100_000  # ms
LEASE, HOLD, BACKOFF = 10, 2, 3  # units
LANES = ("c1",)
MOMENTS = ("x", "b", "la", "fa", "hu", "ia")


@dataclass
class Event:
    id: str
    order: int
    urgent: bool

    @property
    def place(self) -> tuple[bool, int, str]:
        return (not self.urgent, self.order, self.id)


@dataclass
class Lane:
    """What a lane holds, after everything that happened."""

    queue: list[Event] = field(default_factory=list)
    outbox: list[Reply] = field(default_factory=list)
    fence: int = 0
    is_open: bool = False
    lease_end: int = 0
    not_before: int = 0
    running: str = ""
    attempts: int = 0
    in_flight: tuple[str, int] | None = None
    tries: int = 0
    newest: int = 0
    state: bytes = b""
    dead: int = 0

    @property
    def head(self) -> Event | None:
        return min(self.queue, key=lambda event: event.place, default=None)

    @property
    def is_urgent(self) -> bool:
        return self.head is not None and self.head.urgent

    def pop_reply(self) -> None:
        self.outbox.pop(0)
        self.in_flight, self.tries, self.not_before = None, 0, 0

    def silence(self) -> list[str]:
        dropped = [reply.id for reply in self.outbox if reply.yields]
        self.outbox = [reply for reply in self.outbox if not reply.yields]
        if self.in_flight is None or not self.outbox or self.outbox[0].id != self.in_flight[0]:
            self.in_flight, self.tries = None, 0
        return dropped

    def take_step(self, step: Step, now: int) -> None:
        """Check a step that a script gave to the holder, and follow it."""
        if isinstance(step, Stop):
            assert not step.lost
            assert not self.is_urgent, "an urgent event waits for nothing"
            assert not self.outbox or self.not_before > now, "a reply that is due was not given out"
            assert (step.due >= 0) == bool(self.queue or self.outbox)
            self.is_open = False
            return
        self.lease_end = now + LEASE
        if isinstance(step, Run):
            self._run(step)
        else:
            self._send(step)

    def _run(self, step: Run) -> None:
        head = self.head
        assert head is not None
        assert head.urgent or not self.outbox, "replies leave before the next event"
        self.attempts = self.attempts + 1 if self.running == head.id else 1
        self.running = head.id
        late = head.order < self.newest
        assert step == Run(head.id, head.order, self.attempts, late, head.id.encode())

    def _send(self, step: Send | Check) -> None:
        assert not self.is_urgent, "nothing is said while a takeover waits"
        assert step.reply == self.outbox[0]
        assert step.tries == self.tries
        in_doubt = self.in_flight is not None and self.in_flight[0] == step.reply.id and self.in_flight[1] != self.fence
        assert isinstance(step, Check) == in_doubt, "in flight under an older grant: asked, not sent"
        if not in_doubt:
            self.in_flight = (step.reply.id, self.fence)


@dataclass
class Holder:
    """A process that was given a lane, with every call it made: each may go out again."""

    lane: str
    fence: int
    step: Step
    calls: list[Call] = field(default_factory=list)


class Engine:
    """The real lanes, and a clock that can be moved."""

    def __init__(self, valkey: ValkeyServer, loop: asyncio.AbstractEventLoop, namespace: str) -> None:
        self.client = valkey.client()
        self.loop = loop
        self.namespace = namespace
        self.keys = Keys(namespace, 2)
        self.pipeline = Pipeline(connect(valkey.url, timeout=10.0, retries=0))
        limits = Limits(lease=LEASE * UNIT, hold=HOLD * UNIT, dedup=10_000 * UNIT, queue=10)
        self.lanes = Lanes(self.pipeline, self.keys, owner="a", limits=limits)

    def do(self, call: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(call)

    def key(self, lane: str, part: str) -> str:
        return self.keys.of_lane(lane, (part,))[0]

    def pass_time(self, units: int) -> None:
        pipeline = self.client.pipeline()
        for lane in LANES:
            m = self.key(lane, "m")
            values = cast("list[bytes | None]", self.client.hmget(m, MOMENTS))
            for name, value in zip(MOMENTS, values, strict=True):
                if value is not None:
                    pipeline.hset(m, name, int(value) - units * UNIT)
            if self.client.zscore(self.key(lane, "sched"), lane) is not None:
                pipeline.zincrby(self.key(lane, "sched"), -units * UNIT, lane)
        pipeline.execute()

    def close(self) -> None:
        self.do(self.pipeline.close())
        if left := cast("list[bytes]", self.client.keys(f"cb:{self.namespace}:*")):
            self.client.delete(*left)
        self.client.close()
