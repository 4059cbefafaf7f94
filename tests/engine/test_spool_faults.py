"""What goes wrong in a burst: the store fails, events are malformed; nothing is lost, and all who wait are told."""

from __future__ import annotations

import asyncio
import signal

import pytest

from criabot.engine import spool as spool_module
from criabot.engine.spool import AT_ONCE, Spool
from criabot.errors import StoreFull, StoreUnavailable
from tests.burst import spooled
from tests.engine.spools import (
    MakeProcess,
    Sorter,
    idle,
    letters,
    put,
    running,
    some,
    until,
)
from tests.servers import ValkeyServer


async def test_what_the_store_does_not_take_stays_and_goes_before_what_comes_later(
    spool: Spool, valkey: ValkeyServer, namespace: str
) -> None:
    sorter, is_down = Sorter(), asyncio.Event()
    is_down.set()

    async def some_fail(payload: bytes) -> str:
        if is_down.is_set() and payload in (b"2", b"3"):
            raise StoreUnavailable("for a test")
        return ""

    sorter.instead = some_fail
    async with running(spool, sorter):
        await put(spool, b"1", b"2", b"3", b"4")
        await until(lambda: sorter.begun.count(b"2") >= 2)
        await put(spool, b"5", b"6")
        assert spooled(valkey, namespace)[:2] == [b"2", b"3"]
        assert not spool.is_idle
        is_down.clear()
        await idle(spool)
    assert [payload for payload in sorter.done if payload in (b"2", b"3", b"5", b"6")][:2] == [b"2", b"3"]
    assert sorted(sorter.done) == [b"1", b"2", b"3", b"4", b"5", b"6"]
    assert spooled(valkey, namespace) == []


async def test_turns_do_not_wait_for_a_store_that_takes_nothing(
    spool: Spool, valkey: ValkeyServer, namespace: str
) -> None:
    sorter, events, is_down, calm = Sorter(), some(2 * AT_ONCE), asyncio.Event(), asyncio.Event()
    is_down.set()

    async def fail(_payload: bytes) -> str:
        if is_down.is_set():
            raise StoreUnavailable("for a test")
        return ""

    sorter.instead = fail
    await put(spool, *events)
    assert spool.is_busy
    spool.when_calm = calm.set
    async with running(spool, sorter), asyncio.timeout(10):
        await calm.wait()
        assert not spool.is_busy
        assert spooled(valkey, namespace) == events
        await until(lambda: len(sorter.begun) >= 2 * AT_ONCE)
        assert not spool.is_busy, "nor while it is tried again"
        assert spool.is_on, "what comes in goes behind it"
        is_down.clear()
        await spool.idle()
    assert sorter.done == events


async def test_what_has_no_lane_becomes_a_dead_letter(
    spool: Spool, valkey: ValkeyServer, namespace: str, caplog: pytest.LogCaptureFixture
) -> None:
    sorter = Sorter()

    async def judge(payload: bytes) -> str:
        if payload == b"fault":
            raise RuntimeError("not foreseen")
        return "it is malformed" if payload == b"malformed" else ""

    sorter.instead = judge
    async with running(spool, sorter):
        await put(spool, b"good", b"malformed", b"fault", b"good, too")
        await idle(spool)
    assert spooled(valkey, namespace) == []
    dead = letters(valkey, namespace)
    assert [(letter[b"kind"], letter[b"payload"], letter[b"reason"]) for letter in dead] == [
        (b"event", b"malformed", b"it is malformed"),
        (b"event", b"fault", b"a fault in criabot itself (RuntimeError)"),
    ]
    assert caplog.text.count("a fault in criabot itself: an event is kept as a dead letter") == 1


async def test_two_who_find_the_same_event_make_one_dead_letter_of_it(
    make_process: MakeProcess, valkey: ValkeyServer, namespace: str
) -> None:
    await put(make_process("dead").spool, b"malformed")
    both = asyncio.Barrier(2)

    async def judge(_payload: bytes) -> str:
        await both.wait()
        return "it is malformed"

    async with asyncio.timeout(10):
        await asyncio.gather(*(make_process(owner).spool.sort_left(judge) for owner in ("b", "c")))
    assert [letter[b"payload"] for letter in letters(valkey, namespace)] == [b"malformed"]


async def test_a_server_that_is_away_is_told_to_all_who_wait(make_process: MakeProcess) -> None:
    sorter = Sorter()
    with ValkeyServer() as server:
        spool = make_process(server=server).spool
        async with running(spool, sorter):
            await put(spool, b"before")
            await idle(spool)
            server.kill()
            answers = await asyncio.gather(*map(spool.put, some(10)), return_exceptions=True)
            assert [type(answer) for answer in answers] == [StoreUnavailable] * 10
            assert spool.is_idle
            assert spool.is_passed
            assert not spool.is_busy
            server.start()
            await put(spool, b"after")
            await idle(spool)
        assert sorter.done == [b"before", b"after"]


async def test_a_server_that_is_full_is_told_to_all_who_wait_and_stores_none(
    make_process: MakeProcess, namespace: str
) -> None:
    sorter = Sorter()
    with ValkeyServer() as server:
        spool = make_process(server=server).spool
        await put(spool, b"before")
        server.client().config_set("maxmemory", "1")
        answers = await asyncio.gather(*map(spool.put, some(10)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [StoreFull] * 10
        assert spooled(server, namespace) == [b"before"]
        async with running(spool, sorter):
            await idle(spool)  # what is there can be sorted and taken out
            assert spooled(server, namespace) == []
            server.client().config_set("maxmemory", "0")
            await put(spool, b"after")
            await idle(spool)
        assert sorter.done == [b"before", b"after"]


async def test_an_event_that_was_stored_though_nobody_could_tell_is_sorted_in_the_end(
    make_process: MakeProcess, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(spool_module, "LEFT_SECONDS", 0.1)
    sorter = Sorter()
    with ValkeyServer() as server:
        spool = make_process(server=server, timeout=0.3).spool
        await put(spool, b"before")
        server.process.send_signal(signal.SIGSTOP)
        with pytest.raises(StoreUnavailable):
            await spool.put(b"whose answer is lost")
        server.process.send_signal(signal.SIGCONT)
        await until(lambda: spooled(server, namespace) == [b"before", b"whose answer is lost"])
        async with running(spool, sorter):
            await until(lambda: not spooled(server, namespace))
        assert sorter.done == [b"before", b"whose answer is lost"]
