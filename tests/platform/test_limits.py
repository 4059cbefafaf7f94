"""Staying below the platform's limits: how many calls go, in which order, and who waits (contract 5.10)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criabot.platform import limits
from criabot.platform.limits import Bucket, Counter, Limiter, Rate, next_window, rates

SLIP = 1e-6  # of sums of floats

ALL: list[Counter] = [("all", "")]


def most_in_a_window(times: Sequence[float], seconds: float) -> int:
    """The most calls in any time as long as the window, whatever its beginning."""
    most = begin = 0
    for end, time in enumerate(sorted(times)):
        while times[begin] <= time - seconds + SLIP:
            begin += 1
        most = max(most, end - begin + 1)
    return most


class Hurried(asyncio.SelectorEventLoop):
    """A loop that never waits: its clock goes on to what is due next."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 1000.0
        select = self._selector.select  # type: ignore[attr-defined]

        def hurry(timeout: float | None = None) -> Any:
            if timeout:
                self._now += timeout
            return select(0)

        self._selector.select = hurry  # type: ignore[attr-defined]

    def time(self) -> float:
        return self._now


def in_a_hurry(story: Callable[[Callable[[], float]], Coroutine[Any, Any, None]]) -> None:
    """Run a story with the clock of such a loop."""
    loop = Hurried()
    try:
        loop.run_until_complete(story(loop.time))
    finally:
        loop.close()


class Gate:
    """A limiter on a clock, and when which call went through it."""

    def __init__(self, clock: Callable[[], float], **given: Rate) -> None:
        self.limiter = Limiter(given, clock=clock, timer=clock)
        self.clock = clock
        self.went: list[tuple[float, str]] = []

    async def go(self, name: str = "", counters: Sequence[Counter] = ALL, *, at: float = 0.0) -> None:
        if at:
            await asyncio.sleep(at - self.clock())
        await self.limiter.admit(counters)
        self.went.append((self.clock(), name))

    @property
    def times(self) -> list[float]:
        return [time for time, _ in self.went]

    @property
    def names(self) -> list[str]:
        return [name for _, name in self.went]


pauses = st.lists(st.floats(0, 3) | st.just(0.0), max_size=300)


@given(calls=st.integers(1, 60), seconds=st.sampled_from([1.0, 7.0]), pauses=pauses)
def test_no_window_sees_more_than_the_limit(calls: int, seconds: float, pauses: list[float]) -> None:
    rate = Rate(calls, seconds)
    bucket, now, times = Bucket(rate), 0.0, []
    for pause in [*pauses, *[0.0] * 2 * calls]:
        now += pause
        now += max(0.0, bucket.wait(now))
        bucket.take(now)
        times.append(now)
    assert most_in_a_window(times, seconds) <= calls
    assert calls < 10 or most_in_a_window(times, seconds) >= 0.7 * calls  # it is not simply too careful


@given(seed=st.integers(0, 2**32), shuts=st.integers(0, 5))
def test_neither_does_one_when_some_are_refused_and_others_give_up(seed: int, shuts: int) -> None:
    dice = random.Random(seed)
    given = {"all": Rate(50, 10.0), "search": Rate(20, 10.0)}
    searching: list[Counter] = [("all", ""), ("search", "3")]

    async def story(clock: Callable[[], float]) -> None:
        gate = Gate(clock, **given)
        async with asyncio.TaskGroup() as group:
            for _ in range(200):
                counters = dice.choice([ALL, searching])
                task = group.create_task(gate.go("search" if counters is searching else "", counters))
                if dice.random() < 0.2:
                    group.create_task(cancel(task, dice.uniform(0, 20)))
            for _ in range(shuts):
                await asyncio.sleep(dice.uniform(0, 10))
                await gate.limiter.refused(dice.choice([ALL, searching]))
        assert most_in_a_window(gate.times, 10.0) <= 50
        assert most_in_a_window([time for time, name in gate.went if name], 10.0) <= 20
        assert len(gate.times) > 100

    async def cancel(task: asyncio.Task[None], seconds: float) -> None:
        await asyncio.sleep(seconds)
        task.cancel()

    in_a_hurry(story)


def test_who_comes_first_goes_first() -> None:
    async def story(clock: Callable[[], float]) -> None:
        gate = Gate(clock, all=Rate(10, 1.0))
        async with asyncio.TaskGroup() as group:
            for number in range(100):
                group.create_task(gate.go(f"{number:03}", at=clock() + number / 50))
        assert gate.names == sorted(gate.names)

    in_a_hurry(story)


