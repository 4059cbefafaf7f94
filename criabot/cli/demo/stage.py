"""The stage of the demo: a simulated platform, a Valkey and a bot process, and all that happens between them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from redis.asyncio import Redis

from criabot.cli.demo.process import BotProcess, start_bot
from criabot.cli.demo.report import Report
from criabot.engine.cancellation import cancellable
from criabot.engine.embedded import EmbeddedServer, start_embedded
from criabot.engine.keys import Keys
from criabot.errors import BotError
from criabot.testing.platform import ApiCall, Customer, Delivery, Message, SimulatedPlatform

__all__ = ["BOT_FILE", "LEASE_SECONDS", "NOTHING", "Held", "Stage", "Trace", "on_stage"]

BOT_FILE = Path(__file__).with_name("shop.py")
PATH_SECRET = "the-demo-has-no-secrets"  # noqa: S105 - of a platform that is not there
PARTITIONS = 1
LEASE_SECONDS = 2  # short, so that nobody waits long for what a dead process held
DEADLINE_SECONDS = 30.0
ACTIVITY = 2
POLL_SECONDS = 0.005

Json = dict[str, Any]
Act: TypeAlias = Callable[[], Awaitable[object]]


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
        messages: what was written in the conversation.
        held: what Redis holds now.
    """

    began: float
    reports: list[Report]
    messages: list[Message]
    held: Held


class Stage:
    """All that takes part; made by `on_stage`.

    Attributes:
        platform: the simulated platform.
        server: the Valkey.
    """

    def __init__(self, folder: Path, platform: SimulatedPlatform, server: EmbeddedServer, redis: Redis) -> None:
        self.platform = platform
        self.server = server
        self._folder = folder
        self._redis = redis
        self._bots: list[BotProcess] = []
        self._keys = Keys(f"{BOT_FILE.stem}.{platform.world.account.id}", PARTITIONS)
        self._reports: list[Report] = []
        self._began = 0.0
        self._traced = 0
        self._shown: set[int] = set()
        self._lane = ""
        platform.gateway.on_call = self._hear_call

    @property
    def bot(self) -> BotProcess:
        """The bot's process, the newest one."""
        return self._bots[-1]

    async def start_bot(self) -> None:
        """Start the bot's process and point the platform at it."""
        self._bots.append(await start_bot(BOT_FILE, self._settings(), self._folder, self._reports.append))
        await self._until(lambda: self._heard("ready"))
        url = next(report.text for report in self._reports if report.what == "ready")
        self.platform.connect(f"{url}/webhooks/{PATH_SECRET}/agent-bot")

    async def stop_bots(self) -> None:
        """Stop whatever runs."""
        for bot in self._bots:
            await bot.stop()

    async def perform(self, act: Act) -> Trace:
        """Let somebody write, and wait until nothing more comes of it."""
        await self._begin(act)
        return await self.settle()

    async def repeat(self, customer: Customer) -> Trace:
        """Deliver the newest message's webhook once more, and wait until nothing more comes of it."""
        delivery = self._newest(customer)
        return await self.perform(lambda: self.platform.deliveries.repeat(delivery))

    async def crash(self, act: Act) -> Trace:
        """Let somebody write, and kill the bot after its commit, before it sends a reply."""
        await self._tell("crash")
        await self._begin(act)
        await self._until(lambda: self.bot.was_killed)
        self._reports.append(Report("killed", text=str(self.bot.pid)))
        return await self._trace()

    async def restart(self) -> Trace:
        """Start the bot again."""
        await self.start_bot()
        self._reports.append(Report("started", text=str(self.bot.pid)))
        return await self._trace()

    async def settle(self) -> Trace:
        """Wait until nothing more comes of what was done."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not await self._is_settled():
                self._check_bot()
                await asyncio.sleep(POLL_SECONDS)
        return await self._trace()

    def _newest(self, customer: Customer) -> Delivery:
        written = [each for each in self.platform.deliveries.log if each.message in self._written_by(customer)]
        return written[-1]

    def _written_by(self, customer: Customer) -> set[int]:
        conversation = customer.conversation
        messages = conversation.messages if conversation is not None else []
        return {message.id for message in messages if message.sender is customer.contact}

    async def _begin(self, act: Act) -> None:
        self._reports.clear()
        self._traced = 0
        self._began = time.monotonic()
        log = self.platform.deliveries.log
        known, self._shown = len(log), set(self.platform.world.messages)
        await act()
        delivery = log[known]
        await self._until(lambda: bool(delivery.answers))
        self._shown.add(delivery.message or 0)
        self._lane = f"c{delivery.conversation}"
        self._conversation = self.platform.conversation(delivery.conversation or 0)
        self._reports.append(Report("answered", text=f"{delivery.answers[0]} in {delivery.seconds * 1000:.1f} ms"))
        await self._until(lambda: not delivery.is_accepted or self._heard("accepted"))

    async def _tell(self, command: str) -> None:
        self._reports[:] = [report for report in self._reports if report.what != "obeyed"]
        self.bot.tell(command)
        await self._until(lambda: self._heard("obeyed", command))

    async def _is_settled(self) -> bool:
        if not (self._is_quiet() and await self._is_idle()):
            return False
        await self._tell("sync")  # a report may still have been on its way
        return self._is_quiet()

    def _is_quiet(self) -> bool:
        """Whether all that was queued is done, all that was sent is known to be sent, and no webhook is under way."""
        counts = [self._count("accepted", "QUEUED") - self._count("step", "committed")]
        counts += [self._count("call", "POST") - self._count("step", "sent"), self.platform.jobs.running]
        return not any(counts)

    async def _is_idle(self) -> bool:
        record, queue, outbox = self._keys.of_lane(self._lane, ("m", "q", "ob"))
        has_work = await cancellable(self._redis.exists(queue, outbox))
        return not (has_work or await cancellable(self._redis.hexists(record, "o")))

    async def _trace(self) -> Trace:
        held = await self._held()
        reports = self._reports[self._traced :]
        new = [each for each in self._conversation.messages if each.id not in self._shown]
        self._traced += len(reports)
        self._shown |= {each.id for each in new}
        said = [each for each in new if each.message_type != ACTIVITY]
        return Trace(self._began, sorted(reports, key=lambda report: report.at), said, held)

    async def _held(self) -> Held:
        record, outbox = self._keys.of_lane(self._lane, ("m", "ob"))
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

    def _hear_call(self, call: ApiCall) -> None:
        if call.status != 404:  # with a conversation that does not exist the bot checks its token at start
            what = "note" if call.body.get("private") else call.action
            self._reports.append(Report("call", call.method, f"{what} {call.status}"))

    def _settings(self) -> Json:
        platform = self.platform
        return {
            "base_url": platform.url,
            "account_id": platform.world.account.id,
            "bot_token": platform.bot.access_token.token,
            "agent_bot_secret": platform.bot.secret,
            "webhook_path_secret": PATH_SECRET,
            "redis_url": self.server.url,
            "host": "127.0.0.1",
            "port": 0,
            "partitions": PARTITIONS,
            "lease": LEASE_SECONDS,
            "hold": 0,
            "drain": LEASE_SECONDS,
        }


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
        platform = await stack.enter_async_context(SimulatedPlatform())
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
