"""E8: the platform says "too many" to one of several requests, and a new request comes.

In python-telegram-bot's rate limiter a request that came while others were in flight left 0.2 s after a "retry after
1 s", and made it worse: the platform counts refused calls, too. In criabot it waits, and so do those that wait already,
also in other processes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from criabot.errors import RateLimited
from criabot.platform import ApplicationClient
from criabot.platform.limits import Limiter, Rate
from criabot.platform.shared import RedisBuckets
from tests.anchors.waiting import until
from tests.servers import ValkeyServer

RETRY_AFTER = 1.0
FEW = {"all": Rate(100, 1.0)}


class Limited:
    """Answers "retry after 1 s" to the request that says so, and the others when it is told to."""

    def __init__(self) -> None:
        self.arrived: dict[int, float] = {}
        self.refused_at = 0.0
        self.go_on = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        number = int(request.match_info["conversation"])
        self.arrived.setdefault(number, time.monotonic())
        if number == 0 and not self.refused_at:
            self.refused_at = time.monotonic()
            return web.Response(status=429, text="Retry later\n", headers={"Retry-After": "1"})
        await self.go_on.wait()
        return web.json_response({"id": 5})


@pytest.fixture
async def limited() -> Limited:
    return Limited()


@pytest.fixture
async def url(limited: Limited) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/api/v1/accounts/1/conversations/{conversation}/messages", limited.handle)
    async with TestServer(application) as server:
        yield str(server.make_url(""))


def a_client(url: str, limiter: Limiter, retries: int = 0) -> ApplicationClient:
    return ApplicationClient(url, 1, bot_token="a-bot-token", retries=retries, limiter=limiter)


async def test_a_new_request_waits_while_others_are_in_flight(limited: Limited, url: str) -> None:
    async with a_client(url, Limiter(FEW)) as client, asyncio.TaskGroup() as group:
        for number in (1, 2, 3):
            group.create_task(client.messages.create(number, "in flight"))
        await until(lambda: len(limited.arrived) == 3, "three requests are in flight")
        with pytest.raises(RateLimited):
            await client.messages.create(0, "one too many")
        group.create_task(client.messages.create(4, "new"))
        limited.go_on.set()
        await until(lambda: 4 in limited.arrived, "the new request leaves")
    assert limited.arrived[4] - limited.refused_at >= RETRY_AFTER


async def test_so_do_those_that_wait_already_and_the_refused_one_itself(limited: Limited, url: str) -> None:
    limited.go_on.set()
    async with a_client(url, Limiter(FEW), retries=1) as client, asyncio.TaskGroup() as group:
        for number in range(80):  # no more than 18 may leave at once
            group.create_task(client.messages.create(number, "x"))
    late = sorted(at for at in limited.arrived.values() if at > limited.refused_at + 0.2)
    assert len(late) > 50
    assert late[0] - limited.refused_at >= RETRY_AFTER
    assert late[-1] - late[0] >= 0.4, "they do not all leave at the same moment then"


async def test_so_do_other_processes_on_the_same_redis(limited: Limited, url: str, store: ValkeyServer) -> None:
    limited.go_on.set()
    async with (
        Redis(unix_socket_path=str(store.socket), protocol=2) as redis,
        a_client(url, Limiter(FEW, RedisBuckets(redis, "here"))) as one,
        a_client(url, Limiter(FEW, RedisBuckets(redis, "here"))) as other,
    ):
        with pytest.raises(RateLimited):
            await one.messages.create(0, "one too many")
        await other.messages.create(1, "new")
    assert limited.arrived[1] - limited.refused_at >= RETRY_AFTER - 0.05
