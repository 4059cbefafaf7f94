"""The load generator: sends webhooks, waits for the replies at the platform, and compares.

It is given an `Order` as JSON and prints an `Outcome` as JSON. A conversation's next event is sent when the one
before was acknowledged, so the right order is well defined whatever the bot does with it. At a given rate, and in a
burst, latencies count from the moment at which an event was due, not from when a busy generator got round to it.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import sys
import time
import urllib.request
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple, cast

from benchmarks import machine
from benchmarks.common import HOST, SINK, run
from benchmarks.payloads import Kind, request

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
PERCENTILES = (50, 75, 90, 95, 99, 99.9)
DEADLINE = 120.0  # seconds for all acknowledgements
SETTLING = 0.4  # seconds in which late duplicates show up
POLL = 0.04  # seconds


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to send.

    Attributes:
        kind: whose webhooks.
        path: of the webhook.
        ports: the processes of the bot; events go to them in turn.
        arrival: the next event of a line when the last was acknowledged, or ``rate`` events a second, or all at once.
        events: how many.
        lines: how many conversations may wait for an acknowledgement at once.
        conversations: events go to them in turn.
        known: the conversations exist already: any of them is written to at random.
        rate: events per second.
        fresh: each event comes on a connection of its own, as the platform sends them, to the first process only.
        duplicated: share of events that are sent again at the same moment, on another connection.
        first_event: number of the first event.
        first_conversation: number of the first conversation.
        wish: what handlers are to do, such as ``(sleep 1)``.
        wish_every: in one conversation of how many.
        patience: seconds without any reply after which the rest counts as lost.
        pids: processes whose CPU time is taken, by name.
    """

    kind: Kind
    path: str
    ports: Sequence[int]
    arrival: Literal["closed", "rate", "burst"] = "closed"
    events: int
    lines: int = 64
    conversations: int = 1000
    known: bool = False
    rate: float = 300
    fresh: bool = False
    duplicated: float = 0
    first_event: int
    first_conversation: int
    wish: str = ""
    wish_every: int = 1
    patience: float = 4
    pids: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of it.

    Attributes:
        events: how many were sent, duplicates not counted.
        errors: answers other than 2xx, and broken connections, by kind.
        events_per_s: replies, from the first event to the last reply.
        ack_ms: milliseconds until the acknowledgement, by percentile.
        e2e_ms: milliseconds until the platform had the reply, by percentile.
        lost: events without a reply.
        duplicated: replies too many.
        reordered: replies that came after the reply to a later event of their conversation.
        wrong_state: replies with another count than the conversation had.
        all_at_once: whether every event was acknowledged before the first reply.
        cpu_ms_per_1k: of each process in `Order.pids`, milliseconds for 1,000 events.
        other_cpu: cores that the rest of the machine used meanwhile.
    """

    events: int
    errors: dict[str, int]
    events_per_s: float
    ack_ms: dict[str, float]
    e2e_ms: dict[str, float]
    lost: int
    duplicated: int
    reordered: int
    wrong_state: int
    all_at_once: bool
    cpu_ms_per_1k: dict[str, float]
    other_cpu: float


class Item(NamedTuple):
    """Something to send: an event, since when it is due (nanoseconds; 0 for now), whether it is a duplicate."""

    position: int
    due: int
    duplicate: bool


class Reply(NamedTuple):
    """What the platform remembers of a reply; `at` in nanoseconds."""

    event: int
    conversation: int
    number: int
    counted: int
    at: int


class Socket(asyncio.Protocol):
    """One connection to the bot."""

    def __init__(self, line: Line) -> None:
        self._line, self._buffer = line, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Tell the line when a response is complete; there is never more than one on its way."""
        buffer = self._buffer + data
        head = buffer.find(b"\r\n\r\n")
        if head < 0 or not _is_complete(buffer, head):
            self._buffer = buffer
            return
        self._buffer = b""
        self._line.answered(int(buffer[9:12]))

    def connection_lost(self, _error: Exception | None) -> None:
        """An idle connection may close; one that waits was broken."""
        self._line.lost(self)


def _is_complete(buffer: bytes, head: int) -> bool:
    if length := LENGTH.search(buffer, 0, head):
        return len(buffer) >= head + 4 + int(length[1])
    return b"hunked" not in buffer[:head] or buffer.endswith(b"0\r\n\r\n")


