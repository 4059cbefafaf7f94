"""Counts the messages of a conversation; a turn shows that it runs, then takes as many seconds as the message says."""

import asyncio

from criabot import Bot, Message, State

bot = Bot()


class Count(State):
    turns: int = 0


@bot.message()
async def count(message: Message, state: Count) -> None:
    await message.typing()
    await asyncio.sleep(float(message.text))
    state.turns += 1
    await message.answer(f"turn {state.turns}")
