r"""The language of chat scripts: what a line can say. Every part prints as the script that means it.

    script   = { header } { step }
    header   = "channel:" NAME | "version:" ( NUMBER | "newest" ) | "bot:" FILE-OR-MODULE [":" NAME]
             | "customer" [NAME] ":" FIELD "=" VALUE { "," FIELD "=" VALUE }        name, phone, email, identifier
    step     = [ "+" ] ( customer | agent ) | bot | fact | clock | fault          "+": without waiting for the one above
    customer = "customer" [NAME] ":" ( TEXT | "(taps)" TITLE | "(sends" FILES ")" [TEXT]
               | "(writes quickly" TEXT { "|" TEXT } ")"
               | "(types)" | "(stops typing)" | "(reads)" | "(opens the widget)" )
    agent    = "agent" NAME ["note"] ["to" CUSTOMER] ":" ( TEXT | "(sends" FILES ")" [TEXT] | "(takes it)"
               | "(assigns" AGENT ")" | "(assigns team" TEAM ")" | "(unassigns)" | "(opens)" | "(resolves)"
               | "(pending)" | "(snoozes" [DURATION] ")" | "(labels" [LABELS] ")" | "(types)" | "(stops typing)" )
    bot      = "bot" ["note"] ["to" CUSTOMER] ":" ( "(silent)" | ["(sends" FILES ")"] [WANTED] [BUTTONS] )
    WANTED   = TEXT | "~" TEXT | "/" REGEX "/"                                    exactly | contains | matches all of it
    BUTTONS  = "[" { TITLE "|" } TITLE "]" | "[]"
    fact     = ("status" | "assignee" | "team" | "labels" | "priority" | "attributes") ["of" CUSTOMER] ":" VALUE
    clock    = "clock:" ["+"] DURATION                                            90s, 15m, 2h, 1d, 1h30m
    fault    = "fault:" ( NAME { WORD } | "none" )

A line that begins with ``#`` is a comment, and so is what follows two blanks, ``#`` and a blank. Empty lines mean
nothing. A line that is indented deeper than its step continues the text. In a text ``\n`` is a new line, ``\s`` a
blank, and a backslash takes the meaning from ``[ ( ~ / # \``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from criabot.testing.scripts.text import duration, escaped, listed

__all__ = [
    "CUSTOMER",
    "Act",
    "AgentStep",
    "BotStep",
    "ClockStep",
    "CustomerStep",
    "Fact",
    "FaultStep",
    "Script",
    "Silence",
    "Step",
    "Wanted",
]

CUSTOMER = "customer"
"""The name of the customer who has none."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a person does: a verb of the grammar, what it is about, and the words.

    ``says`` is the verb of a plain text, ``notes`` that of an agent's note.
    """

    verb: str
    value: str = ""
    text: str = ""

    def __str__(self) -> str:
        if self.verb in ("says", "notes"):
            return escaped(self.text)
        verb = f"({self.verb}{' ' if self.value else ''}{self.value})"
        return f"{verb} {escaped(self.text)}" if self.text else verb


@dataclass(frozen=True, slots=True)
class CustomerStep:
    """A customer does something.

    Attributes:
        act: what.
        name: who.
        at_once: without waiting for what the step before causes.
        line: where it stands.
    """

    act: Act
    name: str = CUSTOMER
    at_once: bool = False
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        name = "" if self.name == CUSTOMER else f" {self.name}"
        return f"{'+ ' * self.at_once}customer{name}: {self.act}"


@dataclass(frozen=True, slots=True)
class AgentStep:
    """An agent does something in a customer's conversation: the one named, or whose customer acted last."""

    act: Act
    name: str
    to: str | None = None
    at_once: bool = False
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        note = " note" if self.act.verb == "notes" else ""
        return f"{'+ ' * self.at_once}agent {self.name}{note}{_with('to', self.to)}: {self.act}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which text is expected: this one, one that contains it in any case, or one that a regular expression matches."""

    text: str
    how: Literal["is", "contains", "matches"] = "is"

    def matches(self, text: str) -> bool:
        """Whether it is that text."""
        if self.how == "contains":
            return self.text.casefold() in text.casefold()
        return text == self.text if self.how == "is" else re.fullmatch(self.text, text) is not None

    def __str__(self) -> str:
        if self.how == "matches":
            return f"/{self.text}/"
        if self.how == "contains":
            return f"~ {escaped(self.text, special='[', first='')}".rstrip(" ")
        return escaped(self.text, special="[", first="(~/")


@dataclass(frozen=True, slots=True)
class BotStep:
    """The bot says something.

    Attributes:
        wanted: which text.
        to: to whom; the customer who acted last when not given.
        is_note: whether it is a private note.
        buttons: the titles that it offers; None when the script does not say.
        files: the names of the files that it sends; None when the script does not say.
        line: where it stands.
    """

    wanted: Wanted
    to: str | None = None
    is_note: bool = False
    buttons: tuple[str, ...] | None = None
    files: tuple[str, ...] | None = None
    line: int = field(default=0, compare=False)

    @property
    def message(self) -> str:
        """The message alone."""
        files = f"(sends {listed(self.files)})" if self.files else ""
        buttons = f"[{listed(self.buttons, ' | ')}]" if self.buttons is not None else ""
        return " ".join(part for part in (files, str(self.wanted), buttons) if part)

    def __str__(self) -> str:
        return f"bot{' note' * self.is_note}{_with('to', self.to)}: {self.message}"


@dataclass(frozen=True, slots=True)
class Silence:
    """The bot has said nothing more."""

    to: str | None = None
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"bot{_with('to', self.to)}: (silent)"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the inbox shows of a conversation: its status, assignee, team, labels, priority, attributes."""

    name: str
    value: str
    to: str | None = None
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.name}{_with('of', self.to)}: {self.value}"


@dataclass(frozen=True, slots=True)
class ClockStep:
    """Time passes."""

    seconds: int
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"clock: +{duration(self.seconds)}"


@dataclass(frozen=True, slots=True)
class FaultStep:
    """From here on something goes wrong; the name ``none`` ends it."""

    name: str
    arguments: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"fault: {' '.join((self.name, *self.arguments))}"


Step: TypeAlias = CustomerStep | AgentStep | BotStep | Silence | Fact | ClockStep | FaultStep


@dataclass(frozen=True, slots=True)
class Script:
    """A chat.

    Attributes:
        steps: its lines.
        channel: of the inbox, such as ``whatsapp``.
        version: of the platform, such as ``4.5.0`` or ``newest``.
        bot: a file or a module, see ``criabot run``.
        contacts: what is known of customers from the start: their name, phone, email and identifier.
        name: of the file, for messages.
        command: plays it, with the file as the last argument.
    """

    steps: tuple[Step, ...] = ()
    channel: str | None = None
    version: str | None = None
    bot: str | None = None
    contacts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    name: str = field(default="", compare=False)
    command: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        headers = {"channel": self.channel, "version": self.version, "bot": self.bot}
        lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
        for customer, fields in self.contacts.items():
            known = ", ".join(f"{key}={listed([value])}" for key, value in fields.items())
            lines.append(f"customer{'' if customer == CUSTOMER else f' {customer}'}: {known}")
        return "".join(f"{line}\n" for line in (*lines, *map(str, self.steps)))


def _with(word: str, name: str | None) -> str:
    return "" if name is None else f" {word} {name}"
