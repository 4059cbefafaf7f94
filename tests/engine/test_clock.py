"""Lanes that follow a clock which tests turn."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from criabot.engine.lanes import Commit, Limits, Queued, Stop
from criabot.engine.scripts import SCRIPTS, virtual_scripts
from criabot.engine.store import Store, StoreOptions, open_store
from criabot.testing.clock import VirtualClock
from tests.engine.steps import LANE, put, run_of, take
from tests.servers import ValkeyServer

DAY = 24 * 60 * 60


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
async def store(valkey: ValkeyServer, namespace: str, tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Store]:
    options = StoreOptions(valkey.url, tmp_path, None, namespace, "a test", 2, "a", Limits(hold=10_000), clock)
    store = await open_store(options)
    yield store
    await store.close()


def test_the_scripts_of_a_bot_in_production_know_nothing_of_it() -> None:
    assert not any("clock'" in script.source for script in SCRIPTS.values())
    assert all("clock'" in script.source for script in virtual_scripts().values())


async def test_a_lane_is_due_when_the_clock_is(store: Store, clock: VirtualClock) -> None:
    await put(store.lanes, 1)
    grant = await take(store.lanes)
    await store.lanes.nack(LANE, grant.fence, delay=3_600_000, why="turn")
    assert await store.lanes.claim(LANE) is None
    due = await store.next_due()
    assert due is not None
    assert due == pytest.approx(time.time() + 3600, abs=5)
    clock.advance(due - clock())
    await store.follow_clock()
    again = await store.lanes.claim(LANE)
    assert again is not None
    assert run_of(again.step).attempts == 2


async def test_nothing_is_due_without_work(store: Store) -> None:
    assert await store.next_due() is None
    await put(store.lanes, 1)
    grant = await take(store.lanes)
    assert await store.lanes.commit(LANE, grant.fence, run_of(grant.step), Commit()) == Stop()
    assert await store.next_due() is None


async def test_the_lease_of_a_dead_process_ends_by_the_clock(store: Store, clock: VirtualClock) -> None:
    await put(store.lanes, 1)
    dead = await take(store.lanes)
    assert await store.lanes.claim(LANE) is None
    clock.advance(15.1)
    await store.follow_clock()
    heir = await store.lanes.claim(LANE)
    assert heir is not None
    assert heir.fence > dead.fence


async def test_what_is_kept_for_a_day_is_forgotten_after_a_day(store: Store, clock: VirtualClock) -> None:
    await put(store.lanes, 1)
    grant = await take(store.lanes)
    await store.lanes.commit(LANE, grant.fence, run_of(grant.step), Commit(state=b"kept"))
    clock.advance(DAY - 60)
    await store.follow_clock()
    assert await put(store.lanes, 1) is Queued.DUPLICATE
    clock.advance(120)
    await store.follow_clock()
    assert await put(store.lanes, 1) is Queued.READY
    assert (await take(store.lanes)).state == b"kept"
