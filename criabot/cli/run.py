"""``criabot run``: serve a bot until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import signal
from typing import TYPE_CHECKING

from criabot.bot import Bot
from criabot.loading import load_bot
from criabot.logs import Redaction, set_up_logs
from criabot.runtime.runtime import running
from criabot.settings import Settings, load_settings, unknown_settings

if TYPE_CHECKING:
    from argparse import _SubParsersAction

__all__ = ["add_parser", "serve"]

logger = logging.getLogger("criabot")


def add_parser(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "run",
        help="serve a bot",
        description="Serve a bot: receive its webhooks, run its handlers, send its replies. Settings come from "
        "CRIABOT_* in the environment and from criabot.toml in the current directory.",
    )
    parser.add_argument(
        "bot", metavar="FILE_OR_MODULE[:BOT]", help="bots/hello.py, mypackage.bot, or either with :name"
    )
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Load the bot and its settings, then serve."""
    bot = load_bot(options.bot)
    settings = load_settings()
    set_up_logs(Redaction(settings.secrets), form=settings.log_format, level=settings.log_level)
    for line in unknown_settings(os.environ):
        logger.warning(line)
    # What is loaded stays loaded: the garbage collector need not walk it again and again, some 20 to 80 ms each time,
    # in which no webhook is answered.
    gc.collect()
    gc.freeze()
    asyncio.run(serve(bot, settings))
    return 0


async def serve(bot: Bot, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then stop gracefully; a second signal stops at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask_to_stop() -> None:
        stop.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask_to_stop)
    async with running(bot, settings):
        await stop.wait()
