"""Scripts in files: ``*.chat``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from criabot.errors import ScriptError
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
            text = self.path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ScriptError(f"{self.path} cannot be read: {error}") from None
        return parse(text, str(self.path))

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
        script = self.script
        source = _beside(self.path, script.bot) if script.bot else bot
        if source is None:
            raise ScriptError(f"{self.path} names no bot: begin it with a line such as 'bot: bots/hello.py'.")
        if isinstance(source, str):  # any other cannot be given to a command
            told = () if script.bot else ("--bot", source)
            script = replace(script, command=("criabot", "test", *told, str(self.path)))
        where = {"channel": script.channel, "version": script.version}
        given = {name: value for name, value in where.items() if value is not None}
        async with Simulator(source, valkey_url=valkey_url, clock=clock, **given) as sim:
            return await sim.play(script, until=self.until)


def chat_files(paths: Iterable[str]) -> Iterator[ChatFile]:
    """The scripts of files and folders; ``PATH::LINE`` is one that ends after a line.

    Raises:
        ScriptError: there is no such file or folder.
    """
    for given in paths:
        name, _, line = given.partition("::")
        path = Path(name)
        if path.is_dir():
            yield from (ChatFile(each) for each in sorted(path.rglob("*.chat")))
        elif path.is_file() and (not line or line.isdecimal()):
            yield ChatFile(path, int(line or 0))
        else:
            raise ScriptError(f"There is no script {given}: give a file, a folder, or FILE::LINE to play up to a line.")


def _beside(path: Path, bot: str) -> str:
    """The bot's file beside the script if it is there, else as seen from the working directory."""
    file, colon, name = bot.partition(":")
    beside = path.parent / file
    return f"{beside}{colon}{name}" if beside.is_file() else bot
