"""taskiq with RedisStreamBroker, aiohttp webhook in front, receiver in the same process (100 concurrent tasks)."""

import asyncio

import aiohttp
import redis.asyncio as redis
from taskiq.api import run_receiver_task
from taskiq_redis import RedisStreamBroker

from benchmarks.common import REDIS_URL, SINK, TOKEN, run
from benchmarks.peers._webhook import handle, serve

broker = RedisStreamBroker(REDIS_URL, max_connection_pool_size=1000)  # it raises when it has no more
CTX = {}


@broker.task
async def work(ev: dict) -> None:
    await handle(CTX["r"], CTX["http"], ev)


async def main():
    r = CTX["r"] = redis.Redis(
        connection_pool=redis.BlockingConnectionPool.from_url(REDIS_URL, max_connections=64, timeout=60)
    )
    CTX["http"] = aiohttp.ClientSession(SINK, headers={"api_access_token": TOKEN})
    await broker.startup()
    recv = asyncio.create_task(run_receiver_task(broker))

    async def enqueue(ev):
        if await r.set(f"dedup:{ev['id']}", b"1", nx=True, ex=86400):
            await work.kiq(ev)

    await serve(enqueue)
    recv.cancel()


if __name__ == "__main__":
    run(main())
