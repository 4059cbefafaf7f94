"""Notes down what it hears, in 10 ms each, and says all of it when asked."""

import asyncio

from criabot import Bot, F, Message, State

bot = Bot()


class Heard(State):
    words: tuple[str, ...] = ()


@bot.message(F.text == "all?")
async def tell(message: Message, heard: Heard) -> None:
    await message.answer(" ".join(heard.words))


@bot.message()
async def note_down(message: Message, heard: Heard) -> None:
    words = (*heard.words, message.text)
    await asyncio.sleep(0.01)  # the experiment: the next message comes meanwhile
    heard.words = words
