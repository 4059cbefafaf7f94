"""What is logged while a simulator runs, for the report of a failure."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextvars import ContextVar
from types import TracebackType
from typing import Self

from criabot.logs import Redaction, TextLines

__all__ = ["Logbook"]

_HERE: ContextVar[Logbook | None] = ContextVar("logbook", default=None)  # several simulators may run side by side


class Logbook(logging.Handler):
    """Keeps the lines of all loggers while its context is open, without secrets; levels stay as they are.

    What is known to be logged in the tasks of another one that is open is left to that one.

    Args:
        secrets: what no line may show.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.setFormatter(TextLines(Redaction(secrets), colours=False))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        if _HERE.get() in (None, self):
            self.lines.append(self.format(record))

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
