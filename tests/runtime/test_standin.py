"""While a handler blocks the event loop, webhooks are taken all the same, and then all is as if it had not."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from criabot.platform import sign
from tests.anchors.webhooks import post
from tests.bots import PATH_SECRET, BotProcess
from tests.burst import burst, chat, spooled
from tests.crash.outcome import dead_letters, is_quiet, until
from tests.platforms import OUTGOING, FakePlatform
from tests.servers import ValkeyServer

BOT = Path(__file__).with_name("blocking.py")
BLOCKED = 7
CUSTOMERS = range(100, 140)
SETTINGS: dict[str, Any] = {"calls_per_minute": 0}
PROMPT = 1.0
"""Seconds: far below the five of the platform, far above what even a busy machine needs."""


@pytest.fixture
async def platform() -> AsyncIterator[FakePlatform]:
    async with FakePlatform(echo=False) as platform:
        yield platform


@pytest.fixture
def store() -> Iterator[ValkeyServer]:
    """A server of its own: what a blocked process held when it was killed is held for a while."""
    with ValkeyServer() as server:
        yield server


@asynccontextmanager
async def blocked(platform: FakePlatform, bot: BotProcess, how: str = "sleep 2.5") -> AsyncIterator[None]:
    """While a handler blocks; it must still do so at the end."""
    began, taken = time.monotonic(), bot.log.count("blocks the event loop")
    assert await post(bot, platform.message(BLOCKED, how)) == 200
    await until(lambda: bot.log.count("blocks the event loop") > taken)
    yield
    assert time.monotonic() - began < float(how.split()[1]), "the test was slower than the blockade"
    assert bot.log.count("blocked the event loop") == taken


async def prompt(bot: BotProcess, event: dict[str, Any]) -> int:
    """The status of the answer, which comes soon."""
    async with asyncio.timeout(PROMPT):
        return await post(bot, event)


@pytest.mark.parametrize("how", ["sleep 2.5", "compute 4", "middleware 2.5"])
async def test_webhooks_are_taken_and_then_handled_once_and_in_order(
    how: str, platform: FakePlatform, store: ValkeyServer
) -> None:
    async with BotProcess(BOT, platform, store.url, **SETTINGS) as bot:
        async with blocked(platform, bot, how):
            for text in ("a", "b"):
                events = [platform.message(number, text) for number in CUSTOMERS]
                assert await asyncio.gather(*(prompt(bot, event) for event in events)) == [200] * len(events)
            assert await prompt(bot, events[0]) == 200, "and once more, which is the same"
            assert not any(platform.conversation(number).said for number in CUSTOMERS)
        await until(lambda: is_quiet(store))
        assert "Traceback" not in bot.log
    for number in CUSTOMERS:
        assert platform.conversation(number).said == ["a 1", "b 2"]
    assert dead_letters(store) == []


async def test_what_comes_for_the_blocked_conversation_itself_goes_on_after_it(
    platform: FakePlatform, store: ValkeyServer
) -> None:
    async with BotProcess(BOT, platform, store.url, **SETTINGS) as bot:
        async with blocked(platform, bot):
            assert await prompt(bot, platform.message(BLOCKED, "more")) == 200
        await until(lambda: platform.conversation(BLOCKED).said == ["sleep 1", "more 2"])


async def test_a_human_who_takes_over_meanwhile_is_not_talked_over(platform: FakePlatform, store: ValkeyServer) -> None:
    async with BotProcess(BOT, platform, store.url, **SETTINGS) as bot:
        async with blocked(platform, bot):
            assert await prompt(bot, platform.message(BLOCKED, "I am here", message_type=OUTGOING)) == 200
        assert await post(bot, platform.message(8, "hello")) == 200
        await until(lambda: platform.conversation(8).said == ["hello 1"])
        assert platform.conversation(BLOCKED).said == ["I am here"]


async def test_many_at_once_and_blockade_after_blockade(platform: FakePlatform, store: ValkeyServer) -> None:
    """Half of the customers have the bot block for a while; all come at the same time."""
    async with BotProcess(BOT, platform, store.url, **SETTINGS) as bot:
        chats = {
            number: ["sleep 0.05" if number % 2 and turn == 1 else str(turn) for turn in range(4)]
            for number in CUSTOMERS
        }

        async def talk(number: int) -> list[int]:
            return [await post(bot, platform.message(number, text)) for text in chats[number]]

        assert await asyncio.gather(*map(talk, CUSTOMERS)) == [[200] * 4] * len(CUSTOMERS)
        await until(lambda: is_quiet(store))
        assert "Traceback" not in bot.log
    for number, texts in chats.items():
        expected = [f"{text.partition(' ')[0]} {n}" for n, text in enumerate(texts, 1)]
        assert platform.conversation(number).said == expected
    assert dead_letters(store) == []


async def test_a_handler_that_blocks_in_the_midst_of_a_burst(platform: FakePlatform, store: ValkeyServer) -> None:
    """What lies in the spool cannot be sorted then; what comes in is taken all the same."""
    chats = [chat(platform, number, "in the burst") for number in range(1000, 1300)]
    trap = (str(Path(__file__).with_name("trap.py")),)
    async with BotProcess(BOT, platform, store.url, command=trap, **SETTINGS) as bot:
        assert await post(bot, platform.message(BLOCKED, "trap")) == 200
        bursting = asyncio.create_task(burst(platform, chats, bot.process))
        await until(lambda: "blocks the event loop" in bot.log)
        assert spooled(store)
        for number in CUSTOMERS:
            assert await prompt(bot, platform.message(number, "behind it")) == 200
        assert "blocked the event loop" not in bot.log, "the test was slower than the blockade"
        assert await bursting == [[200]] * len(chats)
        await until(lambda: not spooled(store) and is_quiet(store))
        assert "Traceback" not in bot.log
    assert [conversation.said for conversation in platform.conversations.values()] == [["done"]] * 341
    assert dead_letters(store) == []


# -- who speaks otherwise ----------------------------------------------------------------------------------------------


def delivery(event: dict[str, Any], secret: str) -> tuple[bytes, dict[str, str]]:
    body, timestamp = json.dumps(event).encode(), str(int(time.time()))
    return body, {"X-Chatwoot-Timestamp": timestamp, "X-Chatwoot-Signature": sign(secret, timestamp, body)}


async def test_refusals_are_the_same(platform: FakePlatform, store: ValkeyServer) -> None:
    async with BotProcess(BOT, platform, store.url, **SETTINGS) as bot, aiohttp.ClientSession() as session:

        async def status(body: bytes, headers: dict[str, str], path: str = PATH_SECRET) -> int:
            url = f"{bot.url}/webhooks/{path}/agent-bot"
            async with asyncio.timeout(PROMPT), session.post(url, data=body, headers=headers) as answer:
                return answer.status

        async with blocked(platform, bot):
            body, headers = delivery(platform.message(1, "oi"), platform.secret)
            assert await status(body, headers) == 200
            assert await status(body, delivery({}, "guessed")[1]) == 401
            assert await status(body, headers, path="guessed") == 404
            assert await status(*delivery({"event": 1}, platform.secret)) == 400


async def test_a_store_that_is_away_is_told(platform: FakePlatform, store: ValkeyServer) -> None:
    async with BotProcess(BOT, platform, store.url, **SETTINGS) as bot, blocked(platform, bot, "sleep 4"):
        assert await prompt(bot, platform.message(1, "oi")) == 200
        store.kill()
        assert await post(bot, platform.message(2, "oi")) == 500


async def test_a_proxy_that_speaks_http_1_0_is_served(platform: FakePlatform, store: ValkeyServer) -> None:
    """As nginx does unless told otherwise."""
    async with BotProcess(BOT, platform, store.url, **SETTINGS) as bot, blocked(platform, bot):
        body, headers = delivery(platform.message(1, "oi"), platform.secret)
        reader, writer = await asyncio.open_connection("127.0.0.1", bot.port)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST /webhooks/{PATH_SECRET}/agent-bot HTTP/1.0\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
        writer.write(head.encode() + body)
        async with asyncio.timeout(PROMPT):
            said = await reader.read()
        writer.close()
        assert b" 200 " in said.partition(b"\r\n")[0]


async def test_whether_it_is_alive_it_says_itself(platform: FakePlatform, store: ValkeyServer) -> None:
    """Else nobody would start a bot again that hangs for good."""
    async with BotProcess(BOT, platform, store.url, **SETTINGS) as bot, aiohttp.ClientSession() as session:
        async with blocked(platform, bot):
            for method, path in (("GET", "healthz"), ("HEAD", "healthz"), ("GET", "readyz")):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.3), session.request(method, f"{bot.url}/{path}"):
                        pass
        for path in ("healthz", "readyz"):
            async with session.get(f"{bot.url}/{path}") as answer:
                assert answer.status == 200


@pytest.mark.parametrize("is_plain", [True, False])
async def test_connections_are_not_kept_after_a_blockade(
    is_plain: bool, platform: FakePlatform, store: ValkeyServer
) -> None:
    """What a proxy keeps open is the first loop's, and nobody stands in for it there."""

    async def in_chunks(body: bytes) -> AsyncIterator[bytes]:
        yield body

    async with BotProcess(BOT, platform, store.url, **SETTINGS) as bot:

        async def kept() -> bool:
            body, headers = delivery(platform.message(1, "oi"), platform.secret)
            url = f"{bot.url}/webhooks/{PATH_SECRET}/agent-bot"
            data = body if is_plain else in_chunks(body)
            async with (
                asyncio.timeout(PROMPT),
                aiohttp.ClientSession() as session,
                session.post(url, data=data, headers=headers) as answer,
            ):
                assert answer.status == 200
                return answer.headers.get("Connection") != "close"

        assert await kept()
        async with blocked(platform, bot):
            assert not await kept()
        await until(lambda: "blocked the event loop" in bot.log)
        assert not await kept()


