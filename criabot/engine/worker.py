"""The worker: claims lanes that are due and takes each through its steps.

Any number of workers, in any number of processes, may share the lanes; the scripts decide who holds which. A
worker hears of new events of its own process at once (`Worker.ready`) and finds all others by looking every
quarter of a second; nothing else is needed to move the lanes of a dead process to a living one.

While a lane is held its lease is renewed every third of its length. A turn is cut short in three cases: an urgent
event waits (a human took over), the lease could not be renewed in time, or a shutdown ran out of patience. All
three pull the same deadline (`Hold.deadline`), measured on this process's monotonic clock.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from criabot.engine.hold import SAFETY_SECONDS, Hold
from criabot.engine.lanes import Check, Grant, Lanes, Run, Send, Step, Stop, Why
from criabot.engine.spool import Spool
from criabot.engine.turns import Delivered, GivenUp, Later, Outcome, Retry, Turns
from criabot.errors import StoreError

__all__ = ["Delivered", "GivenUp", "Later", "Outcome", "Retry", "Turns", "Worker"]

logger = logging.getLogger("criabot.engine")

POLL_SECONDS = 0.25
LOCAL_TIMER_MS = 1000  # later ones are found by looking around
BEGUN_AT_ONCE = 32  # lanes in one tick of the loop: in between webhooks are acknowledged


class Worker:
    """Works on the lanes of one bot.

    Args:
        lanes: where the events are.
        turns: what to do with them.
        spool: while it is busy no lane is begun.
        concurrency: how many lanes are held at once.
        on_step: told of every step (``claimed``, ``handled``, ``committed``, ``posted``, ``sent``) and its lane; the
            lane stands still there if it raises `asyncio.CancelledError`.
    """

    def __init__(
        self,
        lanes: Lanes,
        turns: Turns,
        *,
        spool: Spool | None = None,
        concurrency: int = 1000,
        on_step: Callable[[str, str], None] = lambda _step, _lane: None,
    ) -> None:
        self._lanes = lanes
        self._turns = turns
        self._spool = spool
        if spool is not None:
            spool.when_calm = self._start_lanes
        self._concurrency = concurrency
        self._on_step = on_step
        self._lease = lanes.limits.lease / 1000
        self._group: asyncio.TaskGroup | None = None
        self._holds: dict[str, Hold] = {}
        self._active: dict[str, asyncio.Task[int]] = {}
        self._again: set[str] = set()
        self._queue: deque[str] = deque()
        self._granted: dict[str, tuple[Grant, float]] = {}
        self._waiting: set[str] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._idle = asyncio.Event()
        self._goes_on: asyncio.Handle | None = None
        self._draining = False
        self._is_blind = False  # an outage is told once, not at every look

    @property
    def active(self) -> int:
        """How many lanes are being worked on."""
        return len(self._active)

    async def run(self) -> None:
        """Work until cancelled (see `drain` for the graceful end)."""
        try:
            async with asyncio.TaskGroup() as self._group:
                self._group.create_task(self._look_around(), name="criabot-look-around")
                self._group.create_task(self._keep_leases(), name="criabot-keep-leases")
                self._start_lanes()
        finally:  # what is still queued can begin no more: its leases end by themselves
            self._group = None
            self._queue.clear()
            self._idle.set()

    def ready(self, lane: str, due: int = 0) -> None:
        """Tell the worker that a lane wants attention in `due` milliseconds."""
        if self._draining:
            return
        if timer := self._timers.pop(lane, None):
            timer.cancel()
        if due > 0:
            self._timers[lane] = asyncio.get_running_loop().call_later(due / 1000, self.ready, lane)
        else:
            self._enqueue(lane)

    @property
    def has_room(self) -> bool:
        """Whether a lane that it is given now would be begun at once, or after a burst."""
        is_open = self._group is not None and not self._draining
        return is_open and len(self._active) + len(self._queue) < self._concurrency

    def granted(self, lane: str, grant: Grant, asked: float) -> bool:
        """Take over a lane that was claimed already; False when it is too late for that.

        `asked` says when it was claimed, by the monotonic clock: the lease runs since then.
        """
        if self._draining:
            return False
        self._granted[lane] = (grant, asked)
        if self._queue or lane in self._active or not self._start(lane):
            self._enqueue(lane)
        return True

    def urgent(self, lane: str) -> None:
        """An urgent event waits in a lane: if we hold it, cut its running turn short, unless that is urgent, too."""
        if (hold := self._holds.get(lane)) and self._group is not None:
            self._group.create_task(self._renew(hold), name=f"criabot-urgent-{lane}")

    async def drain(self, patience: float) -> int:
        """Stop gracefully: no new turns; those that run may finish and send their replies.

        Args:
            patience: seconds until the turns still running are cut short and their lanes given back.

        Returns:
            How many lanes had to be cut short.
        """
        self._take_no_more()
        self._start_lanes()  # what waited for the end of a burst is given back
        if await self._settled(patience):
            return 0
        late = list(self._active.items())
        for lane, task in late:
            if hold := self._holds.get(lane):
                hold.interrupt("shutdown")
            if hold is None or not hold.is_running:
                task.cancel()
        await self._settled(SAFETY_SECONDS)
        return len(late)

    def halt(self) -> None:
        """Stop as a process that dies, once the store is severed: what runs is cancelled, nothing is given back."""
        self._take_no_more()
        self._queue.clear()
        for task in self._active.values():
            task.cancel()

    async def look(self) -> None:
        """Look for due lanes at once; the worker does so by itself every quarter of a second."""
        room = self._concurrency - len(self._active) - len(self._queue)
        if room > 0:
            await self._peek(room)

    async def quiet(self) -> None:
        """Return when no lane is worked on or queued here; lanes that wait for their time do not count."""
        while self._active or self._queue:
            self._idle.clear()
            await self._idle.wait()

    def _take_no_more(self) -> None:
        self._draining = True
        for timer in self._timers.values():
            timer.cancel()
        self._queue = deque(lane for lane in self._queue if lane in self._granted)  # they are ours: to be given back

    async def _settled(self, patience: float) -> bool:
        try:
            async with asyncio.timeout(patience):
                await self.quiet()
        except TimeoutError:
            return False
        return True

    # -- finding lanes ------------------------------------------------------------------------------------------

    def _enqueue(self, lane: str) -> None:
        if lane not in self._waiting:
            self._waiting.add(lane)
            self._queue.append(lane)
            self._start_lanes()

    def _start_lanes(self) -> None:
        if self._goes_on is not None:
            return
        for _ in range(BEGUN_AT_ONCE):
            if not self._queue:
                return
            lane = self._queue[0]
            if lane in self._active:
                self._again.add(lane)
            elif not self._start(lane):
                return
            self._queue.popleft()
            self._waiting.discard(lane)
        self._goes_on = asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._goes_on = None
        self._start_lanes()

    def _start(self, lane: str) -> bool:
        """Begin to work on a lane that nobody here works on; False when there is no room."""
        if self._group is None or len(self._active) >= self._concurrency:
            return False
        if self._spool is not None and self._spool.is_busy and not self._draining:
            return False
        task = self._active[lane] = self._group.create_task(self._serve(lane), name=lane)
        task.add_done_callback(partial(self._served, lane))
        return True

    def _served(self, lane: str, task: asyncio.Task[int]) -> None:
        del self._active[lane]
        self._holds.pop(lane, None)
        self._idle.set()
        due = -1 if task.cancelled() else task.result()
        if lane in self._granted:
            self._enqueue(lane)
        elif lane in self._again:
            self.ready(lane)
        elif 0 <= due < LOCAL_TIMER_MS:
            self.ready(lane, due)
        self._again.discard(lane)
        self._start_lanes()

    async def _look_around(self) -> None:
        while not self._draining:
            await self.look()
            await asyncio.sleep(POLL_SECONDS)

    async def _peek(self, room: int) -> None:
        try:
            found = await asyncio.gather(*(self._lanes.peek(p, room) for p in range(self._lanes.partitions)))
        except StoreError as error:
            if not self._is_blind:
                logger.warning("cannot look for due conversations until the store answers again: %s", error)
            self._is_blind = True
            return
        if self._is_blind:
            logger.info("the store answers again")
        self._is_blind = False
        lanes = [lane for partition in found for lane in partition if lane not in self._active]
        random.shuffle(lanes)  # several processes look at the same lanes: they should not all try the same one first
        for lane in lanes[:room]:
            self.ready(lane)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._lease / 12)
            old = time.monotonic() - self._lease / 4
            holds = [hold for hold in self._holds.values() if hold.granted < old]
            for hold in holds:
                hold.arm()
            await asyncio.gather(*map(self._renew, holds))

    async def _renew(self, hold: Hold) -> bool:
        before = time.monotonic()
        try:
            answer = await self._lanes.renew(hold.lane, hold.fence)
        except StoreError:
            return False  # the deadline of the hold decides how long that may go on
        if answer == "OK":
            hold.extended(before)
        elif self._holds.get(hold.lane) is hold:
            hold.interrupt("urgent" if answer == "URGENT" else "lost")
        return answer == "OK"

    # -- one lane, step by step ---------------------------------------------------------------------------------

    async def _serve(self, lane: str) -> int:
        """Take a lane as far as it goes now; the milliseconds until it is due again, -1 for none or unknown."""
        try:
            taken, before = self._granted.pop(lane, None), time.monotonic()
            grant, before = taken if taken is not None else (await self._lanes.claim(lane), before)
            if grant is None:
                return -1
            self._on_step("claimed", lane)
            hold = self._holds[lane] = Hold(lane, grant.fence, before, self._lease, self._active[lane])
            if self._is_old(hold) and not await self._renew(hold):  # it was given to us and had to wait for room
                return (await self._lanes.nack(lane, hold.fence, delay=0, why="undo")).due
            return await self._walk(hold, grant.step, grant.state)
        except StoreError as error:
            logger.warning("lane %s: %s; its lease ends by itself and it goes on from its last step", lane, error)
        except asyncio.CancelledError:
            logger.warning("lane %s: stopped between two steps; it goes on when its lease ends", lane)
        except Exception:
            logger.exception("lane %s: a fault in criabot itself; the lane is tried again when its lease ends", lane)
        return -1

    async def _walk(self, hold: Hold, step: Step, state: bytes) -> int:
        while not isinstance(step, Stop):
            if isinstance(step, Run):
                step, state = await self._run(hold, step, state)
            else:
                step = await self._deliver(hold, step)
        return -1 if step.lost else step.due

    async def _run(self, hold: Hold, run: Run, state: bytes) -> tuple[Step, bytes]:
        lane, fence = hold.lane, hold.fence
        if self._draining:
            return await self._lanes.nack(lane, fence, delay=0, why="undo"), state
        outcome = await hold.within(self._turns.run(lane, run, state))
        if outcome is None:
            return await self._cut_short(hold), state
        self._on_step("handled", lane)
        if isinstance(outcome, Retry):
            why: Why = "turn" if outcome.counts else "undo"
            return await self._lanes.nack(lane, fence, delay=int(outcome.delay * 1000), why=why), state
        asked = time.monotonic()
        step = _granted(hold, asked, await self._lanes.commit(lane, fence, run, outcome))
        self._on_step("committed", lane)
        return step, state if outcome.state is None else outcome.state

    async def _cut_short(self, hold: Hold) -> Stop:
        if hold.reason == "lost":
            logger.warning("lane %s: the lease was lost while its turn ran; another process has it now", hold.lane)
            return Stop(lost=True)
        return await self._lanes.nack(hold.lane, hold.fence, delay=0, why="undo")

    async def _deliver(self, hold: Hold, step: Send | Check) -> Step:
        lane, fence, reply = hold.lane, hold.fence, step.reply
        age = step.age if isinstance(step, Check) else None
        if self._is_old(hold) and not await self._renew(hold):
            # A fence protects Redis, not the platform: never send on a grant that may be another's by now.
            return await self._lanes.nack(lane, fence, delay=0, why="unsent" if age is None else "unsure")
        try:
            outcome = await self._turns.deliver(lane, reply, tries=step.tries, age=age)
        except asyncio.CancelledError:
            await self._lanes.nack(lane, fence, delay=0, why="unsure")
            raise
        if isinstance(outcome, Later):
            why: Why = "unsure" if outcome.unsure else "unsent"
            return await self._lanes.nack(lane, fence, delay=int(outcome.delay * 1000), why=why)
        self._on_step("posted", lane)
        dead, then = (outcome.reason, outcome.then) if isinstance(outcome, GivenUp) else ("", ())
        asked = time.monotonic()
        next_step = _granted(hold, asked, await self._lanes.sent(lane, fence, reply, dead=dead, then=then))
        self._on_step("sent", lane)
        return next_step

    def _is_old(self, hold: Hold) -> bool:
        return time.monotonic() - hold.granted > self._lease / 3


def _granted(hold: Hold, asked: float, step: Step) -> Step:
    """A script that gives a next step has extended the lease, from when it was asked on."""
    if not isinstance(step, Stop):
        hold.granted = asked
    return step
