"""From a webhook to its lane: what an event means, and whether it has to be stored at all.

Most deliveries are noise (contract 8.34): the echo of our own reply, `conversation_updated` for every message,
changes nobody handles. They end here, with a 200. What is left goes into its conversation's lane in one call.
In a burst all of this is done later, and the webhook is only put into the spool.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from contextlib import suppress
from copy import copy
from enum import Enum
from hashlib import blake2b
from typing import NamedTuple, Protocol

from criabot.conversation.ownership import Rules, bears_on_ownership, is_own_echo, takes_over
from criabot.engine.lanes import Grant, Lanes, Queued
from criabot.engine.spool import Spool, Stored
from criabot.errors import MalformedEvent, StoreError
from criabot.platform import Event, MessageCreated, parse_event
from criabot.runtime.subjects import kinds_of

__all__ = ["Accepted", "Hears", "Intake", "Parcel", "Parsed", "Sorter", "id_of", "lane_of"]

logger = logging.getLogger("criabot.webhook")

PARSED_AT_ONCE = 2000
PUBSUB_TOKEN = re.compile(rb'"pubsub_token" ?: ?"[^"]*"')
AHEAD_MS = 60 * 60 * 1000  # one event from further ahead would make all that follow look too old to be new


class Accepted(Enum):
    """What became of a delivery; all of them are answered with 200."""

    QUEUED = "queued"
    SPOOLED = "to be sorted after a burst"
    DUPLICATE = "duplicate"
    ECHO = "echo of our own message"
    NOT_OURS = "another account's"
    IGNORED = "nothing handles it"


class Parcel(NamedTuple):
    """An event as it lies in its lane: the delivery's id and the webhook's body."""

    delivery: str
    body: bytes

    def pack(self) -> bytes:
        """As it lies in Redis, without the contact's token: it must not stay in a dead letter (contract 8.33)."""
        body = PUBSUB_TOKEN.sub(b'"pubsub_token":null', self.body)
        return b"%b\n%b" % (self.delivery.encode("ascii", "replace"), body)

    @classmethod
    def unpack(cls, raw: bytes) -> Parcel:
        """From Redis."""
        delivery, _, body = raw.partition(b"\n")
        return cls(delivery.decode("ascii"), body)


class Parsed:
    """Events that this process has parsed already, so that a turn need not do it again."""

    def __init__(self) -> None:
        self._events: OrderedDict[tuple[str, str], tuple[Event, str]] = OrderedDict()

    def keep(self, lane: str, event_id: str, event: Event, delivery: str) -> None:
        """Remember an event and its delivery's id for its turn; the oldest goes when there are too many."""
        self._events[lane, event_id] = event, delivery
        if len(self._events) > PARSED_AT_ONCE:
            self._events.popitem(last=False)

    def take(self, lane: str, event_id: str, packed: bytes) -> tuple[Event, str]:
        """The event and its delivery's id; unpacked and parsed only if this process has not seen it.

        Raises:
            MalformedEvent: another version of criabot wrote it.
        """
        if known := self._events.pop((lane, event_id), None):
            return known
        parcel = Parcel.unpack(packed)
        return parse_event(parcel.body), parcel.delivery


class Hears(Protocol):
    """Hears of lanes that are ready: the worker, or who tells it; see `Worker`."""

    @property
    def has_room(self) -> bool:
        """Whether it takes a lane now."""

    def granted(self, lane: str, grant: Grant, asked: float, /) -> bool:
        """Take a lane; False when it is too late for that."""

    def ready(self, lane: str, due: int = 0, /) -> None:
        """A lane wants attention in `due` milliseconds."""

    def urgent(self, lane: str, /) -> None:
        """An urgent event waits in a lane."""


