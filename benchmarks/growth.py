"""What known conversations cost: CPU per event and memory in Valkey, with few and with a million of them.

One conversation is made by really running it; the others are copies of all that criabot left of it. Each size has
its own Valkey and bot, all of them alive at once, so that the rounds of the sizes can take turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from benchmarks.roster import PEERS
from benchmarks.shapes import Figures, figures, summary
from benchmarks.stack import BenchmarkError, Bot, Stack
from criabot.engine.keys import Keys

SIZES = (10, 1_000, 100_000, 1_000_000)
FIRST = 100_000_000  # the model conversation's number; the copies follow
EVENTS = 4000
LINES = 8  # the same for each size, and ten conversations have no more to offer
ENOUGH = 10_000  # copies: with fewer, what the server allocates once would count for much
PATIENCE = 10.0  # seconds until the model conversation is idle
BATCH = 10_000  # conversations

# Copies all values of the model to each name; ARGV: time to live and value, for every part.
COPY = """
local parts = #ARGV / 2
for i, key in ipairs(KEYS) do
  local part = (i - 1) % parts
  redis.call('RESTORE', key, ARGV[2 * part + 1], ARGV[2 * part + 2])
end"""


def growth(rounds: int, sizes: tuple[int, ...], progress: Callable[[str], None]) -> list[Figures]:
    """Per number of known conversations: the medians, and the bytes that Valkey holds for an idle one."""
    with ExitStack() as opened:
        places = []
        for size in sizes:
            progress(f"growth: filling Valkey with {size:,} conversations")
            # Rewriting the file is a child process's work; it would start at some moment of some measurement.
            stack = opened.enter_context(Stack("--auto-aof-rewrite-percentage", "0"))
            bot = opened.enter_context(stack.serving(PEERS["criabot"]))
            places.append((stack, bot, fill(stack, bot, size)))
        measured: list[list[Figures]] = [[] for _ in sizes]
        for number in range(rounds):
            for size, (stack, bot, _), of_size in zip(sizes, places, measured, strict=True):
                progress(f"growth: round {number + 1} of {rounds}, {size:,} conversations")
                of_size.append(_load(stack, bot, size))
    return [
        {"conversations": size, "bytes_per_conversation": held, **summary(of_size), "rounds": of_size}
        for size, (_, _, held), of_size in zip(sizes, places, measured, strict=True)
    ]


def _load(stack: Stack, bot: Bot, size: int) -> Figures:
    known: dict[str, Any] = {"first_conversation": FIRST, "conversations": size, "known": True}
    return figures(stack.load(bot, events=EVENTS, lines=LINES, **known))


def fill(stack: Stack, bot: Bot, size: int) -> float | None:
    """Make `size` idle conversations, the model among them; the bytes of memory that each copy took (not of a few).

    Raises:
        BenchmarkError: the model conversation did not become idle.
    """
    client = stack.client
    stack.load(bot, events=200, conversations=50)  # the bot's first words are not an idle conversation's
    stack.load(bot, events=1, conversations=1, first_conversation=FIRST)
    lane, parts = _idle_parts(client)
    keys = Keys("bench.1", 16)  # the bot's name and account, and the settings' default
    model = keys.of_lane(lane, parts)
    values = [word for key in model for word in (client.pttl(key), client.dump(key))]
    copy, before = client.register_script(COPY), client.info("memory")["used_memory"]
    for first in range(1, size, BATCH):
        lanes = [lane.replace(str(FIRST), str(FIRST + number)) for number in range(first, min(first + BATCH, size))]
        copy(keys=[key for name in lanes for key in keys.of_lane(name, parts)], args=values)
    if size < ENOUGH:
        return None
    taken = float(client.info("memory")["used_memory"] - before)
    return round(taken / (size - 1), 1)


def _idle_parts(client: Any) -> tuple[str, tuple[str, ...]]:
    """The model's lane, and the parts of it that an idle conversation keeps."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        names = [key.decode() for key in client.scan_iter(match=f"*{FIRST}*", count=1000)]
        lanes = {name.split(":")[-2] for name in names}
        parts = tuple(sorted(name.rsplit(":", 1)[1] for name in names))
        busy = any(client.zcard(key) for key in client.scan_iter(match="*:sched", count=1000))
        if len(lanes) == 1 and not busy:
            return lanes.pop(), parts
        time.sleep(0.05)
    raise BenchmarkError(f"The model conversation did not become idle in {PATIENCE:.0f} s.")
