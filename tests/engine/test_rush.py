"""A rush: turns wait for a burst to be stored, but not for a load that lasts."""

from __future__ import annotations

import asyncio
import time

from criabot.engine.rush import CALM_SECONDS, LONGEST_SECONDS, MANY, PAUSE_SECONDS, Rush


class Told:
    """When the rush was over, by the loop's clock."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.is_over = asyncio.Event()

    def __call__(self) -> None:
        self.at.append(asyncio.get_running_loop().time())
        self.is_over.set()


async def until_over(told: Told) -> None:
    async with asyncio.timeout(5):
        await told.is_over.wait()
    told.is_over.clear()


async def test_few_events_make_no_rush() -> None:
    rush = Rush(Told())
    for _ in range(10 * MANY):
        rush.feed(MANY - 1)
    assert not rush.is_on


async def test_turns_wait_until_the_events_pause() -> None:
    told = Told()
    rush, began = Rush(told), asyncio.get_running_loop().time()
    rush.feed(MANY)
    assert rush.is_on
    await until_over(told)
    assert not rush.is_on
    assert told.at[0] - began >= PAUSE_SECONDS * 0.9


async def test_even_a_few_more_events_prolong_it_but_not_for_ever() -> None:
    told = Told()
    rush, began = Rush(told), asyncio.get_running_loop().time()
    rush.feed(MANY)
    while rush.is_on:
        rush.feed(1)
        await asyncio.sleep(PAUSE_SECONDS / 5)
    assert len(told.at) == 1
    assert LONGEST_SECONDS * 0.9 <= told.at[0] - began < LONGEST_SECONDS + 1


async def test_a_load_that_lasts_holds_turns_back_only_at_its_beginning() -> None:
    told = Told()
    rush, loop = Rush(told), asyncio.get_running_loop()
    ends = loop.time() + LONGEST_SECONDS + 2 * CALM_SECONDS
    while loop.time() < ends:
        rush.feed(MANY)
        await asyncio.sleep(PAUSE_SECONDS / 5)
    assert len(told.at) == 1
    assert not rush.is_on


async def test_the_next_burst_is_a_rush_again() -> None:
    told = Told()
    rush = Rush(told)
    rush.feed(MANY)
    await until_over(told)
    await asyncio.sleep(CALM_SECONDS * 1.2)
    rush.feed(MANY)
    assert rush.is_on
    await until_over(told)
    assert len(told.at) == 2


async def test_a_handler_that_blocks_the_loop_does_not_prolong_it() -> None:
    told = Told()
    rush, loop = Rush(told), asyncio.get_running_loop()
    rush.feed(MANY)
    time.sleep(CALM_SECONDS * 1.2)  # noqa: ASYNC251 - that is what this is about
    began = loop.time()
    rush.feed(1)
    while rush.is_on and loop.time() < began + 2:
        rush.feed(1)
        await asyncio.sleep(PAUSE_SECONDS / 5)
    assert loop.time() - began < 1
