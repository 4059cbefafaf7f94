"""The stage of the demo: a small platform, a Valkey and a bot process, and all that happens between them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from redis.asyncio import Redis

from criabot.cli.demo.process import BotProcess, start_bot
from criabot.cli.demo.report import Report
from criabot.engine.cancellation import cancellable
from criabot.engine.embedded import EmbeddedServer, start_embedded
from criabot.engine.keys import Keys
from criabot.errors import BotError
from criabot.testing.fake import Call, FakePlatform

__all__ = ["BOT_FILE", "LEASE_SECONDS", "NOTHING", "Held", "Stage", "Trace", "on_stage"]

BOT_FILE = Path(__file__).with_name("shop.py")
PATH_SECRET = "the-demo-has-no-secrets"  # noqa: S105 - of a platform that is not there
PARTITIONS = 1
LEASE_SECONDS = 2  # short, so that nobody waits long for what a dead process held
DEADLINE_SECONDS = 30.0
POLL_SECONDS = 0.005

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """What Redis holds of a conversation.

    Attributes:
        states: by class name.
        owner: ``bot``, ``human``, ``nobody``; empty while nothing was heard about it.
        why: the owner has it.
        replies: how many wait in the outbox.
    """

    states: Json
    owner: str
    why: str
    replies: int


NOTHING = Held({}, "", "", 0)


@dataclass(frozen=True, slots=True)
class Trace:
    """What came of a delivery since the last trace.

    Attributes:
        began: when the platform sent it, as in `Report.at`.
        reports: what happened, in order of time.
        messages: what was written in the conversation, in the shape of the API (contract 5.5).
        held: what Redis holds now.
    """

    began: float
    reports: list[Report]
    messages: list[Json]
    held: Held


class Platform(FakePlatform):
    """The small platform, which also knows how many webhooks are under way."""

    under_way = 0

    async def deliver(self, event: Json, *, delivery: str = "", raw: bytes | None = None) -> int:
        """Send a webhook; see `FakePlatform.deliver`."""
        self.under_way += 1
        try:
            return await super().deliver(event, delivery=delivery, raw=raw)
        finally:
            self.under_way -= 1


class Stage:
    """All that takes part; made by `on_stage`.

    Attributes:
        platform: the small platform.
        server: the Valkey.
    """

    def __init__(self, folder: Path, platform: Platform, server: EmbeddedServer, redis: Redis) -> None:
        self.platform = platform
        self.server = server
        self._folder = folder
        self._redis = redis
        self._bots: list[BotProcess] = []
        self._keys = Keys(f"{BOT_FILE.stem}.{platform.account}", PARTITIONS)
        self._reports: list[Report] = []
        self._began = 0.0
        self._traced = 0
        self._read = 0
        platform.on_call = self._hear_call

    @property
    def bot(self) -> BotProcess:
        """The bot's process, the newest one."""
        return self._bots[-1]

    async def start_bot(self) -> None:
        """Start the bot's process and point the platform at it."""
        self._bots.append(await start_bot(BOT_FILE, self._settings(), self._folder, self._reports.append))
        await self._until(lambda: self._heard("ready"))
        url = next(report.text for report in self._reports if report.what == "ready")
        self.platform.bot_url = f"{url}/webhooks/{PATH_SECRET}/agent-bot"

    async def stop_bots(self) -> None:
        """Stop whatever runs."""
        for bot in self._bots:
            await bot.stop()

    async def deliver(self, event: Json) -> Trace:
        """Deliver a message's webhook, and wait until nothing more comes of it."""
        await self._send(event)
        return await self.settle(event)

    async def crash(self, event: Json) -> Trace:
        """Deliver a message's webhook, and kill the bot after its commit, before it sends a reply."""
        await self._tell("crash")
        await self._send(event)
        await self._until(lambda: self.bot.was_killed)
        self._reports.append(Report("killed", text=str(self.bot.pid)))
        return await self._trace(event)

    async def restart(self, event: Json) -> Trace:
        """Start the bot again."""
        await self.start_bot()
        self._reports.append(Report("started", text=str(self.bot.pid)))
        return await self._trace(event)

    async def settle(self, event: Json) -> Trace:
        """Wait until nothing more comes of a webhook."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not await self._is_settled(_lane(event)):
                self._check_bot()
                await asyncio.sleep(POLL_SECONDS)
        return await self._trace(event)

    async def _send(self, event: Json) -> None:
        self._reports.clear()
        self._traced = 0
        self._read = len(self._messages(event))
        self._began = time.monotonic()
        status = await self.platform.deliver(event)
        self._reports.append(Report("answered", text=str(status)))
        await self._until(lambda: status != 200 or self._heard("accepted"))

    async def _tell(self, command: str) -> None:
        self._reports[:] = [report for report in self._reports if report.what != "obeyed"]
        self.bot.tell(command)
        await self._until(lambda: self._heard("obeyed", command))

    async def _is_settled(self, lane: str) -> bool:
        if not (self._is_quiet() and await self._is_idle(lane)):
            return False
        await self._tell("sync")  # a report may still have been on its way
        return self._is_quiet()

    def _is_quiet(self) -> bool:
        """Whether all that was queued is done, all that was sent is known to be sent, and no webhook is under way."""
        counts = [self._count("accepted", "QUEUED") - self._count("step", "committed")]
        counts += [self._count("call", "POST") - self._count("step", "sent"), self.platform.under_way]
        return not any(counts)

    async def _is_idle(self, lane: str) -> bool:
        record, queue, outbox = self._keys.of_lane(lane, ("m", "q", "ob"))
        has_work = await cancellable(self._redis.exists(queue, outbox))
        return not (has_work or await cancellable(self._redis.hexists(record, "o")))

    async def _trace(self, event: Json) -> Trace:
        held = await self._held(_lane(event))
        reports, messages = self._reports[self._traced :], self._messages(event)[self._read :]
        self._traced += len(reports)
        self._read += len(messages)
        return Trace(self._began, sorted(reports, key=lambda report: report.at), messages, held)

    def _messages(self, event: Json) -> list[Json]:
        return self.platform.conversation(event["conversation"]["id"]).messages

    async def _held(self, lane: str) -> Held:
        record, outbox = self._keys.of_lane(lane, ("m", "ob"))
        stored = await cancellable(self._redis.hget(record, "s"))
        memory: Json = json.loads(stored or "{}")
        owner, _, why, *_ = memory.get("own", ("", 0, ""))
        replies = await cancellable(self._redis.llen(outbox))
        return Held(memory.get("states", {}), owner, why, replies)

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not condition():
                self._check_bot()
                await asyncio.sleep(POLL_SECONDS)

    def _check_bot(self) -> None:
        if self.bot.has_ended and not self.bot.was_killed:
            log = (self._folder / "bot.log").read_text("utf-8", errors="replace").splitlines()
            raise BotError(f"The demo's bot ended by itself: {log[-1] if log else 'it does not say why'}")

    def _heard(self, what: str, name: str = "") -> bool:
        return self._count(what, name) > 0

    def _count(self, what: str, name: str = "") -> int:
        return sum(report.what == what and name in ("", report.name) for report in self._reports)

    def _hear_call(self, call: Call) -> None:
        if call.status != 404:  # with a conversation that does not exist the bot checks its token at start
            what = "note" if call.body.get("private") else call.action
            self._reports.append(Report("call", call.method, f"{what} {call.status}"))

    def _settings(self) -> Json:
        platform = self.platform
        return {
            "base_url": platform.url,
            "account_id": platform.account,
            "bot_token": platform.token,
            "agent_bot_secret": platform.secret,
            "webhook_path_secret": PATH_SECRET,
            "redis_url": self.server.url,
            "host": "127.0.0.1",
            "port": 0,
            "partitions": PARTITIONS,
            "lease": LEASE_SECONDS,
            "hold": 0,
            "drain": LEASE_SECONDS,
        }


def _lane(event: Json) -> str:
    return f"c{event['conversation']['id']}"


@asynccontextmanager
async def on_stage() -> AsyncIterator[Stage]:
    """Set the stage in a temporary directory; nothing is left of it afterwards.

    Raises:
        StoreSetupError: there is no Valkey to start.
        BotError: the bot's process does not start.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="criabot-demo-")))
        server = await _started(folder / "data")
        stack.push_async_callback(server.stop)
        platform = await stack.enter_async_context(Platform())
        redis = await stack.enter_async_context(Redis.from_url(server.url))
        stage = Stage(folder, platform, server, redis)
        stack.push_async_callback(stage.stop_bots)
        await stage.start_bot()
        yield stage


async def _started(directory: Path) -> EmbeddedServer:
    """The embedded server, which is stopped again when Ctrl-C comes while it starts."""
    starting = asyncio.create_task(start_embedded(directory))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await (await starting).stop()
        raise
