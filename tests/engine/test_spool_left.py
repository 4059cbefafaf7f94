"""A process that ends or dies in a burst: what it leaves in the spool is sorted by another, in order."""

from __future__ import annotations

import asyncio
import time

import pytest

from criabot.engine import spool as spool_module
from criabot.engine.keys import Keys
from criabot.engine.lanes import Lanes
from criabot.engine.spool import AT_ONCE, FOUND_AT_ONCE, Sort, Spool
from tests.burst import spooled
from tests.engine.spools import (
    PARTITIONS,
    MakeProcess,
    Sorter,
    all_runs,
    idle,
    put,
    running,
    some,
    until,
)
from tests.engine.steps import LANE
from tests.servers import ValkeyServer

# -- what others have left ---------------------------------------------------------------------------------------------


async def test_what_a_dead_process_has_left_is_sorted_by_the_next_one(
    make_process: MakeProcess, valkey: ValkeyServer, namespace: str
) -> None:
    sorter, events = Sorter(), some(2 * FOUND_AT_ONCE + 1)
    await put(make_process("dead").spool, *events)
    heir = make_process("heir").spool
    assert await heir.sort_left(sorter) == len(events)
    assert sorter.done == events
    assert spooled(valkey, namespace) == []
    assert await heir.sort_left(sorter) == 0


async def test_what_was_stored_by_a_clock_that_was_ahead_is_sorted_by_the_next_process_too(
    spool: Spool, valkey: ValkeyServer, namespace: str
) -> None:
    """The clock of the server was set back, or a replica whose clock is behind took over."""
    sorter, ahead = Sorter(), int(time.time() * 1000) + 60_000
    valkey.client().xadd(Keys(namespace, PARTITIONS).of_partition(0, "spool"), {"payload": b"event"}, id=f"{ahead}-0")
    assert await spool.sort_left(sorter) == 1
    assert sorter.done == [b"event"]


async def test_what_a_process_left_is_found_by_one_that_lives_but_not_before_its_time(
    make_process: MakeProcess,
    valkey: ValkeyServer,
    namespace: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(spool_module, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(spool_module, "LEFT_SECONDS", 0.5)
    sorter = Sorter()
    heir = make_process("heir").spool
    began = time.monotonic()
    await put(make_process("dead").spool, *some(3))
    async with running(heir, sorter):
        await until(lambda: bool(sorter.done))
        assert time.monotonic() - began > 0.45
        await until(lambda: "3 events of a burst were taken over" in caplog.text)
    assert sorter.done == some(3)
    assert spooled(valkey, namespace) == []


async def test_what_a_process_is_about_to_sort_it_does_not_find_as_left(spool: Spool) -> None:
    sorter = Sorter()
    sorter.go.clear()
    await put(spool, *some(2 * AT_ONCE))
    assert await spool.sort_left(sorter) == 0
    async with running(spool, sorter):
        await until(lambda: len(sorter.begun) == AT_ONCE)
        assert await spool.sort_left(sorter) == 0
        sorter.go.set()
        await idle(spool)
    assert sorter.begun == some(2 * AT_ONCE)


async def test_left_events_are_found_behind_many_of_ones_own(make_process: MakeProcess) -> None:
    sorter, own, dead = Sorter(), make_process("own").spool, make_process("dead").spool
    await put(own, *some(3 * FOUND_AT_ONCE))
    await own.end()
    await put(dead, b"left")
    assert await own.sort_left(sorter) == 1
    assert sorter.done == [b"left"]


async def test_events_that_two_processes_sort_run_once_and_in_order(make_process: MakeProcess) -> None:
    await put(make_process("dead").spool, *some(20))

    def into(lanes: Lanes) -> Sort:
        async def sort(payload: bytes) -> str:
            number = int(payload.split()[1])
            await lanes.ingest(
                LANE, f"{number:012d}", number, payload, urgent=False, hold=False, claim=False, acknowledged=True
            )
            return ""

        return sort

    heirs = [make_process(owner) for owner in ("b", "c")]
    counts = await asyncio.gather(*(heir.spool.sort_left(into(heir.lanes)) for heir in heirs))
    assert sum(counts) >= 20
    assert await all_runs(heirs[0].lanes) == some(20)


# -- the end of a process ----------------------------------------------------------------------------------------------


async def test_after_the_end_everything_stays_for_the_next_process(
    make_process: MakeProcess, valkey: ValkeyServer, namespace: str
) -> None:
    spool, sorter, events = make_process("ending").spool, Sorter(), some(AT_ONCE + 3)
    sorter.go.clear()
    await put(spool, *events)
    async with running(spool, sorter):
        await until(lambda: len(sorter.begun) == AT_ONCE)
    assert spool.is_on
    assert not spool.is_busy
    await put(spool, b"later")
    assert spooled(valkey, namespace) == [*events, b"later"]
    sorter.go.set()
    assert await make_process("next").spool.sort_left(sorter) == len(events) + 1
    assert sorter.done == [*events, b"later"]


async def test_at_the_end_nobody_waits_for_what_is_not_sorted_any_more(spool: Spool) -> None:
    sorter = Sorter()
    sorter.go.clear()
    await put(spool, *some(AT_ONCE + 1))
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        waiting = group.create_task(spool.passed())
        async with running(spool, sorter):
            await until(lambda: len(sorter.begun) == AT_ONCE)
            assert not waiting.done()
    assert sorter.done == []


async def test_after_an_end_in_calm_times_events_go_to_their_lanes(spool: Spool) -> None:
    async with running(spool, Sorter()):
        await put(spool, b"event")
        await idle(spool)
    assert not spool.is_on
    assert spool.is_passed


async def test_what_was_being_sorted_at_the_end_is_not_overtaken(
    spool: Spool, valkey: ValkeyServer, namespace: str
) -> None:
    sorter = Sorter()
    sorter.go.clear()
    async with running(spool, sorter):
        await put(spool, b"event")
        await until(lambda: sorter.begun == [b"event"])
    assert sorter.done == []
    assert spooled(valkey, namespace) == [b"event"]
    assert spool.is_on
