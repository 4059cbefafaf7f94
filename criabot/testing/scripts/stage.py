"""Where a script is played: what the player asks of a simulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from criabot.testing.scripts.language import AgentStep, BotStep, CustomerStep, Wanted

__all__ = ["CannotDo", "Heard", "Stage", "Turn"]


class CannotDo(Exception):
    """A step asks for something that is not possible here; the message says why."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that the bot sent.

    Attributes:
        customer: whose conversation it is in.
        text: its words, empty for a file without.
        is_note: whether only the team sees it.
        buttons: the titles that it offers.
        files: the names of its files.
        at: the clock's epoch seconds.
    """

    customer: str
    text: str
    is_note: bool = False
    buttons: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    at: float = 0.0

    def fits(self, step: BotStep) -> bool:
        """Whether it is what a line of a script expects."""
        is_exact = step.wanted.how == "is"
        return (
            self.is_note == step.is_note
            and step.wanted.matches(self.text)
            and _same(step.buttons, self.buttons, is_exact=is_exact)
            and _same(step.files, self.files, is_exact=is_exact)
        )

    @property
    def step(self) -> BotStep:
        """The line of a script that expects exactly this."""
        wanted = Wanted(self.text) if self.text or self.files or self.buttons else Wanted("", "contains")
        return BotStep(wanted, self.customer, self.is_note, self.buttons or None, self.files or None)


@dataclass(frozen=True, slots=True)
class Turn:
    """What the bot did with an event.

    Attributes:
        event: such as ``message_created``.
        what: became of it, in words.
        handler: who took it, with file and line; empty when nobody did.
        reasons: why others did not.
    """

    event: str
    what: str
    handler: str = ""
    reasons: tuple[str, ...] = ()


class Stage(Protocol):
    """A platform with a bot on it. `heard`, `remarks`, `turns` and `logs` only grow."""

    def now(self) -> float:
        """The clock's epoch seconds."""
        ...

    async def act(self, step: CustomerStep | AgentStep) -> None:
        """Let a person do something, without waiting for what it causes.

        Raises:
            CannotDo: there is no conversation, no such button or team, or the channel has no such thing.
        """
        ...

    async def settle(self) -> None:
        """Return when nothing is left to do, but for what waits for the clock.

        Raises:
            CannotDo: there is no end to it.
        """
        ...

    async def advance(self, seconds: float) -> None:
        """Let time pass; what is due on the way happens at its own time."""
        ...

    async def fault(self, name: str, arguments: Sequence[str]) -> None:
        """Let something go wrong from here on; ``none`` ends it.

        Raises:
            CannotDo: there is no such fault.
        """
        ...

    def facts(self, customer: str) -> Mapping[str, str]:
        """What the inbox shows of a customer's conversation, as scripts write it; empty when there is none."""
        ...

    @property
    def heard(self) -> Sequence[Heard]:
        """All that the bot has said, in the order of the platform."""
        ...

    @property
    def remarks(self) -> Sequence[tuple[float, str]]:
        """What else the inbox shows, with its time: activities, automatic messages."""
        ...

    @property
    def turns(self) -> Sequence[Turn]:
        """What the bot did with each event."""
        ...

    @property
    def logs(self) -> Sequence[str]:
        """What the bot has logged, without secrets."""
        ...


def _same(wanted: tuple[str, ...] | None, given: tuple[str, ...], *, is_exact: bool) -> bool:
    """A line that says nothing of buttons or files wants none, unless it is a pattern: then it does not care."""
    return wanted == given if wanted is not None else not (is_exact and given)
