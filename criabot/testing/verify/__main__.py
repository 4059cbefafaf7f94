"""``python -m criabot.testing.verify DIR``: the simulator against recorded traffic, as a table."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tarfile
import time
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path

from rich.console import Console

from criabot.testing.verify.reasons import Reasons
from criabot.testing.verify.replay import Outcome, replay
from criabot.testing.verify.report import Report
from criabot.testing.verify.scenarios import Scenario, load

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Replay and report; 1: something differs without a reason, or a reason is stale; 2: nothing to replay."""
    options = _options(arguments)
    try:
        loaded = load(options.place, options.version)
    except (FileNotFoundError, ValueError, tarfile.TarError) as error:
        return _refused(str(error))
    scenarios = [each for each in loaded if _is_wanted(each, options.scenario)]
    if not scenarios:
        return _refused(f"no scenario is called {' or '.join(options.scenario)}")
    console = Console(width=None if sys.stdout.isatty() else 240, highlight=False)
    report, reasons = (lambda made: (Report(console, made), made))(Reasons())
    began = time.perf_counter()
    outcomes = asyncio.run(_replay_all(scenarios, loaded))
    for version, group in groupby(outcomes, key=lambda outcome: outcome.scenario.version):
        console.rule(f"recorded on {version}", align="left", style="dim")
        report.table(list(group))
    if options.scenario or options.verbose:
        for outcome in outcomes:
            report.details(outcome)
    report.frequent(outcomes)
    report.totals(outcomes)
    stale = [] if options.scenario else reasons.stale(outcomes)  # some may be needed by scenarios that did not run
    report.stale(stale)
    console.print(f"{time.perf_counter() - began:.1f} s", style="dim")
    return int(bool(stale) or any(reasons.split(outcome)[0] for outcome in outcomes))


def _refused(why: str) -> int:
    Console(stderr=True, highlight=False).print(f"verify: {why}", markup=False, soft_wrap=True)
    return 2


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m criabot.testing.verify", description=__doc__)
    parser.add_argument("place", type=Path, metavar="DIR", help="folder with recordings (.json, v*/*.json, .tar.xz)")
    parser.add_argument("--version", default="", help="only recordings of this server version, such as 4.15")
    parser.add_argument("--scenario", action="append", help="only this one (* and ? allowed), every difference in full")
    parser.add_argument("-v", "--verbose", action="store_true", help="every difference in full")
    return parser.parse_args(arguments)


def _is_wanted(scenario: Scenario, patterns: list[str] | None) -> bool:
    return not patterns or any(fnmatchcase(scenario.name, pattern) for pattern in patterns)


async def _replay_all(scenarios: list[Scenario], loaded: list[Scenario]) -> list[Outcome]:
    return [await replay(each, [other for other in loaded if other.version == each.version]) for each in scenarios]


if __name__ == "__main__":
    sys.exit(main())
