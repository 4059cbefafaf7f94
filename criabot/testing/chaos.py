"""A script under one fault after the other: whatever goes wrong, its customers must see the same chat.

The script is played once without a fault, which shows how often the bot comes to each of its steps, and then once per
fault, each time on a fresh platform with a fresh bot. When an agent joins in the middle, the bot must have said nothing
but the beginning of the chat until then, and nothing from then on.
"""

from __future__ import annotations

import asyncio
import shlex
import tempfile
import textwrap
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import takewhile, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from criabot.engine.embedded import start_embedded
from criabot.errors import ScriptError
from criabot.testing.disturbances import Moment, steps
from criabot.testing.faults import begun
from criabot.testing.scripts import Script, ScriptFailed, Transcript
from criabot.testing.scripts.language import AgentStep, BotStep, CustomerStep, FaultStep, Step
from criabot.testing.scripts.stage import CannotDo

if TYPE_CHECKING:
    from criabot.testing.simulator import Simulator

__all__ = ["ChaosFailed", "ChaosReport", "Rerun", "rerun"]

AT_ONCE = 4
COLUMN = 54  # characters
REMARK = "· "
NOTHING = "none"
EVERYWHERE = (
    NOTHING,  # played twice it is the same: nothing stays from one run to the next, nothing is left to chance
    "duplicate",
    "redelivered",
    "reordered",
    "delayed",
    "dropped",
    "stale nested message",
    "error before",
    "error after saving",
    "lost answer",
    "too many requests",
    "slow platform",
)
AT_STEPS = {
    "crash at": ("claimed", "handled", "committed", "posted", "sent"),
    "agent joins at": ("claimed", "handled", "committed", "posted"),
}


@dataclass(frozen=True, slots=True)
class Rerun:
    """The script under a fault.

    Attributes:
        fault: as a script names it.
        seconds: of real time.
        transcript: the chat.
        problem: what was wrong, in a sentence; empty when nothing was.
        customer: whose chat was another, if one was.
        failure: of the script's own expectations, if they failed.
        moment: what the fault did once, if it is of that kind.
    """

    fault: str
    seconds: float
    transcript: Transcript
    problem: str = ""
    customer: str = ""
    failure: ScriptFailed | None = None
    moment: Moment | None = None

    @property
    def has_happened(self) -> bool:
        """Whether it came to what the fault does."""
        return self.moment is None or bool(self.moment.customer)


@dataclass(frozen=True, slots=True)
class ChaosReport:
    """How a script went under each fault.

    Attributes:
        script: what was played.
        calm: the chat without a fault.
        reruns: one per fault.
    """

    script: Script
    calm: Transcript
    reruns: Sequence[Rerun]

    @property
    def failed(self) -> list[Rerun]:
        """Those that went another way."""
        return [each for each in self.reruns if each.problem]

    def text(self) -> Text:
        """A line per fault."""
        width = max(len(each.fault) for each in self.reruns)
        return Text("\n").join(_row(each, width) for each in self.reruns)

    def __str__(self) -> str:
        return self.text().plain


class ChaosFailed(AssertionError):
    """Under a fault the customer saw something else. As text it is the whole report.

    Attributes:
        results: of all faults.
    """

    def __init__(self, results: ChaosReport) -> None:
        self.results = results
        super().__init__(self.report.plain)

    @property
    def report(self) -> Text:
        """The report, with colours: the first fault in full, the others by name."""
        return Text("\n").join(self._parts())

    def _parts(self) -> Iterator[Text]:
        first, *others = self.results.failed
        script = self.results.script
        yield Text(f"{script.name}, fault: {first.fault}: {first.problem}", "bold")
        if first.customer:
            yield Text()
            yield from _side_by_side(self.results.calm, first)
        if first.failure is not None:
            yield from first.failure.explanation()
        if others:
            yield Text("\nIt went another way, too, under", "bold")
            yield from (Text(f"  {each.fault}: {each.problem}") for each in others)
        yield Text("\nPlay it again", "bold")
        yield Text(f"  {_replay(script, first.fault)}")


async def rerun(simulator: Simulator, script: Script, faults: Sequence[str] = ()) -> ChaosReport:
    """See `Simulator.chaos`."""
    gate = asyncio.Semaphore(AT_ONCE)
    async with _valkey(simulator) as url:
        calm, everywhere = await _calmly(simulator.another(url), script, faults)

        async def one(fault: str) -> Rerun:
            async with gate:
                return await _under(fault, simulator.another(url), script, calm)

        reruns = await asyncio.gather(*(one(fault) for fault in faults or everywhere))
    # How often a lane is claimed is a matter of chance: its last time may not come again.
    report = ChaosReport(script, calm, [each for each in reruns if faults or each.has_happened])
    if report.failed:
        raise ChaosFailed(report)
    return report


# -- playing ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _valkey(simulator: Simulator) -> AsyncIterator[str | None]:
    """One server for all runs."""
    if simulator.valkey_url is not None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="criabot-test-") as folder:
        server = await start_embedded(Path(folder))
        try:
            yield server.url
        finally:
            await server.stop()


async def _calmly(simulator: Simulator, script: Script, faults: Sequence[str]) -> tuple[Transcript, list[str]]:
    """The chat without a fault, and the faults that are worth a try."""
    counts: Counter[str] = Counter()
    async with simulator:
        with steps(simulator, lambda step, _conversation: counts.update([step])):
            transcript = await simulator.play(script)
        for fault in faults:
            try:
                async with _fault(simulator, fault):
                    pass
            except CannotDo as error:
                raise ScriptError(f"fault: {fault}: {error}") from None
    return transcript, _worth_a_try(script, counts)


