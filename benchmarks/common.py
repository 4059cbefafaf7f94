"""What the load generator, the platform and every peer agree on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from typing import Any

HOST = "127.0.0.1"
BOT_PORT = int(os.environ.get("BENCH_BOT_PORT", "8080"))
SINK_PORT = int(os.environ.get("BENCH_SINK_PORT", "8081"))
REDIS_PORT = int(os.environ.get("BENCH_REDIS_PORT", "6379"))
MODE = os.environ.get("BENCH_MODE", "")
SINK = f"http://{HOST}:{SINK_PORT}"
REDIS_URL = f"redis://{HOST}:{REDIS_PORT}/0"

SECRET = "bench-signing-key"  # noqa: S105
TOKEN = "bench-api-access-token"  # noqa: S105
TELEGRAM_TOKEN = "123456789:AAbenchbenchbenchbenchbenchbenchbench"  # noqa: S105
PATH_SECRET = "bench-path-secret"  # noqa: S105


def marker(event: int, conversation: int, number: int) -> str:
    """What travels from the webhook through the handler into the reply, so that the two can be matched."""
    return f"EVT_{event}_{conversation}_{number}_END"


def reply_text(content: str, count: int) -> str:
    """What every peer's handler answers: the marker, and how many messages of the conversation it has counted."""
    return f"{content.split(' ', 1)[0]}_N_{count}_Z Thanks, we received your message and will get back to you soon."


def run(main: Coroutine[Any, Any, None]) -> None:
    """`asyncio.run`, on uvloop's event loop where it is installed."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)
