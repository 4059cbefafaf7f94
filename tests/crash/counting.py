"""A bot that counts its turns: a second commit of the same message shows in its state and in its answers."""

import logging
import os
import signal

from criabot import Bot, Message, State

bot = Bot()
logger = logging.getLogger("bot.counting")


class Count(State):
    """The turns that were committed: the message of each, and whether it came late."""

    turns: tuple[tuple[int, bool], ...] = ()


@bot.message()
async def count(message: Message, count: Count) -> None:
    logger.info("turn of %d begins", message.id)
    if message.text == "poison":
        os.kill(os.getpid(), signal.SIGKILL)
    count.turns = (*count.turns, (message.id, message.late))
    await message.answer(f"{message.text}: turn {len(count.turns)}, one")
    await message.answer(f"{message.text}: turn {len(count.turns)}, two")
