"""The clock of a replay: it stands still while something happens, and jumps from one due thing to the next."""

from __future__ import annotations

import asyncio
from typing import Protocol

from criabot.testing.platform import SimulatedPlatform

__all__ = ["Clock", "Pace"]


GOING_ON_SECONDS = 0.02  # of real time
MOMENT = 0.001  # seconds; floats of the epoch are not exact


class Clock:
    """A clock that is set; calling it gives epoch seconds."""

    def __init__(self, now: float) -> None:
        self.began = now
        self.now = now

    def __call__(self) -> float:
        """Epoch seconds."""
        return self.now

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return self.now - self.began


class Waiting(Protocol):
    """Something else that has work on the clock, in seconds since it began."""

    def next_due(self) -> float | None:
        """When."""

    def release(self) -> None:
        """Do what is due."""


class Pace:
    """Moves the clock, and lets everything that is due by then happen at its time."""

    def __init__(self, clock: Clock, platform: SimulatedPlatform, endpoint: Waiting) -> None:
        self._clock = clock
        self._platform = platform
        self._endpoint = endpoint

    async def until(self, elapsed: float) -> None:
        """Go on to so many seconds after the beginning; nothing if that is past."""
        await self._platform.settle()
        while (due := self._next()) is not None and due <= elapsed:
            await self._turn(due + MOMENT)
        await self._turn(elapsed)

    def _next(self) -> float | None:
        job = self._platform.next_timer()
        dues = [job - self._clock.began if job is not None else None, self._endpoint.next_due()]
        return min((due for due in dues if due is not None), default=None)

    async def _turn(self, elapsed: float) -> None:
        self._clock.now = max(self._clock.now, self._clock.began + elapsed)
        self._endpoint.release()
        await self._platform.settle()
        if self._platform.jobs.running:  # what hung does not count as work: it may be about to go on
            await asyncio.sleep(GOING_ON_SECONDS)
            await self._platform.settle()
