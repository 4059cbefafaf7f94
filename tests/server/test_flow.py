"""No more of a client is kept in memory than is needed: who does not read, or sends ahead, is not read either."""

from __future__ import annotations

import asyncio

import pytest

from criabot.server import plain
from criabot.server.plain import ARRIVAL_SECONDS, LONGEST_HEAD
from tests.server.ways import Wire, answers, both_ways, is_of_aiohttp, request, settled


async def test_who_does_not_read_his_answers_is_not_read_either() -> None:
    async with both_ways() as ways:
        wire = Wire(ways.plain())
        wire.protocol.pause_writing()
        assert not wire.reads
        wire.hears(request() * 3)
        await settled()
        assert wire.said == b""
        wire.protocol.resume_writing()
        await settled()
        assert wire.reads
        assert len(answers(wire.said)) == 3


async def test_who_stops_reading_while_his_event_is_stored_hears_no_more_than_that() -> None:
    go = asyncio.Event()
    async with both_ways() as ways:
        ways.store.instead = go.wait
        wire = Wire(ways.plain())
        wire.hears(request() * 2)
        await settled()
        wire.protocol.pause_writing()
        go.set()
        await settled()
        assert len(answers(wire.said)) == 1
        assert not wire.reads
        wire.protocol.resume_writing()
        await settled()
        assert len(answers(wire.said)) == 2
        assert wire.reads


async def test_what_goes_to_aiohttp_goes_when_the_client_reads_again() -> None:
    """aiohttp would otherwise be told that writing goes on, without having heard that it had stopped."""
    async with both_ways() as ways:
        wire = Wire(ways.plain())
        wire.protocol.pause_writing()
        wire.hears(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        await settled()
        assert wire.said == b""
        wire.protocol.resume_writing()
        await settled()
        assert is_of_aiohttp(wire.said)
        wire.close()


async def test_who_sends_far_ahead_waits_for_the_answer() -> None:
    go = asyncio.Event()
    async with both_ways() as ways:
        ways.store.instead = go.wait
        wire = Wire(ways.plain())
        wire.hears(request())
        wire.hears(request(b'{"event":"' + b"x" * LONGEST_HEAD + b'"}'))
        await settled()
        assert not wire.reads
        go.set()
        await settled()
        assert wire.reads
        assert [status for status, _ in answers(wire.said)] == [200, 200]


async def test_who_never_reads_is_broken_off() -> None:
    async with both_ways() as ways:
        now = asyncio.get_running_loop().time()
        slow, deaf = Wire(ways.plain()), Wire(ways.plain())
        for wire in (slow, deaf):
            wire.hears(request()[:-1])
        deaf.protocol.pause_writing()
        for late in (ARRIVAL_SECONDS - 1, ARRIVAL_SECONDS + 1):
            assert not slow.is_closing()
            for each in list(ways.plain.connections):
                each.end_if_stuck(now + late)
        assert slow.is_closing()
        assert (slow.was_aborted, deaf.was_aborted) == (False, True)
        await settled()
        assert not ways.plain.connections


async def test_at_the_end_nobody_waits_for_a_body_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "CLOSE_SECONDS", 0.01)
    async with both_ways() as ways:
        wire = Wire(ways.plain())
        wire.hears(request()[:-1])
    assert wire.was_aborted
    assert wire.said == b""
