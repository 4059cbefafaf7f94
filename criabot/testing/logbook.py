"""What is logged while a simulator runs, for the report of a failure."""

from __future__ import annotations

import copy
import logging
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

from criabot.logs import Redaction, TextLines
from criabot.testing.standstill import is_theirs

__all__ = ["Logbook", "short_traceback"]

EVERYWHERE = ("account", "inbox", "contact", "delivery")  # the same in every line, or of use to nobody in a test

_HERE: ContextVar[Logbook | None] = ContextVar("logbook", default=None)  # several simulators may run side by side


class Logbook(logging.Handler):
    """Keeps the lines of all loggers while its context is open, without secrets; levels stay as they are.

    What is known to be logged in the tasks of another one that is open is left to that one.

    Args:
        secrets: what no line may show.
        clock: whose time the lines have.
    """

    def __init__(self, secrets: Iterable[str], clock: Callable[[], float]) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._clock = clock
        self.setFormatter(_Lines(Redaction(secrets), colours=False))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        if _HERE.get() in (None, self):
            mine = copy.copy(record)
            mine.created = self._clock()
            mine.msecs = mine.created % 1 * 1000
            self.lines.append(self.format(mine))

    def __enter__(self) -> Self:
        self._before = _HERE.get()
        _HERE.set(self)
        logging.getLogger().addHandler(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger().removeHandler(self)
        if _HERE.get() is self:
            _HERE.set(self._before)


class _Lines(TextLines):
    """Lines for whoever writes a bot: see `short_traceback`."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name of the standard library
        return short_traceback(ei[1]) if ei[1] is not None else ""

    def _values(self, record: logging.LogRecord) -> Mapping[str, object]:
        return {name: value for name, value in super()._values(record).items() if name not in EVERYWHERE}


def short_traceback(error: BaseException) -> str:
    """A traceback of the user's own code only, if any of it is there."""
    whole = traceback.TracebackException.from_exception(error)
    each: traceback.TracebackException | None = whole
    while each is not None:
        theirs = [frame for frame in each.stack if is_theirs(frame.filename)]
        each.stack = traceback.StackSummary.from_list(theirs or each.stack)
        each = each.__cause__ or each.__context__
    return "".join(whole.format()).rstrip("\n")
