"""FastStream on Redis Streams (consumer group), aiohttp webhook in front, one process, 64 workers.
Dedup at ingress: SET NX, then publish (two calls; not atomic, as a user would write it).
"""

import aiohttp
import redis.asyncio as redis
from faststream.redis import RedisBroker, StreamSub

from benchmarks.common import REDIS_URL, SINK, TOKEN, run
from benchmarks.peers._webhook import handle, serve


async def main():
    r = redis.Redis(connection_pool=redis.BlockingConnectionPool.from_url(REDIS_URL, max_connections=64, timeout=60))
    http = aiohttp.ClientSession(SINK, headers={"api_access_token": TOKEN})
    broker = RedisBroker(REDIS_URL, logger=None, max_connections=1000)  # it raises when it has no more

    @broker.subscriber(
        stream=StreamSub("events", group="bot", consumer="c1", max_records=64, polling_interval=100), max_workers=64
    )
    async def worker(ev: dict):
        await handle(r, http, ev)

    async def enqueue(ev):
        if await r.set(f"dedup:{ev['id']}", b"1", nx=True, ex=86400):
            await broker.publish(ev, stream="events", maxlen=1_000_000)

    await broker.start()
    await serve(enqueue)


if __name__ == "__main__":
    run(main())
