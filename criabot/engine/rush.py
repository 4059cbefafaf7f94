"""A rush: after a calm time so many events come in at once that storing them goes before all other work.

Whoever brings an event waits until it is stored, and whatever else is done for it costs several times as much. So at
the beginning of a rush everything else waits until the events pause. That is worth it for a burst only: what lasts is
load, which is worked on as always.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["Rush"]

MANY = 80  # with 64 at once all the time, acknowledgements took 21 ms (p99) as it is
CALM_SECONDS = 0.25
PAUSE_SECONDS = 0.02
LONGEST_SECONDS = 0.15


class Rush:
    """Whether there is a rush.

    Args:
        over: called when it is over.
    """

    def __init__(self, over: Callable[[], None]) -> None:
        self._over = over
        self._until = self._last = self._crowded = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_on(self) -> bool:
        """Whether there is one now."""
        return self._timer is not None

    def feed(self, under_way: int) -> None:
        """An event comes in while so many are not stored yet, itself included."""
        if self._timer is None and under_way < MANY:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._timer is None and now - self._crowded > CALM_SECONDS:
            self._until = now + LONGEST_SECONDS
            self._timer = loop.call_later(PAUSE_SECONDS, self._look)
        if under_way >= MANY:
            self._crowded = now
        self._last = now

    def _look(self) -> None:
        """Wait on while events come in, but not too long."""
        loop = asyncio.get_running_loop()
        ends = min(self._last + PAUSE_SECONDS, self._until)
        if loop.time() < ends:
            self._timer = loop.call_at(ends, self._look)
        else:
            self._timer = None
            self._over()
