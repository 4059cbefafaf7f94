"""A cancelled task ends, also when it was cancelled while it asked Redis something."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from criabot.engine.lanes import Limits
from criabot.engine.store import StoreOptions, open_store
from tests.servers import ValkeyServer

STEPS = 10  # of the event loop, more than it takes to ask


@pytest.mark.parametrize("steps", range(STEPS))
async def test_a_watch_that_is_cancelled_while_it_asks_ends(
    valkey: ValkeyServer, namespace: str, tmp_path: Path, steps: int
) -> None:
    limits = Limits(lease=1000, hold=0)
    options = StoreOptions(valkey.url, tmp_path, None, namespace, "test", 1, "test", limits)
    store = await open_store(options)
    await store.ping()  # connected: a new connection would take more steps
    watching = asyncio.create_task(store.watch())
    for _ in range(steps):
        await asyncio.sleep(0)
    watching.cancel()
    ended, _ = await asyncio.wait({watching}, timeout=2)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await store.close()
    assert ended, "the cancellation was lost"
