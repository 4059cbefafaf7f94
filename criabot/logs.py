"""Logs: one line per event and per reply, for people in a terminal, as JSON for machines, never with a secret.

A line has a text and named values (``extra={"values": {...}}``): account, inbox, contact, conversation, message and
delivery, as the platform's guide asks. Texts of customers are never logged: a line about a failed handler has them in
``extra={"words": …}``, so that they can be taken out of its traceback.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Literal, TextIO

from pydantic_core import to_json

__all__ = ["Redaction", "set_up_logs", "spare_the_unused"]

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
PHONE = re.compile(r"\+\d[\d ()-]{7,}\d")

COLOURS = {"DEBUG": "\x1b[2m", "INFO": "\x1b[32m", "WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m"}
LEVELS = {logging.DEBUG: "debug", logging.INFO: "info", logging.WARNING: "warning", logging.ERROR: "error"}
DIM, RESET = "\x1b[2m", "\x1b[0m"


class Redaction:
    """Replaces secrets, e-mail addresses and phone numbers in a text.

    Args:
        secrets: the values that must never show.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        plain = {secret for secret in secrets if len(secret) >= 4}
        escaped = {
            json.dumps(secret, ensure_ascii=only_ascii)[1:-1] for secret in plain for only_ascii in (True, False)
        }
        known = sorted(plain | escaped, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, known))) if known else None
        self._signs = ("@", "+", *known)

    def is_needed(self, line: str) -> bool:
        """Whether a line, plain or as JSON, could have anything in it that must not show; never wrongly no."""
        for sign in self._signs:  # noqa: SIM110 - any() costs more than all the looking
            if sign in line:
                return True
        return False

    def __call__(self, text: str) -> str:
        """Give the text back with nothing in it that must not show."""
        if self._secrets is not None:
            text = self._secrets.sub("[secret]", text)
        if "@" in text:
            text = EMAIL.sub("[e-mail]", text)
        return PHONE.sub("[phone]", text) if "+" in text else text


def without_words(trace: str, words: str) -> str:
    """A traceback in which no message of an exception quotes the customer, as that of ``int(message.text)`` would.

    The lines of code, which are indented, stay as they are.
    """
    quoted = sorted({re.escape(word) for word in re.findall(r"\w{3,}", words)}, key=len, reverse=True)
    if not quoted:
        return trace
    pattern = re.compile("|".join(quoted), re.IGNORECASE)
    lines = trace.splitlines()
    return "\n".join(line if line.startswith("  ") else _quoteless(line, pattern) for line in lines)


def _quoteless(line: str, pattern: re.Pattern[str]) -> str:
    name, colon, message = line.partition(": ")
    return name + colon + pattern.sub("[text]", message) if colon else line


class _Formatter(logging.Formatter):
    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self._redact = redact

    def _values(self, record: logging.LogRecord) -> Mapping[str, object]:
        values: Mapping[str, object] = getattr(record, "values", {})
        return values

    def _trace(self, record: logging.LogRecord) -> str:
        if not record.exc_info:
            return ""
        words: str | None = getattr(record, "words", None)
        return self._redact(without_words(self.formatException(record.exc_info), words or ""))


class JsonLines(_Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, text, then the line's own values."""
        line: dict[str, object] = {
            "time": f"{_second(int(record.created))}.{int(record.msecs):03d}Z",
            "level": LEVELS.get(record.levelno) or record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
            **{name: value for name, value in self._values(record).items() if value is not None},
        }
        encoded = _encode(line)
        if record.exc_info is None and not self._redact.is_needed(encoded):
            return encoded
        # What was encoded is looked through, not the values: these may be objects whose text nobody has seen yet.
        line = {self._redact(name): self._clean(value) for name, value in json.loads(encoded).items()}
        if trace := self._trace(record):
            line["trace"] = trace
        return _encode(line)

    def _clean(self, value: object) -> object:
        match value:
            case str():
                return self._redact(value)
            case list():
                return [self._clean(item) for item in value]
            case dict():
                return {self._redact(name): self._clean(item) for name, item in value.items()}
        return value


def _encode(line: dict[str, object]) -> str:
    try:
        return to_json(line, fallback=str).decode()
    except ValueError:  # bytes, or half a surrogate pair, which have no UTF-8
        return json.dumps(line, default=str)


@lru_cache(maxsize=2)
def _second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


class TextLines(_Formatter):
    """For people: the time of day, a coloured level, the text, then the values dimmed."""

    def __init__(self, redact: Redaction, *, colours: bool) -> None:
        super().__init__(redact)
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        """A line, and the traceback under it where there is one."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created)) + f".{int(record.msecs):03d}"
        values = " ".join(f"{name}={value}" for name, value in self._values(record).items() if value is not None)
        text, values = self._redact(record.getMessage()), self._redact(values)
        level = record.levelname.lower().ljust(7)
        if self._colours:
            level = f"{COLOURS.get(record.levelname, '')}{level}{RESET}"
            clock, values = f"{DIM}{clock}{RESET}", f"{DIM}{values}{RESET}"
        trace = self._trace(record)
        return f"{clock} {level} {text}  {values}".rstrip() + (f"\n{trace}" if trace else "")


class Lines(logging.Handler):
    """Writes each line in one call of the system, past the layers of a text file."""

    def __init__(self, out: int) -> None:
        super().__init__()
        self._out = out

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        try:
            line = f"{self.format(record)}\n".encode(errors="backslashreplace")
            while line:
                line = line[os.write(self._out, line) :]
        except Exception:  # as logging does: a line that cannot be written must not stop the bot
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name of the standard library
        """Say that a line is missing; logging itself would print its parts, which nobody has redacted."""
        error = type(sys.exc_info()[1]).__name__
        with suppress(OSError):
            os.write(self._out, f"a line of {record.name} could not be written ({error})\n".encode())


def spare_the_unused() -> None:
    """Let logging leave out what no line of ours shows, for the whole process.

    These switches are those of the "Optimization" section in Python's Logging HOWTO.
    """
    logging._srcfile = None
    logging.logThreads = logging.logMultiprocessing = logging.logProcesses = False
    if sys.version_info >= (3, 12):
        logging.logAsyncioTasks = False


def set_up_logs(
    redact: Redaction, *, form: Literal["auto", "text", "json"], level: str, stream: TextIO | None = None
) -> None:
    """Send the logs of criabot and of the bot to `stream` (standard error)."""
    out = stream or sys.stderr
    handler = Lines(out.fileno()) if stream is None else logging.StreamHandler(out)
    is_text = form == "text" or (form == "auto" and out.isatty())
    handler.setFormatter(TextLines(redact, colours=out.isatty()) if is_text else JsonLines(redact))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("criabot").setLevel(level.upper())
    logging.getLogger("bot").setLevel(level.upper())
