"""Spools on a real server, for tests that tell a story with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from criabot.engine.keys import Keys
from criabot.engine.lanes import Commit, Lanes, Limits, Run, Step, Stop
from criabot.engine.pipeline import Pipeline, connect
from criabot.engine.spool import Sort, Spool
from tests.engine.steps import LANE, run_of, take
from tests.servers import ValkeyServer

PARTITIONS = 4


class Process(NamedTuple):
    """What one process has."""

    pipeline: Pipeline
    spool: Spool
    lanes: Lanes


MakeProcess = Callable[..., Process]


class Sorter:
    """Notes what was sorted; a test may say what happens instead, and may hold it back."""

    def __init__(self) -> None:
        self.begun: list[bytes] = []
        self.done: list[bytes] = []
        self.instead: Callable[[bytes], Awaitable[str]] | None = None
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, payload: bytes) -> str:
        self.begun.append(payload)
        await self.go.wait()
        why = await self.instead(payload) if self.instead is not None else ""
        self.done.append(payload)
        return why


@asynccontextmanager
async def processes(valkey: ValkeyServer, namespace: str) -> AsyncIterator[MakeProcess]:
    """Processes of a namespace, on the shared server or on another."""
    pipelines: list[Pipeline] = []

    def make(owner: str = "a", *, server: ValkeyServer = valkey, timeout: float = 5.0) -> Process:
        pipeline, keys = Pipeline(connect(server.url, timeout=timeout, retries=0)), Keys(namespace, PARTITIONS)
        pipelines.append(pipeline)
        limits = Limits(hold=0)
        spool = Spool(pipeline, keys, owner=owner, limits=limits)
        return Process(pipeline, spool, Lanes(pipeline, keys, owner=owner, limits=limits))

    yield make
    for pipeline in pipelines:
        await pipeline.close()


@asynccontextmanager
async def running(spool: Spool, sort: Sort) -> AsyncIterator[None]:
    task = asyncio.create_task(spool.run(sort))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.002)


async def idle(spool: Spool) -> None:
    async with asyncio.timeout(10):
        await spool.idle()


def some(count: int) -> list[bytes]:
    return [b"event %d" % number for number in range(count)]


async def put(spool: Spool, *payloads: bytes) -> None:
    await asyncio.gather(*map(spool.put, payloads))


def letters(valkey: ValkeyServer, namespace: str) -> list[dict[bytes, bytes]]:
    with valkey.client() as client:
        return [letter for key in client.keys(f"cb:{namespace}:*:dlq") for _, letter in client.xrange(key)]


async def all_runs(lanes: Lanes) -> list[bytes]:
    """Run the lane until it has nothing left."""
    grant, payloads = await take(lanes), list[bytes]()
    step: Step = grant.step
    while not isinstance(step, Stop):
        run: Run = run_of(step)
        payloads.append(run.payload)
        step = await lanes.commit(LANE, grant.fence, run, Commit())
    return payloads
