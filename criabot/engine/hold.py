"""A lane that a worker holds: until when, and how to cut its turn short."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Literal, TypeAlias, TypeVar

__all__ = ["SAFETY_SECONDS", "Hold", "Reason"]

SAFETY_SECONDS = 3.0

T = TypeVar("T")

Reason: TypeAlias = Literal["urgent", "lost", "shutdown"]


class Hold:
    """One claim of a lane.

    Args:
        lane: which.
        fence: of the claim.
        granted: when it was asked for, seconds of the monotonic clock.
        lease: seconds that it lasts.
        task: that works on the lane.

    Attributes:
        is_running: whether a turn runs that can be cut short.
        reason: why it is cut short, if it is.
    """

    __slots__ = ("_task", "_timer", "_was_cut", "fence", "granted", "is_running", "lane", "lease", "reason")

    def __init__(self, lane: str, fence: int, granted: float, lease: float, task: asyncio.Task[int]) -> None:
        self.lane = lane
        self.fence = fence
        self.lease = lease
        self.granted = granted
        self.is_running = False
        self.reason: Reason = "lost"
        self._task = task
        self._was_cut = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def deadline(self) -> float:
        """When its turn must be over, seconds of the monotonic clock."""
        return self.granted + self.lease - min(SAFETY_SECONDS, self.lease / 5)

    async def within(self, turn: Awaitable[T]) -> T | None:
        """Await a turn; None when it was cut short, or ended too late because the whole process stood still.

        It is `asyncio.timeout` without its cost, which is 2 µs for every turn: nearly none needs a timer.
        """
        self.reason, self._was_cut, self.is_running = "lost", False, True
        try:
            outcome = await turn
            return outcome if time.monotonic() < self.deadline else None
        except asyncio.CancelledError:
            if self._was_cut and self._task.cancelling() == 1:
                return None
            raise
        finally:
            self.is_running = False
            if self._timer is not None:
                self._timer.cancel()
            if self._was_cut:
                self._task.uncancel()

    def arm(self) -> None:
        """Let the running turn end at the deadline; most turns are over before anybody has to think of that."""
        if self.reason == "lost":
            self._pull(self.deadline)

    def extended(self, granted: float) -> None:
        """The lease was renewed by a call that began at `granted`."""
        self.granted = granted
        self.arm()

    def interrupt(self, reason: Reason) -> None:
        """Cut the running turn short."""
        self.reason = reason
        self._pull(0)

    def _pull(self, when: float) -> None:
        if not self.is_running or self._was_cut:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(max(0.0, when - time.monotonic()), self._cut)

    def _cut(self) -> None:
        if self.is_running:
            self._was_cut = True
            self._task.cancel()
