"""`criabot doctor` at the doors of a bot: its Redis, its URL, its file; and a platform that hangs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from criabot.setup.checks import Verdict, facts
from criabot.testing.platform import ApiFault
from tests.servers import ValkeyServer
from tests.setup.wards import Ward, worst

OK, WARNING, FAILED = Verdict.OK, Verdict.WARNING, Verdict.FAILED

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_platform_that_hangs_does_not_hide_the_other_checks(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "SECONDS", 0.3)
    ward.change(ward.world.gateway, fault=lambda *_call: ApiFault(delay=5))
    ward.root = ward.bot.url
    found = worst(await ward.examined())
    assert {found[name] for name in ("platform", "signature", "clock", "Redis")} == {OK}
    assert {found[name] for name in ("bot token", "account", "agent bot")} == {WARNING}


# -- Redis ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "verdict", "what"),
    [
        (("--appendonly", "no"), FAILED, "a crash of Redis loses everything"),
        (("--appendonly", "no", "--save", "60 1"), FAILED, "loses what came since its last snapshot"),
        (("--appendfsync", "no"), WARNING, "appendfsync no"),
        (("--maxmemory-policy", "allkeys-lru"), FAILED, "it may evict keys"),
        (("--maxmemory", "1mb"), FAILED, "new events are refused above 80%"),
        (("--replicaof", "127.0.0.1 1"), FAILED, "is a read-only replica"),
        (("--rename-command", "CONFIG", ""), OK, "append-only file is on"),
        (("--rename-command", "CONFIG", "", "--appendonly", "no"), WARNING, "unless whoever hosts it"),
    ],
)
async def test_a_redis_that_could_lose_messages(
    ward: Ward, options: tuple[str, ...], verdict: Verdict, what: str
) -> None:
    with ValkeyServer(*options) as server:
        ward.set(redis_url=server.url)
        findings = [finding for finding in await ward.examined() if finding.about == "Redis"]
    assert [finding for finding in findings if finding.verdict is verdict and what in finding.what], findings


async def test_the_bots_own_valkey_is_looked_into_and_left(ward: Ward, tmp_path: Path) -> None:
    ward.set(redis_url="", data_dir=str(tmp_path / "data"))
    findings = [finding for finding in await ward.examined() if finding.about == "Redis"]
    assert "the bot's own Valkey (started)" in findings[0].what
    assert FAILED not in {finding.verdict for finding in findings}
    assert not (tmp_path / "data" / "server.pid").exists()


# -- the way in -------------------------------------------------------------------------------------------------


@asynccontextmanager
async def answering(status: int, **headers: str) -> AsyncIterator[str]:
    """The URL of a server that is not criabot."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.mark.parametrize(
    ("status", "headers", "verdict", "what"),
    [
        (200, {}, FAILED, "takes wrongly signed and unsigned webhooks, too"),
        (302, {"Location": "https://elsewhere.example.com"}, WARNING, "a redirect, which costs time"),
        (503, {}, FAILED, "answers 503"),
        (500, {}, FAILED, "answers 500"),
    ],
)
async def test_something_else_at_the_url(
    ward: Ward, status: int, headers: dict[str, str], verdict: Verdict, what: str
) -> None:
    async with answering(status, **headers) as ward.root:
        findings = await ward.examined()
    found = [finding for finding in findings if finding.about == "signature" and finding.verdict is verdict]
    assert [finding for finding in found if what in finding.what], findings


async def test_the_bot_does_nothing_with_a_probe(ward: Ward) -> None:
    before = ward.bot.log.count("handled by")
    assert worst(await ward.examined())["signature"] is OK
    await asyncio.sleep(0)
    assert ward.bot.log.count("handled by") == before
    assert ward.world.world.conversations == {}


# -- a bot file -------------------------------------------------------------------------------------------------

CHOOSER = """
from criabot import Bot, Contact, Message
bot = Bot()

@bot.message()
async def ask(message: Message) -> None:
    await message.answer("?", content_type="input_select", content_attributes={"items": []})

@bot.contact_created()
async def greet(contact: Contact) -> None: ...
"""


async def test_handlers_without_events_and_inboxes_without_buttons(ward: Ward, tmp_path: Path) -> None:
    (tmp_path / "chooser.py").write_text(CHOOSER)
    ward.file = "chooser.py"
    ward.unshared()
    telegram = ward.world.add_inbox("telegram", name="Telegram")
    found = [finding.what for finding in await ward.examined() if finding.about == "bot file"]
    assert found == [
        "chooser handles contact_created, message",
        "nothing sends the events for contact_created: an agent bot does not get them",
        f"its handlers name input_select; inbox {telegram.id} (Telegram) shows input_select as text only",
    ]
