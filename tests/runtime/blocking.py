"""A bot whose handlers block the event loop when they are asked to, and count."""

import time

from criabot import Bot, Message, State
from criabot.routing import CallNext, Scope

bot = Bot("blocking")


class Count(State):
    """How many messages of the conversation were answered."""

    n: int = 0


@bot.middleware
async def look(call_next: CallNext, scope: Scope) -> object:
    word, _, seconds = (getattr(scope.subject, "text", None) or "").partition(" ")
    if word == "middleware":
        time.sleep(float(seconds))  # noqa: ASYNC251 - that is what it is for
    return await call_next()


@bot.message()
async def answer(message: Message, count: Count) -> None:
    word, _, seconds = (message.text or "").partition(" ")
    count.n += 1
    if word == "sleep":
        time.sleep(float(seconds))  # noqa: ASYNC251 - that is what it is for
    end = time.monotonic() + float(seconds or 0)
    while word == "compute" and time.monotonic() < end:
        sum(range(1000))
    await message.answer(f"{word} {count.n}")
