"""Where an event's CPU time goes: ``python3 dev.py profile``.

A real `criabot run` gets the load of the closed shape twice: once undisturbed, for the CPU time of an event, and once
under `benchmarks.sampler`, for the parts of which the percentages are. docs/performance.md says how to read it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.load import Outcome
from benchmarks.roster import HERE, Peer
from benchmarks.sampler import ELSEWHERE, STAGES, Place
from benchmarks.shapes import FAULTS, SHAPES, WARM_UP
from benchmarks.stack import HELPERS_CORE, BenchmarkError, Stack

EVENTS = 20_000
TOP = 25  # functions


@dataclass(frozen=True)
class SampledCriabot(Peer):
    """criabot under the sampler, whose points go to a file."""

    samples: str = ""

    @property
    def command(self) -> list[str]:
        """How it is started, in the repository's folder."""
        return [sys.executable, "-m", "benchmarks.sampler", self.samples, "run", str(HERE / "bot.py")]


@dataclass(frozen=True)
class Profile:
    """Where an event's time goes.

    Attributes:
        event: microseconds of CPU time, without the sampler.
        points: where the samples were taken.
    """

    event: float
    points: Counter[Place]

    def stages(self) -> list[tuple[str, int]]:
        """Points by stage, all stages, in the order of an event's way."""
        return [(stage, sum(self._of(stage))) for stage in (*STAGES, ELSEWHERE)]

    def functions(self) -> list[tuple[Place, int]]:
        """Points of the functions in which the most samples were taken."""
        return self.points.most_common(TOP)

    def _of(self, stage: str) -> list[int]:
        return [points for place, points in self.points.items() if place[0] == stage]


def main(arguments: Sequence[str] | None = None) -> int:
    """Profile and print."""
    parser = argparse.ArgumentParser(prog="dev.py profile", description="Show where an event's CPU time goes.")
    parser.add_argument("--events", type=int, default=EVENTS, metavar="N", help=f"in each of both loads ({EVENTS})")
    events = parser.parse_args(arguments).events
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no process is left behind
    machine.pin(os.getpid(), HELPERS_CORE)
    show(profile(events), Console())
    return 0


def profile(events: int) -> Profile:
    """Run criabot under load, first without and then with the sampler.

    Raises:
        BenchmarkError: something did not start, broke, or lost an event.
    """
    with tempfile.TemporaryDirectory(prefix="criabot-profile-") as folder, Stack() as stack:
        samples = Path(folder) / "samples.json"
        with stack.serving(SampledCriabot("criabot", "under the sampler", samples=str(samples))) as bot:
            closed = {**SHAPES["closed"], "events": events}
            stack.load(bot, events=WARM_UP)
            undisturbed = _flawless(stack.load(bot, **closed))
            os.kill(bot.pids[0], signal.SIGUSR1)
            _flawless(stack.load(bot, **closed))
        rows = json.loads(samples.read_text())
    points = Counter({(stage, function): number for stage, function, number in rows})
    return Profile(undisturbed.cpu_ms_per_1k["bot"], points)


def _flawless(outcome: Outcome) -> Outcome:
    faults = {name: count for name in FAULTS if (count := getattr(outcome, name))}
    if faults or outcome.errors:
        raise BenchmarkError(f"The load went wrong, so its profile means nothing: {faults} {outcome.errors}")
    return outcome


def show(found: Profile, console: Console) -> None:
    """Print the stages, then the functions."""
    total = found.points.total()
    console.print(f"\nAn event takes {found.event:.0f} µs of CPU time; {total} samples say where.\n")
    stages, functions = Table("stage"), Table("function", "stage")
    for table in (stages, functions):
        table.add_column("%", justify="right")
        table.add_column("µs per event", justify="right")
    for stage, points in found.stages():
        stages.add_row(stage, *_cells(points / total, found.event))
    stages.add_row("all", *_cells(1, found.event), style="bold")
    for (stage, function), points in found.functions():
        functions.add_row(function, stage, *_cells(points / total, found.event))
    console.print(stages, functions)


def _cells(share: float, event: float) -> tuple[str, str]:
    return f"{share:.1%}".rstrip("%"), f"{share * event:.1f}"


if __name__ == "__main__":
    sys.exit(main())
