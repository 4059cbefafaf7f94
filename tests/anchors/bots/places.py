"""Answers each message with its text and its place in the conversation, in 10 ms."""

import asyncio

from criabot import Bot, Message, State

bot = Bot()


class Heard(State):
    messages: int = 0


@bot.message()
async def repeat(message: Message, heard: Heard) -> None:
    place = heard.messages
    await asyncio.sleep(0.01)
    heard.messages = place + 1
    await message.answer(f"{message.text} at place {place}")
