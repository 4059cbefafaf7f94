"""``criabot run``, but the process stops as a frozen machine does (SIGSTOP) when a lane first reaches a step.

python freezing.py STEP BOT
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from criabot.loading import load_bot
from criabot.runtime.runtime import running
from criabot.settings import load_settings

FROZEN = "frozen at"


class Frost:
    """Freezes this process once, at a step of `criabot.engine.worker.Worker`."""

    def __init__(self, step: str) -> None:
        self._step: str | None = step

    def __call__(self, step: str, _lane: str) -> None:
        if step == self._step:
            self._step = None
            print(FROZEN, step, flush=True)
            os.kill(os.getpid(), signal.SIGSTOP)


async def main(step: str, file: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with running(load_bot(file), load_settings(), on_step=Frost(step)):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
