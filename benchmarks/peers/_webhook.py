"""The aiohttp ingress that the durable peers share: verify, dedup claim by the queue's own means, enqueue, ack."""

import asyncio

import orjson
from aiohttp import web

from benchmarks.common import BOT_PORT, reply_text
from benchmarks.peers.raw import verify


async def serve(enqueue):
    async def hook(request):
        body = await request.read()
        if not verify(request.headers, body):
            return web.Response(status=401)
        await enqueue(orjson.loads(body))
        return web.Response(body=b"{}", content_type="application/json")

    app = web.Application()
    app.router.add_post("/webhook", hook)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", BOT_PORT, backlog=2048).start()
    await asyncio.Event().wait()


async def handle(r, http, ev):
    """The worker's half: load state, handler, save, reply."""
    conv = ev["conversation"]["id"]
    raw = await r.get(f"state:{conv}")
    state = orjson.loads(raw) if raw else {"n": 0, "step": "start", "data": {}}
    state["n"] += 1
    text = reply_text(ev["content"], state["n"])
    await r.set(f"state:{conv}", orjson.dumps(state), ex=86400)
    async with http.post(
        f"/api/v1/accounts/1/conversations/{conv}/messages",
        data=orjson.dumps({"content": text, "message_type": "outgoing", "private": False}),
        headers={"Content-Type": "application/json"},
    ) as resp:
        resp.raise_for_status()
        orjson.loads(await resp.read())
