"""One limit for many waits: who takes too long is cut off, whoever else waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable

import pytest

from criabot.limit import Limit, LimitExceeded


async def forever() -> None:
    await asyncio.Event().wait()


async def quick() -> str:
    await asyncio.sleep(0)
    return "done"


async def test_what_is_done_in_time_is_given_back() -> None:
    assert await Limit(5).within(quick()) == "done"


async def test_each_of_many_is_cut_off_in_its_own_time() -> None:
    limit, loop = Limit(0.05), asyncio.get_running_loop()
    took: list[float] = []

    async def wait(after: float) -> None:
        await asyncio.sleep(after)
        began = loop.time()
        with pytest.raises(LimitExceeded):
            await limit.within(forever())
        took.append(loop.time() - began)

    await asyncio.gather(*(wait(number * 0.02) for number in range(10)))
    assert len(took) == 10
    assert all(0.04 < seconds < 1 for seconds in took)


async def test_who_was_done_while_the_loop_was_blocked_was_in_time() -> None:
    limit = Limit(0.05)
    late = asyncio.create_task(limit.within(forever()))
    in_time = asyncio.create_task(limit.within(asyncio.sleep(0.02)))
    await asyncio.sleep(0)
    time.sleep(0.2)  # noqa: ASYNC251 - that is what the test is about
    await in_time
    with pytest.raises(LimitExceeded):
        await late


async def test_the_task_goes_on_as_if_it_had_never_been_cancelled() -> None:
    task = asyncio.current_task()
    with pytest.raises(LimitExceeded):
        await Limit(0.01).within(forever())
    assert task is not None
    assert task.cancelling() == 0
    assert await Limit(5).within(quick()) == "done"


async def test_somebody_elses_cancellation_stays_one() -> None:
    task = asyncio.create_task(Limit(5).within(forever()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_that_comes_with_the_limit_wins() -> None:
    limit = Limit(0.01)

    async def stubborn() -> None:
        try:
            await forever()
        finally:
            task.cancel()  # by somebody else, just then

    task = asyncio.create_task(limit.within(stubborn()))
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_its_own_is_not_the_limits() -> None:
    async def fails() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        await Limit(5).within(fails())


async def test_what_catches_its_cancellation_may_still_answer() -> None:
    async def catches() -> str:
        try:
            await forever()
        except asyncio.CancelledError:
            return "in the end"
        return "never"

    work: Awaitable[str] = catches()
    assert await Limit(0.01).within(work) == "in the end"
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
