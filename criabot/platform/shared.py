"""The platform's limits for several processes: buckets in a Redis, on its clock (contract 5.10).

```python
limiter = Limiter(shared=RedisBuckets(redis.asyncio.from_url("redis://localhost"), "app.cria.chat"))
client = ApplicationClient("https://app.cria.chat", 3, bot_token=token, limiter=limiter)
```
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, Protocol

from criabot.platform.limits import Grant, Rate

__all__ = ["RedisBuckets", "Scripting"]

logger = logging.getLogger("criabot.platform")

MILLION = 1_000_000
PATIENCE = 0.5
REST_SECONDS = 5.0

NOW = "local t = redis.call('TIME') local now = t[1] * 1000000 + t[2]\n"

TAKE = (
    NOW
    + """
local interval, slack, calls = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full, open = unpack(redis.call('HMGET', KEYS[1], 'full', 'open'))
full, open = tonumber(full or 0), tonumber(open or 0)
local wait = math.max(full - slack, open) - now
if wait > 0 then return {0, math.ceil(wait)} end
full = math.max(full, now)
calls = math.min(calls, math.floor((now + slack - full) / interval) + 1)
full = full + calls * interval
redis.call('HSET', KEYS[1], 'full', string.format('%.0f', full))
redis.call('PEXPIRE', KEYS[1], math.ceil((full - now) / 1000) + 1000)
return {calls, 0}
"""
)
"""All in microseconds. What is full and open is what an expired key says, too."""

SHUT = (
    NOW
    + """
local full, open = unpack(redis.call('HMGET', KEYS[1], 'full', 'open'))
open = math.max(tonumber(open or 0), now + tonumber(ARGV[1]))
redis.call('HSET', KEYS[1], 'open', string.format('%.0f', open))
redis.call('PEXPIRE', KEYS[1], math.ceil((math.max(open, tonumber(full or 0)) - now) / 1000) + 1000)
return 1
"""
)


class Scripting(Protocol):
    """Whatever runs a script on a Redis, such as ``redis.asyncio.Redis``."""

    def eval(self, script: str, numkeys: int, *keys_and_args: str) -> Any:
        """Run a script; its answer is awaited."""


class RedisBuckets:
    """The buckets of all processes that use the same Redis, for one server.

    While the Redis is down, slow or full, each process stays below the limits by itself.

    Args:
        redis: 6.2 or newer; it stays its owner's to close.
        server: whose limits they are, such as the platform's host name: the platform counts by the caller's address.
    """

    def __init__(self, redis: Scripting, server: str) -> None:
        self._redis = redis
        self._server = server
        self._rests_until = float("-inf")

    async def take(self, name: str, rate: Rate, calls: int) -> Grant:
        """Take up to so many calls from a bucket."""
        words = [f"{seconds * MILLION:.3f}" for seconds in (rate.interval, rate.slack)]
        answer = await self._run(TAKE, name, *words, str(calls))
        return Grant(int(answer[0]), int(answer[1]) / MILLION) if answer is not None else Grant(calls)

    async def shut(self, name: str, seconds: float) -> None:
        """Let nobody take from a bucket for some time."""
        await self._run(SHUT, name, f"{seconds * MILLION:.0f}")

    async def _run(self, script: str, name: str, *words: str) -> Any:
        """The script's answer, None when there is none."""
        if time.monotonic() < self._rests_until:
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._redis.eval(script, 1, f"cb:limits:{self._server}:{name}", *words)
        except Exception as error:  # whatever it is that Redis has: it must not hold up a call
            self._rests_until = time.monotonic() + REST_SECONDS
            logger.warning(
                "Redis does not count the calls (%s): until it does, this process stays below the platform's limits "
                "by itself, whatever others do",
                type(error).__name__,
            )
            return None
