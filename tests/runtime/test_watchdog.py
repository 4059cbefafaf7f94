"""Who blocks the event loop is named, on both event loops; a machine that was suspended is nobody's fault."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from criabot.runtime.watchdog import _is_idle
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.runtime.test_end_to_end import until
from tests.servers import ValkeyServer

BOT = """
import time
from criabot import Bot, Message

bot = Bot("slow")

def compute():
    time.sleep(0.6)

@bot.message()
async def answer(message: Message) -> None:
    compute()
    await message.answer("done")
"""

# Is idle for a while, then blocks its loop in the ways that the lines of its input name.
CHILD = """
import asyncio, logging, sys, time, uvloop
from criabot.runtime.watchdog import Watchdog

async def sleeper():
    time.sleep(0.6)

async def cruncher():  # holds the GIL, so that not even the watchdog runs
    end = time.monotonic() + 0.6
    while time.monotonic() < end:
        sum(range(10_000_000))

async def main(patience, idle):
    handlers = {"sleeper": sleeper, "cruncher": cruncher}
    watchdog = Watchdog({handler.__code__: name for name, handler in handlers.items()}, patience=patience)
    task = asyncio.create_task(watchdog.run())
    print("ready", flush=True)
    await asyncio.sleep(idle)
    print("idle till now", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        await asyncio.create_task(handlers[line.strip()]())
        await asyncio.sleep(0.2)  # seconds, in which the watchdog sees that it is over
        print("done", flush=True)

logging.basicConfig(format="%(message)s", stream=sys.stdout)
loops = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
with asyncio.Runner(loop_factory=loops[sys.argv[1]]) as runner:
    runner.run(main(*map(float, sys.argv[2:])))
"""

both_loops = pytest.mark.parametrize("loop", ["asyncio", "uvloop"])


@contextmanager
def watched(loop: str, *, patience: float, idle: float) -> Iterator[subprocess.Popen[str]]:
    """A process with a watchdog; idle for so many seconds, then it blocks when told to."""
    pytest.importorskip("uvloop")
    command = [sys.executable, "-c", CHILD, loop, str(patience), str(idle)]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert lines_until(process, "ready") == []
            yield process
        finally:
            process.kill()


def lines_until(process: subprocess.Popen[str], last: str) -> list[str]:
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        if line.rstrip("\n") == last:
            return said
        said.append(line.rstrip("\n"))
    pytest.fail(f"the process ended before it said {last!r}")


@both_loops
@pytest.mark.parametrize("handler", ["sleeper", "cruncher"])
def test_a_handler_that_blocks_is_named_and_for_how_long(loop: str, handler: str) -> None:
    with watched(loop, patience=0.2, idle=0) as process:
        assert lines_until(process, "idle till now") == []
        assert process.stdin is not None
        print(handler, file=process.stdin, flush=True)
        noticed, over = lines_until(process, "done")
    assert re.match(rf"handler {handler}, at line \d+, blocks the event loop for more than 0\.2 s", noticed)
    assert (found := re.fullmatch(rf"handler {handler}, at line \d+, blocked the event loop for (\d\.\d) s", over))
    assert float(found[1]) >= 0.6


@both_loops
def test_a_process_that_was_suspended_blames_nobody(loop: str) -> None:
    with watched(loop, patience=0.2, idle=1.0) as process:
        time.sleep(0.2)  # its watchdog has begun
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)  # the suspension itself
        process.send_signal(signal.SIGCONT)
        assert lines_until(process, "idle till now") == []


@both_loops
def test_a_loop_that_waits_for_work_is_known_to_be_idle(loop: str) -> None:
    factory = pytest.importorskip("uvloop").new_event_loop if loop == "uvloop" else asyncio.new_event_loop
    waiting, main = [], threading.get_ident()

    def look() -> None:
        time.sleep(0.2)
        waiting.append(_is_idle(sys._current_frames()[main]))

    async def wait() -> None:
        threading.Thread(target=look).start()
        await asyncio.sleep(0.6)

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(wait())
    assert waiting == [True]


async def test_criabot_run_names_the_line_of_the_handler_that_blocks(tmp_path: Path, valkey: ValkeyServer) -> None:
    file = tmp_path / "slow.py"
    file.write_text(BOT)
    async with FakePlatform() as platform, BotProcess(file, platform, valkey.url) as bot:
        assert await platform.customer(7, "Olá") == 200
        await until(lambda: "blocked the event loop" in bot.log)
        assert re.search(r'"warning".*handler answer \(.*slow.py:10\), at line 12, blocks the event loop', bot.log)
