"""A rush: after a calm time so many events come in at once that storing them goes before working on them.

Whoever brings an event waits until it is stored, and a turn costs several times as much as storing. So at the
beginning of a rush no turn is begun until the events pause. That is worth it for a burst only: what lasts is load,
which gets its turns as always.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["Rush"]

MANY = 32
CALM_SECONDS = 0.25
PAUSE_SECONDS = 0.005
LONGEST_SECONDS = 0.15


class Rush:
    """Whether turns wait for a rush to be stored.

    Args:
        over: called when they need not wait any more.
    """

    def __init__(self, over: Callable[[], None]) -> None:
        self._over = over
        self._until = self._last = self._crowded = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_on(self) -> bool:
        """Whether to begin no turn now."""
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
