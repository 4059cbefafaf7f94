"""criabot's peer, as a user would write it; `criabot run benchmarks/bot.py` serves it."""

from __future__ import annotations

import asyncio
import time

from criabot import Bot, Message, State

bot = Bot("bench")


class Count(State):
    """What the bot keeps of a conversation; the other peers keep the same."""

    n: int = 0
    step: str = "start"
    data: dict[str, str] = {}  # noqa: RUF012 - states copy it


@bot.message()
async def answer(message: Message, count: Count) -> None:
    """Count the message and answer; the load generator may wish that it takes a while, as in ``EVT_… (sleep 1) …``."""
    marker, _, rest = message.text.partition(" ")
    if rest.startswith("("):
        await _take_a_while(*rest[1:].partition(")")[0].split())
    count.n += 1
    await message.answer(f"{marker}_N_{count.n}_Z Thanks, we received your message and will get back to you soon.")


async def _take_a_while(how: str, seconds: str) -> None:
    if how == "sleep":
        await asyncio.sleep(float(seconds))
    else:
        time.sleep(float(seconds))  # noqa: ASYNC251 - a handler that blocks is what this measures
