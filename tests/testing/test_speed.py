"""Scripts are fast enough to be the usual test: medians of a simulator's start and of a ten-line script.

They are measured in the processor time of this process, which neighbours on the machine disturb less than the clock on
the wall; both are printed with ``-s``.
"""

from __future__ import annotations

import statistics
import time

from criabot import Bot, F, Message, State
from criabot.testing import Simulator
from tests.servers import ValkeyServer

ROUNDS = 20
START_MS, PLAY_MS = 100.0, 50.0
TEN_LINES = """
customer: add one
bot: 1: add one
customer: add two
bot: 2: add two
customer: oi
bot: ?
customer: add three
bot: 3: add three
agent Ana: I take it
bot: (silent)
"""


class Count(State):
    """How much was added."""

    added: int = 0


def counting() -> Bot:
    bot = Bot(name="counting")

    @bot.message(F.text.startswith("add"))
    async def add(message: Message, count: Count) -> None:
        count.added += 1
        await message.answer(f"{count.added}: {message.text}")

    @bot.message()
    async def otherwise(message: Message) -> None:
        await message.answer("?")

    return bot


class Stopwatch:
    """Milliseconds of the processor and of the wall, round by round."""

    def __init__(self) -> None:
        self.processor: list[float] = []
        self.wall: list[float] = []

    def __enter__(self) -> None:
        self._began = time.process_time(), time.perf_counter()

    def __exit__(self, *_: object) -> None:
        processor, wall = self._began
        self.processor.append((time.process_time() - processor) * 1000)
        self.wall.append((time.perf_counter() - wall) * 1000)

    def __str__(self) -> str:
        return f"processor {statistics.median(self.processor):.1f} ms, wall {statistics.median(self.wall):.1f} ms"


async def test_a_simulator_starts_within_100_ms_and_ten_lines_play_within_50(valkey: ValkeyServer) -> None:
    start, play = Stopwatch(), Stopwatch()
    for _ in range(ROUNDS):
        simulator = Simulator(counting(), valkey_url=valkey.url)
        with start:
            await simulator.start()
        with play:
            await simulator.play(TEN_LINES)
        await simulator.stop()
    print(f"\nstart: {start}\nten lines: {play}")
    assert statistics.median(start.processor) < START_MS
    assert statistics.median(play.processor) < PLAY_MS
