"""`criabot` under a sampler: ``python -m benchmarks.sampler SAMPLES run bot.py``.

From SIGUSR1 on the kernel interrupts the process by the CPU time that it uses, and whatever Python code runs then
gets a point. At the process's end the points go to the file SAMPLES as JSON.

Time that passes in C, system calls included, counts for the Python function that called it; if the event loop did,
for the function to which the loop gives the result, because Python hears of the interrupt no earlier. So reading a
socket counts for the protocol that gets the data.
"""

from __future__ import annotations

import atexit
import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType

from criabot.cli import main

EVERY = 0.001  # seconds of CPU time; the kernel makes at least one of its ticks of it, 1 to 10 ms

# A sample belongs to the innermost frame whose file has one of these in its path.
STAGES = {
    "HTTP server": ("criabot/server/",),
    "signature": ("criabot/platform/signature.py",),
    "HTTP client": (
        *(
            f"criabot/platform/{name}.py"
            for name in ("client", "calls", "limits", "shared", "transport", "pool", "reply")
        ),
        "criabot/platform/resources/",
        "criabot/platform/answers/",
        "/aiohttp/client",
    ),
    "parse": ("criabot/platform/parse.py", "criabot/platform/events.py"),
    "intake": ("criabot/runtime/intake.py", "criabot/runtime/listening.py"),
    "worker": tuple(f"criabot/engine/{name}.py" for name in ("worker", "hold", "cancellation")),
    "Redis": ("criabot/engine/", "/redis/", "/hiredis/"),
    "delivery": ("criabot/runtime/delivery.py",),
    "turn": ("criabot/runtime/turn.py", "criabot/routing/", "criabot/conversation/", "benchmarks/bot.py"),
    "logs": ("criabot/logs.py", "/logging/"),
}
ELSEWHERE = "event loop, other"

Place = tuple[str, str]  # stage and function


class Sampler:
    """Counts where the process is found."""

    def __init__(self) -> None:
        self.points: Counter[Place] = Counter()
        self._stages: dict[CodeType, str | None] = {}

    def begin(self, _signal: int, _frame: FrameType | None) -> None:
        """Sample from now on."""
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)

    def sample(self, _signal: int, frame: FrameType | None) -> None:
        """Count the interrupted function and its stage."""
        self.points[self._stage(frame), _name(frame)] += 1

    def _stage(self, frame: FrameType | None) -> str:
        while frame is not None:
            code = frame.f_code
            if code not in self._stages:
                self._stages[code] = stage_of(code.co_filename)
            if stage := self._stages[code]:
                return stage
            frame = frame.f_back
        return ELSEWHERE

    def write(self, file: Path) -> None:
        """Stop, and write rows of stage, function and points."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        file.write_text(json.dumps([[*place, points] for place, points in self.points.items()]))


def stage_of(file: str) -> str | None:
    """The stage that a file of Python code belongs to."""
    return next((stage for stage, parts in STAGES.items() if any(part in file for part in parts)), None)


def _name(frame: FrameType | None) -> str:
    if frame is None:
        return "no Python code"
    return f"{'/'.join(Path(frame.f_code.co_filename).parts[-2:])}:{frame.f_code.co_qualname}"


if __name__ == "__main__":
    sampler = Sampler()
    atexit.register(sampler.write, Path(sys.argv[1]))
    signal.signal(signal.SIGPROF, sampler.sample)
    signal.siginterrupt(signal.SIGPROF, False)
    signal.signal(signal.SIGUSR1, sampler.begin)
    sys.exit(main(sys.argv[2:]))
