"""What a lane remembers, and for how long."""

from __future__ import annotations

import asyncio

import pytest

from criabot.engine.lanes import Commit, Lanes, Limits, Queued
from criabot.errors import QueueFull
from tests.engine.conftest import MakeLanes
from tests.engine.steps import LANE, put, run_of, take
from tests.servers import ValkeyServer


async def done(lanes: Lanes, number: int) -> None:
    await put(lanes, number)
    grant = await take(lanes)
    await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit(state=b"s"))


def key(valkey: ValkeyServer, namespace: str, part: str) -> bytes:
    [found] = valkey.client().keys(f"cb:{namespace}:*:{part}")
    return bytes(found)


async def test_no_more_ids_are_remembered_than_the_limit(
    make_lanes: MakeLanes, valkey: ValkeyServer, namespace: str
) -> None:
    lanes = make_lanes(dedup_ids=3)
    for number in range(1, 8):
        await put(lanes, number)
        assert valkey.client().zcard(key(valkey, namespace, "dd")) == min(number, 3)
    assert await put(lanes, 7) is Queued.DUPLICATE


async def test_an_id_is_forgotten_when_its_time_is_over_although_others_are_remembered(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(dedup=400)
    await put(lanes, 1)
    await asyncio.sleep(0.3)
    await put(lanes, 2)
    await asyncio.sleep(0.15)
    assert await put(lanes, 1) is Queued.READY
    assert await put(lanes, 2) is Queued.DUPLICATE
    assert await put(lanes, 1) is Queued.DUPLICATE


async def test_a_refused_event_is_not_remembered_but_a_stored_one_is(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(queue=1)
    await put(lanes, 1)
    assert await put(lanes, 1) is Queued.DUPLICATE
    with pytest.raises(QueueFull):
        await put(lanes, 2)
    grant = await take(lanes)
    await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit())
    assert await put(lanes, 2) is Queued.READY


@pytest.mark.parametrize("claim", [True, False])
async def test_what_an_idle_lane_keeps_has_an_end(
    lanes: Lanes, valkey: ValkeyServer, namespace: str, claim: bool
) -> None:
    limits = Limits()
    got = await lanes.ingest(LANE, "1", 1, b"", urgent=False, hold=False, claim=claim)
    grant = got.grant or await take(lanes)
    await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit(state=b"s"))
    client = valkey.client()
    assert limits.idle <= client.pttl(key(valkey, namespace, "m")) <= limits.idle * 1.2
    assert limits.dedup <= client.pttl(key(valkey, namespace, "dd")) <= limits.dedup * 1.2


async def test_a_lane_that_is_used_lives_on(make_lanes: MakeLanes, valkey: ValkeyServer, namespace: str) -> None:
    lanes = make_lanes(idle=500, dedup=500)
    for number in range(1, 20):
        await done(lanes, number)
        await asyncio.sleep(0.06)
        assert valkey.client().pttl(key(valkey, namespace, "m")) > 400
        assert valkey.client().pttl(key(valkey, namespace, "dd")) > 400
    assert (await lanes.ingest(LANE, "20", 20, b"", urgent=False, hold=False, claim=True)).grant is not None
    assert valkey.client().zcard(key(valkey, namespace, "dd")) < 12


async def test_a_finished_event_that_comes_again_after_its_time_begins_anew(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(dedup=50)
    for _ in range(2):
        await put(lanes, 1)
        grant = await take(lanes)
        assert run_of(grant.step).attempts == 1
        await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit())
        await asyncio.sleep(0.07)
