"""A bot that runs in the test's own process: its webhook on a loopback port, its lanes in a real Valkey.

Everything is as in production but the clock, which is turned, and death, which is played: `RunningBot.crash` cuts the
bot off from the rest of the world before any of its code hears of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from criabot.bot import Bot
from criabot.engine.embedded import start_embedded
from criabot.engine.pipeline import connect
from criabot.errors import StoreError
from criabot.runtime.report import TurnReport
from criabot.runtime.runtime import running
from criabot.settings import Settings
from criabot.testing.clock import VirtualClock

__all__ = ["RunningBot", "Step"]

logger = logging.getLogger("criabot.testing")

PATH_SECRET = "a-test-has-no-secrets"  # noqa: S105 - of a platform that is not there
CLEANING_SECONDS = 5.0

Step: TypeAlias = Literal["claimed", "handled", "committed", "posted", "sent"]


class _Given(Settings):
    """The settings a test gives, and nothing of the environment."""

    model_config = SettingsConfigDict(toml_file=None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


class RunningBot:
    """A bot that runs while the context is open, apart from all others in the same Valkey.

    A crash kills the bot's own tasks. What a handler has started by itself (`asyncio.create_task`, threads) lives on,
    and shutdown handlers and the ends of dependencies run, for what they hold is the test's: but nothing that they do
    reaches the store or the platform.

    Attributes:
        clock: which it goes by.
        on_step: told of each step and its lane, before a crash there; the lane stands still, until its lease has
            ended, if it raises `asyncio.CancelledError`.

    Args:
        bot: its handlers.
        base_url: of the platform.
        redis_url: of a Valkey or Redis; without it one is started, which takes a tenth of a second.
        clock: the platform should have the same.
        on_turn: told of every turn when it has ended.
        settings: further settings, by their names in `Settings`: at least the account, a token, and the secret of
            a webhook. The environment and ``criabot.toml`` do not count. Handlers get no time to finish at the end
            unless there is a `drain`.
    """

    def __init__(
        self,
        bot: Bot,
        *,
        base_url: str,
        redis_url: str | None = None,
        clock: VirtualClock | None = None,
        on_turn: Callable[[TurnReport], None] | None = None,
        **settings: Any,
    ) -> None:
        self.clock = clock or VirtualClock()
        self.on_step: Callable[[str, str], None] = lambda _step, _lane: None
        self._bot = bot
        self._redis_url = redis_url
        self._on_turn = on_turn
        self._settings: dict[str, Any] = {
            "base_url": base_url,
            "webhook_path_secret": PATH_SECRET,
            "host": "127.0.0.1",
            "port": 0,
            "partitions": 1,
            "drain": 0,
            **settings,
        }
        self._namespace = f"test-{secrets.token_hex(6)}"
        self._kept = AsyncExitStack()
        self._doom: tuple[Step, int] | None = None
        self._dying: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        async with self._kept:
            self._settings["redis_url"] = self._redis_url or await self._own_server()
            self._kept.push_async_callback(self._forget)
            await self._start()
            self._kept = self._kept.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._kept:
            if self._dying is not None:
                await self._dying
            else:
                self._stop.set()
                await self._life

    @property
    def url(self) -> str:
        """Where its webhooks come in, without the path; the same after a restart."""
        return self._runtime.url

    @property
    def is_alive(self) -> bool:
        """Whether it runs: False between a crash and the restart."""
        return self._dying is None

    def webhook_url(self, sender: str = "agent-bot") -> str:
        """The address to give to a sender of the platform: ``agent-bot``, ``account`` or ``api-inbox``."""
        return f"{self.url}/webhooks/{self._settings['webhook_path_secret']}/{sender}"

    async def quiet(self) -> None:
        """Return when it takes in no event and works on none; what waits for its time does not count (`next_due`).

        Raises:
            BaseExceptionGroup: it has failed as a whole.
        """
        await self._runtime.quiet()
        if self._dying is not None:
            await self._dying
        elif self._life.done():
            self._life.result()

    async def next_due(self) -> float | None:
        """When the first of its conversations goes on, by the clock; None when no work is left, or it is dead."""
        with self._unless_it_dies():
            return await self._runtime.store.next_due() if self.is_alive else None
        return None

    async def advance(self, seconds: float) -> None:
        """Turn the clock ahead; what is due then begins. Do so while the bot is `quiet`: leases go by it, too."""
        self.clock.advance(seconds)
        await self.follow_clock()

    async def follow_clock(self) -> None:
        """After somebody else has turned the clock: what is due by now begins."""
        with self._unless_it_dies():
            if self.is_alive:
                await self._runtime.follow_clock()

    @contextmanager
    def _unless_it_dies(self) -> Iterator[None]:
        """A call to the store fails when the bot dies meanwhile; that is no error of the store."""
        try:
            yield
        except StoreError:
            if self.is_alive:
                raise

    # -- death and after ----------------------------------------------------------------------------------------

    async def crash(self) -> None:
        """Die at once, as by ``kill -9``: what is not stored or sent by now never is, what is held stays held."""
        if self._dying is None:
            self._die()
        if self._dying is not None:
            await self._dying

    def crash_at(self, step: Step, nth: int = 1) -> None:
        """Die when a step is reached for the `nth` time from now on; `quiet` returns after it.

        ``claimed`` a lane is held · ``handled`` its handler has run · ``committed`` the replies are stored ·
        ``posted`` a reply was answered by the platform · ``sent`` that it was is stored.
        """
        self._doom = (step, nth)

    async def restart(self, bot: Bot | None = None) -> None:
        """Start again on the same data and port; what the dead one held is free when its lease has ended.

        Args:
            bot: its handlers, when they were loaded again.
        """
        await self.crash()
        self._bot = bot or self._bot
        self._settings["port"] = urlsplit(self.url).port
        await self._start()

    def _on_step(self, step: str, lane: str) -> None:
        self.on_step(step, lane)
        if self._doom is None or self._doom[0] != step:
            return
        doom, left = self._doom
        self._doom = (doom, left - 1) if left > 1 else None
        if self._doom is None:
            self._die()
            raise asyncio.CancelledError

    def _die(self) -> None:
        self._runtime.sever()
        self._life.cancel()
        self._dying = asyncio.create_task(self._last_rites(), name="criabot-crash")

    async def _last_rites(self) -> None:
        await asyncio.wait([self._life])
        if not self._life.cancelled() and (error := self._life.exception()):
            logger.debug("the bot crashed, and its clean-up failed", exc_info=error)

    # -- life ---------------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        self._stop = asyncio.Event()
        self._dying = None
        started = asyncio.Event()
        self._life = asyncio.create_task(self._live(started), name="criabot-bot")
        starting = asyncio.create_task(started.wait())
        await asyncio.wait([self._life, starting], return_when=asyncio.FIRST_COMPLETED)
        starting.cancel()
        if not started.is_set():
            self._life.result()

    async def _live(self, started: asyncio.Event) -> None:
        async with running(
            self._bot,
            _Given(**self._settings),
            on_step=self._on_step,
            on_turn=self._on_turn,
            clock=self.clock,
            namespace=self._namespace,
        ) as self._runtime:
            started.set()
            await self._stop.wait()

    async def _own_server(self) -> str:
        folder = Path(self._kept.enter_context(tempfile.TemporaryDirectory(prefix="criabot-test-")))
        server = await start_embedded(folder / "data")
        self._kept.push_async_callback(server.stop)
        return server.url

    async def _forget(self) -> None:
        """Leave nothing in a Valkey that others use, too."""
        async with connect(self._settings["redis_url"], timeout=CLEANING_SECONDS, retries=0) as client:
            with contextlib.suppress(Exception):
                if keys := await client.keys(f"cb:{self._namespace}:*"):
                    await client.unlink(*keys)
