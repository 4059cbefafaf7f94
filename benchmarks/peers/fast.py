"""No product but the limit: a lean prototype of criabot's design, to see what one Python process can do at best.

It has no routing, no ownership, no retries, no repair after a crash, and knows one shape of event.

httptools server protocol, one-shot HMAC, msgspec decoding of only the needed fields, one auto-pipelined hiredis
connection (all commands of a loop iteration leave in one write), Lua calls, raw keep-alive HTTP client.

Lua(dedup + XADD + load) -> ack -> queue per conversation -> handler -> Lua(save + outbox + XDEL) -> POST
-> outbox cleared in the next batch.
"""

import asyncio
import hmac
import time
from collections import deque

import hiredis
import httptools
import msgspec

from benchmarks.common import BOT_PORT, REDIS_PORT, SECRET, SINK_PORT, TOKEN, reply_text, run

KEY = SECRET.encode()
ST = {
    "200": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    "401": b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
    "500": b"HTTP/1.1 500 Error\r\nContent-Length: 0\r\n\r\n",
}
LUA_INGEST = (
    "if not redis.call('SET',KEYS[1],'1','NX','EX',86400) then return 0 end "
    "return {redis.call('XADD',KEYS[3],'*','d',ARGV[1]),redis.call('GET',KEYS[2])}"
)
LUA_COMMIT = (
    "redis.call('SET',KEYS[1],ARGV[1],'EX',86400) redis.call('HSET',KEYS[3],ARGV[2],ARGV[3]) "
    "redis.call('XDEL',KEYS[2],ARGV[2])"
)


class Conversation(msgspec.Struct):
    id: int


class Event(msgspec.Struct):
    id: int
    event: str
    content: str | None
    message_type: str
    conversation: Conversation


decode = msgspec.json.Decoder(Event).decode
encode = msgspec.json.Encoder().encode
loads = msgspec.json.decode


class Redis(asyncio.Protocol):
    """One connection; every command issued in a loop iteration leaves in one write."""

    def connection_made(self, tr):
        self.tr, self.reader, self.waiters, self.out, self.armed = tr, hiredis.Reader(), deque(), [], False
        self.loop = asyncio.get_running_loop()

    def __call__(self, *args):
        self.out.append(hiredis.pack_command(args))
        f = self.loop.create_future()
        self.waiters.append(f)
        if not self.armed:
            self.armed = True
            self.loop.call_soon(self.flush)
        return f

    def flush(self):
        self.armed = False
        self.tr.write(b"".join(self.out))
        self.out.clear()

    def data_received(self, data):
        r, w = self.reader, self.waiters
        r.feed(data)
        while (x := r.gets()) is not False:
            f = w.popleft()
            if isinstance(x, Exception):
                f.set_exception(x)
            else:
                f.set_result(x)


class ApiConn(asyncio.Protocol):
    def __init__(self, pool):
        self.pool = pool

    def connection_made(self, tr):
        self.tr, self.fut = tr, None
        self.p = httptools.HttpResponseParser(self)

    def connection_lost(self, exc):
        if self.fut and not self.fut.done():
            self.fut.set_exception(ConnectionError())

    def data_received(self, d):
        self.p.feed_data(d)

    def on_body(self, b):
        self.body.append(b)

    def on_message_complete(self):
        f, self.fut = self.fut, None
        status, body = self.p.get_status_code(), b"".join(self.body)
        self.p = httptools.HttpResponseParser(self)
        self.pool.release(self)
        f.set_result((status, body))

    def send(self, data, fut):
        self.fut, self.body = fut, []
        self.tr.write(data)


class Api:
    """Keep-alive pool of raw connections."""

    def __init__(self, limit):
        self.free, self.wait, self.n, self.limit = [], deque(), 0, limit
        self.loop = asyncio.get_running_loop()

    def release(self, c):
        if self.wait:
            c.send(*self.wait.popleft())
        else:
            self.free.append(c)

    async def post(self, path, body):
        data = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{SINK_PORT}\r\nContent-Type: application/json\r\n"
            f"api_access_token: {TOKEN}\r\nAccept: */*\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        f = self.loop.create_future()
        if self.free:
            self.free.pop().send(data, f)
        elif self.n < self.limit:
            self.n += 1
            _, c = await self.loop.create_connection(lambda: ApiConn(self), "127.0.0.1", SINK_PORT)
            c.send(data, f)
        else:
            self.wait.append((data, f))
        return await f


