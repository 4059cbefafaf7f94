"""The webhook's pipeline (one try, little time): every call has ended in time, whatever the connection does."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import pytest

from criabot.engine.keys import Keys
from criabot.engine.lanes import Lanes, Limits
from criabot.engine.pipeline import Pipeline, connect
from criabot.engine.store import INGEST_SECONDS
from criabot.errors import StoreUnavailable
from tests.engine.steps import put
from tests.servers import ValkeyServer

TIMEOUT = 0.4
SLACK = 0.2  # of a machine that is busy with other tests
Talk: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

SILENCE = "Redis does not answer \\(TimeoutError\\): is it up"


def pipeline_to(url: str, namespace: str) -> tuple[Lanes, Pipeline]:
    pipeline = Pipeline(connect(url, timeout=TIMEOUT, retries=0))
    return Lanes(pipeline, Keys(namespace, 4), owner="a", limits=Limits(hold=0)), pipeline


@asynccontextmanager
async def server_that(talk: Talk) -> AsyncIterator[str]:
    """A server that is no Redis; the URL."""
    talks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def fails_in_time(lanes: Lanes, number: int, match: str = "Redis does not answer") -> float:
    """How long it took."""
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match=match):
        await put(lanes, number)
    took = time.monotonic() - began
    assert took < TIMEOUT + SLACK
    return took


async def spread_over_time(lanes: Lanes, match: str = "Redis does not answer") -> None:
    """Calls that begin at different moments of what the connection goes through."""
    calls = []
    for number in range(1, 30):
        calls.append(asyncio.create_task(fails_in_time(lanes, number, match)))
        await asyncio.sleep(TIMEOUT / 7)
    await asyncio.gather(*calls)


def test_the_webhook_is_answered_within_a_second() -> None:
    assert INGEST_SECONDS <= 0.8


async def test_a_server_that_accepts_and_never_answers(namespace: str) -> None:
    async def be_silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            pass

    async with server_that(be_silent) as url:
        lanes, pipeline = pipeline_to(url, namespace)
        await spread_over_time(lanes, SILENCE)
        await pipeline.close()


async def test_a_server_that_greets_and_then_never_answers(namespace: str) -> None:
    async def only_greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if b"EVAL" not in data:
                writer.write(b"+OK\r\n" * data.count(b"*"))

    async with server_that(only_greet) as url:
        lanes, pipeline = pipeline_to(url, namespace)
        await spread_over_time(lanes, SILENCE)
        await pipeline.close()


async def test_a_server_that_greets_late_and_then_never_answers(namespace: str) -> None:
    """Waiting for a connection and waiting for an answer have one deadline together."""

    async def greet_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if b"EVAL" not in data:
                await asyncio.sleep(TIMEOUT / 3)
                writer.write(b"+OK\r\n" * data.count(b"*"))

    async with server_that(greet_late) as url:
        lanes, pipeline = pipeline_to(url, namespace)
        await spread_over_time(lanes)
        await pipeline.close()


async def test_a_server_that_hangs_up_at_every_command(namespace: str) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if b"EVAL" in data:
                return
            writer.write(b"+OK\r\n" * data.count(b"*"))

    async with server_that(hang_up) as url:
        lanes, pipeline = pipeline_to(url, namespace)
        await spread_over_time(lanes)
        await pipeline.close()


async def test_a_server_that_loads_its_data_for_ever(namespace: str) -> None:
    async def load(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(b"-LOADING it takes a while\r\n" if b"EVAL" in data else b"+OK\r\n" * data.count(b"*"))

    async with server_that(load) as url:
        lanes, pipeline = pipeline_to(url, namespace)
        await spread_over_time(lanes)
        await pipeline.close()


async def test_a_server_that_forgot_the_scripts_and_says_so_late(namespace: str) -> None:
    """The text of a script that is sent after its name has no time of its own."""

    async def forget(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if b"EVALSHA" in data:
                await asyncio.sleep(TIMEOUT * 0.7)
                writer.write(b"-NOSCRIPT No matching script\r\n" * data.count(b"EVALSHA"))
            elif b"EVAL" not in data and b"local" not in data:
                writer.write(b"+OK\r\n" * data.count(b"*"))

    async with server_that(forget) as url:
        lanes, pipeline = pipeline_to(url, namespace)
        await fails_in_time(lanes, 1, SILENCE)
        await pipeline.close()


async def test_an_opening_that_hangs(valkey: ValkeyServer, namespace: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that becomes of the opening, not even that it ignores being cancelled, keeps a call waiting."""
    lanes, pipeline = pipeline_to(valkey.url, namespace)
    opened = asyncio.Event()

    async def hang() -> None:
        while not opened.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await opened.wait()

    monkeypatch.setattr(pipeline, "_connect", hang)
    await spread_over_time(lanes, SILENCE)
    monkeypatch.undo()
    opened.set()
    with contextlib.suppress(StoreUnavailable):
        await put(lanes, 98)
    await put(lanes, 99)
    await pipeline.close()


async def test_a_process_that_stands_still_and_goes_on(namespace: str) -> None:
    with ValkeyServer() as server:
        lanes, pipeline = pipeline_to(server.url, namespace)
        await put(lanes, 1000)
        server.process.send_signal(signal.SIGSTOP)
        await spread_over_time(lanes, SILENCE)
        server.process.send_signal(signal.SIGCONT)
        await put(lanes, 1001)
        await pipeline.close()


async def test_after_many_losses_the_first_call_to_a_server_that_is_back_is_answered(namespace: str) -> None:
    with ValkeyServer() as server:
        lanes, pipeline = pipeline_to(server.url, namespace)
        for number in range(1, 8):
            server.process.send_signal(signal.SIGSTOP)
            call = asyncio.create_task(put(lanes, number))
            await asyncio.sleep(0.05)
            server.kill()
            with pytest.raises(StoreUnavailable):
                await call
            server.start()
        began = time.monotonic()
        await put(lanes, 99)
        assert time.monotonic() - began < TIMEOUT + SLACK
        await pipeline.close()


async def test_a_call_whose_caller_gave_up_waiting_for_a_connection_is_not_sent(namespace: str) -> None:
    received = []

    async def greet_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            received.append(data)
            if b"EVAL" in data:
                writer.write(b"*1\r\n$6\r\nQUEUED\r\n")
            else:
                await asyncio.sleep(TIMEOUT / 20)
                writer.write(b"+OK\r\n" * data.count(b"*"))

    async with server_that(greet_late) as url:
        lanes, pipeline = pipeline_to(url, namespace)
        given_up = asyncio.create_task(put(lanes, 1))
        await asyncio.sleep(0)
        given_up.cancel()
        await put(lanes, 2)
        sent = b"".join(received)
        assert b"event 2" in sent
        assert b"event 1" not in sent
        await pipeline.close()
