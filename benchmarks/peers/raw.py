"""Hand-written minimal: aiohttp server + redis.asyncio + aiohttp client.

MODE=inline: verify, dedup, load, handle, save, reply, then ack.
MODE=ack: verify, ack, the rest in a background task (no ordering, lost on crash).
"""

import asyncio
import hashlib
import hmac
import time

import aiohttp
import redis.asyncio as redis
from aiohttp import web

from benchmarks.common import BOT_PORT, MODE, REDIS_URL, SECRET, SINK, TOKEN, reply_text, run

try:
    import orjson
except ImportError:  # the harness's own test runs without it
    import json as orjson

KEY = SECRET.encode()
TASKS = set()


def verify(headers, body: bytes) -> bool:
    ts = headers.get("X-Chatwoot-Timestamp", "0")
    if abs(time.time() - int(ts)) > 300:
        return False
    want = "sha256=" + hmac.new(KEY, ts.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(want, headers.get("X-Chatwoot-Signature", ""))


async def process(app, ev):
    r = app["redis"]
    if not await r.set(f"dedup:{ev['id']}", b"1", nx=True, ex=86400):
        return
    if ev["message_type"] != "incoming":
        return
    conv = ev["conversation"]["id"]
    raw = await r.get(f"state:{conv}")
    state = orjson.loads(raw) if raw else {"n": 0, "step": "start", "data": {}}
    state["n"] += 1
    text = reply_text(ev["content"], state["n"])
    await r.set(f"state:{conv}", orjson.dumps(state), ex=86400)
    async with app["http"].post(
        f"/api/v1/accounts/1/conversations/{conv}/messages",
        data=orjson.dumps({"content": text, "message_type": "outgoing", "private": False}),
        headers={"Content-Type": "application/json"},
    ) as resp:
        resp.raise_for_status()
        orjson.loads(await resp.read())


async def hook(request):
    body = await request.read()
    if not verify(request.headers, body):
        return web.Response(status=401)
    ev = orjson.loads(body)
    if MODE == "inline":
        await process(request.app, ev)
    else:
        t = asyncio.create_task(process(request.app, ev))
        TASKS.add(t)
        t.add_done_callback(TASKS.discard)
    return web.Response(body=b"{}", content_type="application/json")


async def main():
    app = web.Application()
    app["redis"] = redis.Redis(
        connection_pool=redis.BlockingConnectionPool.from_url(REDIS_URL, max_connections=64, timeout=60)
    )
    app["http"] = aiohttp.ClientSession(SINK, headers={"api_access_token": TOKEN})
    app.router.add_post("/webhook", hook)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", BOT_PORT, backlog=2048).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    run(main())
