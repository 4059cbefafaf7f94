"""Logs: one line per event and per reply, for people in a terminal, as JSON for machines, never with a secret.

A line has a text and named values (``extra={"values": {...}}``): account, inbox, contact, conversation, message and
delivery, as the platform's guide asks. Texts of customers are never logged: a line about a failed handler has them in
``extra={"words": …}``, so that they can be taken out of its traceback.

Nearly all lines of a busy bot are those of its events and replies. `inform` is for these: they cost a third, and those
of one tick of the event loop are written in one call of the system.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import select
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Literal, TextIO

from pydantic_core import to_json

__all__ = ["Redaction", "inform", "set_up_logs", "spare_the_unused"]

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
PHONE = re.compile(r"\+\d[\d ()-]{7,}\d")

COLOURS = {"DEBUG": "\x1b[2m", "INFO": "\x1b[32m", "WARNING": "\x1b[33m", "ERROR": "\x1b[31m", "CRITICAL": "\x1b[31m"}
LEVELS = {logging.DEBUG: "debug", logging.INFO: "info", logging.WARNING: "warning", logging.ERROR: "error"}
DIM, RESET = "\x1b[2m", "\x1b[0m"

PATIENCE_SECONDS = 0.01  # for a reader that is slow, where standard error is a pipe that does not wait by itself


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
        return {name: value for name, value in values.items() if value is not None}

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
            "time": _moment(int(record.created * 1000)),
            "level": LEVELS.get(record.levelno) or record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
            **self._values(record),
        }
        encoded = _encode(line)
        if record.exc_info is None and not self._redact.is_needed(encoded):
            return encoded
        # What was encoded is looked through, not the values: these may be objects whose text nobody has seen yet.
        line = {self._redact(name): self._clean(value) for name, value in json.loads(encoded).items()}
        if trace := self._trace(record):
            line["trace"] = trace
        return _encode(line)

    def harmless(self, name: str, text: str, values: Mapping[str, object]) -> str | None:
        """The same line of `inform`, without a record; None where it takes one to hide something."""
        try:
            rest = to_json({"logger": name, "text": text, **values}).decode()
        except (ValueError, TypeError):
            return None
        line = f'{{"time":"{_moment(int(time.time() * 1000))}","level":"info",{rest[1:]}'
        return None if self._redact.is_needed(line) else line

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
def _moment(ms: int) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(ms // 1000))}.{ms % 1000:03d}Z"


class TextLines(_Formatter):
    """For people: the time of day, a coloured level, the text, then the values dimmed."""

    def __init__(self, redact: Redaction, *, colours: bool) -> None:
        super().__init__(redact)
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        """A line, and the traceback under it where there is one."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created)) + f".{int(record.msecs):03d}"
        values = " ".join(f"{name}={value}" for name, value in self._values(record).items())
        text, values = self._redact(record.getMessage()), self._redact(values)
        level = record.levelname.lower().ljust(7)
        if self._colours:
            level = f"{COLOURS.get(record.levelname, '')}{level}{RESET}"
            clock, values = f"{DIM}{clock}{RESET}", f"{DIM}{values}{RESET}"
        trace = self._trace(record)
        return f"{clock} {level} {text}  {values}".rstrip() + (f"\n{trace}" if trace else "")


def inform(logger: logging.Logger, text: str, values: Mapping[str, object]) -> None:
    """Log an INFO line of which a busy bot has thousands; it may be written a tick of the event loop later.

    It is ``logger.info(text, extra={"values": values})`` at a third of the cost where `spare_the_unused` was called and
    it goes to `Lines` for machines; elsewhere it is just that.

    Args:
        logger: whose line it is.
        text: as it is written.
        values: the line's own; none of them None.
    """
    if not logger.isEnabledFor(logging.INFO):
        return
    handlers = _handlers(logger)
    if handlers is None:
        logger.info(text, extra={"values": values}, stacklevel=2)
        return
    for handler in handlers:
        if type(handler) is Lines and handler.inform(logger.name, text, values):
            continue
        if handler.level <= logging.INFO:
            file, function, extra = "(unknown file)", "(unknown function)", {"values": values}
            record = logger.makeRecord(logger.name, logging.INFO, file, 0, text, (), None, function, extra)
            handler.handle(record)


def _handlers(logger: logging.Logger) -> list[logging.Handler] | None:
    """Those of the root, if all its lines go there just as they are, else None."""
    if logging._srcfile is not None or logging.getLogRecordFactory() is not logging.LogRecord:
        return None
    if logger.filters or logger.disabled:
        return None
    while logger.parent is not None:
        if logger.handlers or not logger.propagate:
            return None
        logger = logger.parent
    return logger.handlers


class Lines(logging.Handler):
    """Writes lines past the layers of a text file, each in one call of the system.

    Those of `inform` wait until the event loop's tick is over, and one call writes them all. Any other line takes
    with it what waits and goes out at once: the last words of a handler that ends the process are never missing.
    """

    def __init__(self, out: int) -> None:
        super().__init__()
        self._out = out
        self._is_torn = False  # the last line could be written in part only
        self._waiting: deque[str] = deque()  # threads may append to it as they like
        self._loop: asyncio.AbstractEventLoop | None = None  # the one that will write what waits
        os.register_at_fork(before=self.flush)  # or the child would write it, too

    def inform(self, name: str, text: str, values: Mapping[str, object]) -> bool:
        """Let a line of `inform` wait, if it is one for machines and nothing in it must be hidden."""
        form = self.formatter
        if type(form) is not JsonLines or self.filters or self.level > logging.INFO or not self._may_wait():
            return False
        line = form.harmless(name, text, values)
        if line is None:
            return False
        self._waiting.append(line)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, and what waits before it."""
        try:
            line = self.format(record)
        except Exception as error:  # logging itself would print the line's parts, which nobody has redacted
            line = _missing(f"a line of {record.name}", error)
        self._waiting.append(line)
        self.flush()

    def flush(self) -> None:
        """Write what waits."""
        self.acquire()
        lines = []
        try:
            self._loop = None
            while self._waiting:
                lines.append(self._waiting.popleft())
            if lines:
                self._write("\n".join(lines))
        except Exception as error:  # as logging does: lines that cannot be written must not stop the bot
            with suppress(Exception):
                self._write(_missing(f"{len(lines)} lines", error))
        finally:
            self.release()

    def _may_wait(self) -> bool:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        if loop is not self._loop:
            self._loop = loop
            loop.call_soon(self.flush)
        return True

    def _write(self, text: str) -> None:
        rest = f"{chr(10) * self._is_torn}{text}\n".encode(errors="backslashreplace")
        while rest:
            try:
                rest = rest[os.write(self._out, rest) :]
                self._is_torn = bool(rest)
            except BlockingIOError:
                if not select.select((), (self._out,), (), PATIENCE_SECONDS)[1]:
                    raise


def _missing(what: str, error: Exception) -> str:
    return f"{what} could not be written ({type(error).__name__})"


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
