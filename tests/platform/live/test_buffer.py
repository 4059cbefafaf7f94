"""What waits to be taken: bounded, in order, and with a gap where something is missing."""

from __future__ import annotations

import asyncio

import pytest

from criabot.errors import ServerError
from criabot.platform.live.buffer import Buffer, Gap, Heard
from criabot.platform.live.events import UnknownEvent


def put(buffer: Buffer, *numbers: int) -> None:
    for number in numbers:
        buffer.put(UnknownEvent(event="x", data=number))


def shown(item: Heard) -> int | str:
    return f"gap of {item.dropped}" if isinstance(item, Gap) else int(item.data)


async def taken(buffer: Buffer) -> list[int | str]:
    """All there is."""
    items: list[int | str] = []
    while True:
        waiting = asyncio.ensure_future(buffer.take())
        await asyncio.sleep(0)
        if not waiting.done():
            waiting.cancel()
            return items
        items.append(shown(waiting.result()))


async def test_events_are_taken_in_their_order() -> None:
    buffer = Buffer(3)
    put(buffer, 1, 2, 3)
    assert await taken(buffer) == [1, 2, 3]
    put(buffer, 4)
    assert await taken(buffer) == [4]


async def test_from_the_gap_on_everything_is_kept_again() -> None:
    buffer = Buffer(2)
    put(buffer, 1, 2, 3, 4)
    assert shown(await buffer.take()) == 1
    put(buffer, 5)  # there is room, but 3 and 4 are missing before it
    assert shown(await buffer.take()) == 2
    assert shown(await buffer.take()) == "gap of 3"
    put(buffer, 6)
    assert await taken(buffer) == [6]


async def test_a_gap_lasts_until_it_is_taken() -> None:
    buffer = Buffer(1)
    put(buffer, 1, 2)
    buffer.put_gap(Gap(5.0, 6.0, "lost"))
    await buffer.take()
    gap = await buffer.take()
    assert isinstance(gap, Gap)
    assert (gap.since, gap.dropped) == (5.0, 1)
    assert gap.until > 6.0


async def test_gaps_without_an_event_between_are_one() -> None:
    buffer = Buffer(2)
    buffer.put_gap(Gap(1.0, 2.0, "lost"))
    buffer.put_gap(Gap(2.5, 4.0, "lost again"))
    put(buffer, 1)
    buffer.put_gap(Gap(6.0, 7.0, "no room for this one"))
    assert await buffer.take() == Gap(1.0, 4.0, "lost")
    assert await taken(buffer) == [1, "gap of 0"]


async def test_what_was_kept_comes_before_the_end() -> None:
    buffer = Buffer(1)
    put(buffer, 1, 2)
    buffer.close(ServerError("gone", endpoint="GET /cable", status=500))
    buffer.close()
    assert shown(await buffer.take()) == 1
    assert shown(await buffer.take()) == "gap of 1"
    for _again in range(2):
        with pytest.raises(ServerError):
            await buffer.take()


async def test_whoever_waits_is_woken() -> None:
    buffer = Buffer(1)
    waiting = asyncio.ensure_future(buffer.take())
    await asyncio.sleep(0)
    put(buffer, 1)
    assert shown(await waiting) == 1
    waiting = asyncio.ensure_future(buffer.take())
    await asyncio.sleep(0)
    buffer.close()
    with pytest.raises(StopAsyncIteration):
        await waiting
