"""Waiting for what shall happen, with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

DEADLINE = 30.0


async def until(condition: Callable[[], bool], what: str) -> None:
    """Return as soon as the condition holds; fail, saying what did not happen, when it never does."""
    try:
        async with asyncio.timeout(DEADLINE):
            while not condition():
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"within {DEADLINE:g} s it did not happen that {what}") from None
