"""Run a bot, and when a step is reached for the nth time send a signal to itself: ``process.py STEP NTH SIGNAL BOT``.

``SIGKILL`` dies as a machine dies; ``SIGSTOP`` freezes as a virtual machine does that is moved.
"""

import asyncio
import itertools
import os
import signal
import sys

from criabot.loading import load_bot
from criabot.logs import Redaction, set_up_logs
from criabot.runtime.runtime import running
from criabot.settings import load_settings


async def run(step: str, nth: int, fate: str, target: str) -> None:
    settings, seen = load_settings(), itertools.count(1)
    set_up_logs(Redaction(settings.secrets), form=settings.log_format, level=settings.log_level)

    def on_step(reached: str, _lane: str) -> None:
        if reached == step and next(seen) == nth:
            os.kill(os.getpid(), signal.Signals[fate])

    async with running(load_bot(target), settings, on_step=on_step):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
