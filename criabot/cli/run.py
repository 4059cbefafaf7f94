"""``criabot run``: serve a bot until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from criabot.bot import Bot
from criabot.loading import load_bot
from criabot.logs import Redaction, set_up_logs, spare_the_unused
from criabot.runtime.runtime import running
from criabot.settings import Settings, load_settings, unknown_settings

if TYPE_CHECKING:
    from argparse import _SubParsersAction

__all__ = ["add_parser", "serve"]

logger = logging.getLogger("criabot")

CONNECTIONS = 4096


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
    spare_the_unused()
    set_up_logs(Redaction(settings.secrets), form=settings.log_format, level=settings.log_level)
    for line in unknown_settings(os.environ):
        logger.warning(line)
    _make_room_for_connections()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(bot, settings))
    return 0


def _make_room_for_connections() -> None:
    """Have the table of open files made as large as it may become, while there is one thread only.

    The kernel doubles it when it is full. With several threads that takes a grace period of RCU, some 15 ms in which a
    burst was not answered.
    """
    try:
        import fcntl
        import resource
    except ImportError:  # not a Unix
        return
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError):
        os.close(fcntl.fcntl(sys.stderr.fileno(), fcntl.F_DUPFD_CLOEXEC, min(most, CONNECTIONS) - 1))


def _calm_the_collector() -> None:
    """Let the garbage collector look seldom, and only at what is new.

    What is loaded stays loaded: walking it took some 20 to 80 ms each time, in which no webhook was answered. And an
    event leaves no cycles behind, so that looking for them every 700 objects finds nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The event loop of uvloop where it is installed: it reads and writes at less cost."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


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
        _calm_the_collector()
        await stop.wait()
