"""Logs: one line per event and per reply, for people in a terminal, as JSON for machines, never with a secret.

A line has a text and named values (``extra={"values": {...}}``): account, inbox, contact, conversation, message and
delivery, as the platform's guide asks. Texts of customers are never logged: a line about a failed handler has them in
``extra={"words": …}``, so that they can be taken out of its traceback.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Literal, TextIO

__all__ = ["Redaction", "set_up_logs"]

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
PHONE = re.compile(r"\+\d[\d ()-]{7,}\d")

COLOURS = {"DEBUG": "\x1b[2m", "INFO": "\x1b[32m", "WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m"}
DIM, RESET = "\x1b[2m", "\x1b[0m"


class Redaction:
    """Replaces secrets, e-mail addresses and phone numbers in a text.

    Args:
        secrets: the values that must never show.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, known))) if known else None

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
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": self._redact(record.getMessage()),
            **{name: self._clean(value) for name, value in self._values(record).items() if value is not None},
        }
        if trace := self._trace(record):
            line["trace"] = trace
        return json.dumps(line, ensure_ascii=False, default=str)

    def _clean(self, value: object) -> object:
        return self._redact(value) if isinstance(value, str) else value


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


def set_up_logs(
    redact: Redaction, *, form: Literal["auto", "text", "json"], level: str, stream: TextIO | None = None
) -> None:
    """Send the logs of criabot and of the bot to `stream` (standard error)."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    is_text = form == "text" or (form == "auto" and out.isatty())
    handler.setFormatter(TextLines(redact, colours=out.isatty()) if is_text else JsonLines(redact))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("criabot").setLevel(level.upper())
    logging.getLogger("bot").setLevel(level.upper())
