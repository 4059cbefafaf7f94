"""The bot of the demo in a process of its own: ``python -m criabot.cli.demo.child BOT_FILE``.

It is what ``criabot run`` is, and besides it reports every step on its standard output. It ends when its standard
input ends, that is also when the demo dies. Each line of it is a command, and is reported as obeyed:

- ``crash``: kill yourself (SIGKILL, as ``kill -9`` does) right after the next commit, before anything is sent. Only
  from inside can that moment be met.
- ``sync``: only report; whatever happened before was reported before.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys

from criabot.cli.demo.report import Report
from criabot.loading import load_bot
from criabot.runtime.intake import Accepted
from criabot.runtime.runtime import running
from criabot.settings import load_settings

__all__ = ["main"]


class Child:
    """Tells the demo what happens, and does what it says."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self._crash = False

    def step(self, step: str, _lane: str) -> None:
        """Hear of a step of the worker."""
        tell(Report("step", step))
        if self._crash and step == "committed":
            os.kill(os.getpid(), signal.SIGKILL)

    def listen(self) -> None:
        """Read what the demo says."""
        said = os.read(sys.stdin.fileno(), 4096)
        if not said:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self.ended.set()
        for command in said.decode().split():
            self._crash = self._crash or command == "crash"
            tell(Report("obeyed", command))


class Reporting(logging.Handler):
    """Turns the log's lines into reports."""

    def emit(self, record: logging.LogRecord) -> None:
        """Report a line of the webhook, of an event or of a reply; whatever else is a warning goes to the log."""
        name, _, text = record.getMessage().partition(" ")
        if record.name == "criabot.webhook" and (accepted := _accepted(record)):
            tell(Report("accepted", accepted.name, name))
        elif record.name in ("criabot.event", "criabot.reply"):
            tell(Report(record.name.removeprefix("criabot."), name, text))
        if record.levelno >= logging.WARNING:
            sys.stderr.write(f"{record.getMessage()}\n")


def tell(report: Report) -> None:
    """Report at once: the process may be dead a moment later."""
    with contextlib.suppress(BrokenPipeError):  # the demo is gone: our standard input tells us that
        os.write(sys.stdout.fileno(), report.encode())


def _accepted(record: logging.LogRecord) -> Accepted | None:
    arguments = record.args if isinstance(record.args, tuple) else ()
    return next((argument for argument in arguments if isinstance(argument, Accepted)), None)


def _set_up_logs() -> None:
    logging.getLogger().addHandler(Reporting())
    logging.getLogger("criabot").setLevel(logging.INFO)
    logging.getLogger("criabot.webhook").setLevel(logging.DEBUG)


async def serve(bot_file: str) -> None:
    """Run the bot until standard input ends."""
    child = Child()
    async with running(load_bot(bot_file), load_settings(), on_step=child.step) as runtime:
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), child.listen)
        tell(Report("ready", text=runtime.url))
        await child.ended.wait()


def main() -> None:
    """Run."""
    _set_up_logs()
    asyncio.run(serve(sys.argv[1]))


if __name__ == "__main__":
    main()
