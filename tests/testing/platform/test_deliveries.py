"""Deliveries reach a healthy receiver in order, whatever another one does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from criabot.testing.platform import seed
from tests.testing.platform.office import Office, open_office


@asynccontextmanager
async def receiver(hangs: asyncio.Event | None = None) -> AsyncIterator[tuple[str, list[str]]]:
    """An address, and the texts of the messages that it has answered; `hangs`: it answers when that is set."""
    got: list[str] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.json()
        is_message = body["event"] == "message_created"
        for _turn in range(100 if is_message and int(body["content"]) % 2 == 0 else 0):
            await asyncio.sleep(0)  # every other one takes longer: the next would overtake it
        if hangs is not None:
            await hangs.wait()
        got.extend([body["content"]] if is_message else [])
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/", got
    await runner.cleanup()


async def write(office: Office, texts: list[str]) -> None:
    customer = office.platform.customer("Ana")
    for text in texts:
        await customer.says(text)
    await office.platform.settle()


async def test_the_messages_of_a_conversation_arrive_in_order() -> None:
    async with open_office() as office, receiver() as (url, got):
        office.platform.connect(url)
        texts = [f"{number}" for number in range(20)]
        await write(office, texts)
        assert got == texts


async def test_a_receiver_that_hangs_holds_up_nobody_else() -> None:
    awake = asyncio.Event()
    async with open_office() as office, receiver(awake) as (slow, held), receiver() as (url, got):
        office.platform.connect(slow)
        seed.add_webhook(office.platform.core, url, ["message_created"])
        await write(office, ["1", "2", "3"])
        assert got == ["1", "2", "3"]
        assert held == []


async def test_nothing_to_do_is_settled_without_a_turn_of_the_loop() -> None:
    async with open_office() as office:
        await office.platform.settle()
        settling = office.platform.settle().__await__()
        assert next(settling, "done") == "done"
