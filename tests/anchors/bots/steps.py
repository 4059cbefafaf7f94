"""Goes from a to b to c with each message, in as many seconds as the message says."""

import asyncio

from criabot import Bot, Message, State

bot = Bot()

NEXT = {"a": "b", "b": "c", "c": "a"}


class Step(State):
    at: str = "a"


@bot.message()
async def advance(message: Message, step: Step) -> None:
    now = step.at
    await asyncio.sleep(float(message.text))
    step.at = NEXT[now]
    await message.answer(f"handled in {now}")
