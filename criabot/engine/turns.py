"""Turns: what the worker asks of the bot, and what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from criabot.engine.lanes import Commit, Reply, Run

__all__ = ["Delivered", "GivenUp", "Later", "Outcome", "Retry", "Turns"]


@dataclass(frozen=True, slots=True)
class Retry:
    """A turn that shall run again in `delay` seconds.

    Attributes:
        counts: it failed; False when it could not even begin, so that it may be tried for ever.
    """

    delay: float
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Delivered:
    """A reply that arrived."""


@dataclass(frozen=True, slots=True)
class Later:
    """A reply to try again in `delay` seconds; `unsure` when it may have arrived."""

    delay: float
    unsure: bool


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A reply that can never arrive: to the dead letters, with `then` in its place."""

    reason: str
    then: Sequence[Reply] = ()


Outcome: TypeAlias = Commit | Retry


class Turns(Protocol):
    """What the lanes carry: the worker calls it, the bot's runtime provides it."""

    async def run(self, lane: str, run: Run, state: bytes) -> Outcome:
        """Handle an event. May be cancelled at any point and run again: effects belong into the outcome."""

    async def deliver(self, lane: str, reply: Reply, *, tries: int, age: int | None) -> Delivered | Later | GivenUp:
        """Carry out a reply. `age`: milliseconds since an earlier try that may have arrived, None on a fresh one."""
