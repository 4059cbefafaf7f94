"""What criabot needs besides CPU: memory with many turns in flight, time to start; and several processes of it."""

from __future__ import annotations

import http.client
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from statistics import median

from benchmarks import machine
from benchmarks.common import HOST
from benchmarks.payloads import request
from benchmarks.roster import PEERS
from benchmarks.shapes import SHAPES, WARM_UP, Figures, figures, summary
from benchmarks.stack import OFTEN, BenchmarkError, Stack, free_port

PROCESSES = (1, 2, 4)
IN_FLIGHT = 10_000
ASLEEP = 15  # seconds that handlers take: longer than 10,000 acknowledgements
STARTS = 5
FIRST_REPLY_DEADLINE = 30.0  # seconds
CRIABOT = PEERS["criabot"]


def processes(rounds: int, progress: Callable[[str], None]) -> list[Figures]:
    """CPU per event with several processes on one core and one Valkey; events go to them in turn."""
    measured: dict[int, list[Figures]] = {count: [] for count in PROCESSES}
    for number in range(rounds):
        for count, of_count in measured.items():
            progress(f"processes: round {number + 1} of {rounds}, {count}")
            with Stack() as stack, stack.serving(CRIABOT, count) as bot:
                stack.load(bot, events=WARM_UP)
                of_count.append(figures(stack.load(bot, events=CRIABOT.events, **SHAPES["closed"])))
    return [{"processes": count, **summary(rounds), "rounds": rounds} for count, rounds in measured.items()]


def flight(events: int = IN_FLIGHT, asleep: int = ASLEEP) -> Figures:
    """Memory of the bot in MB before and at the peak of 10,000 conversations whose handlers all sleep at once."""
    with Stack() as stack, stack.serving(CRIABOT, settings={"CRIABOT_CONCURRENCY": str(events)}) as bot:
        stack.load(bot, events=WARM_UP)
        before, samples, done = machine.rss_mb(bot.pids[0]), [0.0], threading.Event()

        def watch() -> None:
            while not done.wait(0.05):
                samples.append(machine.rss_mb(bot.pids[0]))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            outcome = stack.load(
                bot,
                arrival="burst",
                events=events,
                conversations=events,
                lines=200,
                wish=f"(sleep {asleep})",
                patience=4 * asleep,
            )
        finally:
            done.set()
            watcher.join()
    return {
        "events": events,
        "rss_before_mb": round(before, 1),
        "rss_peak_mb": round(max(samples), 1),
        "all_at_once": outcome.all_at_once,
        "lost": outcome.lost,
    }


def cold(progress: Callable[[str], None], starts: int = STARTS) -> Figures:
    """Milliseconds from the start of ``criabot run`` until it listens, and until the platform has the first reply."""
    measured = []
    for number in range(starts + 1):
        progress(f"cold start: {number} of {starts}")
        measured.append(_start())
    timed = measured[1:]  # the first one brings the files into memory
    listening, replied = ([start[step] for start in timed] for step in (0, 1))
    return {
        "listening_ms": round(median(listening), 1),
        "first_reply_ms": round(median(replied), 1),
        "starts": timed,
    }


def _start() -> tuple[float, float]:
    webhook, port = request(CRIABOT.kind, CRIABOT.path, 1, 1, 0), free_port()
    head, _, body = webhook.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    with Stack() as stack:
        began = time.monotonic_ns()
        with stack.starting(CRIABOT, port) as process:
            stack.wait_until_listening(port, process)
            listening = (time.monotonic_ns() - began) / 1e6
            replied = _first_reply(stack, process, port, headers, body)
    return round(listening, 1), round((replied - began) / 1e6, 1)


def _first_reply(
    stack: Stack, process: subprocess.Popen[bytes], port: int, headers: dict[str, str], body: bytes
) -> int:
    """Post the webhook until it is taken; when the reply came, on the monotonic clock in nanoseconds."""
    deadline, taken = time.monotonic() + FIRST_REPLY_DEADLINE, False
    while time.monotonic() < deadline and process.poll() is None:
        if not taken:
            with suppress(OSError, http.client.HTTPException):
                taken = _post(port, headers, body)
        if taken and (replies := stack.ask_sink("replies")):
            return int(replies[0][4])
        time.sleep(OFTEN)
    raise BenchmarkError(f"No reply within {FIRST_REPLY_DEADLINE:.0f} s of the start. {stack.log('bot')}")


def _post(port: int, headers: dict[str, str], body: bytes) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("POST", CRIABOT.path, body, headers)
        return connection.getresponse().status == 200
    finally:
        connection.close()
