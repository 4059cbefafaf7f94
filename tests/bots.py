"""A bot as its users run it: a real `criabot run` process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import ClientError, ClientSession

from tests.platforms import FakePlatform
from tests.servers import free_port

HERE = Path(__file__).parent
BOTS = HERE / "bots"
PATH_SECRET = "an-unguessable-path"
DEADLINE = 20.0


def environment(platform: FakePlatform, redis_url: str, port: int, **settings: object) -> dict[str, str]:
    """The settings of a bot that talks to a fake platform, as `CRIABOT_*`."""
    given = {
        "base_url": platform.url,
        "account_id": platform.account,
        "bot_token": platform.token,
        "agent_bot_secret": platform.secret,
        "webhook_path_secret": PATH_SECRET,
        "redis_url": redis_url,
        "host": "127.0.0.1",
        "port": port,
        "hold": 0,
        "log_format": "json",
        **settings,
    }
    clean = {key: value for key, value in os.environ.items() if not key.startswith("CRIABOT_")}
    return clean | {f"CRIABOT_{name.upper()}": str(value) for name, value in given.items() if value is not None}


class BotProcess:
    """A process that runs a bot file; an async context manager that kills it at the end.

    Args:
        bot: the file.
        platform: what it talks to; its webhooks are pointed at the bot.
        redis_url: its store.
        command: what to run instead of `criabot run`.
        settings: further settings.
    """

    def __init__(
        self,
        bot: Path,
        platform: FakePlatform,
        redis_url: str,
        *,
        command: tuple[str, ...] = ("-m", "criabot", "run"),
        port: int | None = None,
        **settings: object,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.webhook = f"{self.url}/webhooks/{PATH_SECRET}/agent-bot"
        self._command = [sys.executable, *command, str(bot)]
        self._env = environment(platform, redis_url, self.port, **settings)
        self._platform = platform
        self._folder = tempfile.TemporaryDirectory(prefix="cb-bot-")
        self.log_file = Path(self._folder.name) / "log"

    @property
    def log(self) -> str:
        """Everything that it has written so far."""
        return self.log_file.read_text("utf-8")

    async def start(self, *, ready: bool = True) -> None:
        with self.log_file.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self._command, env=self._env, cwd=self._folder.name, stdout=log, stderr=log
            )
        self._platform.bot_url = self.webhook
        if ready:
            await self.until_ready()

    async def until_ready(self) -> None:
        async with asyncio.timeout(DEADLINE), ClientSession() as session:
            while not await self._is_ready(session):
                assert self.process.returncode is None, f"the bot did not start:\n{self.log}"
                await asyncio.sleep(0.02)

    async def _is_ready(self, session: ClientSession) -> bool:
        try:
            async with session.get(f"{self.url}/readyz") as response:
                return response.status == 200
        except ClientError:
            return False

    async def kill(self) -> None:
        """As a machine dies: at once, without a word."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """As a deploy stops it; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE):
            return await self.process.wait()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.kill()
            self._folder.cleanup()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if error is not None:
            sys.stderr.write(f"--- log of the bot\n{self.log}\n---\n")
        await self.kill()
        self._folder.cleanup()
