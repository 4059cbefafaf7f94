"""A rush: so many events come in at once that storing them goes before working on them.

Whoever brings an event waits until it is stored, and a turn costs several times as much as storing. So no turn is
begun until the events pause for 5 ms; and because a rush may last, that holds for 50 ms out of every 100 at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["Rush"]

GAP_SECONDS = 0.005
LONGEST_SECONDS = 0.05


class Rush:
    """Whether there is one.

    Args:
        after: called when a rush that was asked about is over.
    """

    def __init__(self, after: Callable[[], None]) -> None:
        self._after = after
        self._began = self._ends = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def feed(self) -> None:
        """Many events are under way."""
        now = asyncio.get_running_loop().time()
        if now > self._began + 2 * LONGEST_SECONDS:
            self._began = now
        self._ends = min(now + GAP_SECONDS, self._began + LONGEST_SECONDS)

    @property
    def is_on(self) -> bool:
        """Whether to wait."""
        if self._timer is None and self._ends:
            loop = asyncio.get_running_loop()
            if loop.time() < self._ends:
                self._timer = loop.call_at(self._ends, self._over)
        return self._timer is not None

    def _over(self) -> None:
        self._timer = None
        self._after()
