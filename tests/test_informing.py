"""The lines of which there are thousands: what they look like, and when they are written."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from logging.handlers import QueueHandler
from pathlib import Path
from queue import SimpleQueue

import pytest

from criabot import logs
from criabot.logs import JsonLines, Lines, Redaction, inform, set_up_logs, spare_the_unused

TOKEN = "sEcReT-tOkEn-123"
VALUES = {"account": 1, "conversation": 7, "ms": 0.2}

logger = logging.getLogger("criabot.test")
of_a_bot = logging.getLogger("bot.test")


@pytest.fixture(autouse=True)
def as_criabot_run(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for switch in ("_srcfile", "logThreads", "logMultiprocessing", "logProcesses", "logAsyncioTasks"):
        monkeypatch.setattr(logging, switch, getattr(logging, switch, None), raising=False)
    spare_the_unused()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def shown(form: str) -> io.StringIO:
    out = io.StringIO()
    set_up_logs(Redaction([TOKEN]), form=form, level="info", stream=out)  # type: ignore[arg-type]
    return out


class Queue(QueueHandler):
    """Hands records on as they are."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record


class Written:
    """What was written, each call of the system for itself."""

    def __init__(self) -> None:
        ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._theirs.setblocking(False)
        self._ours = ours
        self.lines = Lines(ours.fileno())
        self.lines.setFormatter(JsonLines(Redaction([TOKEN])))

    def __call__(self) -> list[list[str]]:
        """The texts of each call since the last time."""
        calls = []
        while True:
            try:
                calls.append([json.loads(line)["text"] for line in self._theirs.recv(65536).splitlines()])
            except BlockingIOError:
                return calls

    def close(self) -> None:
        self._ours.close()
        self._theirs.close()


@pytest.fixture
def written() -> Iterator[Written]:
    shown("json")
    written = Written()
    logging.getLogger().handlers[:] = [written.lines]
    yield written
    written.close()


# -- what it looks like -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "json"])
def test_it_looks_as_any_other_line(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    monkeypatch.setattr(time, "time_ns", lambda: int(now * 1e9))
    out = shown(form)
    inform(logger, "100 %s sent", VALUES)
    logger.info("100 %s sent", extra={"values": VALUES})
    one, other = out.getvalue().splitlines()
    assert one == other
    assert "100 %s sent" in one


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "hidden", [TOKEN, "ana.lima@exemplo.com.br", "+55 81 99999-0000"], ids=lambda hidden: hidden[:5]
)
def test_secrets_and_addresses_never_show(form: str, hidden: str) -> None:
    out = shown(form)
    inform(logger, f"<{hidden}>", {"why": f"<{hidden}>", hidden: 1})
    assert hidden not in out.getvalue()
    assert out.getvalue().count("[") >= 3


def test_levels_and_filters_hold_for_it() -> None:
    out = shown("json")
    logger.addFilter(lambda record: "hidden" not in record.getMessage())
    try:
        inform(logger, "hidden", VALUES)
        inform(logger, "shown", VALUES)
    finally:
        logger.filters.clear()
    logging.getLogger("criabot").setLevel("WARNING")
    inform(logger, "too quiet", VALUES)
    assert [json.loads(line)["text"] for line in out.getvalue().splitlines()] == ["shown"]


def test_a_handler_of_somebody_else_gets_a_whole_record() -> None:
    records: SimpleQueue[logging.LogRecord] = SimpleQueue()
    shown("json")
    logging.getLogger().addHandler(Queue(records))
    inform(logger, "sent", VALUES)
    logger.info("sent", extra={"values": VALUES})
    ours, usual = records.get(), records.get()
    assert ours.__dict__.keys() >= usual.__dict__.keys()
    for name in usual.__dict__.keys() - {"created", "msecs", "relativeCreated", "taskName"}:
        assert getattr(ours, name) == getattr(usual, name), name
    assert 0 <= usual.relativeCreated - ours.relativeCreated < 1000
    assert pickle.loads(pickle.dumps(ours)).__dict__ == ours.__dict__


def test_whoever_makes_his_own_records_gets_them() -> None:
    class Theirs(logging.LogRecord):
        request = "r-1"

    shown("json")
    out = io.StringIO()
    theirs = logging.StreamHandler(out)
    theirs.setFormatter(logging.Formatter("%(message)s %(values)s"))
    theirs.addFilter(lambda record: isinstance(record, Theirs))
    logging.getLogger().addHandler(theirs)
    logging.setLogRecordFactory(Theirs)
    try:
        inform(logger, "sent", VALUES)
    finally:
        logging.setLogRecordFactory(logging.LogRecord)
    assert out.getvalue() == f"sent {VALUES}\n"


def test_without_criabot_run_a_line_knows_its_place(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "_srcfile", logging.addLevelName.__code__.co_filename)
    with caplog.at_level("INFO"):
        inform(logger, "sent", VALUES)
    [record] = caplog.records
    assert Path(record.pathname) == Path(__file__)
    assert record.__dict__["values"] == VALUES


# -- when it is written -------------------------------------------------------------------------------------------


async def test_the_lines_of_a_tick_are_written_in_one_call(written: Written) -> None:
    for text in ("a", "b", "c"):
        inform(logger, text, VALUES)
    assert written() == []
    await asyncio.sleep(0)
    assert written() == [["a", "b", "c"]]
    inform(logger, "d", VALUES)
    await asyncio.sleep(0)
    assert written() == [["d"]]


