"""Hundreds of webhooks at once: each is acknowledged, and then all is as if they had come one by one."""

from __future__ import annotations

import json
import re
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from criabot import Bot, Message, State
from criabot.engine import spool
from tests.bots import BotProcess
from tests.burst import body_of, burst, chat, spooled, spooled_ever
from tests.crash.outcome import COUNTING, asked, dead_letters, is_quiet, said, turns, until
from tests.platforms import OUTGOING, FakePlatform
from tests.servers import ValkeyServer
from tests.testing.living import living, settle

CUSTOMERS = range(1, 201)
TEXTS = ("a", "b", "c")
PRIVATE = "my wife must not know"
SETTINGS: dict[str, Any] = {"calls_per_minute": 0}


@pytest.fixture
def store() -> Iterator[ValkeyServer]:
    """A server of its own: what it counts is this test's."""
    with ValkeyServer() as server:
        yield server


def process_status(pid: int) -> str:
    """What the kernel tells of a process."""
    return Path(f"/proc/{pid}/status").read_text("utf-8")


def is_done(store: ValkeyServer) -> bool:
    """Whether all that was acknowledged is handled; what is not in the spool any more is in its lane."""
    return not spooled(store) and is_quiet(store)


def written_by(store: ValkeyServer) -> bytes:
    """All that the server has ever stored, as its append-only file has it."""
    return b"".join(file.read_bytes() for file in store.folder.rglob("*.aof"))


async def test_all_are_acknowledged_and_answered_once_and_in_order(store: ValkeyServer) -> None:
    platform = FakePlatform(echo=False)
    async with platform, BotProcess(COUNTING, platform, store.url, **SETTINGS) as bot:
        chats = [chat(platform, number, *TEXTS) for number in CUSTOMERS]
        assert await burst(platform, chats, bot.process) == [[200] * len(TEXTS)] * len(CUSTOMERS)
        await until(lambda: is_done(store))
        log = bot.log
    assert spooled_ever(store) >= len(CUSTOMERS) / 2
    for number in CUSTOMERS:
        assert platform.conversation(number).said == said(*TEXTS)
        assert turns(store, number) == [(message, False) for message in asked(platform, number)]
    assert dead_letters(store) == []
    assert "Traceback" not in log


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not tell")
async def test_room_for_the_connections_of_a_burst_is_made_at_the_start(store: ValkeyServer) -> None:
    """The kernel would make it while webhooks come in, which takes some 15 ms."""
    async with FakePlatform(echo=False) as platform, BotProcess(COUNTING, platform, store.url) as bot:
        status = process_status(bot.process.pid)
    most = min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    assert int(re.findall(r"FDSize:\s*(\d+)", status)[0]) >= most


async def test_what_comes_twice_in_a_burst_is_answered_once(store: ValkeyServer) -> None:
    platform = FakePlatform(echo=False)
    async with platform, BotProcess(COUNTING, platform, store.url, **SETTINGS) as bot:
        chats = [chat(platform, number, "a") for number in CUSTOMERS]
        assert await burst(platform, [*chats, *chats], bot.process) == [[200]] * 2 * len(CUSTOMERS)
        await until(lambda: is_done(store))
    assert spooled_ever(store) > len(CUSTOMERS)
    assert all(platform.conversation(number).said == said("a") for number in CUSTOMERS)


async def test_the_contacts_token_never_reaches_the_store(store: ValkeyServer) -> None:
    platform = FakePlatform(echo=False)
    async with platform, BotProcess(COUNTING, platform, store.url, **SETTINGS) as bot:
        chats = [chat(platform, number, "oi") for number in CUSTOMERS]
        malformed = body_of({**platform.message(1, "oi"), "id": PRIVATE})
        await burst(platform, [*chats, [malformed]], bot.process)
        await until(lambda: is_done(store))
    assert len(dead_letters(store)) == 1
    tokens = {json.loads(body)["conversation"]["contact_inbox"]["pubsub_token"] for [body] in chats}
    written = written_by(store)
    assert written.count(b'"pubsub_token":null') >= len(CUSTOMERS)
    assert len(tokens) == len(CUSTOMERS)
    assert [token for token in tokens if token.encode() in written] == []


