"""slack-bolt async, its aiohttp server, signature verification on. State and dedup: redis.asyncio in the listener.

The client is given one shared aiohttp session: by default it opens a new connection for each API call.
Bolt acks an event at once and runs the listener as a task.
"""

import asyncio

import aiohttp
import orjson
import redis.asyncio as redis
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.common import BOT_PORT, REDIS_URL, SECRET, SINK, reply_text, run


async def main():
    client = AsyncWebClient(token="xoxb-bench", base_url=f"{SINK}/api/", session=aiohttp.ClientSession())
    app = AsyncApp(client=client, signing_secret=SECRET)
    r = redis.Redis(connection_pool=redis.BlockingConnectionPool.from_url(REDIS_URL, max_connections=64, timeout=60))

    @app.event("message")
    async def on_message(event, body, say):
        if not await r.set(f"dedup:{body['event_id']}", b"1", nx=True, ex=86400):
            return
        key = f"state:{event['channel']}"
        raw = await r.get(key)
        state = orjson.loads(raw) if raw else {"n": 0, "step": "start", "data": {}}
        state["n"] += 1
        await r.set(key, orjson.dumps(state), ex=86400)
        await say(reply_text(event["text"], state["n"]))

    runner = web.AppRunner(app.server(port=BOT_PORT, path="/webhook").web_app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", BOT_PORT, backlog=2048).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    run(main())
