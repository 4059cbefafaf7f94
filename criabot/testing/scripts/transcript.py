"""The chat so far: what everybody did and said, as a person reads it and as a script that expects the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from rich.text import Text

from criabot.testing.scripts.language import CUSTOMER, AgentStep, BotStep, CustomerStep, Script, Step

__all__ = ["Entry", "Transcript"]

MARK = "▶ "
COLOURS = {CustomerStep: "cyan", BotStep: "green", AgentStep: "magenta"}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened.

    Attributes:
        at: the clock's epoch seconds.
        what: a step, or a remark of the platform.
    """

    at: float
    what: Step | str


@dataclass(slots=True)
class Transcript:
    """What has happened, in order."""

    entries: list[Entry] = field(default_factory=list)

    def said(self, customer: str = CUSTOMER) -> list[str]:
        """What the bot said to a customer: each message as a script writes it, without notes."""
        steps = (entry.what for entry in self.entries if isinstance(entry.what, BotStep))
        return [step.message for step in steps if step.to == customer and not step.is_note]

    def script(self) -> Script:
        """The script that expects what has happened."""
        return Script(tuple(what for what in self._addressed() if not isinstance(what, str)))

    def text(self, marked: Entry | None = None) -> Text:
        """The chat with times and speakers; *marked* gets a mark."""
        lines = [_words(what) for what in self._addressed()]
        width = max((len(who) for who, _what in lines), default=0)
        rows = zip(self.entries, lines, strict=True)
        return Text("\n").join(_line(entry, who.ljust(width), what, entry is marked) for entry, (who, what) in rows)

    def __str__(self) -> str:
        return self.text().plain

    def _addressed(self) -> Iterator[Step | str]:
        """What happened, with an addressee only where a reader needs one."""
        last: str | None = None
        for entry in self.entries:
            what = entry.what
            if isinstance(what, BotStep | AgentStep):
                what, to = replace(what, to=None if what.to == last else what.to), what.to
                last = to if isinstance(what, AgentStep) else last
            elif isinstance(what, CustomerStep):
                last = what.name
            yield what


def _words(what: Step | str) -> tuple[str, str]:
    """Who, and what."""
    if isinstance(what, str):
        return "", what
    who, _, words = str(what).partition(": ")
    return who, words


def _line(entry: Entry, who: str, what: str, is_marked: bool) -> Text:
    clock = time.strftime("%H:%M:%S", time.localtime(entry.at))
    margin = "\n" + " " * (len(MARK) + len(clock) + len(who) + 4)
    style = "bold red" if is_marked else "dim" if isinstance(entry.what, str) else ""
    return Text.assemble(
        (MARK if is_marked else " " * len(MARK), "bold red"),
        (clock, "dim"),
        "  ",
        (who, COLOURS.get(type(entry.what), "dim")),
        "  ",
        (what.replace("\n    ", margin), style),
    )