def test_who_gives_up_has_taken_nothing() -> None:
    async def story(clock: Callable[[], float]) -> None:
        patient, impatient = Gate(clock, all=Rate(10, 10.0)), Gate(clock, all=Rate(10, 10.0))
        for gate, crowd in ((patient, 0), (impatient, 50)):
            await gate.go()
            others = [asyncio.create_task(gate.go()) for _ in range(crowd)]
            await asyncio.sleep(0.1)  # nobody can go yet
            for each in others:
                each.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            before = clock()
            async with asyncio.TaskGroup() as group:
                for _ in range(20):
                    group.create_task(gate.go())
            gate.went.append((clock() - before, "took"))
        assert impatient.went[-1][0] <= patient.went[-1][0] + SLIP

    in_a_hurry(story)


def test_a_crowd_at_a_rare_door_stops_nobody_else() -> None:
    async def story(clock: Callable[[], float]) -> None:
        gate = Gate(clock, all=Rate(3000), meta=Rate(30))
        crowd = [asyncio.create_task(gate.go("meta", [("all", ""), ("meta", "3")])) for _ in range(50)]
        await asyncio.sleep(1)
        before = clock()
        await gate.go("other")
        assert clock() == before
        await gate.limiter.refused([("all", ""), ("meta", "3")])
        await gate.go("other")
        assert clock() == before
        for each in crowd:
            each.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)

    in_a_hurry(story)


def test_each_conversation_and_account_has_a_limit_of_its_own() -> None:
    async def story(clock: Callable[[], float]) -> None:
        gate = Gate(clock, **rates(3000))
        before = clock()
        for _ in range(30):
            await gate.go("", [("all", ""), ("messages", "7")])
            await gate.go("", [("all", ""), ("messages", "8")])
        assert clock() == before
        for _ in range(30):
            await gate.go("", [("all", ""), ("messages", "7")])
        assert clock() > before + 5

    in_a_hurry(story)


@pytest.mark.parametrize("told", [None, 7.0])
def test_after_a_refusal_nobody_goes_before_the_next_window(told: float | None) -> None:
    async def story(clock: Callable[[], float]) -> None:
        gate = Gate(clock, all=Rate(3000))
        waiting = [asyncio.create_task(gate.go()) for _ in range(700)]
        await asyncio.sleep(0.1)
        went = len(gate.times)
        until = clock() + (next_window(clock()) if told is None else told)
        await gate.limiter.refused(ALL, told)
        await asyncio.gather(gate.go(), *waiting)
        assert until <= gate.times[went] <= until + 3  # jitter
        assert 500 < went < 600

    in_a_hurry(story)


def test_a_refusal_of_a_message_is_not_its_conversations_fault() -> None:
    async def story(clock: Callable[[], float]) -> None:
        gate = Gate(clock, **rates(3000))
        before = clock()
        await gate.limiter.refused([("all", ""), ("messages", "7")])
        await gate.go("", ALL)
        assert clock() >= before + next_window(before)

    in_a_hurry(story)


def test_buckets_that_nobody_misses_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BUCKETS", 10)

    async def story(clock: Callable[[], float]) -> None:
        gate = Gate(clock, **rates(3000))
        for number in range(100):
            await gate.go("", [("all", ""), ("messages", str(number))])
            await asyncio.sleep(1)
        assert len(gate.limiter._buckets) <= 11

    in_a_hurry(story)


def test_what_has_no_rate_is_not_limited() -> None:
    async def story(clock: Callable[[], float]) -> None:
        gate = Gate(clock)
        before = clock()
        for _ in range(5000):
            await gate.go()
        await gate.limiter.refused(ALL)
        assert clock() == before

    in_a_hurry(story)


@pytest.mark.parametrize(("calls", "seconds"), [(0, 1.0), (1, 0.0)])
def test_a_rate_of_nothing_is_none(calls: int, seconds: float) -> None:
    with pytest.raises(ValueError, match="at least one call"):
        Rate(calls, seconds)


async def test_a_proxy_that_bans_us_for_a_day_is_asked_again_in_a_minute() -> None:
    limiter = Limiter()
    await limiter.refused([("all", "")], 86_400)
    assert 0 < limiter.seconds_until([("all", "")]) <= 60 * 1.1