async def test_what_is_malformed_becomes_a_dead_letter_with_a_line_in_the_log(store: ValkeyServer) -> None:
    platform = FakePlatform(echo=False)
    async with platform, BotProcess(COUNTING, platform, store.url, **SETTINGS) as bot:
        chats = [chat(platform, number, "a") for number in CUSTOMERS]
        malformed = [
            b"",
            PRIVATE.encode(),
            body_of({"event": "message_created", "id": PRIVATE, "conversation": {"id": 7}}),
        ]
        statuses = await burst(platform, [*chats, *([body] for body in malformed)], bot.process)
        assert statuses == [[200]] * (len(CUSTOMERS) + len(malformed))
        await until(lambda: is_done(store))
        for body in malformed:
            assert await platform.deliver({}, raw=body) == 400, "outside of a burst"
        log = bot.log
    assert all(platform.conversation(number).said == said("a") for number in CUSTOMERS)
    assert sorted(dead_payloads(store)) == sorted(malformed)
    lines = [line for line in map(json.loads, log.splitlines()) if "burst" in line["text"]]
    assert len(lines) == len(malformed)
    assert all("malformed and is kept as a dead letter" in line["text"] for line in lines)
    assert sum("'id' must be a whole number" in line["text"] for line in lines) == 1
    assert PRIVATE not in log


def dead_payloads(store: ValkeyServer) -> list[bytes]:
    """The bodies of the dead letters, without their tokens."""
    with store.client() as client:
        letters = [letter for key in client.keys("cb:*:dlq") for _, letter in client.xrange(key)]
    return [letter[b"payload"].partition(b"\n")[2] for letter in letters]


async def test_a_human_who_takes_over_in_the_burst_silences_the_bot(store: ValkeyServer) -> None:
    taken_over = CUSTOMERS[::2]
    platform = FakePlatform(echo=False)
    async with platform, BotProcess(COUNTING, platform, store.url, **SETTINGS) as bot:
        chats = [chat(platform, number, "a") for number in CUSTOMERS]
        humans = [[body_of(platform.message(number, "eu assumo", message_type=OUTGOING))] for number in taken_over]
        assert await burst(platform, [*chats, *humans], bot.process) == [[200]] * (len(chats) + len(humans))
        await until(lambda: is_done(store))
    spoke = [number for number in CUSTOMERS if said_by_bot(platform, number)]
    assert spoke == [number for number in CUSTOMERS if number not in taken_over]
    assert dead_letters(store) == []


def said_by_bot(platform: FakePlatform, number: int) -> list[str]:
    return [text for text in platform.conversation(number).said if text != "eu assumo"]


class Count(State):
    """How many messages were answered."""

    messages: int = 0


def counting() -> Bot:
    bot = Bot("counting-here")

    @bot.message()
    async def count(message: Message, count: Count) -> None:
        count.messages += 1
        await message.answer(f"{message.text}, {count.messages}")

    return bot


async def test_a_burst_that_is_larger_than_the_spool_is_taken_all_the_same(
    store: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MOST", 20)
    async with FakePlatform() as platform, living(counting(), platform, store, hold=0) as bot:
        chats = [chat(platform, number, *TEXTS) for number in CUSTOMERS]
        assert await burst(platform, chats) == [[200] * len(TEXTS)] * len(CUSTOMERS)
        await settle(platform, bot)
        assert spooled(store) == []
    for number in CUSTOMERS:
        assert platform.conversation(number).said == ["a, 1", "b, 2", "c, 3"]
    assert 0 < spooled_ever(store) < len(CUSTOMERS) * len(TEXTS) / 2
    assert dead_letters(store) == []


async def test_what_is_not_for_the_bot_leaves_nothing(store: ValkeyServer, caplog: pytest.LogCaptureFixture) -> None:
    async with FakePlatform() as platform, living(counting(), platform, store, hold=0) as bot:
        chats = [chat(platform, number, "a") for number in CUSTOMERS]
        strangers = [[body.replace(b'"account": {"id": 1', b'"account": {"id": 2', 1)] for [body] in chats]
        ours, theirs = chats[::2], strangers[1::2]
        assert await burst(platform, [*ours, *theirs]) == [[200]] * len(CUSTOMERS)
        await settle(platform, bot)
        assert spooled(store) == []
        with store.client() as client:
            assert len(client.keys("cb:*:c*:m")) == len(ours), "no lanes for theirs"
    assert spooled_ever(store) >= len(theirs)
    assert dead_letters(store) == []
    assert caplog.text.count("events of account 2 come in and are dropped") == 1
    assert [number for number in CUSTOMERS if platform.conversation(number).said] == list(CUSTOMERS[::2])
