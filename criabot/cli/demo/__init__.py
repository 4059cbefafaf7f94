"""``criabot demo``: a customer, a bot and a simulated platform in one terminal; every step of an event between them.

The bot (``shop``) runs in a process of its own (``child``, ``process``) against a platform and a Valkey on a ``stage``.
What it ``report``s becomes a ``timeline`` on the ``screen``, in a ``talk`` that follows the ``story`` or the person
who types (``prompt``); the ``frame`` is what comes before and after.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from criabot.cli.demo.frame import show_cast, show_ending, show_opening
from criabot.cli.demo.prompt import chat
from criabot.cli.demo.screen import Screen
from criabot.cli.demo.stage import on_stage
from criabot.cli.demo.story import play
from criabot.cli.demo.talk import Talk

if TYPE_CHECKING:
    from argparse import _SubParsersAction

__all__ = ["add_parser"]


def add_parser(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "demo",
        help="see a bot at work, without an account or a Redis",
        description="A customer, a bot and a small platform in this terminal: a chat plays by itself, then you are "
        "the customer.",
    )
    parser.add_argument("--play", action="store_true", help="only play; so it is without a terminal")
    parser.add_argument("--fast", action="store_true", help="without time to read")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Show it; 128 and a signal's number when that ended it."""
    signals: list[int] = []
    try:
        asyncio.run(_show(options, signals))
    except asyncio.CancelledError:
        return 128 + signals[0]
    return 0


async def _show(options: argparse.Namespace, signals: list[int]) -> None:
    _stop_properly(signals)
    is_watched = sys.stdout.isatty()
    screen = Screen(paced=is_watched and not options.fast)
    show_opening(screen)
    async with on_stage() as stage:
        show_cast(screen, stage)
        await play(Talk(stage, screen), screen)
        if is_watched and sys.stdin.isatty() and not options.play:
            await chat(stage, screen)
    show_ending(screen)


def _stop_properly(signals: list[int]) -> None:
    """Ctrl-C, SIGTERM and a closed terminal end the demo with all that it started; more of them do not disturb that."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stop(number: int) -> None:
        signals.append(number)
        if task is not None and len(signals) == 1:
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop, number)
