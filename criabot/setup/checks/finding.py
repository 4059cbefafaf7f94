"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Finding", "Verdict", "failed", "ok", "warning"]


class Verdict(Enum):
    """How it is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        about: what was checked.
        verdict: how it is.
        what: what was found; may quote addresses, so it is redacted before it is shown.
        advice: what to do next, empty when nothing is to be done.
    """

    about: str
    verdict: Verdict
    what: str
    advice: str = ""


def ok(about: str, what: str) -> Finding:
    """All is well."""
    return Finding(about, Verdict.OK, what)


def warning(about: str, what: str, advice: str = "") -> Finding:
    """It works, but something should be known; or it could not be checked."""
    return Finding(about, Verdict.WARNING, what, advice)


def failed(about: str, what: str, advice: str) -> Finding:
    """It cannot work like this."""
    return Finding(about, Verdict.FAILED, what, advice)
