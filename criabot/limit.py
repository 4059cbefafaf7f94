"""Time limits: one for very many waits at once, and none that a blocked event loop could seem to exceed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

__all__ = ["Limit", "LimitExceeded", "call_overdue"]

STOOD_STILL_SECONDS = 0.05
LONGEST_SECONDS = 1.0

T = TypeVar("T")


def call_overdue(
    loop: asyncio.AbstractEventLoop, seconds: float, call: Callable[..., object], *arguments: object
) -> asyncio.TimerHandle:
    """As `call_later`, for what is to be given up then; it may be called once more after the timer was cancelled.

    After a handler has blocked the loop its timers come first, though what is awaited may have arrived long ago, or
    could not go on. So the time for which the loop stood still is given again, at most a second.
    """
    due = loop.time() + seconds

    def look() -> None:
        late = loop.time() - due
        if late > STOOD_STILL_SECONDS:
            loop.call_later(min(late, LONGEST_SECONDS), call, *arguments)
        else:
            call(*arguments)

    return loop.call_later(seconds, look)


class LimitExceeded(Exception):
    """A wait took too long, and was cancelled."""


class Limit:
    """`asyncio.timeout` for waits that all have the same limit and nearly never reach it.

    A timer for each would cost 4 µs; here one watches over all, since those that began first are due first.

    Args:
        seconds: that each may take.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._due: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def within(self, work: Awaitable[T]) -> T:
        """Await something in the present task.

        Raises:
            LimitExceeded: it took longer.
        """
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        loop, before = task.get_loop(), task.cancelling()
        self._due[task] = loop.time() + self.seconds
        if self._timer is None:
            self._timer = call_overdue(loop, self.seconds, self._look)
        try:
            return await work
        except asyncio.CancelledError:
            if task in self._late and task.cancelling() <= before + 1:
                raise LimitExceeded from None
            raise
        finally:
            self._due.pop(task, None)
            if task in self._late:
                self._late.discard(task)
                task.uncancel()

    def _look(self) -> None:
        """Cancel what is late, and look again when the next can be."""
        self._timer = None
        for task, due in list(self._due.items()):
            loop = task.get_loop()
            if due > loop.time():
                self._timer = call_overdue(loop, due - loop.time(), self._look)
                return
            del self._due[task]
            self._late.add(task)
            task.cancel()
