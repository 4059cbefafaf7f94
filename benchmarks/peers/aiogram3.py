"""aiogram 3 webhook: aiohttp SimpleRequestHandler, RedisStorage FSM, secret token.

MODE=bg : SimpleRequestHandler's default (ack first, update handled in a background task).
MODE=iso: default + SimpleEventIsolation (per-conversation lock in process).
Its Redis pool waits for a free connection: the default one raises above 100 and loses what was acknowledged.
Dedup by update_id is not in aiogram: an outer middleware with SET NX on the storage's redis.
"""

import asyncio

from aiogram import BaseMiddleware, Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.memory import SimpleEventIsolation
from aiogram.fsm.storage.redis import RedisStorage
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web
from redis.asyncio import BlockingConnectionPool, Redis

from benchmarks.common import BOT_PORT, MODE, REDIS_URL, SECRET, SINK, TELEGRAM_TOKEN, reply_text, run


class Dedup(BaseMiddleware):
    def __init__(self, redis):
        self.redis = redis

    async def __call__(self, handler, event, data):
        if await self.redis.set(f"dedup:{event.update_id}", b"1", nx=True, ex=86400):
            await handler(event, data)


async def main():
    storage = RedisStorage(
        Redis(connection_pool=BlockingConnectionPool.from_url(REDIS_URL, max_connections=64, timeout=60))
    )
    kw = {"events_isolation": SimpleEventIsolation()} if MODE == "iso" else {}
    dp = Dispatcher(storage=storage, **kw)
    dp.update.outer_middleware(Dedup(storage.redis))

    @dp.message()
    async def on_message(message: Message, state: FSMContext):
        d = await state.get_data()
        n = d.get("n", 0) + 1
        await state.set_data({"n": n, "step": "start", "data": {}})
        await message.answer(reply_text(message.text, n))

    bot = Bot(TELEGRAM_TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(SINK)))
    app = web.Application()
    SimpleRequestHandler(dp, bot, secret_token=SECRET).register(app, path="/webhook")
    setup_application(app, dp, bot=bot)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", BOT_PORT, backlog=2048).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    run(main())
