"""Whoever listens: a live socket of an agent, and what it hears."""

from __future__ import annotations

import asyncio
from typing import Any

from criabot.platform import LiveSocket
from criabot.platform.live import Gap, LiveEvent
from tests.platform.live.cable import DEADLINE, Peer, confirm

__all__ = ["TOKEN", "confirm_and_tell", "heard", "killed", "live_socket", "numbers"]

TOKEN = "qAZu6DdH1tg79b4oCSiwRKu6"


def live_socket(url: str, **options: Any) -> LiveSocket:
    return LiveSocket(url, TOKEN, user_id=2, account_id=1, **options)


async def heard(live: LiveSocket, number: int) -> list[LiveEvent | Gap]:
    async with asyncio.timeout(DEADLINE):
        return [await anext(live) for _ in range(number)]


async def numbers(live: LiveSocket, number: int) -> list[Any]:
    """What is heard, in short: an event's data, and the word gap."""
    return ["gap" if isinstance(each, Gap) else each.data["n"] for each in await heard(live, number)]


async def confirm_and_tell(peer: Peer) -> None:
    await confirm(peer)
    await peer.tell("x", n=1)


async def killed(peer: Peer) -> None:
    await confirm_and_tell(peer)
    peer.kill()
