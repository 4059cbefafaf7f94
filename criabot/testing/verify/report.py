"""The report: a table of scenarios, and every difference of those that one asks for."""

from __future__ import annotations

from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from criabot.testing.verify.comparison import MISSING
from criabot.testing.verify.names import compact
from criabot.testing.verify.reasons import Reason, Reasons
from criabot.testing.verify.replay import Found, Outcome, frequent

__all__ = ["Report"]

SHORT = 100
MOST_FREQUENT = 15


class Report:
    """Prints outcomes.

    Args:
        console: where to; colours only where it is a terminal.
        reasons: the listed reasons.
    """

    def __init__(self, console: Console, reasons: Reasons) -> None:
        self._console = console
        self._reasons = reasons

    def table(self, outcomes: list[Outcome]) -> None:
        """One line per scenario."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("", "scenario", "steps", "webhooks", "provider", "differ", "listed", "first difference"):
            numeric = title in ("steps", "webhooks", "provider", "differ", "listed")
            table.add_column(title, justify="right" if numeric else "left", no_wrap=title != "first difference")
        for outcome in outcomes:
            open_, listed = self._reasons.split(outcome)
            table.add_row(
                Text("✗", "red") if open_ else Text("✓", "green"),
                f"{outcome.scenario.name}",
                *(_ratio(part) for part in (outcome.steps, outcome.hooks, outcome.provider)),
                f"{len(open_) or ''}",
                f"{len(listed) or ''}",
                _first(open_),
            )
        self._console.print(table)

    def totals(self, outcomes: list[Outcome]) -> None:
        """Sums, and which differences are the most frequent ones."""
        covered = sum(not self._reasons.split(outcome)[0] for outcome in outcomes)
        sums = [
            f"{name} {sum(each[0] for each in parts)}/{sum(each[1] for each in parts)}"
            for name, parts in (
                ("steps", [outcome.steps for outcome in outcomes]),
                ("webhooks", [outcome.hooks for outcome in outcomes]),
                ("provider", [outcome.provider for outcome in outcomes]),
            )
        ]
        style = "green" if covered == len(outcomes) else "red"
        told = f"\n{covered} scenarios covered, {len(outcomes) - covered} uncovered; {', '.join(sums)}"
        self._console.print(Text(told, style), soft_wrap=True)

    def frequent(self, outcomes: list[Outcome]) -> None:
        """The differences that occur most often."""
        if counts := frequent(outcomes).most_common(MOST_FREQUENT):
            self._console.print(Text("\nmost frequent differences", "bold"))
            for where, count in counts:
                self._console.print(Text(f"{count:6}  {where}"), soft_wrap=True)

    def stale(self, stale: list[Reason]) -> None:
        """Reasons that nothing needs any more."""
        for reason in stale:
            told = f"stale reason: {reason.scenario} / {reason.step} / {reason.where}: nothing differs there any more"
            self._console.print(Text(told, "red"), soft_wrap=True)

    def details(self, outcome: Outcome) -> None:
        """Every difference of a scenario, by step."""
        open_, _listed = self._reasons.split(outcome)
        for step in outcome.scenario.steps:
            here = [each for each in outcome.found if each.step is step]
            if here:
                self._console.print(_heading(here[0]), soft_wrap=True)
                for each in here:
                    self._console.print(_lines(each, is_listed=each not in open_), soft_wrap=True)


def _ratio(part: tuple[int, int]) -> Text:
    right, of = part
    return Text(f"{right}/{of}" if of else "", "" if right == of else "yellow")


def _first(found: list[Found]) -> Text:
    if not found:
        return Text("")
    first = min(found, key=lambda each: each.step.number)
    difference = first.difference
    told = f"{first.step.label}: {difference.where}: {_short(difference.recorded)} ≠ {_short(difference.simulated)}"
    return Text(told[: 2 * SHORT])


def _heading(found: Found) -> Text:
    step = found.step
    told = f"{step.request.get('method')} {step.request.get('path')}" if not step.does else step.does
    body = step.request.get("body")
    asked = f"\n   {_short(body)}" if body is not None else ""
    return Text.assemble((f"\n{step.number} {step.label}", "bold"), f"  [{step.actor}]  {told}{asked}")


def _lines(found: Found, *, is_listed: bool) -> Group:
    difference = found.difference
    mark = Text.assemble("   ", (difference.where, "dim" if is_listed else "yellow"), "  (listed)" if is_listed else "")
    return Group(
        mark,
        Text(f"      recorded   {_long(difference.recorded)}"),
        Text(f"      simulated  {_long(difference.simulated)}"),
    )


def _long(value: Any) -> str:
    return "— (nothing)" if value is MISSING else compact(value)


def _short(value: Any) -> str:
    text = _long(value) if value is not MISSING else "—"
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"
