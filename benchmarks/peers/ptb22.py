"""python-telegram-bot 22, its documented custom webhook (starlette + uvicorn), in-memory state (DictPersistence).

Updates are handled 256 at a time (its default of one at a time is ordered, and slower).
Dedup: a set in bot_data (PTB has none and no Redis).
"""

import secrets

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Update
from telegram.ext import Application, ContextTypes, DictPersistence, MessageHandler, filters

from benchmarks.common import BOT_PORT, SECRET, SINK, TELEGRAM_TOKEN, reply_text, run


async def on_message(update: Update, context: ContextTypes.DEFAULT_TYPE):
    seen = context.bot_data.setdefault("seen", set())
    if update.update_id in seen:
        return
    seen.add(update.update_id)
    n = context.chat_data.get("n", 0) + 1
    context.chat_data["n"] = n
    await update.message.reply_text(reply_text(update.message.text, n))


async def main():
    class P(DictPersistence):  # bot_data holds a set; it is not to be flushed to JSON in this bench
        async def update_bot_data(self, data):
            pass

    b = (
        Application.builder()
        .token(TELEGRAM_TOKEN)
        .base_url(f"{SINK}/bot")
        .updater(None)
        .persistence(P(update_interval=3600))
        .connection_pool_size(256)
        .pool_timeout(60)
        .concurrent_updates(256)
    )
    app = b.build()
    app.add_handler(MessageHandler(filters.TEXT, on_message))

    async def hook(request: Request) -> Response:
        if not secrets.compare_digest(request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""), SECRET):
            return Response(status_code=401)
        await app.update_queue.put(Update.de_json(await request.json(), app.bot))
        return Response()

    star = Starlette(routes=[Route("/webhook", hook, methods=["POST"])])
    server = uvicorn.Server(
        uvicorn.Config(
            star,
            host="127.0.0.1",
            port=BOT_PORT,
            log_level="warning",
            access_log=False,
            loop="none",
            http="httptools",
            backlog=2048,
        )
    )
    async with app:
        await app.start()
        await server.serve()
        await app.stop()


if __name__ == "__main__":
    run(main())
