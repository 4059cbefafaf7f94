"""The bot process, seen from the demo."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio import BaseTransport, SubprocessProtocol, SubprocessTransport, WriteTransport
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from criabot.cli.demo.report import Report

__all__ = ["BotProcess", "start_bot"]

STOP_SECONDS = 5.0


class BotProcess(SubprocessProtocol):
    """A bot process that `start_bot` started; call `stop` at the end.

    Args:
        hear: gets its reports.
    """

    def __init__(self, hear: Callable[[Report], None]) -> None:
        self._hear = hear
        self._rest = b""
        self._ended = asyncio.Event()

    def connection_made(self, transport: BaseTransport) -> None:
        """It runs."""
        self._process = cast("SubprocessTransport", transport)
        self._input = cast("WriteTransport", self._process.get_pipe_transport(0))

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        """It reports."""
        *lines, self._rest = (self._rest + cast("bytes", data)).split(b"\n")
        for line in lines:
            self._hear(Report.decode(line))

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended, and all its reports are here."""
        self._ended.set()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.get_pid()

    @property
    def has_ended(self) -> bool:
        """Whether it is no more."""
        return self._ended.is_set()

    @property
    def was_killed(self) -> bool:
        """Whether it died of ``kill -9``."""
        return self.has_ended and self._process.get_returncode() == -signal.SIGKILL

    def tell(self, command: str) -> None:
        """Give it a command (see `child`); it reports when it has ``obeyed``."""
        self._input.write(f"{command}\n".encode())

    async def stop(self) -> None:
        """End it, gracefully if it can."""
        self._input.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._ended.wait()
        except TimeoutError:
            self._process.kill()
            await self._ended.wait()


async def start_bot(
    bot_file: Path, settings: Mapping[str, object], folder: Path, hear: Callable[[Report], None]
) -> BotProcess:
    """Start a bot process.

    Args:
        bot_file: the bot.
        settings: by their names in `Settings`; neither the environment's nor a ``criabot.toml``'s reach it.
        folder: where it runs; its log is there.
        hear: gets its reports.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CRIABOT_")}
    with (folder / "bot.log").open("ab") as log:
        _, process = await asyncio.get_running_loop().subprocess_exec(
            lambda: BotProcess(hear),
            *(sys.executable, "-m", "criabot.cli.demo.child", str(bot_file)),
            stderr=log,
            env=environment | {f"CRIABOT_{name.upper()}": str(value) for name, value in settings.items()},
            cwd=folder,
            start_new_session=True,  # Ctrl-C is for the demo, which stops it
        )
    return process
