"""A bot in the test's own process: it is quiet when nothing is left to do, and its clock can be turned."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from typing import NoReturn

import pytest
from pydantic import ValidationError

from criabot import Bot, Message
from criabot.errors import SettingsError
from criabot.runtime.report import TurnReport
from criabot.testing.bot import RunningBot
from criabot.testing.platform import ApiFault
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer
from tests.testing.living import living, quiet, settle, until


@pytest.fixture
async def platform() -> AsyncIterator[FakePlatform]:
    async with FakePlatform() as platform:
        yield platform


def echo() -> Bot:
    bot = Bot("echo")

    @bot.message()
    async def say(message: Message) -> None:
        await message.answer(message.text)

    return bot


async def test_it_is_quiet_when_the_answer_was_given(platform: FakePlatform, valkey: ValkeyServer) -> None:
    async with living(echo(), platform, valkey) as bot:
        await platform.customer(1, "oi")
        await bot.quiet()
        assert platform.conversation(1).said == ["oi"]
        assert await bot.next_due() is None


async def test_it_is_not_quiet_while_a_handler_runs(platform: FakePlatform, valkey: ValkeyServer) -> None:
    bot, go_on = Bot("slow"), asyncio.Event()

    @bot.message()
    async def slow(message: Message) -> None:
        await go_on.wait()
        await message.answer("done")

    async with living(bot, platform, valkey) as running:
        await platform.customer(1, "oi")
        waiting = asyncio.create_task(running.quiet())
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        assert not done
        go_on.set()
        await waiting
        assert platform.conversation(1).said == ["done"]


async def test_a_message_on_the_heels_of_another_is_held_until_the_clock_is_turned(
    platform: FakePlatform, valkey: ValkeyServer
) -> None:
    async with living(echo(), platform, valkey, hold=30) as bot:
        for text in ("a", "b", "c"):
            await platform.customer(1, text)
            await quiet(platform, bot)
        assert platform.conversation(1).said == ["a"]
        due = await bot.next_due()
        assert due is not None
        assert 25 < due - bot.clock() <= 30.1
        await bot.advance(due - bot.clock())
        await bot.quiet()
        assert platform.conversation(1).said == ["a", "b", "c"]


async def test_the_wait_between_attempts_takes_no_time(platform: FakePlatform, valkey: ValkeyServer) -> None:
    bot, began = Bot("broken"), time.monotonic()

    @bot.message()
    async def broken(_message: Message) -> NoReturn:
        raise LookupError("of no use")

    async with living(bot, platform, valkey, max_attempts=9) as running:
        before = running.clock()
        await platform.customer(1, "oi")
        await settle(platform, running)
        assert platform.conversation(1).status == "open"
        assert running.clock() - before > 0.1 * (2**9 - 2)
        assert time.monotonic() - began < 10


async def test_a_rate_limit_ends_with_the_minute_of_the_clock(platform: FakePlatform, valkey: ValkeyServer) -> None:
    limited = True
    platform.fault = lambda _m, path, _b: ApiFault(status=429) if limited and path.endswith("/messages") else None
    async with living(echo(), platform, valkey) as bot:
        await bot.advance(60 - bot.clock() % 60 + 10)  # ten seconds into a minute of its clock, whatever ours says
        await platform.customer(1, "oi")
        await bot.quiet()
        due = await bot.next_due()
        assert due is not None
        assert 0 <= (due + 0.01) % 60 <= 6
        limited = False
        await settle(platform, bot)
        assert platform.conversation(1).said == ["oi"]


async def test_a_signature_is_too_old_by_the_clock(platform: FakePlatform, valkey: ValkeyServer) -> None:
    async with living(echo(), platform, valkey, signature_tolerance=300) as bot:
        await bot.advance(290)
        assert await platform.customer(1, "oi") == 200
        await bot.advance(20)
        assert await platform.customer(1, "oi") == 401


async def test_bots_in_one_valkey_know_nothing_of_each_other_and_leave_nothing(
    platform: FakePlatform, valkey: ValkeyServer
) -> None:
    before = set(valkey.client().keys())
    async with (
        FakePlatform() as another,
        living(echo(), platform, valkey) as one,
        living(echo(), another, valkey) as two,
    ):
        await one.advance(200)
        await platform.customer(1, "to one")
        await another.customer(1, "to two")
        await settle(platform, one)
        await settle(another, two)
        assert (platform.conversation(1).said, another.conversation(1).said) == (["to one"], ["to two"])
    assert set(valkey.client().keys()) == before


async def test_without_a_valkey_it_starts_one(platform: FakePlatform) -> None:
    settings = {"account_id": 1, "bot_token": platform.token, "agent_bot_secret": platform.secret}
    async with RunningBot(echo(), base_url=platform.url, **settings) as bot:  # type: ignore[arg-type]
        platform.bot_url = bot.webhook_url()
        await platform.customer(1, "oi")
        await bot.quiet()
        assert platform.conversation(1).said == ["oi"]


async def test_the_environment_does_not_count(
    platform: FakePlatform, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRIABOT_ACCOUNT_ID", "1")
    with pytest.raises(ValidationError, match="account_id"):
        await RunningBot(echo(), base_url=platform.url, redis_url=valkey.url, bot_token="x").__aenter__()


async def test_a_bot_that_cannot_start_says_why_and_leaves_nothing(
    platform: FakePlatform, valkey: ValkeyServer
) -> None:
    platform.token = "another"
    before = set(valkey.client().keys())
    with pytest.raises(SettingsError, match="CRIABOT_BOT_TOKEN"):
        await RunningBot(
            echo(), base_url=platform.url, redis_url=valkey.url, account_id=1, bot_token="wrong", agent_bot_secret="x"
        ).__aenter__()
    assert set(valkey.client().keys()) == before


async def test_a_report_tells_which_handler_ran_and_why_others_did_not(
    platform: FakePlatform, valkey: ValkeyServer
) -> None:
    bot, reports = Bot("reported"), list[TurnReport]()

    @bot.message("oi")
    async def greet(message: Message) -> None:
        await message.answer("olá")

    @bot.message("number")
    async def fails(message: Message) -> None:
        int(message.text)

    async with living(bot, platform, valkey, max_attempts=1, on_turn=reports.append) as running:
        for text in ("oi", "number", "something else"):
            await platform.customer(1, text)
            await settle(platform, running)
            await platform.set_status(1, "pending")
            await settle(platform, running)
    greeted, failed, left = [report for report in reports if report.kind == "message_created"]
    assert (greeted.lane, greeted.what, greeted.error) == ("c1", "handled by greet", None)
    assert greeted.handler.startswith("greet (")
    assert "test_bot.py:" in greeted.handler
    assert "fails" in failed.handler
    assert failed.what.startswith("failed (ValueError in fails (")
    assert isinstance(failed.error, ValueError)
    assert left.what == "no handler took it, given to the humans"
    assert left.handler == ""
    assert [reason.split(":")[0] for reason in left.reasons] == ["greet", "fails"]
    assert "filter" in left.reasons[0]


async def test_to_open_and_close_one_takes_little_time(platform: FakePlatform, valkey: ValkeyServer) -> None:
    opened, closed = list[float](), list[float]()
    for _ in range(9):
        began = time.perf_counter()
        async with living(echo(), platform, valkey) as bot:
            opened.append(time.perf_counter() - began)
            await platform.customer(1, "oi")
            await quiet(platform, bot)
            began = time.perf_counter()
        closed.append(time.perf_counter() - began)
    assert statistics.median(opened) < 0.06
    assert statistics.median(closed) < 0.03


async def test_a_handler_that_hangs_does_not_hold_up_the_end(platform: FakePlatform, valkey: ValkeyServer) -> None:
    bot, began = Bot("hanging"), asyncio.Event()

    @bot.message()
    async def hang(_message: Message) -> None:
        began.set()
        await asyncio.sleep(60)

    async with living(bot, platform, valkey):
        await platform.customer(1, "oi")
        await until(began.is_set)
        end = time.monotonic()
    assert time.monotonic() - end < 2
