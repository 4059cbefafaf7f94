"""Lanes on a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from criabot.engine.keys import Keys
from criabot.engine.lanes import Lanes, Limits
from criabot.engine.pipeline import Pipeline, connect
from criabot.engine.spool import Spool
from tests.engine.spools import MakeProcess, processes
from tests.servers import ValkeyServer

MakeLanes = Callable[..., Lanes]


@pytest.fixture
async def make_lanes(valkey: ValkeyServer, namespace: str) -> AsyncIterator[MakeLanes]:
    """Lanes of the test's namespace; several calls are several processes to the server."""
    pipelines: list[Pipeline] = []

    def make(owner: str = "a", **limits: int) -> Lanes:
        pipeline = Pipeline(connect(valkey.url, timeout=5.0, retries=0))
        pipelines.append(pipeline)
        return Lanes(pipeline, Keys(namespace, 4), owner=owner, limits=replace(Limits(hold=0), **limits))

    yield make
    for pipeline in pipelines:
        await pipeline.close()


@pytest.fixture
def lanes(make_lanes: MakeLanes) -> Lanes:
    return make_lanes()


@pytest.fixture
async def make_process(valkey: ValkeyServer, namespace: str) -> AsyncIterator[MakeProcess]:
    async with processes(valkey, namespace) as make:
        yield make


@pytest.fixture
def spool(make_process: MakeProcess) -> Spool:
    return make_process().spool
