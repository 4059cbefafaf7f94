"""A rush: so many events come in at once that storing them goes before working on them.

Whoever brings an event waits until it is stored, and a turn costs several times as much as storing. So no turn is
begun until the events pause for 5 ms; and because a rush may last, that holds for 50 ms out of every 100 at most.
"""

from __future__ import annotations

import asyncio
import time
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
        now = time.monotonic()
        if now > self._began + 2 * LONGEST_SECONDS:
            self._began = now
        self._ends = min(now + GAP_SECONDS, self._began + LONGEST_SECONDS)

    @property
    def is_on(self) -> bool:
        """Whether to wait."""
        if self._timer is None and self._ends:
            left = self._ends - time.monotonic()
            if left > 0:
                self._timer = asyncio.get_running_loop().call_later(left, self._over)
        return self._timer is not None

    def _over(self) -> None:
        self._timer = None
        self._after()