class Ctx:
    __slots__ = ("event", "state", "text")

    def __init__(self, event, state):
        self.event, self.state, self.text = event, state, None

    def reply(self, text):
        self.text = text


HANDLERS = []


def on_message(f):
    HANDLERS.append(f)
    return f


@on_message
async def answer(ctx):
    ctx.state["n"] += 1
    ctx.reply(reply_text(ctx.event.content, ctx.state["n"]))


class Bot:
    def __init__(self, redis, api, sha_ingest, sha_commit):
        self.redis, self.api = redis, api
        self.sha_ingest, self.sha_commit = sha_ingest, sha_commit
        self.convs, self.cleared, self.loop = {}, [], asyncio.get_running_loop()

    def verify(self, h, body):
        ts = h.get(b"x-chatwoot-timestamp", b"0")
        if abs(time.time() - int(ts)) > 300:
            return False
        return hmac.compare_digest(
            b"sha256=" + hmac.digest(KEY, ts + b"." + body, "sha256").hex().encode(),
            h.get(b"x-chatwoot-signature", b""),
        )

    async def run(self, ev, raw):
        ctx = Ctx(ev, loads(raw) if raw else {"n": 0, "step": "start", "data": {}})
        for h in HANDLERS:
            await h(ctx)
        return ctx

    async def send(self, conv, text):
        st, body = await self.api.post(
            f"/api/v1/accounts/1/conversations/{conv}/messages",
            encode({"content": text, "message_type": "outgoing", "private": False}),
        )
        if st != 200:
            raise RuntimeError(st)
        loads(body)

    async def durable(self, ev, body, conn):
        conv = ev.conversation.id
        got = await self.redis("EVALSHA", self.sha_ingest, 3, f"dedup:{ev.id}", f"state:{conv}", "events", body)
        conn.answer("200")
        if not got:
            return
        q = self.convs.get(conv)
        if q is not None:
            q.append((ev, got[0]))
            return
        q = self.convs[conv] = deque(((ev, got[0]),))
        raw = got[1]
        while q:
            ev, sid = q[0]
            ctx = await self.run(ev, raw)
            raw = encode(ctx.state)
            await self.redis("EVALSHA", self.sha_commit, 3, f"state:{conv}", "events", "outbox", raw, sid, ctx.text)
            await self.send(conv, ctx.text)
            if not self.cleared:
                self.loop.call_later(0.005, self.clear)
            self.cleared.append(sid)
            q.popleft()
        del self.convs[conv]

    def clear(self):
        self.redis("HDEL", "outbox", *self.cleared)
        self.cleared.clear()


TASKS = set()


class Http(asyncio.Protocol):
    def __init__(self, bot):
        self.bot = bot

    def connection_made(self, tr):
        self.tr, self.p = tr, httptools.HttpRequestParser(self)

    def data_received(self, d):
        self.p.feed_data(d)

    def on_url(self, url):
        self.url = url

    def on_message_begin(self):
        self.h, self.body = {}, []

    def on_header(self, k, v):
        self.h[k.lower()] = v

    def on_body(self, b):
        self.body.append(b)

    def answer(self, code):
        self.tr.write(ST[code])

    def on_message_complete(self):
        bot, body = self.bot, b"".join(self.body)
        if self.url != b"/webhook" or not bot.verify(self.h, body):
            self.answer("401")
            return
        ev = decode(body)
        t = bot.loop.create_task(bot.durable(ev, body, self))
        TASKS.add(t)
        t.add_done_callback(TASKS.discard)


async def main():
    loop = asyncio.get_running_loop()
    _, redis = await loop.create_connection(Redis, "127.0.0.1", REDIS_PORT)
    shas = [await redis("SCRIPT", "LOAD", s) for s in (LUA_INGEST, LUA_COMMIT)]
    bot = Bot(redis, Api(64), *shas)
    srv = await loop.create_server(lambda: Http(bot), "127.0.0.1", BOT_PORT, backlog=2048)
    await srv.serve_forever()


if __name__ == "__main__":
    run(main())