class Line:
    """Sends its items one by one, each when the one before was answered, to the bot's processes in turn."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._items: deque[Item] = deque()
        self._sockets: deque[Socket] = deque()
        self._current: Socket | None = None

    async def connect(self, ports: Sequence[int]) -> None:
        """One connection to each process."""
        loop = asyncio.get_running_loop()
        for port in ports:
            self._sockets.append((await loop.create_connection(lambda: Socket(self), HOST, port))[1])

    def push(self, *items: Item) -> None:
        """Send these after all others."""
        self._items.extend(items)
        self._send()

    def answered(self, status: int) -> None:
        """The answer to the current item is here."""
        if self._load.order.fresh and self._current is not None:
            self._current.transport.close()
        self._current = None
        self._load.answered(self._item, status)
        self._send()

    def lost(self, socket: Socket) -> None:
        """A connection is gone, perhaps with a request."""
        if socket in self._sockets:
            self._sockets.remove(socket)
        if self._current is socket:
            self.answered(0)

    def _send(self) -> None:
        while self._items and self._current is None:
            self._item = self._items.popleft()
            self._load.sends(self._item)
            if self._load.order.fresh:
                self._sending = asyncio.get_running_loop().create_task(self._send_alone())
                return
            if self._sockets:
                self._current = self._sockets[0]
                self._sockets.rotate()
                self._current.transport.write(self._load.requests[self._item.position])
            else:
                self._load.answered(self._item, 0)

    async def _send_alone(self) -> None:
        """Send the item on a connection of its own."""
        loop, port = asyncio.get_running_loop(), self._load.order.ports[0]
        try:
            _, self._current = await loop.create_connection(lambda: Socket(self), HOST, port)
        except OSError:
            self.answered(0)
            return
        self._current.transport.write(self._load.requests[self._item.position])


class Load:
    """All events of an order, and when what happened to each."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.conversations, self.numbers = _spread(order)
        self.requests = [self._request(index) for index in range(order.events)]
        self.began, self.acknowledged = [0] * order.events, [0] * order.events
        self.errors: Counter[str] = Counter()
        step = round(1 / order.duplicated) if order.duplicated else order.events + 1
        self._duplicates = set(range(0, order.events, step)) if order.duplicated else set()
        self._duplicate_lines: deque[Line] = deque()
        self._outstanding = order.events + len(self._duplicates)
        self._done = asyncio.Event()

    def _request(self, index: int) -> bytes:
        order, conversation = self.order, self.conversations[index]
        event, wish = order.first_event + index, order.wish if conversation % order.wish_every == 0 else ""
        number = self.numbers[index]
        return request(order.kind, order.path, event, order.first_conversation + conversation, number, wish)

    def sends(self, item: Item) -> None:
        """An item goes out now; its duplicate with it."""
        if item.duplicate:
            return
        self.began[item.position] = item.due or time.monotonic_ns()
        if item.position in self._duplicates:
            self._duplicate_lines[0].push(Item(item.position, 0, True))
            self._duplicate_lines.rotate()

    def answered(self, item: Item, status: int) -> None:
        """The answer to an item; status 0 for a broken connection."""
        if not item.duplicate and status:
            self.acknowledged[item.position] = time.monotonic_ns()
        if status not in (200, 204):
            self.errors[str(status or "connection lost")] += 1
        self._outstanding -= 1
        if not self._outstanding:
            self._done.set()

    async def run(self) -> Outcome:
        """Send everything and wait for the replies."""
        order = self.order
        lines = [await self._line() for _ in range(min(order.lines, order.conversations))]
        self._duplicate_lines.extend([await self._line() for _ in range(8 if self._duplicates else 0)])
        cpu, busy, began = self._cpu(), machine.busy_seconds(), time.monotonic_ns()
        await self._send(lines, began)
        try:
            await asyncio.wait_for(self._done.wait(), DEADLINE)
        except TimeoutError:
            self.errors["not acknowledged"] = self._outstanding
        await self._await_replies()
        used = {name: after - cpu[name] for name, after in self._cpu().items()}
        seconds = (time.monotonic_ns() - began) / 1e9
        other = max(0.0, machine.busy_seconds() - busy - sum(used.values())) / seconds
        await asyncio.sleep(SETTLING)
        replies = [Reply(*row) for row in _ask_sink("replies")]
        return self._outcome(began, replies, used, other)

    async def _line(self) -> Line:
        line = Line(self)
        await line.connect(self.order.ports)
        return line

    async def _send(self, lines: list[Line], began: int) -> None:
        if self.order.arrival == "rate":
            for index, conversation in enumerate(self.conversations):
                due = began + int(index * 1e9 / self.order.rate)
                await _until(due)
                lines[conversation % len(lines)].push(Item(index, due, False))
            return
        due = began if self.order.arrival == "burst" else 0
        items: list[list[Item]] = [[] for _ in lines]
        for index, conversation in enumerate(self.conversations):
            items[conversation % len(lines)].append(Item(index, due, False))
        for line, of_line in zip(lines, items, strict=True):
            line.push(*of_line)

    async def _await_replies(self) -> None:
        """Until all are there, or none came for a while."""
        count, since = -1, time.monotonic()
        while (now := _ask_sink("count")) < self.order.events:
            if now != count:
                count, since = now, time.monotonic()
            elif time.monotonic() - since > self.order.patience:
                return
            await asyncio.sleep(POLL)

    def _cpu(self) -> dict[str, float]:
        pids = {**self.order.pids, "load": [os.getpid()]}
        return {name: sum(map(machine.cpu_seconds, of_name)) for name, of_name in pids.items()}

    def _outcome(self, began: int, replies: list[Reply], used: dict[str, float], other: float) -> Outcome:
        order = self.order
        first = {reply.event: reply for reply in reversed(replies)}
        seen = sorted(first.values(), key=lambda reply: reply.at)
        latencies = [(reply.at - self.began[reply.event - order.first_event]) / 1e6 for reply in seen]
        acks = [(at - since) / 1e6 for since, at in zip(self.began, self.acknowledged, strict=True) if at]
        return Outcome(
            events=order.events,
            errors=dict(self.errors),
            events_per_s=len(seen) / ((seen[-1].at - began) / 1e9) if seen else 0.0,
            ack_ms=percentiles(acks),
            e2e_ms=percentiles(latencies),
            lost=order.events - len(seen),
            duplicated=len(replies) - len(seen),
            reordered=reordered(seen),
            wrong_state=wrong_state(seen, known=order.known),
            all_at_once=bool(seen) and max(self.acknowledged) < seen[0].at,
            cpu_ms_per_1k={name: seconds * 1e6 / order.events for name, seconds in used.items()},
            other_cpu=other,
        )


