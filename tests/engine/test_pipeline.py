"""The wire to Redis: lost connections, slow servers, answers that are errors, each on a real server."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable

import pytest
import uvloop

from criabot.engine.keys import Keys
from criabot.engine.lanes import Lanes, Limits
from criabot.engine.pipeline import Pipeline, connect
from criabot.errors import StoreFull, StoreUnavailable
from tests.engine.steps import put, run_of, take
from tests.servers import ValkeyServer


def lanes_on(server: ValkeyServer, namespace: str, *, timeout: float = 5.0, retries: int = 0) -> tuple[Lanes, Pipeline]:
    pipeline = Pipeline(connect(server.url, timeout=timeout, retries=retries))
    return Lanes(pipeline, Keys(namespace, 4), owner="a", limits=Limits(hold=0)), pipeline


async def test_a_lost_connection_fails_its_calls_and_the_next_call_opens_another(
    valkey: ValkeyServer, namespace: str
) -> None:
    lanes, pipeline = lanes_on(valkey, namespace)
    await put(lanes, 1)
    valkey.client().client_pause(200, all=False)
    under_way = asyncio.ensure_future(put(lanes, 2))
    await asyncio.sleep(0.02)
    valkey.client().client_kill_filter(_type="normal", skipme=True)
    with pytest.raises(StoreUnavailable):
        await under_way
    await put(lanes, 3)
    await pipeline.close()


async def test_a_patient_pipeline_sends_its_calls_again(valkey: ValkeyServer, namespace: str) -> None:
    lanes, pipeline = lanes_on(valkey, namespace, retries=3)
    await put(lanes, 1)
    valkey.client().client_pause(200, all=False)
    calls = [asyncio.ensure_future(put(lanes, number)) for number in (2, 3)]
    await asyncio.sleep(0.02)
    valkey.client().client_kill_filter(_type="normal", skipme=True)
    await asyncio.gather(*calls)
    assert run_of((await take(lanes)).step).order == 1
    await pipeline.close()


async def test_a_server_that_stands_still_costs_no_more_than_the_time_limit(namespace: str) -> None:
    with ValkeyServer() as server:
        lanes, pipeline = lanes_on(server, namespace, timeout=0.2)
        await put(lanes, 1)
        server.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await put(lanes, 2)
        assert 0.15 < time.monotonic() - began < 1.0
        with pytest.raises(StoreUnavailable):  # while it is opened anew, too
            await put(lanes, 3)
        server.process.send_signal(signal.SIGCONT)
        await put(lanes, 4)
        await pipeline.close()


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_blocked_loop_makes_no_answer_late(
    loop: Callable[[], asyncio.AbstractEventLoop], valkey: ValkeyServer, namespace: str
) -> None:
    """It is so large that the socket takes only a part of it before the loop stands still."""

    async def story() -> None:
        lanes, pipeline = lanes_on(valkey, namespace, timeout=1.0)
        await put(lanes, 1)
        large = b"x" * 16_000_000
        under_way = asyncio.ensure_future(lanes.ingest("c1", "2", 2, large, urgent=False, hold=False))
        for _ in range(3):
            await asyncio.sleep(0)
        assert not under_way.done()
        time.sleep(2.0)  # noqa: ASYNC251 - that is what the test is about
        await under_way
        await pipeline.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(story())


async def test_a_server_that_is_away_is_told_at_once(namespace: str) -> None:
    with ValkeyServer() as server:
        lanes, pipeline = lanes_on(server, namespace)
        server.kill()
        with pytest.raises(StoreUnavailable, match="is it up"):
            await put(lanes, 1)
        server.start()
        await put(lanes, 2)
        await pipeline.close()


async def test_who_does_not_speak_redis_is_hung_up_on(namespace: str) -> None:
    async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):  # a greeting is answered as it should be, a script is not
                writer.write(
                    b"HTTP/1.1 400 Bad Request\r\n\r\n" if b"EVALSHA" in data else b"+OK\r\n" * data.count(b"*")
                )
        writer.close()

    server = await asyncio.start_server(chatter, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    pipeline = Pipeline(connect(f"redis://127.0.0.1:{port}", timeout=1.0, retries=0))
    lanes = Lanes(pipeline, Keys(namespace, 4), owner="a", limits=Limits(hold=0))
    for number in (1, 2):
        with pytest.raises(StoreUnavailable, match="InvalidResponse"):
            await put(lanes, number)
    await pipeline.close()
    server.close()


async def test_a_connection_that_was_closed_unused_delays_nothing(valkey: ValkeyServer, namespace: str) -> None:
    lanes, pipeline = lanes_on(valkey, namespace)
    await put(lanes, 1)
    for number in (2, 3, 4):
        valkey.client().client_kill_filter(_type="normal", skipme=True)
        await asyncio.sleep(0.02)
        began = time.monotonic()
        await put(lanes, number)
        assert time.monotonic() - began < 0.08
    await pipeline.close()


async def test_a_full_server_says_so(namespace: str) -> None:
    with ValkeyServer("--maxmemory", "1mb") as server:
        lanes, pipeline = lanes_on(server, namespace)
        with pytest.raises(StoreFull):
            await put(lanes, 1)
        await pipeline.close()


async def test_a_severed_pipeline_fails_every_call_and_sends_nothing(valkey: ValkeyServer, namespace: str) -> None:
    lanes, pipeline = lanes_on(valkey, namespace)
    await put(lanes, 1)
    valkey.client().client_pause(100)
    under_way = asyncio.ensure_future(put(lanes, 2))
    await asyncio.sleep(0.02)
    pipeline.sever()
    for call in (under_way, put(lanes, 3)):
        with pytest.raises(StoreUnavailable):
            await call
    await pipeline.close()


async def test_closing_waits_for_what_is_under_way(valkey: ValkeyServer, namespace: str) -> None:
    lanes, pipeline = lanes_on(valkey, namespace)
    calls = [asyncio.ensure_future(put(lanes, number)) for number in (1, 2)]
    await asyncio.sleep(0)
    await pipeline.close()
    assert [call.done() and call.exception() for call in calls] == [None, None]
