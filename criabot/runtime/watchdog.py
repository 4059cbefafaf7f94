"""The watchdog: says which handler blocks the event loop.

A handler that computes or waits without ``await`` stops everything: other conversations, leases, the webhook's
answers. A thread looks whether the loop still ticks, and if not, whose code it is in. So long somebody else may take
webhooks (`StandIn`).
"""

from __future__ import annotations

import asyncio
import logging
import selectors
import sys
import threading
import time
from asyncio import runners
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from types import CodeType, FrameType
from typing import TYPE_CHECKING

from criabot.runtime.turn import TurnRunner

if TYPE_CHECKING:
    from criabot.runtime.standin import StandIn

__all__ = ["Watchdog"]

logger = logging.getLogger("criabot.watchdog")

LOOK_SECONDS = 0.02
TURN = TurnRunner.run.__code__
"""All of the bot's own code runs under it."""


class Watchdog:
    """Watches the running event loop.

    While the loop is busy its thread asks it to tick, and looks how long that takes.

    Args:
        handlers: the code of the bot's handlers and their names.
        patience: seconds without a tick until it speaks; once when a blockade is noticed and once when it is over.
        standin: takes webhooks while a turn (handlers, filters, middleware, dependencies) blocks the loop; it begins
            after some 0.03 s.
    """

    def __init__(
        self, handlers: Mapping[CodeType, str], *, patience: float = 0.2, standin: StandIn | None = None
    ) -> None:
        self._handlers = handlers
        self._patience = patience
        self._standin = standin
        self._asked = self._ticked = 0.0
        self._has_ticked = True
        self._is_blocked = False
        self._culprit = ""
        self._stop = threading.Event()

    async def run(self) -> None:
        """Watch until cancelled."""
        watched = asyncio.get_running_loop(), threading.get_ident()
        threading.Thread(target=self._watch, args=watched, name="criabot-watchdog", daemon=True).start()
        try:
            await asyncio.Event().wait()
        finally:
            self._stop.set()

    def _watch(self, loop: asyncio.AbstractEventLoop, thread: int) -> None:
        looked = time.monotonic()
        while not self._stop.wait(LOOK_SECONDS):
            frame = sys._current_frames().get(thread)
            if self._has_ticked:
                self._praise()
                if not _is_idle(frame):
                    self._asked, self._has_ticked = looked, False  # it may stand still since then
                    with suppress(RuntimeError):  # the loop is closed
                        loop.call_soon_threadsafe(self._tick)
            elif not _is_idle(frame):
                self._blame(frame, time.monotonic() - self._asked)
            del frame  # or what its variables hold would live on
            looked = time.monotonic()

    def _tick(self) -> None:
        self._ticked, self._has_ticked = time.monotonic(), True

    def _praise(self) -> None:
        """The loop has ticked: what was noticed is over."""
        if self._is_blocked and self._standin is not None:
            self._standin.end()
        if self._culprit:
            logger.warning("%s blocked the event loop for %.1f s", self._culprit, self._ticked - self._asked)
        self._is_blocked, self._culprit = False, ""

    def _blame(self, frame: FrameType | None, late: float) -> None:
        """The loop has not ticked for so many seconds, because of what it does in this frame."""
        stack = list(_stack(frame))
        if self._standin is not None and not self._is_blocked and any(each.f_code is TURN for each in stack):
            self._is_blocked = True
            self._standin.begin()
        if late > self._patience and not self._culprit:
            self._culprit = self._named(stack)
            logger.warning(
                "%s blocks the event loop for more than %.1f s: nothing else runs meanwhile; use await, or "
                "asyncio.to_thread for code that cannot",
                self._culprit,
                self._patience,
            )

    def _named(self, stack: Sequence[FrameType]) -> str:
        """The handler that is running, and its line; else where the loop is."""
        for each in stack:
            if name := self._handlers.get(each.f_code):
                return f"handler {name}, at line {each.f_lineno},"
        return f"{stack[0].f_code.co_filename}:{stack[0].f_lineno}" if stack else "something"


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    """From the inside to the outside."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_idle(frame: FrameType | None) -> bool:
    """The loop waits for work: it was the whole process that stood still, a suspended machine perhaps.

    asyncio's loop waits in a selector, uvloop's in C, called by asyncio's runner.
    """
    return frame is not None and frame.f_code.co_filename in (selectors.__file__, runners.__file__)
