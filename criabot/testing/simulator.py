"""A bot on a simulated platform, with a clock that is turned: where scripts are played.

Nothing here waits for time to pass. When platform and bot have nothing left to do, the clock jumps to the next thing
that waits for it: the end of a hold, a retry, a dead process's lease.
"""

from __future__ import annotations

import asyncio
import difflib
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from criabot.bot import Bot
from criabot.errors import ConfigurationError, ScriptError
from criabot.loading import load_bot
from criabot.runtime.report import TurnReport
from criabot.settings import Settings
from criabot.testing.bot import RunningBot
from criabot.testing.cast import Cast
from criabot.testing.clock import VirtualClock
from criabot.testing.faults import FAULTS, Fault, begun
from criabot.testing.logbook import Logbook
from criabot.testing.platform import Agent, Contact, Customer, SimulatedPlatform
from criabot.testing.platform.seed import CHANNELS
from criabot.testing.scripts import Player, Script, Transcript, parse
from criabot.testing.scripts.language import CUSTOMER, AgentStep, CustomerStep
from criabot.testing.scripts.stage import CannotDo, Heard, Turn
from criabot.testing.standstill import waiting_code
from criabot.testing.versions import number_of

if TYPE_CHECKING:
    from criabot.testing.chaos import ChaosReport

__all__ = ["BotSource", "Simulator", "fresh_bot"]

MAX_JUMPS = 500
MAX_SECONDS = 600.0  # of the clock, without anything happening
PATIENCE = 10.0  # seconds of real time for what the bot does at once
STILLNESS = 40  # moments: a bot hangs only after more than a second of it; its store may stall for less
A_MOMENT = 0.001  # seconds: the lanes count in milliseconds

ARGUMENTS = ("channel", "version")

BotSource: TypeAlias = "Bot | str | Path | Callable[[], Bot]"


def fresh_bot(source: BotSource) -> Bot:
    """The bot itself, or what a function returns, or what a file or module holds (see ``criabot run``).

    Raises:
        BotError: it cannot be loaded.
    """
    if isinstance(source, str | Path):
        return load_bot(str(source))
    bot = source if isinstance(source, Bot) else source()
    bot.named("bot")
    return bot


