"""A handler that stops everything, because it waits without await."""

import time

from criabot import Bot, Message

bot = Bot()


@bot.message()
async def hog(message: Message) -> None:
    time.sleep(0.6)  # noqa: ASYNC251 - that is what the test is about
    await message.answer("done")