async def test_any_other_line_goes_out_at_once_with_those_before_it(written: Written) -> None:
    inform(logger, "a", VALUES)
    inform(logger, "b", VALUES)
    of_a_bot.info("last words")
    assert written() == [["a", "b", "last words"]]
    inform(logger, "c", VALUES)
    logger.warning("careful")
    assert written() == [["c", "careful"]]
    inform(logger, "d", VALUES)
    await asyncio.sleep(0)
    assert written() == [["d"]]


async def test_another_threads_line_takes_with_it_what_a_blocked_loop_holds_back(written: Written) -> None:
    inform(logger, "a", VALUES)
    watchdog = threading.Thread(target=logger.warning, args=("the loop is blocked",))
    watchdog.start()
    watchdog.join()
    assert written() == [["a", "the loop is blocked"]]


async def test_a_line_of_another_thread_does_not_wait(written: Written) -> None:
    await asyncio.to_thread(inform, logger, "a", VALUES)
    assert written() == [["a"]]


def test_without_an_event_loop_a_line_does_not_wait(written: Written) -> None:
    inform(logger, "a", VALUES)
    assert written() == [["a"]]


def test_a_loop_that_ends_takes_no_line_with_it(written: Written) -> None:
    for text in ("a", "b"):
        loop = asyncio.new_event_loop()
        loop.call_soon(inform, logger, text, VALUES)
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.close()
    assert written() == []
    asyncio.run(asyncio.sleep(0))
    inform(logger, "c", VALUES)
    assert written() == [["a", "b", "c"]]


async def test_a_line_that_cannot_be_made_does_not_hinder_the_others(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd:
        def __str__(self) -> str:
            raise TypeError(TOKEN)

    out, into = os.pipe()
    monkeypatch.setattr(written.lines, "_out", into)
    inform(logger, "a", VALUES)
    inform(logger, "b", {"odd": Odd()})
    inform(logger, "c", VALUES)
    await asyncio.sleep(0)
    first, missing, last = os.read(out, 4096).splitlines()
    assert b'"text":"a"' in first
    assert missing == b"a line of criabot.test could not be written (TypeError)"
    assert b'"text":"c"' in last
    os.close(out)
    os.close(into)


# -- a pipe that is full ------------------------------------------------------------------------------------------


@pytest.fixture
def pipe(written: Written, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The end to read of a pipe that does not wait when it is full."""
    out, into = os.pipe()
    os.set_blocking(into, False)
    monkeypatch.setattr(written.lines, "_out", into)
    yield out
    os.close(into)
    os.close(out)


async def test_a_slow_reader_gets_all_lines_whole(pipe: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "PATIENCE_SECONDS", 10)
    got: list[bytes] = []

    def read() -> None:
        while b"the end" not in b"".join(got[-2:]):
            got.append(os.read(pipe, 4096))

    reader = threading.Thread(target=read)
    for number in range(3000):
        inform(logger, f"line {number}", VALUES)
    reader.start()
    await asyncio.sleep(0)
    logger.warning("the end")
    await asyncio.to_thread(reader.join)
    texts = [json.loads(line)["text"] for line in b"".join(got).splitlines()]
    assert texts == [*(f"line {number}" for number in range(3000)), "the end"]


async def test_a_reader_that_stands_still_does_not_stop_the_bot(pipe: int) -> None:
    for number in range(3000):
        inform(logger, f"line {number}", VALUES)
    await asyncio.sleep(0)
    before = os.read(pipe, 1 << 20)
    inform(logger, "later", VALUES)
    await asyncio.sleep(0)
    assert before.startswith(b'{"time"')
    assert b'"text":"later"' in os.read(pipe, 1 << 20)


# -- how a process ends -------------------------------------------------------------------------------------------

ENDING = """
import asyncio, logging, os, signal, sys
from criabot.logs import Redaction, inform, set_up_logs, spare_the_unused

spare_the_unused()
set_up_logs(Redaction(), form="json", level="info")

async def main():
    inform(logging.getLogger("criabot.event"), "handled", {"n": 1})
    inform(logging.getLogger("criabot.reply"), "sent", {"n": 2})
    FATE

asyncio.run(main())
"""

KILLED = -signal.SIGKILL


@pytest.mark.parametrize(
    ("fate", "code", "last"),
    [
        ("return", 0, []),
        ("sys.exit(3)", 3, []),
        ("raise KeyboardInterrupt", -signal.SIGINT, []),
        ("raise ValueError('x')", 1, []),
        ("logging.getLogger('bot').info('bye'); os.kill(os.getpid(), signal.SIGKILL)", KILLED, ["bye"]),
        ("logging.getLogger('bot').info('bye'); os._exit(4)", 4, ["bye"]),
        ("os.fork() or sys.exit(0); os.wait()", 0, []),
        ("os.fork() or logging.getLogger('bot').info('child') or os._exit(0); os.wait()", 0, ["child"]),
    ],
)
def test_however_a_process_ends_each_line_is_there_once(fate: str, code: int, last: list[str]) -> None:
    ended = subprocess.run([sys.executable, "-c", ENDING.replace("FATE", fate)], capture_output=True, check=False)
    lines = [json.loads(line)["text"] for line in ended.stderr.splitlines() if line.startswith(b'{"time"')]
    assert lines == ["handled", "sent", *last]
    assert ended.returncode == code
