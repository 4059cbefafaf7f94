"""`criabot connect` as its user sees it: a plan, then what it says, then nothing to do."""

from __future__ import annotations

import asyncio
import os
import stat
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from criabot.cli import main
from criabot.settings import load_settings
from criabot.testing import SimulatedPlatform
from criabot.testing.platform import ApiFault, seed
from tests.cli.terminal import Terminal

ROOT = "https://bot.example.com"
GREETER = """
from criabot import Bot, Contact
bot = Bot()

@bot.contact_created()
async def greet(contact: Contact) -> None: ...
"""


class Newcomer:
    """Somebody with a terminal in an empty folder, and an administrator's token.

    Attributes:
        platform: with an API inbox (1) and a website (2), both without a bot.
        folder: where he is.
        shown: what the last command showed.
        errors: what it wrote to standard error.
    """

    def __init__(self, platform: SimulatedPlatform, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.platform = platform
        self.folder = folder
        self.shown = self.errors = ""
        self._capsys = capsys
        self._changes = 0

    async def connect(self, *arguments: str, root: str = ROOT) -> int:
        status = await asyncio.to_thread(main, ["connect", root, *arguments])
        self.shown, self.errors = self._capsys.readouterr()
        return status

    @property
    def file(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "criabot.toml").read_text())

    @property
    def changes(self) -> list[str]:
        """The calls since the last look that change something."""
        calls = [f"{call.method} {call.action}" for call in self.platform.gateway.calls if call.method != "GET"]
        fresh, self._changes = calls[self._changes :], len(calls)
        return fresh