class Simulator:
    """A simulated platform, a bot that serves its inbox, and their clock; it starts when it is first needed.

    ```python
    async with Simulator(bot) as sim:
        await sim.play('''
            customer: oi
            bot: Olá!
        ''')
    ```

    Args:
        bot: the bot, a function that makes one, or a file or module.
        channel: of the inbox: api, widget, whatsapp, telegram, messenger, instagram, email, sms or twilio.
        version: of the platform; ``newest`` is the newest that is known.
        valkey_url: of a Valkey or Redis that runs; without it one is started, which takes a tenth of a second.
        clock: theirs.
        settings: further settings of the bot, by their names in `Settings`; a handler may take 10 s of real time,
            or `handler_timeout` if that is given and longer.

    Raises:
        ConfigurationError: there is no such version, channel or setting.

    Attributes:
        clock: theirs.
        faults: what ``fault: NAME`` begins, by name; it lasts until ``fault: none``.
        turns: what the bot did with each event.
        valkey_url: of the Valkey or Redis that runs; None for one of its own.
    """

    def __init__(
        self,
        bot: BotSource,
        *,
        channel: str = "api",
        version: str = "4.15.1",
        valkey_url: str | None = None,
        clock: VirtualClock | None = None,
        **settings: Any,
    ) -> None:
        __tracebackhide__ = True  # pytest shows the test instead
        _must_be_known("channel", [channel], CHANNELS)
        _must_be_known("setting", settings, Settings.model_fields)
        self.clock = clock or VirtualClock()
        self.faults: dict[str, Fault] = dict(FAULTS)
        self.turns: list[Turn] = []
        self._source = bot
        self._channel = channel
        self._version = number_of(version)
        self.valkey_url = valkey_url
        self._settings = settings
        self._running: AsyncExitStack | None = None

    # -- life ---------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start platform and bot, unless they run; `play` does it, too."""
        if self._running is not None:
            return
        async with AsyncExitStack() as stack:
            platform = SimulatedPlatform(version=self._version, clock=self.clock)
            platform.jobs.moments = STILLNESS
            if self._channel != "api":
                platform.inbox = platform.add_inbox(self._channel)
            self._cast = Cast(platform)
            self._platform = await stack.enter_async_context(platform)
            self._bot = RunningBot(
                fresh_bot(self._source),
                base_url=platform.url,
                redis_url=self.valkey_url,
                clock=self.clock,
                on_turn=self._note,
                **{**_credentials(platform), **self._settings},
            )
            self._logbook = stack.enter_context(Logbook(_secrets(platform), self.clock))
            await stack.enter_async_context(self._bot)
            platform.connect(self._bot.webhook_url())
            self._player = Player(self)
            self._faulty = await stack.enter_async_context(AsyncExitStack())
            self._running = stack.pop_all()
            self._loop = asyncio.get_running_loop()

    async def stop(self) -> None:
        """Stop both, unless they are stopped."""
        running, self._running = self._running, None
        if running is not None:
            await running.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """Where it runs, None while it does not."""
        return self._loop if self._running is not None else None

    # -- what a test uses ---------------------------------------------------------------------------------------

    async def play(self, script: str | Script, *, until: int = 0, is_judged: bool = True) -> Transcript:
        """Play a script; a second one goes on where the first has ended.

        Args:
            script: what to play.
            until: its last line, when it is not to be played to its end.
            is_judged: False lets people do what it says, and takes whatever the bot says.

        Raises:
            ScriptError: a line means nothing.
            ScriptFailed: something else happened than the script says.
        """
        __tracebackhide__ = True  # pytest shows the test instead
        if isinstance(script, str):
            script = _parsed(script)
        await self.start()
        self._cast.prepare(script)
        return await self._player.play(script, until=until, is_judged=is_judged)

    async def chaos(self, script: str | Script, faults: Sequence[str] = ()) -> ChaosReport:
        """Play a script under one fault after the other, each in a simulator of its own that is like this one.

        Args:
            script: what to play; it goes well without a fault.
            faults: their names, as after ``fault:`` in a script; all that a right bot gets over when not given.

        Raises:
            ChaosFailed: under one of them the customer saw something else.
            ScriptError: a line means nothing, or a fault.
            ScriptFailed: it does not even go well without a fault.
        """
        from criabot.testing.chaos import rerun

        return await rerun(self, _parsed(script) if isinstance(script, str) else script, faults)

    def another(self, valkey_url: str | None = None) -> Simulator:
        """One like this, where nothing has happened yet, on another Valkey if need be."""
        valkey_url = valkey_url or self.valkey_url
        simulator = Simulator(
            self._source, channel=self._channel, version=self._version, valkey_url=valkey_url, **self._settings
        )
        simulator.faults = self.faults
        return simulator

    @property
    def platform(self) -> SimulatedPlatform:
        """The platform."""
        self._must_run()
        return self._platform

    @property
    def bot(self) -> RunningBot:
        """The bot."""
        self._must_run()
        return self._bot

    @property
    def transcript(self) -> Transcript:
        """What has happened so far."""
        self._must_run()
        return self._player.transcript

    def customer(self, name: str = CUSTOMER) -> Customer:
        """The customer whom scripts call so."""
        self._must_run()
        return self._cast.customer(name)

    def agent(self, name: str) -> Agent:
        """The agent of that name."""
        self._must_run()
        return self._platform.agent(name)

    def name_of(self, contact: Contact) -> str:
        """How scripts call a customer."""
        self._must_run()
        return self._cast.name_of(contact)

    def remark(self, text: str) -> None:
        """Write into the transcript what is no step."""
        self._must_run()
        self._cast.remarks.append((self.clock(), text))

    def _must_run(self) -> None:
        if self._running is None:
            raise RuntimeError("The simulator does not run: `await sim.start()` or `await sim.play(…)` comes first.")

    # -- the stage of the player --------------------------------------------------------------------------------

    def now(self) -> float:
        """The clock's epoch seconds."""
        return self.clock()

    async def act(self, step: CustomerStep | AgentStep) -> None:
        """Let a person do something, without waiting for what it causes."""
        await self._cast.act(step)

    async def settle(self) -> None:
        """Return when nothing is left to do; the clock jumps to what waits for it.

        Raises:
            CannotDo: there is no end to it; the message names what waits.
        """
        begun, before = self.clock(), self._activity()
        for _jump in range(MAX_JUMPS):
            await self._quiet()
            due = await self._next_due()
            if due is None:
                return
            if self._activity() != before:
                begun, before = self.clock(), self._activity()
            if due - begun > MAX_SECONDS:
                break
            await self._turn_to(due)
        raise CannotDo(f"there is no end to it: {await self._waiting()}.")

    async def advance(self, seconds: float) -> None:
        """Let time pass; what is due on the way happens at its own time."""
        await self.settle()
        target = self.clock() + seconds
        while (due := self._platform.next_timer()) is not None and due < target:
            await self._turn_to(due)
            await self.settle()
        await self._turn_to(target)

    async def fault(self, name: str, arguments: Sequence[str]) -> None:
        """Begin a fault of `faults`; ``none`` ends all."""
        if name == "none":
            await self._faulty.aclose()
        else:
            await self._faulty.enter_async_context(begun(self, (name, *arguments)))

    def facts(self, customer: str) -> Mapping[str, str]:
        """What the inbox shows of a customer's conversation."""
        return self._cast.facts(customer)

    @property
    def heard(self) -> Sequence[Heard]:
        """All that the bot has said."""
        return self._cast.heard

    @property
    def remarks(self) -> Sequence[tuple[float, str]]:
        """What else the inbox shows: activities, automatic messages."""
        return self._cast.remarks

    @property
    def logs(self) -> Sequence[str]:
        """What the bot has logged."""
        return self._logbook.lines

    # -- time ---------------------------------------------------------------------------------------------------

    async def _quiet(self) -> None:
        """Return when neither platform nor bot has anything to do now."""
        before, limit = None, max(PATIENCE, 2 * self._settings.get("handler_timeout", 0))
        while before != (before := self._activity()):
            try:
                async with asyncio.timeout(limit):
                    await self._platform.settle()
                    await self._bot.quiet()
            except TimeoutError:
                where = ", ".join(waiting_code()) or "a place that is no handler's"
                raise CannotDo(f"the bot is still at work after {limit:g} s of real time, at {where}.") from None
            if not self._bot.is_alive:  # whoever watches over processes starts another one
                await self._bot.restart(fresh_bot(self._source))
                before = None

    async def _next_due(self) -> float | None:
        waiting = (self._platform.next_job(), await self._bot.next_due())
        return min((due for due in waiting if due is not None), default=None)

    async def _turn_to(self, moment: float) -> None:
        self.clock.advance(max(0.0, moment - self.clock() + A_MOMENT))
        self._platform.jobs.wake()
        await self._bot.follow_clock()

    def _activity(self) -> tuple[int, int, int]:
        """Grows with everything that happens."""
        return len(self._platform.deliveries.log), len(self._platform.gateway.calls), len(self.turns)

    async def _waiting(self) -> str:
        now, job, lane = self.clock(), self._platform.next_job(), await self._bot.next_due()
        parts = [f"the platform has a job in {job - now:.1f} s"] if job is not None else []
        parts += [f"the bot has a conversation that goes on in {lane - now:.1f} s"] if lane is not None else []
        return " and ".join(parts) or "it has only just ended"

    # -- the rest -----------------------------------------------------------------------------------------------

    def _note(self, report: TurnReport) -> None:
        self.turns.append(Turn(report.kind, report.what, report.handler, report.reasons))


def _parsed(script: str) -> Script:
    __tracebackhide__ = True
    try:
        return parse(textwrap.dedent(script))
    except ScriptError as error:
        raise error.with_traceback(None) from None  # of the parser, which nobody wants to see


def _must_be_known(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    __tracebackhide__ = True
    for name in set(names) - set(known):
        close = difflib.get_close_matches(name, [*known, *ARGUMENTS], n=1)
        hint = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(known)}."
        raise ConfigurationError(f"There is no {what} {name!r}. {hint}")


def _credentials(platform: SimulatedPlatform) -> dict[str, Any]:
    signs = platform.world.since("4.13.0")
    return {
        "account_id": platform.world.account.id,
        "bot_token": platform.bot.access_token.token,
        "agent_bot_secret": platform.bot.secret if signs else (),
        "allow_unsigned": not signs,
    }


def _secrets(platform: SimulatedPlatform) -> list[str]:
    return [
        platform.bot.access_token.token,
        platform.bot.secret,
        *(u.access_token for u in platform.world.users.values()),
    ]
