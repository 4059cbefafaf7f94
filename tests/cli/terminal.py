"""A terminal for programs that want one: what they show can be waited for, and answered."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Self

COLUMNS, ROWS = 80, 40
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A program in a terminal of 80 columns and 40 rows; a context manager that kills it at the end.

    Args:
        arguments: of this Python.
        folder: where it runs.
        environment: whole.
    """

    def __init__(self, *arguments: str, folder: Path, environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self._raw = b""
        self._seen = 0

    @property
    def raw(self) -> str:
        """Everything shown so far, with its escape sequences."""
        return self._raw.decode(errors="replace")

    @property
    def text(self) -> str:
        """The same without them."""
        return ESCAPES.sub("", self.raw)

    def until(self, words: str, seconds: float = 60) -> None:
        """Wait until `words` are shown, after those waited for before."""
        deadline = time.monotonic() + seconds
        while (at := self.text.find(words, self._seen)) < 0:
            assert self._read(deadline), f"{words!r} was not shown:\n{self.text[self._seen :]}"
        self._seen = at + len(words)

    def enter(self, line: str) -> None:
        """Type a line."""
        os.write(self._master, f"{line}\n".encode())

    def end(self, seconds: float = 60) -> int:
        """Wait for the program's end; its exit status."""
        deadline = time.monotonic() + seconds
        while self._read(deadline):
            pass
        return self.process.wait(max(0.1, deadline - time.monotonic()))

    def _read(self, deadline: float) -> bool:
        """Read some; False at the end or the deadline."""
        ready, _, _ = select.select([self._master], [], [], max(0, deadline - time.monotonic()))
        try:
            data = os.read(self._master, 65536) if ready else b""
        except OSError:  # how Linux tells that nobody has the other side open
            data = b""
        self._raw += data
        return bool(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.end()
        os.close(self._master)
