"""The platform's limits shared by processes through a Redis: never above the limit in total (contract 5.10)."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator
from itertools import chain
from typing import Any

import pytest
from redis.asyncio import Redis

from criabot.platform.limits import Limiter, Rate
from criabot.platform.shared import RedisBuckets
from tests.platform.test_limits import ALL, most_in_a_window
from tests.servers import ValkeyServer

RATE = Rate(60, 1.5)
SLOW_STARTER = Rate(1000, 60.0)


@pytest.fixture
async def redis(valkey: ValkeyServer) -> AsyncIterator[Redis]:
    async with Redis(unix_socket_path=str(valkey.socket), protocol=2) as client:
        yield client


async def calls_until(end: float, limiter: Limiter) -> list[float]:
    """Call as fast as the limiter lets, by several tasks; when each call went, by a clock that processes share."""
    went: list[float] = []

    async def work() -> None:
        while time.monotonic() < end:
            await limiter.admit(ALL)
            went.append(time.monotonic())

    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(work())
    return went


PROCESS = """
import asyncio, json, sys, time
from redis.asyncio import Redis
from criabot.platform.limits import Limiter, Rate
from criabot.platform.shared import RedisBuckets
from tests.platform.test_shared import RATE, calls_until

async def main(path, server, end):
    async with Redis(unix_socket_path=path, protocol=2) as redis:
        print(json.dumps(await calls_until(end, Limiter({"all": RATE}, RedisBuckets(redis, server)))))

asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
"""


async def test_processes_together_stay_below_the_limit(valkey: ValkeyServer, namespace: str) -> None:
    arguments = [str(valkey.socket), namespace, str(time.monotonic() + 8.0)]
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", PROCESS, *arguments, stdout=asyncio.subprocess.PIPE)
        for _ in range(3)
    ]
    outputs = [(await process.communicate())[0] for process in processes]
    times = [json.loads(output) for output in outputs]
    together = sorted(chain.from_iterable(times))
    assert all(times), "each process had its share"
    assert most_in_a_window(together, RATE.seconds) <= RATE.calls
    busy = together[-1] - max(each[0] for each in times)
    assert len(together) > 0.5 * RATE.calls * busy / RATE.seconds, "they are not simply too careful"


async def test_a_busy_process_takes_several_permits_at_once(redis: Redis, namespace: str) -> None:
    asked = 0

    class Counting(RedisBuckets):
        async def take(self, name: str, rate: Rate, calls: int) -> Any:
            nonlocal asked
            asked += 1
            return await super().take(name, rate, calls)

    limiter = Limiter({"all": Rate(3000)}, Counting(redis, namespace))
    for _ in range(500):
        await limiter.admit(ALL)
    assert asked < 20


async def test_permits_are_soon_worth_nothing(redis: Redis, namespace: str) -> None:
    """Else they would come on top of what the bucket gives later."""
    rate = Rate(1000, 2.0)
    limiter = Limiter({"all": rate}, RedisBuckets(redis, namespace))
    for _ in range(60):
        await limiter.admit(ALL)
    bucket = limiter._buckets[ALL[0]]
    assert bucket.has_permit(time.monotonic())
    assert not bucket.has_permit(time.monotonic() + 0.1)


async def test_one_process_is_refused_and_all_wait(redis: Redis, namespace: str) -> None:
    one, other = (Limiter({"all": SLOW_STARTER}, RedisBuckets(redis, namespace)) for _ in range(2))
    await one.refused(ALL, 1.0)
    began = time.monotonic()
    await asyncio.gather(one.admit(ALL), other.admit(ALL))
    assert time.monotonic() - began >= 0.99


async def test_different_servers_have_different_limits(redis: Redis, namespace: str) -> None:
    one, other = (Limiter({"all": SLOW_STARTER}, RedisBuckets(redis, f"{namespace}{host}")) for host in "ab")
    await one.refused(ALL, 30.0)
    async with asyncio.timeout(5):
        await other.admit(ALL)


async def test_a_bucket_that_nobody_uses_is_forgotten(redis: Redis, namespace: str) -> None:
    limiter = Limiter({"all": Rate(1000, 1.0)}, RedisBuckets(redis, namespace))
    await limiter.admit(ALL)
    [key] = await redis.keys(f"cb:limits:{namespace}:*")
    assert 0 < await redis.pttl(key) < 3000


async def test_without_redis_the_limit_of_the_process_holds(caplog: pytest.LogCaptureFixture) -> None:
    with ValkeyServer() as server:
        async with Redis(unix_socket_path=str(server.socket), protocol=2) as redis:
            limiter = Limiter({"all": RATE}, RedisBuckets(redis, "here"))
            await limiter.admit(ALL)
            server.kill()
            times = await calls_until(time.monotonic() + 3.0, limiter)
            server.start()
    assert len(times) > 60
    assert most_in_a_window(times, RATE.seconds) <= RATE.calls
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1, "it is told once, not for each call"
    assert "Redis does not count the calls" in warnings[0].getMessage()


async def test_a_frozen_redis_holds_up_one_call_for_half_a_second() -> None:
    with ValkeyServer() as server:
        async with Redis(unix_socket_path=str(server.socket), protocol=2) as redis:
            limiter = Limiter({"all": SLOW_STARTER}, RedisBuckets(redis, "here"))
            server.process.send_signal(signal.SIGSTOP)
            began = time.monotonic()
            await asyncio.gather(*[limiter.admit(ALL) for _ in range(20)])
            assert time.monotonic() - began < 3
            server.process.send_signal(signal.SIGCONT)


async def test_who_gives_up_while_redis_is_asked_leaves_it_usable(redis: Redis, namespace: str) -> None:
    limiter = Limiter({"all": Rate(3000)}, RedisBuckets(redis, namespace))
    for _ in range(50):
        task = asyncio.create_task(limiter.admit(ALL))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    async with asyncio.timeout(5):
        await limiter.admit(ALL)
