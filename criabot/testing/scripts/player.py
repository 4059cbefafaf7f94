"""Plays a script: people act, the stage comes to rest, and the bot must have said what the script expects."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import replace
from itertools import zip_longest

from criabot.testing.scripts.language import (
    CUSTOMER,
    AgentStep,
    BotStep,
    ClockStep,
    CustomerStep,
    Fact,
    FaultStep,
    Script,
    Silence,
    Step,
)
from criabot.testing.scripts.report import Difference, ScriptFailed
from criabot.testing.scripts.stage import CannotDo, Heard, Stage
from criabot.testing.scripts.text import split
from criabot.testing.scripts.transcript import Entry, Transcript

__all__ = ["Player"]

ACTS = (CustomerStep, AgentStep, ClockStep, FaultStep)


class Player:
    """Plays scripts, one after the other, in the same conversations.

    Every message of the bot must be accounted for, in the order of its conversation, before anybody acts in it again.

    Args:
        stage: where.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._unexpected: defaultdict[str, deque[tuple[Heard, Entry]]] = defaultdict(deque)
        self._heard = self._remarks = self._turns = self._logs = 0
        self._customer = CUSTOMER
        self._is_judged = True
        self.transcript = Transcript()

    async def play(self, script: Script, *, until: int = 0, is_judged: bool = True) -> Transcript:
        """Play a script; what has happened since the first one.

        Args:
            script: what to play.
            until: its last line, when it is not to be played to its end; what the bot says then is as it may be.
            is_judged: False lets people do what it says as far as they can, and takes whatever the bot says.

        Raises:
            ScriptFailed: something else happened.
        """
        __tracebackhide__ = True  # pytest shows the test instead
        step: Step | None = None
        steps = [each for each in script.steps if not until or each.line <= until]
        self._is_judged = is_judged
        try:
            await self._rest()
            for step, following in zip_longest(steps, steps[1:]):
                await self._take(step)
                if isinstance(step, ACTS) and not _is_at_once(following):
                    await self._rest()
            step = None
            self._accounted(() if until else self._unexpected)
        except (Difference, CannotDo) as problem:
            difference = problem if isinstance(problem, Difference) else Difference(f"This cannot be done: {problem}")
            turns, logs = self._stage.turns[self._turns :], self._stage.logs[self._logs :]
            raise ScriptFailed(script, step, difference, self.transcript, turns, logs) from None
        return self.transcript

    async def _take(self, step: Step) -> None:
        match step:
            case CustomerStep():
                await self._act(step, step.name)
            case AgentStep():
                to = self._to(step.to)
                await self._act(replace(step, to=to), to)
            case BotStep() | Silence() | Fact():
                if self._is_judged:
                    self._judge(step)
            case ClockStep():
                self._accounted(self._unexpected)
                self._begin(step)
                await self._stage.advance(step.seconds)
            case FaultStep():
                self._begin(step)
                await self._stage.fault(step.name, step.arguments)

    def _judge(self, step: BotStep | Silence | Fact) -> None:
        match step:
            case BotStep():
                self._expect(step)
            case Silence():
                self._accounted([self._to(step.to)])
            case Fact():
                self._check(step)

    def _to(self, name: str | None) -> str:
        return self._customer if name is None else name

    async def _act(self, step: CustomerStep | AgentStep, customer: str) -> None:
        if not step.at_once:
            self._accounted([customer])
        self._customer = customer
        self._begin(step)
        if step.act.verb == "taps" and (why := self._no_button(step.act.text, customer)):
            if self._is_judged:
                raise CannotDo(why)
            return
        await self._stage.act(step)

    def _begin(self, step: Step) -> None:
        """Something happens: what the bot does from here on explains a difference."""
        if not _is_at_once(step):
            self._turns, self._logs = len(self._stage.turns), len(self._stage.logs)
        self.transcript.entries.append(Entry(self._stage.now(), step))

    async def _rest(self) -> None:
        """Wait until nothing is left to do, and write down what happened."""
        await self._stage.settle()
        remarks, self._remarks = self._stage.remarks[self._remarks :], len(self._stage.remarks)
        heard, self._heard = self._stage.heard[self._heard :], len(self._stage.heard)
        entries = [Entry(at, remark) for at, remark in remarks]
        for message in heard:
            entry = Entry(message.at, message.step)
            entries.append(entry)
            self._unexpected[message.customer].append((message, entry))
        self.transcript.entries += sorted(entries, key=lambda entry: entry.at)

    def _no_button(self, title: str, customer: str) -> str:
        """Why a button cannot be tapped; empty when it can."""
        offers = [message.buttons for message in self._stage.heard if message.customer == customer and message.buttons]
        if not offers:
            return "the bot has offered no buttons."
        return "" if title in offers[-1] else f"the newest buttons are [{' | '.join(offers[-1])}]."

    def _expect(self, step: BotStep) -> None:
        waiting = self._unexpected[self._to(step.to)]
        if not waiting:
            raise Difference("The bot said nothing more.", wanted=step)
        heard, entry = waiting[0]
        if heard.fits(step):
            waiting.popleft()
            return
        later = any(message.fits(step) for message, _entry in waiting)
        what = "The bot said this later than expected." if later else "The bot said something else."
        raise Difference(what, wanted=step, heard=heard, entry=entry)

    def _accounted(self, customers: Iterable[str]) -> None:
        for customer in customers if self._is_judged else ():
            if waiting := self._unexpected[customer]:
                heard, entry = waiting[0]
                raise Difference("The bot also said what the script does not expect.", heard=heard, entry=entry)

    def _check(self, step: Fact) -> None:
        customer = self._to(step.to)
        facts = self._stage.facts(customer)
        if not facts:
            raise CannotDo(f"{customer} has no conversation yet: it begins with what {customer} says.")
        if not _agrees(step.name, step.value, facts[step.name]):
            raise Difference(
                f"The conversation differs in its {step.name}.", expected=step.value, actual=facts[step.name]
            )


def _is_at_once(step: Step | None) -> bool:
    return isinstance(step, CustomerStep | AgentStep) and step.at_once


def _agrees(name: str, expected: str, actual: str) -> bool:
    if name == "labels":
        return set(split(expected)) == set(split(actual))
    if name == "attributes":
        return set(split(expected)) <= set(split(actual))
    return expected.casefold() == actual.casefold()
