"""Nothing is set but what a test sets."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.bots import BotProcess, environment
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer
from tests.setup.wards import Ward

HELLO = Path(__file__).parents[2] / "bots" / "hello.py"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of whoever runs the tests has a say."""
    for name in [name for name in os.environ if name.startswith("CRIABOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def running(valkey: ValkeyServer) -> AsyncIterator[tuple[FakePlatform, BotProcess]]:
    """Started once: a test changes what the doctor sees, not the bot."""
    platform = FakePlatform(user_token="an-administrators-token")
    async with platform, BotProcess(HELLO, platform, valkey.url) as bot:
        yield platform, bot


@pytest.fixture
def ward(running: tuple[FakePlatform, BotProcess], valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> Ward:
    platform, bot = running
    every = environment(platform, valkey.url, bot.port, user_token=platform.user_token)
    settings = {name: value for name, value in every.items() if name.startswith("CRIABOT_")}
    return Ward(platform, bot, settings, monkeypatch)
