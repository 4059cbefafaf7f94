"""Run a bot whose handler blocks as soon as events of a burst lie in the spool."""

import asyncio
import time

from criabot import Bot, Message
from criabot.engine.spool import Spool
from criabot.logs import Redaction, set_up_logs
from criabot.runtime.runtime import running
from criabot.settings import load_settings

SPOOLS: list[Spool] = []

bot = Bot("blocking")


@bot.message()
async def answer(message: Message) -> None:
    if message.text == "trap":
        while not SPOOLS[0]._own:
            await asyncio.sleep(0)
        time.sleep(2.5)  # noqa: ASYNC251 - that is what it is for
    await message.answer("done")


async def run() -> None:
    settings = load_settings()
    set_up_logs(Redaction(settings.secrets), form=settings.log_format, level=settings.log_level)
    async with running(bot, settings) as runtime:
        SPOOLS.append(runtime.store.spool)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run())
