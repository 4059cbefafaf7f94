"""A start that is expected to fail."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from tests.anchors.waiting import DEADLINE
from tests.bots import environment
from tests.platforms import FakePlatform
from tests.servers import free_port


async def start(bot: Path, platform: FakePlatform, redis_url: str, **settings: object) -> tuple[int | None, str]:
    """Run ``criabot run`` until it ends by itself; its exit status and what it said."""
    env = environment(platform, redis_url, free_port(), **settings)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "criabot", "run", str(bot), env=env, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(DEADLINE):
            out, log = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
        raise AssertionError(f"{bot} started, although it should not") from None
    return process.returncode, (out + log).decode()
