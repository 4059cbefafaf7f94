"""What of the platform the client covers: ``python -m criabot.platform.coverage``.

A table of all operations: implemented, recorded from a real server, tested; then the percentages. The two last
columns need the project's own tests, so they are empty outside of its folder. ``--write`` brings
``docs/platform-coverage.md`` up to date.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from criabot.platform import resources
from criabot.platform.calls import Resource
from criabot.platform.operations import OPERATIONS, Operation

__all__ = ["Row", "main", "rows"]

PAGE = Path("docs/platform-coverage.md")
WIDTH = 150  # where it goes to a file
HEAD = """\
# What the client covers

Every operation of the platform: the method of `criabot.platform` that makes it, which token it needs, the section of
the contract, how many different answers of real servers are among the recordings (refusals included), and with how
many calls it is tested. `python -m criabot.platform.coverage --write` makes this page; CI checks it.
"""

WHO = {"bot": "bot", "user": "agent", "admin": "administrator", "platform": "platform app", "public": "anybody"}


@dataclass(frozen=True)
class Row:
    """One operation.

    Attributes:
        operation: of the table.
        implemented: whether the client has its method.
        recorded: how many different answers of real servers are at hand; None when nobody knows.
        tested: with how many calls it is tested; None when nobody knows.
    """

    operation: Operation
    implemented: bool
    recorded: int | None
    tested: int | None


def rows() -> list[Row]:
    """All operations, in the order of the table."""
    implemented = _implemented()
    recorded, tested = _recorded(), _tested()
    return [
        Row(
            operation,
            name in implemented,
            None if recorded is None else recorded.get(name, 0),
            None if tested is None else tested.get(name, 0),
        )
        for name, operation in OPERATIONS.items()
    ]


def _implemented() -> set[str]:
    for module in pkgutil.iter_modules(resources.__path__, f"{resources.__name__}."):  # so that every one is known
        importlib.import_module(module.name)
    return {
        f"{resource.name}.{method}"
        for resource in Resource.kinds
        for method in dir(resource)
        if f"{resource.name}.{method}" in OPERATIONS
    }


def _recorded() -> dict[str, int] | None:
    try:
        found = importlib.import_module("tests.platform.recorded_answers")
    except ImportError:
        return None
    return {
        name: len(found.answers_of(operation)) + len(found.refusals_of(operation))
        for name, operation in OPERATIONS.items()
    }


def _tested() -> dict[str, int] | None:
    try:
        found = importlib.import_module("tests.platform.cases")
    except ImportError:
        return None
    return {name: len(cases) for name, cases in found.CASES.items()}


def summary(found: Sequence[Row]) -> str:
    """The percentages, in one line."""
    parts = [f"{len(found)} operations", f"implemented {_share([row.implemented for row in found])}"]
    if all(row.recorded is not None for row in found):
        parts.append(f"recorded {_share([bool(row.recorded) for row in found])}")
        parts.append(f"tested {_share([bool(row.tested) for row in found])}")
    return ", ".join(parts)


def _share(each: Sequence[bool]) -> str:
    return f"{sum(each)} ({100 * sum(each) / len(each):.0f} %)"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the exit code is 1 when an operation has no method or no test."""
    parser = argparse.ArgumentParser(prog="python -m criabot.platform.coverage", description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"bring {PAGE} up to date")
    options = parser.parse_args(arguments)
    sys.path.insert(0, str(Path.cwd()))
    found = rows()
    show(found, Console(width=None if sys.stdout.isatty() else WIDTH))
    if options.write:
        PAGE.write_text(f"{HEAD}\n{markdown(found)}\n", "utf-8")
    return int(any(not row.implemented or row.tested == 0 for row in found))


def show(found: Sequence[Row], console: Console) -> None:
    """The table for a terminal."""
    table = Table("method", "endpoint", "who", "contract", "implemented", "recorded", "tested")
    for row in found:
        table.add_row(*_cells(row), style="" if row.implemented and row.tested != 0 else "red")
    console.print(table)
    console.print(summary(found))


def markdown(found: Sequence[Row]) -> str:
    """The table as Markdown."""
    head = "| method | endpoint | who | contract | implemented | recorded | tested |\n|---|---|---|---|---|---|---|"
    lines = ["| " + " | ".join(_cells(row)) + " |" for row in found]
    return "\n".join([head, *lines, "", summary(found)])


def _cells(row: Row) -> list[str]:
    operation = row.operation
    who = WHO[operation.access] + (f" (≥ {operation.bot_since})" if operation.bot_since else "")
    counts = ["" if number is None else str(number) for number in (row.recorded, row.tested)]
    return [operation.name, operation.endpoint, who, operation.section, "yes" if row.implemented else "no", *counts]


if __name__ == "__main__":
    sys.exit(main())
