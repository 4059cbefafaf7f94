"""Every handler takes a second."""

import asyncio

from criabot import Bot, Message

bot = Bot()


@bot.message()
async def wait(message: Message) -> None:
    await asyncio.sleep(1)
    await message.answer("done")
