"""Scripts in files: ``*.chat``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from criabot.errors import ScriptError
from criabot.testing.chaos import ChaosReport
from criabot.testing.clock import VirtualClock
from criabot.testing.scripts import Script, Transcript, parse
from criabot.testing.simulator import BotSource, Simulator

__all__ = ["ChatFile", "chat_files"]


@dataclass(frozen=True)
class ChatFile:
    """A script in a file.

    Attributes:
        path: where it is.
        until: the last line to play, 0 for all of them.
    """

    path: Path
    until: int = 0

    @cached_property
    def script(self) -> Script:
        """What it says.

        Raises:
            ScriptError: it cannot be read, or a line means nothing.
        """
        try:
            data = self.path.read_bytes()
            text = data.decode("utf-8-sig")
        except OSError as error:
            raise ScriptError(f"{self.path} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise ScriptError(f"{self.path}:{line}: this is not UTF-8; save the file as UTF-8.") from None
        script = parse(text, str(self.path))
        if not script.steps:
            raise ScriptError(f"{self.path} has no steps: a chat begins with a line such as 'customer: oi'.")
        return script

    async def play(
        self, bot: BotSource | None, *, valkey_url: str | None = None, clock: VirtualClock | None = None
    ) -> Transcript:
        """Play it.

        Args:
            bot: who answers when the script does not name a bot.
            valkey_url: see `Simulator`.
            clock: see `Simulator`.

        Raises:
            BotError: there is no bot, or it cannot be loaded.
            ScriptError: a line means nothing.
            ScriptFailed: something else happened than the script says.
        """
        async with self._simulator(bot, valkey_url, clock) as sim:
            return await sim.play(self._told(bot), until=self.until)

    async def chaos(self, bot: BotSource | None, faults: Sequence[str] = (), *, valkey_url: str) -> ChaosReport:
        """Play it under one fault after the other.

        Args:
            bot: as for `play`.
            faults: see `Simulator.chaos`.
            valkey_url: see `Simulator`.

        Raises:
            ChaosFailed: under one of them the customer saw something else.
            BotError: as for `play`, and so are the others.
            ScriptError: a line means nothing, or a fault.
            ScriptFailed: it does not even go well without a fault.
        """
        return await self._simulator(bot, valkey_url).chaos(self._told(bot), faults)

    def _source(self, bot: BotSource | None) -> BotSource:
        source = _beside(self.path, self.script.bot) if self.script.bot else bot
        if source is None:
            raise ScriptError(f"{self.path} names no bot: begin it with a line such as 'bot: bots/hello.py'.")
        return source

    def _simulator(self, bot: BotSource | None, valkey_url: str | None, clock: VirtualClock | None = None) -> Simulator:
        where = {"channel": self.script.channel, "version": self.script.version}
        given = {name: value for name, value in where.items() if value is not None}
        return Simulator(self._source(bot), valkey_url=valkey_url, clock=clock, **given)

    def _told(self, bot: BotSource | None) -> Script:
        """The script, with the command that plays it; there is none for a bot that is no file."""
        source = self._source(bot)
        if not isinstance(source, str):
            return self.script
        told = () if self.script.bot else ("--bot", source)
        return replace(self.script, command=("criabot", "test", *told, str(self.path)))


def chat_files(paths: Iterable[str]) -> Iterator[ChatFile]:
    """The scripts of files and folders; ``PATH::LINE`` is one that ends after a line.

    Raises:
        ScriptError: there is no such file or folder.
    """
    for given in paths:
        name, _, line = given.partition("::")
        path = Path(name)
        if path.is_dir():
            yield from (ChatFile(each) for each in sorted(path.rglob("*.chat")) if each.is_file())
        elif path.is_file() and (not line or line.isdecimal()):
            yield ChatFile(path, int(line or 0))
        else:
            raise ScriptError(f"There is no script {given}: give a file, a folder, or FILE::LINE to play up to a line.")


def _beside(path: Path, bot: str) -> str:
    """The bot's file beside the script if it is there, else as seen from the working directory."""
    file, colon, name = bot.partition(":")
    beside = path.parent / file
    return f"{beside}{colon}{name}" if beside.is_file() else bot