class Sorter:
    """Brings events to their lanes.

    Args:
        lanes: where they go.
        worker: hears of what is ready.
        parsed: shared with the turns.
        rules: what is our own, and what ends our right to speak.
        account_id: events of other accounts are not for this bot.
        handled: the kinds that the bot has handlers for.
        clock: epoch seconds.
    """

    def __init__(
        self,
        lanes: Lanes,
        worker: Hears,
        parsed: Parsed,
        *,
        rules: Rules,
        account_id: int,
        handled: Collection[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.lanes = lanes
        self._worker = worker
        self._parsed = parsed
        self._rules = rules
        self._account_id = account_id
        self._handled = frozenset(handled) | {"message"}
        self._strangers: set[int] = set()
        self._clock = clock

    def beside(self, lanes: Lanes, worker: Hears) -> Sorter:
        """The same for another event loop."""
        twin = copy(self)
        twin.lanes, twin._worker = lanes, worker
        return twin

    async def sort(self, event: Event, body: bytes, delivery: str, *, acknowledged: bool = False) -> Accepted:
        """Store an event durably in its lane, or decide that it needs no storing.

        Args:
            event: what `body` says.
            body: the webhook's.
            delivery: its id.
            acknowledged: it cannot be refused any more.

        Raises:
            QueueFull: it is not stored.
            StoreUnavailable: it is not stored, or nobody knows.
            StoreFull: it is not stored.
        """
        if event.account_id not in (None, self._account_id):
            self._tell_of(event.account_id)
            return Accepted.NOT_OURS
        if is_own_echo(event, self._rules):
            return await self._confirm(event)
        if self._handled.isdisjoint(kinds_of(event)) and not bears_on_ownership(event, self._rules):
            return Accepted.IGNORED
        return await self._queue(event, Parcel(delivery, body), acknowledged=acknowledged)

    def _tell_of(self, account: int) -> None:
        """Say once that another account's events come in: with a wrong setting the bot would be mute without a word."""
        if account not in self._strangers:
            self._strangers.add(account)
            logger.warning(
                "events of account %d come in and are dropped: this bot is for account %d (CRIABOT_ACCOUNT_ID)",
                account,
                self._account_id,
            )

    async def _confirm(self, event: Event) -> Accepted:
        marker = event.marker if isinstance(event, MessageCreated) else None
        if marker is not None and await self.lanes.confirm(
            lane_of(event), marker.removeprefix(self._rules.marker_prefix)
        ):
            self._worker.ready(lane_of(event))
        return Accepted.ECHO

    async def _queue(self, event: Event, parcel: Parcel, *, acknowledged: bool) -> Accepted:
        lane, event_id, delivery = lane_of(event), id_of(event, parcel), parcel.delivery
        now = int(self._clock() * 1000)
        order = min(max(event.time_ms or now, 0), now + AHEAD_MS)
        hold = isinstance(event, MessageCreated) and event.is_from_contact
        urgent = takes_over(event, self._rules)
        claim, asked = self._worker.has_room, time.monotonic()
        got = await self.lanes.ingest(
            lane,
            event_id,
            order,
            parcel.pack(),
            urgent=urgent,
            hold=hold,
            claim=claim,
            acknowledged=acknowledged,
        )
        if got.queued is Queued.DUPLICATE:
            return Accepted.DUPLICATE
        self._parsed.keep(lane, event_id, event, delivery)
        if got.grant is not None:
            if not self._worker.granted(lane, got.grant, asked):
                with suppress(StoreError):  # then its lease ends by itself; the event is stored, which is what counts
                    await self.lanes.nack(lane, got.grant.fence, delay=0, why="undo")
        elif got.queued is Queued.READY:
            self._worker.ready(lane, got.due)
        elif got.queued is Queued.URGENT:
            self._worker.urgent(lane)
        return Accepted.QUEUED


class Intake:
    """Takes webhooks: each to its lane, in a burst first into the spool.

    Args:
        sorter: brings them to their lanes.
        spool: where they wait in a burst; it is given `sort`.
    """

    def __init__(self, sorter: Sorter, spool: Spool) -> None:
        self._sorter = sorter
        self._spool = spool
        self._under_way = 0  # being accepted
        self._new = 0  # came in during this tick of the event loop
        self._idle = asyncio.Event()

    async def accept(self, body: bytes, delivery: str) -> Accepted:
        """Store an event durably, or decide that it needs no storing.

        Raises:
            MalformedEvent: it is none; in a burst it becomes a dead letter instead.
            QueueFull: it is not stored.
            StoreUnavailable: it is not stored, or nobody knows.
            StoreFull: it is not stored.
        """
        self._under_way += 1
        self._spool.rush.feed(self._under_way)
        try:
            if self._is_spooling and await self._spool.put(Parcel(delivery, body).pack()):
                return Accepted.SPOOLED
            if not self._spool.is_passed:
                await self._spool.passed()
            return await self._sorter.sort(parse_event(body), body, delivery)
        finally:
            self._under_way -= 1
            self._idle.set()

    def hurry(self, body: bytes, delivery: str, stored: Stored) -> bool:
        """In a burst store an event before it is read; False outside of one. To be called when an event comes in.

        Args:
            body: the webhook's.
            delivery: its id.
            stored: told True, or False if it is to be accepted instead, or the error that `accept` would raise.
        """
        if not self._new:
            asyncio.get_running_loop().call_soon(self._begin_tick)
        self._new += 1
        self._spool.rush.feed(self._under_way + self._new)
        if not self._is_spooling:
            return False
        self._spool.put_then(Parcel(delivery, body).pack(), stored)
        return True

    @property
    def _is_spooling(self) -> bool:
        return self._spool.is_on and (self._spool.is_stuck or not self._sorter.lanes.refuses)

    async def sort(self, packed: bytes) -> str:
        """Take an event from the spool as `accept` would have; why it is a dead letter now, empty if it is none.

        Raises:
            StoreError: it has to be tried again.
        """
        delivery, body = Parcel.unpack(packed)
        try:
            event = parse_event(body)
        except MalformedEvent as error:
            logger.error("a webhook of a burst was malformed and is kept as a dead letter: %s", error)  # noqa: TRY400
            return str(error)
        await self._sorter.sort(event, body, delivery, acknowledged=True)
        return ""

    @property
    def is_quiet(self) -> bool:
        """Whether no event is being taken in."""
        return self._under_way == 0 and self._spool.is_idle

    async def quiet(self) -> None:
        """Return when no event is being taken in."""
        while not self.is_quiet:
            self._idle.clear()
            if self._under_way:
                await self._idle.wait()
            await self._spool.idle()

    def _begin_tick(self) -> None:
        self._new = 0


def lane_of(event: Event) -> str:
    """The lane of an event: its conversation's, else its contact's, else the account's."""
    if event.conversation_id is not None:
        return f"c{event.conversation_id}"
    return f"p{event.contact_id}" if event.contact_id is not None else "account"


def id_of(event: Event, parcel: Parcel) -> str:
    """What tells two deliveries of one event to be the same (contract 2.13).

    The meaning where the event has one: it is the same for every sender and every repetition, while the delivery id
    is not (contract 1.8). Messages start with their number, so that those of one millisecond sort by it.
    """
    meaning = event.meaning or parcel.delivery or blake2b(parcel.pack(), digest_size=16).hexdigest()
    return f"{event.message_id:012d}:{meaning}" if event.message_id is not None else meaning
