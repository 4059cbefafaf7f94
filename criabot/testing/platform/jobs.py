"""The background worker of the simulated platform: what the real one does in Sidekiq, on a clock that tests can turn.

A job has a due time on the clock. *Work* (deliveries, retries, sends) is what a test waits for; *timers* (auto-resolve,
the end of a snooze) go off only when the clock gets there.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import dataclass, field

__all__ = ["Job", "Jobs"]

logger = logging.getLogger("criabot.testing")

MOMENT, MOMENTS = 0.03, 10  # seconds of real time, counted one by one: a busy machine is no job that hangs


@dataclass(order=True)
class Job:
    """Something to do at `due` (epoch seconds of the clock)."""

    due: float
    number: int
    run: Callable[[], Awaitable[None]] = field(compare=False)
    is_timer: bool = field(default=False, compare=False)
    is_cancelled: bool = field(default=False, compare=False)


class Jobs:
    """Runs jobs when they are due; `stop`, `kill` and `start` do to it what an operator does to the worker.

    Attributes:
        moments: without a job that begins or ends, until `settle` takes those that run for hanging.
        is_stopped: whether it is.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._heap: list[Job] = []
        self._numbers = itertools.count()
        self._running: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._moved = asyncio.Event()
        self._still = 0
        self.moments = MOMENTS
        self.is_stopped = False

    def soon(self, run: Callable[[], Awaitable[None]]) -> Job:
        """Do it as soon as the worker runs."""
        return self.later(0.0, run)

    def later(self, delay: float, run: Callable[[], Awaitable[None]], *, is_timer: bool = False) -> Job:
        """Do it in `delay` seconds."""
        job = Job(self._clock() + delay, next(self._numbers), run, is_timer)
        heapq.heappush(self._heap, job)
        self.wake()
        return job

    def wake(self) -> None:
        """Start what is due; called by itself, and by whoever turns the clock."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._clock()
        while not self.is_stopped and self._heap and (self._heap[0].due <= now or self._heap[0].is_cancelled):
            job = heapq.heappop(self._heap)
            if not job.is_cancelled:
                self._begin(job)
        if self._heap and not self.is_stopped:
            self._timer = asyncio.get_running_loop().call_later(self._heap[0].due - now, self.wake)

    def next_due(self, *, timers: bool = False) -> float | None:
        """When the earliest waiting job is due; timers only if asked for. None while the worker is stopped."""
        if self.is_stopped:
            return None
        return min(
            (job.due for job in self._heap if not job.is_cancelled and (timers or not job.is_timer)), default=None
        )

    async def settle(self) -> None:
        """Return when no job is running, but for those that hang, and none is due."""
        while True:
            self.wake()
            if not self._running or self._still >= self.moments:
                return
            self._moved.clear()
            try:
                await asyncio.wait_for(self._moved.wait(), MOMENT)
            except TimeoutError:
                self._still += 1

    @property
    def running(self) -> int:
        """How many jobs run."""
        return len(self._running)

    async def stop(self) -> None:
        """Stop the worker in order: what runs may finish, what waits stays (contract 1.8)."""
        self.is_stopped = True
        await self.settle()

    def kill(self) -> None:
        """Kill the worker: what runs is lost, what waits stays (contract 1.8)."""
        self.is_stopped = True
        for task in self._running:
            task.cancel()

    def start(self) -> None:
        """Start the worker again."""
        self.is_stopped = False
        self.wake()

    async def close(self) -> None:
        """Forget everything."""
        self.kill()
        self._heap.clear()
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _begin(self, job: Job) -> None:
        task = asyncio.get_running_loop().create_task(_run(job), context=Context())
        self._running.add(task)
        task.add_done_callback(self._ended)
        self._move()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._move()

    def _move(self) -> None:
        self._still = 0
        self._moved.set()


async def _run(job: Job) -> None:
    try:
        await job.run()
    except Exception:
        logger.exception("a background job of the simulated platform failed")
