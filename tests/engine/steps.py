"""Steps of a lane, for tests that tell a story with them."""

from __future__ import annotations

import asyncio

from criabot.engine.lanes import Grant, Lanes, Queued, Reply, Run, Step

LANE = "c1"


async def put(lanes: Lanes, number: int, *, urgent: bool = False, hold: bool = False) -> Queued:
    result = await lanes.ingest(LANE, f"{number:012d}", number, b"event %d" % number, urgent=urgent, hold=hold)
    return result.queued


async def take(lanes: Lanes) -> Grant:
    """Claim the lane as soon as it is due."""
    async with asyncio.timeout(5):
        while (grant := await lanes.claim(LANE)) is None:
            await asyncio.sleep(0.002)
    return grant


def run_of(step: Step) -> Run:
    assert isinstance(step, Run), step
    return step


def reply(number: int, n: int = 0, *, yields: bool = True) -> Reply:
    return Reply(f"{number}:{n}", yields, b"say %d" % number)
