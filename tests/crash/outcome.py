"""What the counting bot left in its store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

from tests.platforms import INCOMING, FakePlatform
from tests.servers import ValkeyServer

COUNTING = Path(__file__).with_name("counting.py")
DEADLINE = 60.0


def doomed_at(step: str, nth: int = 1, fate: str = "SIGKILL") -> tuple[str, ...]:
    """The command of a process that gets a signal when it reaches a step for the nth time."""
    return (str(Path(__file__).with_name("process.py")), step, str(nth), fate)


async def until(condition: Callable[[], bool], seconds: float = DEADLINE) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


def is_quiet(store: ValkeyServer) -> bool:
    """Whether no lane has an event or a reply left."""
    with store.client() as client:
        return not any(key.rpartition(b":")[2] in (b"q", b"e", b"ob", b"sched") for key in client.keys("cb:*"))


def turns(store: ValkeyServer, conversation: int) -> list[tuple[int, bool]]:
    """The committed turns of a conversation: the message of each, and whether it was late."""
    with store.client() as client:
        [lane] = client.keys(f"cb:counting.1:*:c{conversation}:m")
        state = json.loads(client.hget(lane, "s") or b"{}")
    return [(message, late) for message, late in state["states"]["Count"]["turns"]]


def dead_letters(store: ValkeyServer) -> list[tuple[str, str]]:
    """Kind and id of each dead letter."""
    with store.client() as client:
        letters = [letter for key in client.keys("cb:*:dlq") for _, letter in client.xrange(key)]
    return [(letter[b"kind"].decode(), letter[b"id"].decode()) for letter in letters]


def asked(platform: FakePlatform, conversation: int) -> list[int]:
    """The ids of the customer's messages, in order."""
    return [m.id for m in platform.conversation(conversation).messages if m.message_type == INCOMING]


def said(*texts: str) -> list[str]:
    """What the counting bot says to these messages when each has one turn, in this order."""
    return [f"{text}: turn {turn}, {n}" for turn, text in enumerate(texts, 1) for n in ("one", "two")]
