"""A cancellation that arrives while redis-py writes must not be lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

__all__ = ["cancellable"]

T = TypeVar("T")


async def cancellable(call: Awaitable[T]) -> T:
    """Await a call of redis-py; raise `asyncio.CancelledError` after it when the task was cancelled during it.

    redis-py writes in `asyncio.wait_for`, which before Python 3.12 forgets a cancellation that comes just when the
    writing is done: a task that asks in a loop would then go on for ever.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    answer = await call
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError
    return answer