def _worth_a_try(script: Script, counts: Mapping[str, int]) -> list[str]:
    """All faults, and those at a step at its first, its last and one time in between."""
    if any(isinstance(step, FaultStep) for step in script.steps):
        return [NOTHING]  # what the script expects holds under its own faults only
    at_steps = (
        f"{name} {step} {nth}"
        for name, places in AT_STEPS.items()
        for step in places
        if (count := counts[step])
        for nth in sorted({1, (count + 1) // 2, count})
    )
    return [*EVERYWHERE, *at_steps]


def _fault(simulator: Simulator, fault: str) -> AbstractAsyncContextManager[object]:
    return nullcontext() if fault == NOTHING else begun(simulator, fault.split())


async def _under(fault: str, simulator: Simulator, script: Script, calm: Transcript) -> Rerun:
    began, failure = time.perf_counter(), None
    async with simulator, _fault(simulator, fault) as given:
        moment = given if isinstance(given, Moment) else None
        try:
            transcript = await simulator.play(script, is_judged=moment is None or not moment.is_takeover)
        except ScriptFailed as error:
            transcript, failure = error.transcript, error
    problem, customer = _verdict(calm, transcript, moment, failure)
    return Rerun(fault, time.perf_counter() - began, transcript, problem, customer, failure, moment)


# -- comparing --------------------------------------------------------------------------------------------------


def _verdict(
    calm: Transcript, transcript: Transcript, moment: Moment | None, failure: ScriptFailed | None
) -> tuple[str, str]:
    """What is wrong, and whose chat is another; empty when nothing is."""
    unlike = [customer for customer in _customers(calm) if _seen(calm, customer) != _seen(transcript, customer)]
    if failure is not None:
        return failure.difference.what, unlike[0] if unlike else ""
    if moment is not None and not moment.customer:
        return "It never comes to that.", ""
    if moment is not None and moment.is_takeover:
        if why := _talked_over(calm, transcript, moment):
            return why, moment.customer
        unlike = [customer for customer in unlike if customer != moment.customer]
    return ("The customer sees another chat.", unlike[0]) if unlike else ("", "")


def _talked_over(calm: Transcript, transcript: Transcript, moment: Moment) -> str:
    """What is wrong about a chat that an agent has joined; empty when nothing is. The script's agents end it."""
    place = next(number for number, entry in enumerate(transcript.entries) if entry.what == moment.what)
    said = Transcript(transcript.entries[:place]).said(moment.customer)
    if said != calm.said(moment.customer)[: len(said)]:
        return "The customer sees another chat before the agent joins."
    after = takewhile(lambda entry: not isinstance(entry.what, AgentStep), transcript.entries[place + 1 :])
    return "The bot speaks after the agent has." if Transcript(list(after)).said(moment.customer) else ""


def _customers(transcript: Transcript) -> list[str]:
    steps = (entry.what for entry in transcript.entries)
    return list(dict.fromkeys(step.name for step in steps if isinstance(step, CustomerStep)))


def _seen(transcript: Transcript, customer: str) -> list[str]:
    """What a customer sees of a chat."""
    return [str(step) for entry in transcript.entries if (step := _public(entry.what, customer)) is not None]


def _public(what: Step | str, customer: str) -> Step | None:
    match what:
        case CustomerStep(name=name) if name == customer:
            return what
        case BotStep(to=to, is_note=False) if to == customer:
            return replace(what, to=None)
        case AgentStep(to=to, act=act) if to == customer and act.verb in ("says", "sends"):
            return replace(what, to=None)
    return None


# -- telling ----------------------------------------------------------------------------------------------------


def _row(each: Rerun, width: int) -> Text:
    mark = ("✗", "bold red") if each.problem else ("✓", "green")
    return Text.assemble(
        mark, f" {each.fault:{width}}  ", (f"{each.seconds * 1000:5.0f} ms", "dim"), f"  {each.problem}".rstrip()
    )


def _side_by_side(calm: Transcript, each: Rerun) -> Iterator[Text]:
    yield Text(f"    {'without it':{COLUMN}}  with it", "bold")
    has_mark = False
    for one, other in _pairs(_seen(calm, each.customer), _shown(each)):
        is_first = one != other and not _is_remark(other) and not has_mark
        has_mark = has_mark or is_first
        yield _both("  ▶ " if is_first else "    ", one, other)


def _pairs(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The lines of two chats, those that are equal beside each other; a remark stands alone."""
    for _kind, begin, end, other_begin, other_end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        ones = iter(left[begin:end])
        for other in right[other_begin:other_end]:
            yield "" if _is_remark(other) else next(ones, ""), other
        yield from ((one, "") for one in ones)


def _shown(each: Rerun) -> list[str]:
    """What the customer saw, and what the fault did in between."""
    happened = each.moment.what if each.moment is not None else ""
    lines = []
    for entry in each.transcript.entries:
        if entry.what == happened:
            lines.append(f"{REMARK}{happened}")
        elif (step := _public(entry.what, each.customer)) is not None:
            lines.append(str(step))
    return lines


def _is_remark(line: str) -> bool:
    return line.startswith(REMARK)


def _both(margin: str, one: str, other: str) -> Text:
    columns = [[part for line in text.split("\n") for part in textwrap.wrap(line, COLUMN)] for text in (one, other)]
    style = "" if one == other else "dim" if _is_remark(other) else "red"
    rows = zip_longest(*columns, fillvalue="")
    lines = [f"{'    ' if number else margin}{a:{COLUMN}}  {b}".rstrip() for number, (a, b) in enumerate(rows)]
    return Text("\n".join(lines), style)


def _replay(script: Script, fault: str) -> str:
    if command := script.command:
        return shlex.join((*command[:-1], "--fault", fault, command[-1]))
    return f"await sim.chaos(script, faults=[{fault!r}])"
