"""``python -m benchmarks``: measure, print the tables, write the results and their picture."""

from __future__ import annotations

import argparse
import datetime
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from benchmarks import footprint, growth, machine, picture, table, targets
from benchmarks.roster import PEERS, QUICK, USUAL
from benchmarks.shapes import OWN_SHAPES, SHAPES, Figures, measure, shapes_of, summary
from benchmarks.stack import BenchmarkError

RESULTS = Path(__file__).parent / "results"
WIDTH = 120  # columns that the tables need
EXTRAS = ("growth", "processes", "flight", "cold")
ALL = [*SHAPES, *OWN_SHAPES, *EXTRAS]


class Progress:
    """Says what is measured now, and how long the rest may take."""

    def __init__(self, console: Console, steps: int) -> None:
        self._console, self._steps, self._done, self._began = console, steps, 0, time.monotonic()

    def __call__(self, what: str) -> None:
        """A part of a step begins."""
        self._console.print(f"[dim]{time.monotonic() - self._began:5.0f} s[/]  {what}", highlight=False)

    def step(self, what: str) -> None:
        """A step begins."""
        spent = time.monotonic() - self._began
        rest = f" [dim](about {spent / self._done * (self._steps - self._done):.0f} s to go)[/]" if self._done else ""
        self._done += 1
        self(what + rest)


def main(arguments: list[str]) -> int:
    """Measure as told; 0, or 1 when a peer failed."""
    options = _options(arguments)
    console = Console()
    console.width = max(console.width, WIDTH)
    results = run(options.peers, options.shapes, options.rounds, console, options.events)
    table.show(results, console)
    if options.out is not None:
        write(results, options.out, console)
    return 1 if results["failed"] else 0


def run(peers: list[str], wanted: list[str], rounds: int, console: Console, events: int = 0) -> dict[str, Any]:
    """Measure the peers in turn, round by round, then what concerns criabot alone."""
    extras = [name for name in EXTRAS if name in wanted and "criabot" in peers]
    shapes = [name for name in wanted if name not in EXTRAS]
    progress = Progress(console, rounds * len(peers) + len(extras))
    measured: dict[str, dict[str, list[Figures]]] = {}
    failed: dict[str, str] = {}
    for number in range(rounds if shapes else 0):
        for name in peers:
            if name in failed:
                continue
            progress.step(f"{name}, round {number + 1} of {rounds}")
            try:
                of_round = measure(PEERS[name], shapes_of(PEERS[name], shapes), events)
            except BenchmarkError as error:
                failed[name] = str(error)
                console.print(f"{name} failed: {error}", style="red", markup=False)
                continue
            for shape, figures in of_round.items():
                measured.setdefault(name, {}).setdefault(shape, []).append(figures)
    results: dict[str, Any] = {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": machine.describe(),
        "rounds": rounds,
        "failed": failed,
        "peers": {
            name: {
                "about": PEERS[name].about,
                "shapes": {shape: {**summary(raw), "rounds": raw} for shape, raw in of_peer.items()},
            }
            for name, of_peer in measured.items()
        },
    }
    for extra in extras:
        progress.step(extra)
        results[extra] = _extra(extra, rounds, progress)
    return {**results, "targets": targets.judge(results)}


def _extra(name: str, rounds: int, progress: Progress) -> Any:
    if name == "growth":
        return growth.growth(rounds, growth.SIZES, progress)
    if name == "processes":
        return footprint.processes(rounds, progress)
    return footprint.flight() if name == "flight" else footprint.cold(progress)


def write(results: dict[str, Any], folder: Path, console: Console) -> None:
    """Keep the results and their picture."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latest.json").write_text(json.dumps(results, indent=1) + "\n")
    (folder / "latest.svg").write_text(picture.draw(results))
    console.print(f"\nWritten: {folder / 'latest.json'} and latest.svg")


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure criabot beside other frameworks.")
    parser.add_argument("--quick", action="store_true", help="less than a minute")
    parser.add_argument("--peers", type=_names(list(PEERS)), help=f"of {', '.join(PEERS)}")
    parser.add_argument("--shapes", type=_names(ALL), help=f"of {', '.join(ALL)}")
    parser.add_argument("--rounds", type=int, help="3 unless told")
    parser.add_argument("--events", type=int, default=0, help="of the closed shape")
    parser.add_argument("--out", type=Path, help="folder of the results; a whole run keeps them with the benchmarks")
    options = parser.parse_args(arguments)
    if not any((options.quick, options.peers, options.shapes, options.rounds, options.events)):
        options.out = options.out or RESULTS
    options.peers = options.peers or (QUICK if options.quick else USUAL)
    options.shapes = options.shapes or (["closed", "rate"] if options.quick else ALL)
    options.rounds = options.rounds or (1 if options.quick else 3)
    return options


def _names(known: list[str]) -> Any:
    def names(text: str) -> list[str]:
        if unknown := [name for name in text.split(",") if name not in known]:
            raise argparse.ArgumentTypeError(f"no {', '.join(unknown)}; there are {', '.join(known)}")
        return text.split(",")

    return names


def _ended(*_: object) -> NoReturn:
    sys.exit(143)  # so that the processes are stopped on the way out


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _ended)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