def _spread(order: Order) -> tuple[list[int], list[int]]:
    """Each event's conversation, and which message of the conversation it is, from 0."""
    chance = random.Random(order.first_event)  # noqa: S311
    count = order.conversations
    conversations = [chance.randrange(count) if order.known else index % count for index in range(order.events)]
    so_far: Counter[int] = Counter()
    numbers = []
    for conversation in conversations:
        numbers.append(so_far[conversation])
        so_far[conversation] += 1
    return conversations, numbers


def percentiles(values: list[float]) -> dict[str, float]:
    """By name: ``{"50": …, "99.9": …}``; nothing for no values."""
    ordered = sorted(values)
    return {f"{q:g}": ordered[min(len(ordered) - 1, int(q / 100 * len(ordered)))] for q in PERCENTILES if ordered}


def reordered(replies: list[Reply]) -> int:
    """Replies, in the order of their arrival, that came after one to a later message of the conversation."""
    newest: dict[int, int] = {}
    late = 0
    for reply in replies:
        late += reply.number < newest.get(reply.conversation, -1)
        newest[reply.conversation] = max(reply.number, newest.get(reply.conversation, -1))
    return late


def wrong_state(replies: list[Reply], *, known: bool) -> int:
    """Replies whose count is not one more than that of the message before; a known conversation begins anywhere."""
    before: dict[int, int] = {}
    if known:
        for reply in sorted(replies, key=lambda reply: reply.number, reverse=True):
            before[reply.conversation] = reply.counted - reply.number - 1
    return sum(reply.counted != before.get(reply.conversation, 0) + reply.number + 1 for reply in replies)


async def _until(due: int) -> None:
    seconds = (due - time.monotonic_ns()) / 1e9
    if seconds > 0.0005:
        await asyncio.sleep(seconds)


def _ask_sink(path: str) -> Any:
    with urllib.request.urlopen(f"{SINK}/__{path}", timeout=30) as answer:  # noqa: S310
        return json.load(answer)


async def main() -> None:
    """Carry out the order of the first argument."""
    load = Load(Order(**json.loads(sys.argv[1])))
    _ask_sink("reset")
    print(json.dumps(asdict(await load.run())))


if __name__ == "__main__":
    sys.setswitchinterval(1)
    run(main())