# -- the end -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_what_was_taken_is_handled_by_the_next_process(
    end: str, platform: FakePlatform, store: ValkeyServer
) -> None:
    async with BotProcess(BOT, platform, store.url, **SETTINGS) as bot:
        async with blocked(platform, bot):
            assert await prompt(bot, platform.message(1, "oi")) == 200
            if end == "kill":
                await bot.kill()
        if end == "stop":
            assert await bot.stop() == 0
            assert "Traceback" not in bot.log
    async with BotProcess(BOT, platform, store.url, lease=5, **SETTINGS):
        await until(lambda: platform.conversation(1).said == ["oi 1"])


async def test_a_bot_that_blocked_stops_as_any_other(platform: FakePlatform, store: ValkeyServer) -> None:
    async with BotProcess(BOT, platform, store.url, **SETTINGS) as bot:
        for _ in range(2):
            async with blocked(platform, bot):
                assert await prompt(bot, platform.message(1, "oi")) == 200
            await until(lambda: len(re.findall("blocked the event loop", bot.log)) == bot.log.count("blocks the"))
        _, writer = await asyncio.open_connection("127.0.0.1", bot.port)
        writer.write(f"POST /webhooks/{PATH_SECRET}/agent-bot HTTP/1.1\r\nHost: bot\r\n".encode())
        writer.write(b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")  # and never the rest
        await asyncio.sleep(0.1)
        began = time.monotonic()
        assert await bot.stop() == 0
        assert time.monotonic() - began < 5
        assert "Traceback" not in bot.log
        writer.close()
        with pytest.raises(OSError, match=r"refused|failed"):
            await asyncio.open_connection("127.0.0.1", bot.port)