@pytest.fixture
async def newcomer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> AsyncIterator[Newcomer]:
    version = getattr(request, "param", "4.15.1")
    async with SimulatedPlatform(version=version, empty=True) as platform:
        platform.admin = seed.add_user(platform.core, "Admin", role="administrator")
        platform.add_inbox("api", name="App")
        platform.add_inbox("widget", name="Shop")
        for name in [name for name in os.environ if name.startswith("CRIABOT_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("CRIABOT_BASE_URL", platform.url)
        monkeypatch.setenv("CRIABOT_ACCOUNT_ID", "1")
        monkeypatch.setenv("CRIABOT_USER_TOKEN", platform.admin.access_token)
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.chdir(tmp_path)
        yield Newcomer(platform, tmp_path, capsys)


async def test_first_a_plan_then_the_deed_then_nothing_to_do(newcomer: Newcomer) -> None:
    world = newcomer.platform.world
    wish = ("--all-inboxes", "--account-webhook", "--inbox-webhook", "1")
    assert await newcomer.connect(*wish) == 0
    assert "Nothing was changed. Add --apply" in newcomer.shown
    assert newcomer.changes == []
    assert not (newcomer.folder / "criabot.toml").exists()

    assert await newcomer.connect(*wish, "--apply") == 0
    assert newcomer.changes == [
        "POST agent_bots", "POST set_agent_bot", "POST set_agent_bot", "POST webhooks", "PATCH 1",
    ]  # fmt: skip
    (bot,), (webhook,), inbox = world.bots.values(), world.webhooks.values(), world.inboxes[1]
    assert {other.bot for other in world.inboxes.values()} == {bot}
    secret = newcomer.file["webhook_path_secret"]
    assert bot.outgoing_url == f"{ROOT}/webhooks/{secret}/agent-bot"
    assert webhook.url == f"{ROOT}/webhooks/{secret}/account"
    assert inbox.channel["webhook_url"] == f"{ROOT}/webhooks/{secret}/api-inbox"
    assert newcomer.file == {
        "base_url": newcomer.platform.url,
        "account_id": 1,
        "webhook_path_secret": secret,
        "bot_token": bot.access_token.token,
        "agent_bot_secret": bot.secret,
        "account_secret": webhook.secret,
        "api_inbox_secret": inbox.channel["secret"],
    }
    assert stat.S_IMODE((newcomer.folder / "criabot.toml").stat().st_mode) == 0o600

    assert await newcomer.connect(*wish, "--apply") == 0
    assert "Nothing to do" in newcomer.shown
    assert newcomer.changes == []


async def test_the_bot_can_start_with_what_is_written(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    await newcomer.connect("--apply")
    for name in ("CRIABOT_BASE_URL", "CRIABOT_ACCOUNT_ID", "CRIABOT_USER_TOKEN"):
        monkeypatch.delenv(name)
    settings = load_settings()
    (bot,) = newcomer.platform.world.bots.values()
    assert settings.bot_token is not None
    assert settings.bot_token.get_secret_value() == bot.access_token.token
    assert [secret.get_secret_value() for secret in settings.agent_bot_secret] == [bot.secret]


async def test_no_secret_is_ever_shown(newcomer: Newcomer) -> None:
    shown = ""
    for arguments in (["--inbox", "1", "--account-webhook"], ["--inbox", "1", "--account-webhook", "--apply"], []):
        await newcomer.connect(*arguments)
        shown += newcomer.shown + newcomer.errors
    secrets = [value for name, value in newcomer.file.items() if name.endswith(("secret", "token"))]
    assert len(secrets) == 4
    assert [secret for secret in [*secrets, newcomer.platform.admin.access_token] if secret in shown] == []


async def test_what_the_user_has_written_stays(newcomer: Newcomer) -> None:
    (newcomer.folder / "criabot.toml").write_text("# ours\nport = 9000  # behind nginx\n")
    await newcomer.connect("--apply")
    assert (newcomer.folder / "criabot.toml").read_text().startswith("# ours\nport = 9000  # behind nginx\n")
    assert newcomer.file["port"] == 9000


async def test_printed_instead(newcomer: Newcomer) -> None:
    assert await newcomer.connect("--apply", "--print") == 0
    printed = tomllib.loads(newcomer.shown)
    assert set(printed) == {"base_url", "account_id", "webhook_path_secret", "bot_token", "agent_bot_secret"}
    assert not (newcomer.folder / "criabot.toml").exists()
    await newcomer.connect("--apply", "--print")
    assert tomllib.loads(newcomer.shown) == printed
    assert newcomer.changes == ["POST agent_bots"]


async def test_it_breaks_off_and_goes_on(newcomer: Newcomer) -> None:
    def fault(_method: str, path: str, _body: dict[str, Any]) -> ApiFault | None:
        return ApiFault(status=503) if path.endswith("/inboxes/2/set_agent_bot") else None

    newcomer.platform.gateway.fault = fault
    assert await newcomer.connect("--all-inboxes", "--apply") == 1
    assert "✓ inbox 1 (App)" in newcomer.shown
    assert "Run the same command again: it goes on." in newcomer.shown
    newcomer.platform.gateway.fault = lambda *_call: None
    before = newcomer.changes
    assert await newcomer.connect("--all-inboxes", "--apply") == 0
    assert before[:2] == ["POST agent_bots", "POST set_agent_bot"]
    assert newcomer.changes == ["POST set_agent_bot"]
    assert newcomer.file["webhook_path_secret"] in str(newcomer.platform.world.bots[1].outgoing_url)


async def test_an_inbox_of_another_bot_is_not_taken_over(newcomer: Newcomer) -> None:
    world = newcomer.platform.world
    other = world.inboxes[2].bot = seed.add_bot(newcomer.platform.core, "other", outgoing_url="https://x.example.com")
    assert await newcomer.connect("--inbox", "1", "2", "--apply") == 1
    assert "another bot: 1 (other)" in newcomer.shown
    assert world.inboxes[2].bot is other
    assert world.inboxes[1].bot is not None
    assert await newcomer.connect("--inbox", "1", "2", "--apply", "--replace") == 0
    assert world.inboxes[2].bot is world.inboxes[1].bot


@pytest.mark.parametrize("newcomer", ["4.5.0"], indirect=True)
async def test_a_server_that_signs_nothing(newcomer: Newcomer) -> None:
    assert await newcomer.connect("--inbox", "1", "--apply") == 0
    assert "Version 4.5.0 does not sign the webhooks of agent-bot" in newcomer.shown
    assert newcomer.file["allow_unsigned"] is True
    assert "agent_bot_secret" not in newcomer.file
    assert await newcomer.connect("--inbox", "1", "--apply") == 0
    assert "Nothing to do" in newcomer.shown


async def test_the_account_webhook_sends_what_the_handlers_need(newcomer: Newcomer) -> None:
    (newcomer.folder / "greeter.py").write_text(GREETER)
    await newcomer.connect("--account-webhook", "--bot", "greeter.py", "--apply")
    (webhook,) = newcomer.platform.world.webhooks.values()
    assert webhook.subscriptions == [
        "message_created", "message_updated", "conversation_created", "conversation_status_changed", "contact_created",
    ]  # fmt: skip


async def test_a_variable_that_goes_before_the_file_is_named(
    newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRIABOT_AGENT_BOT_SECRET", "an-old-secret")
    await newcomer.connect("--apply")
    assert "CRIABOT_AGENT_BOT_SECRET in the environment goes before the file" in newcomer.shown


@pytest.mark.parametrize(
    ("variables", "arguments", "why"),
    [
        ({"ACCOUNT_ID": ""}, [], "CRIABOT_ACCOUNT_ID is missing"),
        ({"ACCOUNT_ID": "x"}, [], "CRIABOT_ACCOUNT_ID (account_id in criabot.toml) is wrong"),
        ({"ACCOUNT_ID": "7"}, [], "is not in account 7 (CRIABOT_ACCOUNT_ID), but in: 1"),
        ({"USER_TOKEN": "wrong"}, [], "does not take this CRIABOT_USER_TOKEN"),
        ({"USER_TOKEN": "two words"}, [], "CRIABOT_USER_TOKEN is wrong"),
        ({"WEBHOOK_PATH_SECRET": "short"}, [], "CRIABOT_WEBHOOK_PATH_SECRET is wrong: it takes 8 or more"),
        ({"USER_TOKEN": ""}, [], "CRIABOT_USER_TOKEN is missing: connecting takes an administrator's"),
        ({"BASE_URL": "http://127.0.0.1:1"}, [], "no connection"),
        ({}, ["--inbox", "9"], "There is no inbox 9 in account 1; there are: 1 (App), 2 (Shop)"),
        ({}, ["--inbox-webhook", "2"], "Inbox 2 (Shop) is no API inbox"),
        ({}, ["--account-webhook", "--bot", "nowhere.py"], "There is no file nowhere.py"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_changed(
    newcomer: Newcomer, variables: dict[str, str], arguments: list[str], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"CRIABOT_{name}", value)
    assert await newcomer.connect(*arguments, "--apply") == 2
    assert why in newcomer.errors.replace("\n", " ")
    assert newcomer.changes == []


async def test_an_agents_token_is_not_enough(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRIABOT_USER_TOKEN", newcomer.platform.agent("Bruno").user.access_token)
    assert await newcomer.connect("--apply") == 2
    assert "is of an agent of account 1: setting up webhooks takes an administrator's" in newcomer.errors


async def test_a_bots_token_is_no_administrators(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    await newcomer.connect("--apply")
    monkeypatch.setenv("CRIABOT_USER_TOKEN", newcomer.file["bot_token"])
    assert await newcomer.connect("--apply") == 2
    assert "must be an administrator's" in newcomer.errors


async def test_no_url(newcomer: Newcomer) -> None:
    assert await newcomer.connect(root="bot.example.com") == 2
    assert "such as https://bot.example.com" in newcomer.errors


async def test_the_token_is_asked_for_and_not_shown(newcomer: Newcomer) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "CRIABOT_USER_TOKEN"}
    token = newcomer.platform.admin.access_token

    def play() -> tuple[int, str]:
        arguments = ("-m", "criabot", "connect", ROOT, "--inbox", "2", "--apply")
        with Terminal(*arguments, folder=newcomer.folder, environment=environment) as terminal:
            terminal.until("Access token of an administrator")
            terminal.enter(token)
            terminal.until("criabot doctor")
            return terminal.end(), terminal.text

    status, text = await asyncio.to_thread(play)
    assert status == 0
    assert token not in text
    assert "user_token" not in newcomer.file
