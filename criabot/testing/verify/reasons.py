"""The listed reasons: differences that are known, and why they stay (``reasons.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from criabot.testing.verify.replay import Found, Outcome

__all__ = ["Reason", "Reasons"]

FILE = Path(__file__).with_name("reasons.toml")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something differs; scenario, step and where are patterns as in a shell (``*``, ``?``).

    Attributes:
        shape: whether it is about keys, types and whole webhooks, too; else only about values.
    """

    scenario: str
    where: str
    reason: str
    step: str = "*"
    version: str = "*"
    shape: bool = False

    def covers(self, outcome: Outcome, found: Found) -> bool:
        """Whether it is about this difference."""
        texts = (
            (outcome.scenario.name, self.scenario),
            (found.step.label, self.step),
            (found.difference.where, self.where),
            (outcome.scenario.version, self.version),
        )
        is_value = type(found.difference.recorded) is type(found.difference.simulated)
        return (is_value or self.shape) and all(fnmatchcase(text, _escaped(pattern)) for text, pattern in texts)

    def concerns(self, outcome: Outcome) -> bool:
        """Whether it could be about a step of this scenario."""
        scenario = outcome.scenario
        is_named = fnmatchcase(scenario.name, _escaped(self.scenario)) and fnmatchcase(scenario.version, self.version)
        return is_named and any(fnmatchcase(step.label, _escaped(self.step)) for step in scenario.steps)


class Reasons:
    """All listed reasons.

    Raises:
        TypeError: the file has a key that no reason has, or lacks one.
    """

    def __init__(self, file: Path = FILE) -> None:
        self.all = [Reason(**row) for row in tomllib.loads(file.read_text()).get("reason", [])]

    def split(self, outcome: Outcome) -> tuple[list[Found], list[Found]]:
        """The differences without a reason, and those with one."""
        listed = [each for each in outcome.found if any(reason.covers(outcome, each) for reason in self.all)]
        return [each for each in outcome.found if each not in listed], listed

    def stale(self, outcomes: list[Outcome]) -> list[Reason]:
        """Reasons for steps that were replayed and no longer differ so."""
        return [
            reason
            for reason in self.all
            if any(reason.concerns(outcome) for outcome in outcomes)
            and not any(reason.covers(outcome, each) for outcome in outcomes for each in outcome.found)
        ]


def _escaped(pattern: str) -> str:
    return pattern.replace("[", "[[]")
