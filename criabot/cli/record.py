"""``criabot record``: make chat scripts of real conversations."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from rich.console import Console

from criabot.errors import CaptureError
from criabot.platform import Event
from criabot.testing.record import Endpoint, Story, chat, read_captures, stories

if TYPE_CHECKING:
    from argparse import _SubParsersAction

__all__ = ["add_parser"]

SECRETS = ("CRIABOT_AGENT_BOT_SECRET", "CRIABOT_ACCOUNT_SECRET", "CRIABOT_API_INBOX_SECRET")
ABOUT = f"""\
Make chat scripts (*.chat) of real conversations. First capture their webhooks:

  criabot record --listen 8080 --out captured.jsonl

answers every webhook at once and writes it down, without tokens, e-mail addresses and numbers. Let the platform post to
it in the bot's place or, as an account webhook, beside the bot. Where {SECRETS[0]}
(or {", ".join(SECRETS[1:])}) is set, only signed webhooks are taken.
Then make a script of every conversation in it:

  criabot record captured.jsonl -o chats

Names, numbers and addresses are replaced by made-up ones, the same always by the same. Names of people who take no part
are not found: read a script before you share it. `criabot test --bot BOT chats` plays them.
"""


def add_parser(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "record",
        help="make chat scripts of real conversations",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "captures", metavar="FILE", nargs="*", type=Path, help="captured webhooks: one body a line, or a recording"
    )
    parser.add_argument(
        "-o", "--output", metavar="FOLDER", type=Path, default=Path("chats"), help="for the scripts (default: chats)"
    )
    parser.add_argument("--force", action="store_true", help="write over scripts that are there")
    parser.add_argument("--listen", metavar="[HOST:]PORT", type=_place, help="capture webhooks here instead")
    parser.add_argument("--out", metavar="FILE", type=Path, help="with --listen: append them to this file")
    parser.set_defaults(command=run, wrong=parser.error)


def run(options: argparse.Namespace) -> int:
    """Capture, or write scripts."""
    if (options.listen is None) == (not options.captures) or (options.listen is None) != (options.out is None):
        options.wrong("give files of captured webhooks, or --listen PORT together with --out FILE")
    if options.listen is not None:
        host, port = options.listen
        asyncio.run(_capture(host, port, options.out))
    else:
        _write(stories(read_captures(options.captures)), options)
    return 0


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port, nor a host and a port such as 0.0.0.0:8080")
    return host or "127.0.0.1", int(port)


def _write(told: Sequence[Story], options: argparse.Namespace) -> None:
    console, folder = Console(highlight=False, soft_wrap=True), options.output
    if not told:
        raise CaptureError(f"There is no message in {', '.join(map(str, options.captures))}: no script can be made.")
    scripts = {folder / name: chat(story) for name, story in _named(told)}
    there = [str(path) for path in scripts if path.exists()]
    if there and not options.force:
        raise CaptureError(f"There is already {', '.join(there)}: add --force to write over it, or -o FOLDER.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, script in scripts.items():
            path.write_text(script, "utf-8")
            console.print(f"[green]✓[/] {path}")
    except OSError as error:
        raise CaptureError(f"{error.filename} cannot be written: {error.strerror}.") from None
    console.print(f"\n{len(scripts)} written. Read them before you share them; play them with [bold]criabot test[/].")


def _named(told: Sequence[Story]) -> list[tuple[str, Story]]:
    """A file for each; the same number twice is of two accounts."""
    numbers = [story.number for story in told]
    return [
        (f"conversation-{story.number}{f'-inbox-{story.inbox}' * (numbers.count(story.number) > 1)}.chat", story)
        for story in told
    ]


async def _capture(host: str, port: int, out: Path) -> None:
    """Capture until SIGTERM or SIGINT."""
    console = Console(highlight=False, soft_wrap=True)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    def tell(event: Event) -> None:
        console.print(f"[green]●[/] {event.event} [dim]conversation={event.conversation_id}[/]")

    secrets = [part.strip() for name in SECRETS for part in os.environ.get(name, "").split(",") if part.strip()]
    runner = web.AppRunner(Endpoint(out, secrets=secrets, told=tell).app(), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        console.print(f"Webhooks for [bold]http://{host}:{runner.addresses[0][1]}[/]/… go to {out}. Ctrl-C ends it.")
        if not secrets:
            console.print(f"[yellow]Unsigned ones, too:[/] set {SECRETS[0]} to take only the platform's.")
        await stop.wait()
    except OSError as error:
        raise CaptureError(f"Nothing can listen on {host}:{port}: {error.strerror}.") from None
    finally:
        await runner.cleanup()
