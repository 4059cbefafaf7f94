"""What was heard and not yet taken: bounded, and honest about what did not fit.

Once it is full, everything that comes is dropped until what was kept has been taken; then a `Gap` is, and from that
moment on the buffer keeps again. So whoever catches up after a `Gap` misses nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TypeAlias

from criabot.platform.live.events import LiveEvent

__all__ = ["Buffer", "Gap", "Heard"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Events may be missing here: the platform repeats nothing, so what happened is to be read through the API.

    What it tells after ``until`` is heard again: whoever reads the API now leaves no hole, but may find there what the
    socket tells, too (compare by id). It tells things some time after they happened, more of it when it is busy: better
    than from ``since`` on, catch up from the highest message id that was heard (contract 8.21).

    Attributes:
        since: epoch seconds of this machine's clock from which on events may be missing.
        until: the same when events were heard again.
        reason: what happened, at first.
        dropped: how many events were heard, but had no room; 0 where none was heard.
    """

    since: float
    until: float
    reason: str
    dropped: int = 0

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.until - self.since


Heard: TypeAlias = LiveEvent | Gap


class Buffer:
    """Events and gaps in their order.

    Args:
        size: the most that is kept.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: deque[Heard] = deque()
        self._missed: Gap | None = None  # what there was no room for
        self._changed = asyncio.Event()
        self._is_closed = False
        self._error: Exception | None = None

    def put(self, event: LiveEvent) -> None:
        """Keep an event, or count it as dropped."""
        if self._missed is None and len(self._kept) < self._size:
            self._kept.append(event)
        else:
            now = time.time()
            self._miss(Gap(now, now, f"more than {self._size} events were waiting to be taken", dropped=1))
        self._changed.set()

    def put_gap(self, gap: Gap) -> None:
        """Keep a gap; two without an event between are one."""
        if self._missed is not None:
            self._miss(gap)
        elif self._kept and isinstance(last := self._kept[-1], Gap):
            self._kept[-1] = _merged(last, gap)
        elif len(self._kept) < self._size:
            self._kept.append(gap)
        else:
            self._miss(gap)
        self._changed.set()

    def close(self, error: Exception | None = None) -> None:
        """Keep nothing more; whoever waits gets the error after what was kept, or the end."""
        if not self._is_closed:
            self._is_closed, self._error = True, error
        self._changed.set()

    async def take(self) -> Heard:
        """The next event or gap; waits for it.

        Raises:
            StopAsyncIteration: the buffer is closed, and empty.
        """
        while not self._kept:
            if self._missed is not None:
                gap, self._missed = replace(self._missed, until=time.time()), None
                return gap
            if self._is_closed:
                raise self._error or StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        return self._kept.popleft()

    def _miss(self, gap: Gap) -> None:
        self._missed = gap if self._missed is None else _merged(self._missed, gap)


def _merged(first: Gap, second: Gap) -> Gap:
    """One gap for two, from the beginning of the first to the end of the second."""
    return Gap(min(first.since, second.since), second.until, first.reason, first.dropped + second.dropped)
