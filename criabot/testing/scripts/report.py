"""What a failed script says: the chat so far, the first difference, what the bot did, and how to see it again."""

from __future__ import annotations

import difflib
import os
import shlex
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from rich.text import Text

from criabot.testing.scripts.language import BotStep, Script, Step
from criabot.testing.scripts.stage import Heard, Turn
from criabot.testing.scripts.transcript import Entry, Transcript

__all__ = ["Difference", "ScriptFailed"]


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _closed_up(text: str) -> str:
    return "".join(text.split())


def _bare(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


NEAR = 0.6
LOG_LINES = 12
FOLDS: Mapping[str, Callable[[str], str]] = {
    "how characters are encoded": _composed,
    "upper and lower case": str.casefold,
    "blanks": _closed_up,
    "accents": _bare,
}


class Difference(Exception):
    """The first place where a chat is not as its script expects.

    Args:
        what: is different, in a sentence.
        wanted: the message that was expected.
        heard: the message that came instead.
        entry: where that stands in the transcript.
        expected: what was expected, when it is no message.
        actual: what is so instead.
    """

    def __init__(
        self,
        what: str,
        *,
        wanted: BotStep | None = None,
        heard: Heard | None = None,
        entry: Entry | None = None,
        expected: str = "",
        actual: str = "",
    ) -> None:
        super().__init__(what)
        self.what = what
        self.wanted = wanted
        self.entry = entry
        self.expected = expected or (_named(wanted) if wanted is not None else "")
        self.actual = actual or (_named(heard.step) if heard is not None else "")


class ScriptFailed(AssertionError):
    """A chat went another way than its script. As text it is the whole report.

    Attributes:
        transcript: the chat.
        line: of the script, 0 for its end.
        difference: the first one.
    """

    def __init__(
        self,
        script: Script,
        step: Step | None,
        difference: Difference,
        transcript: Transcript,
        turns: Sequence[Turn],
        logs: Sequence[str],
    ) -> None:
        self.transcript = transcript
        self.line = step.line if step is not None else 0
        self.difference = difference
        self._script = script
        self._step = step
        self._turns = turns
        self._logs = logs
        super().__init__(self.report.plain)

    @property
    def report(self) -> Text:
        """The report, with colours."""
        return Text("\n").join(self._parts())

    def _parts(self) -> Iterator[Text]:
        place = f"{self._script.name}:{self.line}" if self.line else f"the end of {self._script.name}"
        yield Text.assemble((f"{place}: {self.difference.what}", "bold"))
        if self._step is not None:
            yield Text(f"    {self._step}", "bold")
        if self.transcript.entries:
            yield Text()
            yield self.transcript.text(self.difference.entry)
        yield from self._difference()
        yield from self.explanation()
        if replay := self._replay():
            yield _title("Play it again")
            yield Text(f"  {replay}")

    def explanation(self) -> Iterator[Text]:
        """What the bot did and logged."""
        if self._turns or self.difference.expected or self.difference.actual:
            yield from _did(self._turns)
        yield from _logged(self._logs)

    def _difference(self) -> Iterator[Text]:
        expected, actual = self.difference.expected, self.difference.actual
        if not expected and not actual:
            return
        yield Text()
        yield Text.assemble(("  expected  ", "green"), _indented(expected or "(nothing)"))
        yield Text.assemble(("  actual    ", "red"), _indented(actual or "(nothing)"))
        wanted = self.difference.wanted
        if expected and actual and (wanted is None or wanted.wanted.how == "is"):
            yield from _hints(expected, actual)

    def _replay(self) -> str:
        if command := self._script.command:
            return shlex.join((*command[:-1], f"{command[-1]}::{self.line}" if self.line else command[-1]))
        test, _, _stage = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")
        return f"pytest {shlex.quote(test)}" if test else ""


def _named(step: BotStep) -> str:
    return f"{'note: ' * step.is_note}{step.message}"


def _indented(text: str) -> str:
    return text.replace("\n    ", "\n" + " " * len("  expected  "))


def _title(text: str) -> Text:
    return Text(f"\n{text}", "bold")


def _hints(expected: str, actual: str) -> Iterator[Text]:
    """For near misses: where they differ, and in what when that is hard to see."""
    matcher = difflib.SequenceMatcher(None, expected, actual, autojunk=False)
    if matcher.ratio() < NEAR:
        return
    if "\n" not in actual:
        marks = [" "] * (len(actual) + 1)
        for kind, _from, _to, begin, end in matcher.get_opcodes():
            if kind != "equal":
                marks[begin : max(end, begin + 1)] = "^" * max(end - begin, 1)
        yield Text.assemble("            ", ("".join(marks).rstrip(), "red"))
    for what, folded in FOLDS.items():
        if folded(expected) == folded(actual):
            yield Text(f"            they differ in {what} only", "yellow")
            return


def _did(turns: Sequence[Turn]) -> Iterator[Text]:
    yield _title("What the bot did since the last act")
    if not turns:
        yield Text("  no event reached it", "dim")
    for (what, handler, reasons), alike in groupby(turns, lambda turn: (turn.what, turn.handler, turn.reasons)):
        events = Counter(turn.event for turn in alike)
        shown = ", ".join(event if times == 1 else f"{event} ({times} times)" for event, times in events.items())
        yield Text.assemble("  ", (shown, "bold"), f"  {what}", (_unsaid(handler, what), "green"))
        for reason in reasons:
            yield Text(f"      {reason}", "dim")


def _unsaid(handler: str, what: str) -> str:
    """What the words do not yet say of a handler: its place, or all of it."""
    name, _, place = handler.partition(" ")
    if not handler or handler in what:
        return ""
    return f" {place if name in what else handler}"


def _logged(logs: Sequence[str]) -> Iterator[Text]:
    if not logs:
        return
    yield _title("What it logged")
    shown = set()
    for line in logs[-LOG_LINES:]:
        text, _, trace = line.partition("\n")
        yield Text(f"  {text}")
        if trace and trace not in shown:  # every attempt of a handler fails alike
            shown.add(trace)
            yield Text(textwrap.indent(trace, "    "))
