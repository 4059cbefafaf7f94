"""`criabot run`, to which something happens while it sorts a burst: ``sorting.py begun|sorted|slow NUMBER BOT``.

``begun`` dies before it has sorted anything, when those who brought the events know that they are stored; ``sorted``
dies when that many events are in their lanes; ``slow`` lives, but takes that many seconds for the first. In all of them
the spool is sorted in small parts, so that there is much behind the first.
"""

import asyncio
import itertools
import os
import signal
import sys
from unittest.mock import patch

from criabot.cli import main
from criabot.engine import spool
from criabot.runtime.intake import Intake

AT_ONCE = 50
ANSWERED_SECONDS = 0.1


def run(moment: str, number: int, target: str) -> int:
    seen, whole = itertools.count(1), Intake.sort

    async def sort(intake: Intake, packed: bytes) -> str:
        which = next(seen)
        if moment == "begun":
            await asyncio.sleep(ANSWERED_SECONDS)
            os.kill(os.getpid(), signal.SIGKILL)
        why = await whole(intake, packed)
        if moment == "sorted" and which == number:
            os.kill(os.getpid(), signal.SIGKILL)
        if moment == "slow" and which == 1:
            await asyncio.sleep(number)
        return why

    with patch.object(Intake, "sort", sort), patch.object(spool, "AT_ONCE", AT_ONCE):
        return main(["run", target])


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
