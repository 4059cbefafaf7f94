"""`criabot doctor` as its user sees it: a table, and an exit status."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from criabot.cli import main
from criabot.setup.checks import probe
from tests.bots import PATH_SECRET, BotProcess, environment
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

HELLO = Path(__file__).parents[2] / "bots" / "hello.py"


@pytest.fixture
async def platform(
    valkey: ValkeyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakePlatform]:
    """With a bot that runs, in whose folder and settings the doctor is called."""
    platform = FakePlatform(user_token="an-administrators-token")
    async with platform, BotProcess(HELLO, platform, valkey.url) as bot:
        for name in [name for name in os.environ if name.startswith("CRIABOT_")]:
            monkeypatch.delenv(name)
        for name, value in environment(platform, valkey.url, bot.port, user_token=platform.user_token).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("COLUMNS", "300")
        monkeypatch.chdir(tmp_path)
        yield platform


async def test_a_bot_that_is_well(platform: FakePlatform, capsys: pytest.CaptureFixture[str]) -> None:
    assert await asyncio.to_thread(main, ["doctor", str(HELLO)]) == 0
    shown = capsys.readouterr().out
    assert "✗" not in shown
    assert "takes signed webhooks and refuses wrongly signed and unsigned ones" in shown
    assert "hello handles message" in shown
    assert "16 ok, 2 warning" in shown
    secrets = [PATH_SECRET, platform.secret, platform.token, str(platform.user_token)]
    assert [secret for secret in secrets if secret in shown] == []


async def test_a_bot_that_is_not(
    platform: FakePlatform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRIABOT_AGENT_BOT_SECRET", "of-another-bot")
    assert await asyncio.to_thread(main, ["doctor", "--url", platform.bot_url.partition("/webhooks")[0]]) == 1
    shown = capsys.readouterr().out
    assert "✗ failed" in shown
    assert "CRIABOT_AGENT_BOT_SECRET is not the platform's" in shown
    assert "of-another-bot" not in shown


@pytest.mark.parametrize(("limit", "status"), [("SLOW_SECONDS", 0), ("PLATFORM_SECONDS", 1)])
async def test_a_slow_acknowledgement(
    platform: FakePlatform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, limit: str, status: int
) -> None:
    monkeypatch.setattr(probe, limit, 0.0)
    assert await asyncio.to_thread(main, ["doctor"]) == status
    assert ("the platform gives up after 5 s" if status else "far below a second") in capsys.readouterr().out


async def test_without_any_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.startswith("CRIABOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("CRIABOT_BASE_URL", "http://127.0.0.1:1")
    (tmp_path / "criabot.toml").write_text("this is no = toml = file")
    assert await asyncio.to_thread(main, ["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "criabot.toml cannot be read" in shown
    assert "append-only file is on" in shown
