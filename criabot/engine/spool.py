"""The spool: events of a burst, stored as they came, before anybody has read them.

Who brings an event waits until it is stored. To read it and to bring it to its lane takes several times as long as to
store it, so when very many come in at once (`Rush`) they are only put into a stream of Redis, one behind the other, and
are sorted into their lanes when they pause. Nothing overtakes: whatever comes in meanwhile goes the same way, or waits
for the last of them to be sorted.

Only a process that is alone does so: of several, one would handle what comes in while the spool of another still holds
what was said before. So each says every two seconds that it is alive, and says so first before it takes webhooks.

An entry leaves the stream once it is in its lane. What a process leaves there when it dies is sorted by the next one at
its start, before it takes webhooks; and by whoever finds entries that are too old to be a living one's. To sort an
entry twice does no harm, because a lane knows the ids of its events.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, TypeAlias, cast

from criabot.engine.keys import Keys
from criabot.engine.lanes import Limits
from criabot.engine.pipeline import Pipeline
from criabot.engine.rush import Rush
from criabot.engine.scripts import limited
from criabot.engine.wire import Word, words
from criabot.errors import StoreError

__all__ = ["Sort", "Spool"]

logger = logging.getLogger("criabot.engine")

MOST = 2000  # to be sorted while others wait: 0.15 s, and eight round trips to Redis
AT_ONCE = 256
LOOK_SECONDS = 2.0
LEFT_SECONDS = 5.0
ALIVE_SECONDS = 10.0
PARTITION = 0  # of all that is the spool's: a script needs it in one slot
PAUSE_SECONDS = 0.25
FOUND_AT_ONCE = 100
STORED_AT_ONCE = 32  # about 100 kB: larger pieces of memory are given back to the system, and asked for, each time
ALIVE_MS = round(ALIVE_SECONDS * 1000)

Sort: TypeAlias = Callable[[bytes], Awaitable[str]]
"""Brings an event to its lane, or raises `StoreError`; what it returns is why there is none, empty if all is well."""


class _Entry(NamedTuple):
    """An event in the stream: its name there, and itself."""

    name: bytes
    payload: bytes


Stored: TypeAlias = Callable[[bool | Exception], None]
"""Told what became of an event: what `Spool.put` would return or raise."""

_Arrival: TypeAlias = tuple[bytes, Stored]


class Spool:
    """The spool, as one process uses it.

    Args:
        pipeline: the one that takes events to their lanes, too: what is sent first is stored first.
        keys: of the bot.
        owner: this process.
        limits: how many dead letters are kept.

    Attributes:
        rush: fed by who stores events.
        is_stuck: the store did not take what was sorted last.
        when_calm: called when turns need not wait any more, see `is_busy`.
    """

    when_calm: Callable[[], None] | None = None

    def __init__(self, pipeline: Pipeline, keys: Keys, *, owner: str, limits: Limits) -> None:
        self.rush = Rush(self._wake)
        self._pipeline = pipeline
        self._keys = keys
        self._owner = owner
        self._is_alone = True  # as far as we know; the script that stores knows it
        self._scripts = limited(pipeline.scripts, limits.constants())
        self._arriving: list[_Arrival] = []
        self._under_way = 0  # being stored
        self._backlog: deque[_Entry] = deque()  # stored
        self._is_beginning = False  # to sort some of them
        self._own: set[bytes] = set()  # stored, and still in the stream
        self._waiting = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_stuck = self._is_stopped = False
        self._work = asyncio.Event()
        self._change = asyncio.Event()

    @property
    def is_on(self) -> bool:
        """Whether what comes in now is to be put here."""
        if not self._is_alone or not (self.rush.is_on or ((self.is_stuck or self._is_stopped) and not self._is_clear)):
            return False
        return not self._waiting and len(self._backlog) + len(self._arriving) + self._under_way < MOST

    @property
    def is_busy(self) -> bool:
        """Whether turns have to wait: they would take the time of those who wait for their event to be stored."""
        return self.rush.is_on or not (self._is_clear or self.is_stuck or self._is_stopped)

    @property
    def is_passed(self) -> bool:
        """Whether nothing is here that has to go to its lane before what comes in now; see `passed`."""
        return self._is_clear and not self._waiting

    @property
    def is_idle(self) -> bool:
        """Whether all is in its lane, or nobody brings it there; from any thread."""
        return self._is_stopped or not (self._own or self._under_way or self._arriving)

    def put(self, payload: bytes) -> asyncio.Future[bool]:
        """Store an event durably, which is to be awaited; it is sorted later.

        False if another process is alive: then it is not stored, and has to go straight to its lane.

        Raises:
            StoreUnavailable: nobody knows whether it is stored.
            StoreFull: it is not stored.
        """
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.put_then(payload, partial(_settle, stored))
        return stored

    def put_then(self, payload: bytes, stored: Stored) -> None:
        """As `put`, for very many: a future and its callback cost more than the rest."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()  # kept: asking for it takes a system call
        if not self._arriving:
            self._loop.call_soon(self._store)
        self._arriving.append((payload, stored))

    async def passed(self) -> None:
        """Return, in the order of asking, when all that came before is on its way to its lane."""
        self._waiting += 1
        try:
            if self._is_clear:
                await asyncio.sleep(0)  # behind those who are woken already
            while not (self._is_clear or self._is_stopped):
                await self._change.wait()
        finally:
            self._waiting -= 1

    async def idle(self) -> None:
        """Return when `is_idle`."""
        while not self.is_idle:
            await self._change.wait()

    async def run(self, sort: Sort) -> None:
        """Sort what comes in, and what dead processes have left, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._look_around(sort))
                while True:
                    await self._work.wait()
                    self._work.clear()
                    while self._backlog:
                        group.create_task(self._leave(await self._sort_some(sort)))
                        if self.is_stuck:
                            await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._is_stopped = True  # what lies here, and what comes in behind it, is for the next process
            self._tell()

    async def begin(self) -> None:
        """Let no other process store events before they are read, until `end`; to be called before webhooks come in.

        Raises:
            StoreError: nobody knows of us.
        """
        await self._call("spool", ["spool", "alive"], self._owner, ALIVE_MS)  # from now on the server knows the script
        await self.stay_alive()

    async def stay_alive(self) -> None:
        """Say again what `begin` has said; to be called every two seconds, which `run` does."""
        self._is_alone = await self._call("alive", ["alive"], self._owner, ALIVE_MS) == 1

    async def end(self) -> None:
        """No webhooks come in any more."""
        with suppress(StoreError):  # it is known in `ALIVE_SECONDS` anyway
            await self._call("alive", ["alive"], self._owner, "")

    async def sort_left(self, sort: Sort, *, seconds: float = 0) -> int:
        """Sort what has been lying in the spool for so long, whoever has put it there.

        Returns:
            How many there were.

        Raises:
            StoreError: not all of it could be sorted.
        """
        count = 0
        while found := await self._left(seconds):
            results = [await _sorted(sort, entry) for entry in found]
            done = [(entry, why) for entry, why in zip(found, results, strict=True) if isinstance(why, str)]
            await self._remove(done)
            count += len(done)
            for why in results:
                if isinstance(why, StoreError):
                    raise why
        return count

    @property
    def _is_clear(self) -> bool:
        return not (self._arriving or self._under_way or self._backlog or self._is_beginning)

    def _store(self) -> None:
        """Store what came in during a tick of the event loop."""
        arriving = self._arriving
        self._under_way += len(arriving)
        self._arriving = []
        for first in range(0, len(arriving), STORED_AT_ONCE):
            some = arriving[first : first + STORED_AT_ONCE]
            payloads = (payload for payload, _ in some)
            answer = self._call("spool", ["spool", "alive"], self._owner, ALIVE_MS, *payloads)
            answer.add_done_callback(partial(self._stored, some))

    def _stored(self, some: Sequence[_Arrival], answer: asyncio.Future[list[bytes]]) -> None:
        error = cast("Exception | None", answer.exception())
        if error is None:
            names = answer.result()
            self._is_alone = bool(names)
            self._own.update(names)
            self._backlog += [_Entry(name, payload) for name, (payload, _) in zip(names, some, strict=False)]
        self._under_way -= len(some)
        for _, stored in some:
            try:
                stored(error or self._is_alone)
            except Exception:
                logger.exception("a fault in criabot itself: the sender of an event may not have heard of it")
        if not self.rush.is_on:
            self._wake()

    async def _look_around(self, sort: Sort) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.stay_alive()
                count = await self.sort_left(sort, seconds=LEFT_SECONDS)
            except StoreError as error:
                logger.debug("what was left in the spool is looked at again: %s", error)  # the worker warns
            else:
                if count:
                    logger.warning("%d events of a burst were taken over that had been stored but not sorted", count)

    async def _left(self, seconds: float) -> list[_Entry]:
        found = await self._call("spooled", ["spool"], round(seconds * 1000), FOUND_AT_ONCE + len(self._own))
        entries = [_Entry(name, fields[1]) for name, fields in found]
        return [entry for entry in entries if entry.name not in self._own]

    async def _sort_some(self, sort: Sort) -> list[tuple[_Entry, str]]:
        """Sort the first entries; those that the store did not take are the first again."""
        some = [self._backlog.popleft() for _ in range(min(AT_ONCE, len(self._backlog)))]
        self._is_beginning = True
        sorting = [asyncio.create_task(_sorted(sort, entry)) for entry in some]
        try:
            await asyncio.sleep(0)
            self._is_beginning = False  # all have begun: what they store goes before what comes now
            self._tell()
            results = await asyncio.gather(*sorting)
        except asyncio.CancelledError:
            self._backlog.extendleft(reversed(some))
            raise
        finally:
            self._is_beginning = False
        failed = [(entry, why) for entry, why in zip(some, results, strict=True) if not isinstance(why, str)]
        self._backlog.extendleft(entry for entry, _ in reversed(failed))
        if failed and not self.is_stuck:
            logger.warning("events of a burst cannot be sorted yet, they stay in the spool: %s", failed[0][1])
        self.is_stuck = bool(failed)
        return [(entry, why) for entry, why in zip(some, results, strict=True) if isinstance(why, str)]

    async def _leave(self, done: Sequence[tuple[_Entry, str]]) -> None:
        """Take what is sorted out of the stream."""
        with suppress(StoreError):  # it is found again, and sorted twice
            await self._remove(done)
        self._own.difference_update(entry.name for entry, _ in done)
        self._tell()

    async def _remove(self, done: Sequence[tuple[_Entry, str]]) -> None:
        if done:
            await self._call("unspool", ["spool", "dlq"], *(word for entry, why in done for word in (entry.name, why)))

    def _call(self, name: str, parts: Sequence[str], *arguments: Word) -> asyncio.Future[Any]:
        keys = [self._keys.of_partition(PARTITION, part) for part in parts]
        return self._pipeline.run(self._scripts[name], words((len(keys), *keys)), len(keys) + 1, arguments)

    def _wake(self) -> None:
        self._work.set()
        self._tell()

    def _tell(self) -> None:
        """Wake all who wait for a change."""
        self._change.set()
        self._change.clear()
        if self.when_calm is not None and not self.is_busy:
            self.when_calm()


def _settle(stored: asyncio.Future[bool], what: bool | Exception) -> None:
    if stored.done():
        return  # nobody waits any more
    if isinstance(what, Exception):
        stored.set_exception(what)
    else:
        stored.set_result(what)


async def _sorted(sort: Sort, entry: _Entry) -> str | StoreError:
    """What `sort` returned, or why it has to be tried again."""
    try:
        return await sort(entry.payload)
    except StoreError as error:
        return error
    except Exception as error:
        logger.exception("a fault in criabot itself: an event is kept as a dead letter")
        return f"a fault in criabot itself ({type(error).__name__})"
