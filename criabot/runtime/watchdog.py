"""The watchdog: says which handler blocks the event loop.

A handler that computes or waits without ``await`` stops everything: other conversations, leases, the webhook's
answers. A thread looks whether the loop still ticks, and if not, whose code it is in.
"""

from __future__ import annotations

import asyncio
import logging
import selectors
import sys
import threading
import time
from asyncio import runners
from collections.abc import Mapping
from types import CodeType, FrameType

__all__ = ["Watchdog"]

logger = logging.getLogger("criabot.watchdog")

TICK_SECONDS = 0.05


class Watchdog:
    """Watches the running event loop.

    Args:
        handlers: the code of the bot's handlers and their names.
        patience: seconds without a tick until it speaks; once when a blockade is noticed and once when it is over.
    """

    def __init__(self, handlers: Mapping[CodeType, str], *, patience: float = 0.2) -> None:
        self._handlers = handlers
        self._patience = patience
        self._ticked = time.monotonic()
        self._stop = threading.Event()

    async def run(self) -> None:
        """Watch until cancelled."""
        thread = threading.Thread(
            target=self._watch, args=(threading.get_ident(),), name="criabot-watchdog", daemon=True
        )
        thread.start()
        try:
            while True:
                self._ticked = time.monotonic()
                await asyncio.sleep(TICK_SECONDS)
        finally:
            self._stop.set()

    def _watch(self, loop_thread: int) -> None:
        told, culprit = 0.0, ""
        while not self._stop.wait(TICK_SECONDS):
            ticked = self._ticked
            if culprit and ticked != told:
                logger.warning("%s blocked the event loop for %.1f s", culprit, ticked - told)
                culprit = ""
            if time.monotonic() - ticked <= self._patience or ticked == told:
                continue
            frame = sys._current_frames().get(loop_thread)
            if _is_idle(frame):
                continue
            told, culprit = ticked, self._culprit(frame)
            logger.warning(
                "%s blocks the event loop for more than %.1f s: nothing else runs meanwhile; use await, or "
                "asyncio.to_thread for code that cannot",
                culprit,
                self._patience,
            )

    def _culprit(self, frame: FrameType | None) -> str:
        innermost = f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else "something"
        while frame is not None:
            if name := self._handlers.get(frame.f_code):
                return f"handler {name}, at line {frame.f_lineno},"
            frame = frame.f_back
        return innermost


def _is_idle(frame: FrameType | None) -> bool:
    """The loop waits for work: it was the whole process that stood still, a suspended machine perhaps.

    asyncio's loop waits in a selector, uvloop's in C, called by asyncio's runner.
    """
    return frame is not None and frame.f_code.co_filename in (selectors.__file__, runners.__file__)
