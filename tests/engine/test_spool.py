"""The spool on a real server: stored at once, sorted later, in order."""

from __future__ import annotations

import asyncio
import time

import pytest

from criabot.engine import rush
from criabot.engine import spool as spool_module
from criabot.engine.lanes import Queued
from criabot.engine.spool import AT_ONCE, STORED_AT_ONCE, Spool
from criabot.errors import QueueFull, StoreFull
from tests.burst import spooled, spooled_ever
from tests.engine.conftest import MakeLanes
from tests.engine.spools import (
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


@pytest.fixture
def endless_rush(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rush that has begun is not over before the test is."""
    monkeypatch.setattr(rush, "PAUSE_SECONDS", 60)
    monkeypatch.setattr(rush, "LONGEST_SECONDS", 60)


async def test_what_comes_in_is_stored_then_sorted_in_its_order(
    spool: Spool, valkey: ValkeyServer, namespace: str
) -> None:
    sorter, events = Sorter(), some(3 * AT_ONCE)
    await put(spool, *events)
    assert spooled(valkey, namespace) == events
    assert not spool.is_idle
    async with running(spool, sorter):
        await idle(spool)
        assert sorter.done == events
        assert spooled(valkey, namespace) == []
        await put(spool, b"one more")
        await idle(spool)
    assert sorter.done == [*events, b"one more"]
    assert spooled(valkey, namespace) == []


async def test_what_comes_in_during_a_tick_is_stored_in_one_round_trip(make_process: MakeProcess) -> None:
    with ValkeyServer() as server:
        process = make_process(server=server)
        await put(process.spool, b"the first opens the connection and makes the script known")
        before = process.pipeline.round_trips
        await put(process.spool, *some(3 * STORED_AT_ONCE))
        assert process.pipeline.round_trips == before + 1
        assert spooled_ever(server) == 1 + 3 * STORED_AT_ONCE
        assert server.client().info("commandstats")["cmdstat_evalsha"]["calls"] == 1 + 3


async def test_a_sender_that_fails_when_it_hears_keeps_it_from_no_other(
    spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[bool | Exception] = []

    def fails(_stored: bool | Exception) -> None:
        raise RuntimeError

    for told in (fails, heard.append):
        spool.put_then(b"event", told)
    await until(lambda: bool(heard))
    assert heard == [True]
    assert [record.getMessage() for record in caplog.records] == [
        "a fault in criabot itself: the sender of an event may not have heard of it"
    ]


async def test_an_event_whose_sender_waits_no_more_is_sorted_all_the_same(spool: Spool) -> None:
    sorter = Sorter()
    for stored in map(spool.put, (b"1", b"2")):
        stored.cancel()
    await put(spool, b"3")
    async with running(spool, sorter):
        await idle(spool)
    assert sorter.done == [b"1", b"2", b"3"]


# -- when, and who waits -----------------------------------------------------------------------------------------------


async def test_events_go_here_in_a_rush_only(spool: Spool) -> None:
    assert not spool.is_on
    spool.rush.feed(rush.MANY)
    assert spool.is_on
    await until(lambda: not spool.rush.is_on)
    assert not spool.is_on


@pytest.mark.usefixtures("endless_rush")
async def test_no_more_lie_here_than_are_sorted_soon(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "MOST", 3)
    await put(spool, b"1", b"2")
    spool.rush.feed(rush.MANY)
    assert spool.is_on
    stored = spool.put(b"3")
    assert not spool.is_on
    await asyncio.sleep(0)
    assert not spool.is_on, "nor while it is being stored"
    await stored
    assert not spool.is_on
    async with running(spool, Sorter()):
        await idle(spool)
        assert spool.is_on


async def test_turns_wait_until_the_last_event_is_on_its_way(spool: Spool) -> None:
    sorter, events, calm = Sorter(), some(3 * AT_ONCE), list[int]()
    await put(spool, *events)
    spool.when_calm = lambda: calm.append(len(sorter.begun))
    assert spool.is_busy
    async with running(spool, sorter):
        await until(lambda: not spool.is_busy)
        await idle(spool)
    assert calm[0] == len(events)


async def test_turns_wait_in_a_rush_even_if_nothing_lies_here(spool: Spool) -> None:
    calm = asyncio.Event()
    assert not spool.is_busy
    spool.when_calm = calm.set
    spool.rush.feed(rush.MANY)
    assert spool.is_busy
    async with asyncio.timeout(5):
        await calm.wait()
    assert not spool.is_busy


async def test_a_free_way_is_not_waited_for(spool: Spool) -> None:
    assert spool.is_passed
    async with asyncio.timeout(1):
        await spool.passed()


async def test_who_comes_later_waits_until_all_before_are_on_their_way_and_keeps_its_place(spool: Spool) -> None:
    sorter, events = Sorter(), some(3 * AT_ONCE)

    async def come(name: bytes) -> None:
        await spool.passed()
        sorter.begun.append(name)

    await put(spool, *events)
    async with running(spool, sorter), asyncio.timeout(10):
        assert not spool.is_passed
        await asyncio.gather(*map(come, (b"first", b"second", b"third")))
    assert sorter.begun == [*events, b"first", b"second", b"third"]


async def test_who_comes_just_when_the_way_is_free_does_not_overtake_who_has_waited(spool: Spool) -> None:
    passed: list[str] = []

    async def come(name: str) -> None:
        if not spool.is_passed:
            await spool.passed()
        passed.append(name)

    async with asyncio.TaskGroup() as group:

        async def sort(_payload: bytes) -> str:
            group.create_task(come("late"))  # its first step comes after the way is free, before the waiting wake up
            return ""

        await put(spool, b"event")
        group.create_task(come("early"))
        await asyncio.sleep(0)
        async with running(spool, sort):
            await until(lambda: len(passed) == 2)
    assert passed == ["early", "late"]


@pytest.mark.usefixtures("endless_rush")
async def test_another_burst_does_not_overtake_who_has_waited(spool: Spool) -> None:
    sorter = Sorter()

    async def come(name: bytes) -> None:  # as `Intake.accept`
        if spool.is_on:
            await spool.put(name)
            return
        if not spool.is_passed:
            await spool.passed()
        sorter.begun.append(name)

    await put(spool, b"1")
    async with asyncio.TaskGroup() as group:
        group.create_task(come(b"2"))
        await asyncio.sleep(0)
        spool.rush.feed(rush.MANY)
        group.create_task(come(b"3"))
        await asyncio.sleep(0)
        async with running(spool, sorter):
            await until(lambda: len(sorter.begun) == 3)
    assert sorter.begun == [b"1", b"2", b"3"]


# -- a lane takes what was acknowledged --------------------------------------------------------------------------------


async def test_a_full_lane_takes_what_was_acknowledged(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(queue=2)

    async def bring(number: int, *, acknowledged: bool = False) -> Queued:
        payload = b"event %d" % number
        return (
            await lanes.ingest(
                LANE, f"{number:012d}", number, payload, urgent=False, hold=False, acknowledged=acknowledged
            )
        ).queued

    for number in (0, 1):
        await bring(number)
    with pytest.raises(QueueFull):
        await bring(2)
    assert await bring(2, acknowledged=True) is Queued.READY
    assert await bring(2, acknowledged=True) is Queued.DUPLICATE
    lanes.refuses = True
    with pytest.raises(StoreFull):
        await bring(3)
    assert await bring(3, acknowledged=True) is Queued.READY
    assert await all_runs(lanes) == some(4)


# -- several processes -------------------------------------------------------------------------------------------------


async def test_beside_another_process_nothing_is_stored_unread(
    make_process: MakeProcess, valkey: ValkeyServer, namespace: str
) -> None:
    ours, theirs = make_process("ours").spool, make_process("theirs").spool
    ours.rush.feed(rush.MANY)
    assert await ours.put(b"alone")
    await theirs.begin()
    assert not await ours.put(b"beside another")
    assert spooled(valkey, namespace) == [b"alone"]
    assert not ours.is_on, "it need not be tried again"


async def test_when_the_other_process_has_ended_it_is_stored_again(
    make_process: MakeProcess, valkey: ValkeyServer, namespace: str
) -> None:
    ours, theirs = make_process("ours").spool, make_process("theirs").spool
    await theirs.begin()
    await ours.begin()
    ours.rush.feed(rush.MANY)
    assert not ours.is_on
    await theirs.end()
    await ours.begin()
    assert ours.is_on
    assert await ours.put(b"event")


async def test_a_process_that_says_nothing_for_long_is_dead(
    make_process: MakeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "ALIVE_MS", 100)
    await make_process("dead").spool.begin()
    ours = make_process("ours").spool
    assert not await ours.put(b"event")
    async with asyncio.timeout(10):
        while not await ours.put(b"event"):
            await asyncio.sleep(0.02)


async def test_a_living_process_says_so(make_process: MakeProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "ALIVE_MS", 300)
    monkeypatch.setattr(spool_module, "LOOK_SECONDS", 0.02)
    async with running(make_process("alive").spool, Sorter()):
        ours, until_then = make_process("ours").spool, time.monotonic() + 1
        await asyncio.sleep(0.1)
        while time.monotonic() < until_then:
            assert not await ours.put(b"event")
            await asyncio.sleep(0.02)
