"""A lane that a worker holds: until when, and how to cut its turn short."""

from __future__ import annotations

import asyncio
from typing import Literal, TypeAlias

__all__ = ["SAFETY_SECONDS", "Hold", "Reason"]

SAFETY_SECONDS = 3.0

Reason: TypeAlias = Literal["urgent", "lost", "shutdown"]


class Hold:
    """One claim of a lane.

    Args:
        lane: which.
        fence: of the claim.
        granted: when it was asked for, seconds of the loop's clock.
        lease: seconds that it lasts.
    """

    def __init__(self, lane: str, fence: int, granted: float, lease: float) -> None:
        self.lane = lane
        self.fence = fence
        self.lease = lease
        self.granted = granted
        self.scope: asyncio.Timeout | None = None
        self.reason: Reason = "lost"

    @property
    def deadline(self) -> float:
        """When its turn must be over, seconds of the loop's clock."""
        return self.granted + self.lease - min(SAFETY_SECONDS, self.lease / 5)

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
        self._pull(asyncio.get_running_loop().time())

    def _pull(self, when: float) -> None:
        if self.scope is not None and not self.scope.expired():
            self.scope.reschedule(when)
