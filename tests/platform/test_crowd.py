"""500 calls at once against a server that counts, refuses and fails: what it got, and what the callers were told."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from criabot import errors
from criabot.platform import ApplicationClient
from criabot.platform.limits import Limiter, Rate

CALLS = 500
LIMIT = Rate(400, 2.0)


class Counting:
    """A server with the platform's kind of limit: so many calls in each window of its clock (contract 5.10).

    Now and then it refuses for somebody else's calls, fails before it acts, or acts and fails then.
    """

    def __init__(self) -> None:
        self.in_window: Counter[int] = Counter()
        self.done: Counter[str] = Counter()
        self.answered: Counter[int] = Counter()
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.in_window[int(time.time() // LIMIT.seconds)] += 1
        number = self.in_window.total()
        status = self.status_of(number)
        if (status == 200 or number % 2) and status != 429:
            self.done[f"{request.match_info['conversation']} {request.match_info['what']}"] += 1
        await asyncio.sleep(0.01)
        self.answered[status] += 1
        if status == 429:
            return web.Response(status=429, text="Retry later\n")
        return web.json_response({"id": 5, "payload": {"current_status": "open"}}, status=status)

    def status_of(self, number: int) -> int:
        if max(self.in_window.values()) > LIMIT.calls or number % 150 == 0:
            return 429
        return 500 if number % 31 == 0 or number % 32 == 0 else 200


@pytest.fixture
async def counting() -> AsyncIterator[Counting]:
    counting = Counting()
    application = web.Application()
    application.router.add_post(
        "/api/v1/accounts/3/conversations/{conversation}/{what:messages|toggle_status}", counting.handle
    )
    async with TestServer(application) as server:
        counting.url = str(server.make_url(""))
        yield counting


async def test_none_is_lost_none_is_sent_twice_unless_it_may_be_and_the_limit_is_kept(counting: Counting) -> None:
    told: dict[str, str] = {}
    limiter = Limiter({"all": LIMIT})

    async def post(client: ApplicationClient, number: int) -> None:
        try:
            await client.messages.create(number, "Olá")
            told[f"{number} messages"] = "done"
        except errors.ServerError:
            told[f"{number} messages"] = "unknown"

    async def open_(client: ApplicationClient, number: int) -> None:
        assert await client.conversations.toggle_status(number, "open") == "open"
        told[f"{number} toggle_status"] = "done"

    async with (
        ApplicationClient(counting.url, 3, bot_token="a-bots", retries=8, limiter=limiter) as one,
        ApplicationClient(counting.url, 3, user_token="a-users", retries=8, limiter=limiter, pool_size=20) as other,
        asyncio.timeout(60),
        asyncio.TaskGroup() as group,
    ):
        for number in range(CALLS // 2):
            client = one if number % 2 else other
            group.create_task(post(client, number))
            group.create_task(open_(client, number))

    assert max(counting.in_window.values()) <= LIMIT.calls, "the limit is kept"
    assert {429, 500} <= set(counting.answered), "there was something to survive"
    assert len(told) == CALLS, "every caller was told"
    for call, what in told.items():
        times = counting.done[call]
        if what == "unknown":
            assert times <= 1, "a message is never sent twice"
        elif call.endswith("messages"):
            assert times == 1, "a message that was said to be sent was sent once"
        else:
            assert times >= 1, "what may be done twice was done"
    assert 0 < list(told.values()).count("unknown") < 50
