"""``criabot test``: play chat scripts with a bot, on a simulated platform."""

from __future__ import annotations

import argparse
import asyncio
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from criabot.engine.embedded import start_embedded
from criabot.errors import BotError, ConfigurationError, ScriptError
from criabot.testing.chaos import ChaosFailed
from criabot.testing.chats import ChatFile, chat_files
from criabot.testing.logbook import short_traceback
from criabot.testing.scripts import ScriptFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

__all__ = ["add_parser"]


def add_parser(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "test",
        help="play chat scripts with a bot, on a simulated platform",
        description="Play chat scripts (*.chat) with a bot, on a simulated platform: no account, no Redis, no waiting. "
        "The exit status is 1 when a chat went another way than its script.",
    )
    parser.add_argument("paths", metavar="PATH", nargs="+", help="a script, a folder of them, or SCRIPT::LINE")
    parser.add_argument("--bot", metavar="FILE_OR_MODULE[:BOT]", help="for scripts that name no bot themselves")
    parser.add_argument("-k", dest="part", metavar="TEXT", default="", help="only scripts with this in their path")
    parser.add_argument("-v", "--verbose", action="store_true", help="show the chats that went well, too")
    parser.add_argument("--chaos", action="store_true", help="play each under all faults: the chat must stay the same")
    parser.add_argument("--fault", metavar="NAME", action="append", default=[], help="the same under this fault only")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Play the scripts and tell how each went."""
    chats = [chat for chat in chat_files(options.paths) if options.part in str(chat.path)]
    if not chats:
        raise ScriptError(f"There is no *.chat file in {', '.join(options.paths)} that fits.")
    with _terminated_as_interrupted(), tempfile.TemporaryDirectory(prefix="criabot-test-") as folder:
        server = asyncio.run(start_embedded(Path(folder)))
        try:
            results = _play_all(chats, options, server.url)
        finally:
            asyncio.run(server.stop())
    return 1 if any(result.failure is not None for result in results) else 0


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """A SIGTERM ends the command as Ctrl-C does: nothing that it has started stays behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@dataclass(frozen=True, slots=True)
class _Result:
    chat: ChatFile
    seconds: float
    shown: Text | None = None
    failure: Text | None = None


def _play_all(chats: Sequence[ChatFile], options: argparse.Namespace, valkey_url: str) -> list[_Result]:
    console, width = Console(highlight=False, soft_wrap=True), max(len(str(chat.path)) for chat in chats)
    results = []
    for chat in chats:
        results.append(_play(chat, options, valkey_url))
        console.print(*_line(results[-1], width, is_verbose=options.verbose), sep="\n")
    console.print(*_summary(results), sep="\n")
    return results


def _play(chat: ChatFile, options: argparse.Namespace, valkey_url: str) -> _Result:
    begun = time.perf_counter()
    shown = failure = None
    try:
        if options.chaos or options.fault:
            shown = asyncio.run(chat.chaos(options.bot, options.fault, valkey_url=valkey_url)).text()
        else:
            shown = asyncio.run(chat.play(options.bot, valkey_url=valkey_url)).text()
    except (ScriptFailed, ChaosFailed) as error:
        failure = error.report
    except ConfigurationError as error:
        if isinstance(error, BotError) and chat.script.bot is None:
            raise  # of the command's own bot: no script can be played
        failure = Text(str(error) if str(chat.path) in str(error) else f"{chat.path}: {error}")
    except SystemExit:
        failure = Text(f"{chat.path}: the bot ended the process (SystemExit); a handler must not call exit().")
    except Exception as error:  # of a startup handler, say: the other scripts may go well
        failure = Text(f"{chat.path}: this could not be played.\n{short_traceback(error)}")
    return _Result(chat, time.perf_counter() - begun, shown, failure)


def _line(result: _Result, width: int, *, is_verbose: bool) -> Iterator[Text]:
    mark = Text("✓", "green") if result.failure is None else Text("✗", "bold red")
    yield Text.assemble(mark, f" {result.chat.path!s:{width}}  ", (f"{result.seconds * 1000:5.0f} ms", "dim"))
    if result.shown is not None and (is_verbose or result.chat.until):
        yield from (Text.assemble("  ", line) for line in result.shown.split("\n"))
        yield Text()


def _summary(results: Sequence[_Result]) -> Iterator[Text]:
    for result in results:
        if result.failure is not None:
            yield Text.assemble("\n", result.failure)
    failed = sum(result.failure is not None for result in results)
    words = f"{len(results) - failed} went well" + (f", {failed} did not" if failed else "")
    yield Text(f"\n{words}, {sum(result.seconds for result in results):.2f} s", "bold red" if failed else "bold green")
