"""Both ways into the webhook take and refuse the same, in the same words."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import NoReturn

import pytest

from criabot.errors import QueueFull, StoreUnavailable
from criabot.server.plain import MOST_PATTERNS
from tests.server.ways import EVENT, MAX_BODY, OPEN_PATH, Wire, answers, both_ways, is_of_aiohttp, request, settled


async def full() -> NoReturn:
    raise QueueFull("Lane c7 has 500 events waiting: it takes no more until some are done.")


async def away() -> NoReturn:
    raise StoreUnavailable("Redis ist nicht da: é")


async def broken() -> NoReturn:
    raise ZeroDivisionError


CASES: dict[str, tuple[int, bytes, Callable[[], Awaitable[None]] | None]] = {
    "all is well": (200, request(), None),
    "unsigned, and may be": (200, request(path=OPEN_PATH, X_Chatwoot_Signature=""), None),
    "a delivery's id that is no ASCII": (200, request(X_Chatwoot_Delivery="é" * 200), None),
    "unsigned": (401, request(X_Chatwoot_Signature=""), None),
    "another's signature": (401, request(secret="guessed"), None),
    "a time that is none": (401, request(X_Chatwoot_Timestamp="é"), None),
    "stale": (401, request(X_Chatwoot_Timestamp="1700000000"), None),
    "no JSON": (400, request(b"{"), None),
    "no body": (400, request(b""), None),
    "as large as may be": (400, request(b" " * MAX_BODY), None),
    "queue full": (429, request(), full),
    "store away": (500, request(), away),
    "a fault of ours": (500, request(), broken),
}


@pytest.mark.parametrize("name", CASES)
async def test_both_ways_answer_the_same(name: str, caplog: pytest.LogCaptureFixture) -> None:
    status, sent, instead = CASES[name]
    async with both_ways() as ways:
        ways.store.instead = instead
        short, taken = await ways.say(ways.plain, [sent])
        logged = [record.getMessage() for record in caplog.records]
        caplog.clear()
        long, taken_too = await ways.say(ways.http, [sent])
    assert not is_of_aiohttp(short.said)
    assert is_of_aiohttp(long.said)
    assert [answer[0] for answer in answers(short.said)] == [status]
    assert answers(short.said) == answers(long.said)
    assert taken == taken_too
    assert len(taken) == (status == 200)
    assert logged == [record.getMessage() for record in caplog.records]
    assert len(logged) == (status != 200)


async def hangs() -> None:
    await asyncio.Event().wait()


async def test_a_store_that_hangs_is_given_up_in_about_a_second_on_both_ways() -> None:
    async with both_ways() as ways:
        ways.store.instead = hangs
        wires = Wire(ways.plain()), Wire(ways.http())
        await settled()
        begun = asyncio.get_running_loop().time()
        for wire in wires:
            wire.hears(request())
        async with asyncio.timeout(5):
            while not all(wire.said for wire in wires):
                await asyncio.sleep(0.01)
        assert 0.7 < asyncio.get_running_loop().time() - begun < 1.5
    short, long = (answers(wire.said) for wire in wires)
    assert short == long == [(500, b'{"error": "Redis did not answer within a second"}')]


NOT_PLAIN = {
    "another path": request(path="/webhooks/guessed/agent-bot"),
    "another sender": request(path="/webhooks/a-secret-path/somebody"),
    "a query": request(path=OPEN_PATH + "?a=b"),
    "another method": request().replace(b"POST", b"PUT "),
    "HTTP/1.0": request().replace(b"HTTP/1.1", b"HTTP/1.0"),
    "chunked": request(b"2c\r\n" + EVENT + b"\r\n0\r\n\r\n", path=OPEN_PATH, Transfer_Encoding="chunked"),
    "chunked with no length": request(
        b"2c\r\n" + EVENT + b"\r\n0\r\n\r\n", path=OPEN_PATH, Transfer_Encoding="chunked"
    ).replace(b"Content-Length: 54\r\n", b""),
    "two lengths": request(content_length="3"),
    "a signed length": request(Content_Length="+44"),
    "no length": request().replace(b"Content-Length: 44\r\n", b""),
    "too large": request(b" " * (MAX_BODY + 1)),
    "packed": request(Content_Encoding="gzip"),
    "asks first": request(Expect="100-continue"),
    "a header twice": request(x_chatwoot_delivery="another"),
    "a header over two lines": request(X_A="b\r\n c"),
    "a blank in a name": request(path=OPEN_PATH, **{"Transfer-Encoding ": "chunked"}),
    "bare line ends": request().replace(b"\r\n", b"\n"),
    "a zero in a header": request(X_A="\0"),
    "a large head": request(X_A="a" * 9000),
    "many headers": request(X_A="b\r\n" + "\r\n".join(f"X-{number}: c" for number in range(200))),
    "a head in two pieces": request()[:100],
    "wants another protocol": request(Connection="upgrade", Upgrade="h2c"),
    "wants an end, among others": request(Connection="keep-alive, close"),
    "noise": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.mark.parametrize("name", NOT_PLAIN)
async def test_what_is_not_plain_is_answered_by_aiohttp(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    sent = NOT_PLAIN[name]
    async with both_ways() as ways:
        rest = request()[len(sent) :] if name == "a head in two pieces" else b""
        short, taken = await ways.say(ways.plain, [sent, rest])
        long, taken_too = await ways.say(ways.http, [sent, rest])
        assert isinstance(short.protocol, type(ways.http()))
        assert not ways.plain.connections
    assert is_of_aiohttp(short.said)
    assert answers(short.said) == answers(long.said) != []
    assert taken == taken_too


async def test_the_same_headers_may_bring_anything(caplog: pytest.LogCaptureFixture) -> None:
    """A head like one before it is read in another way, and means the same."""
    async with both_ways() as ways:
        await ways.say(ways.plain, [request()])
        for status, sent, instead in CASES.values():
            ways.store.instead = instead
            short, taken = await ways.say(ways.plain, [sent])
            long, taken_too = await ways.say(ways.http, [sent])
            assert not is_of_aiohttp(short.said)
            assert [answer[0] for answer in answers(short.said)] == [status]
            assert (answers(short.said), taken) == (answers(long.said), taken_too)


async def test_heads_of_more_kinds_than_are_remembered_are_read_all_the_same() -> None:
    async with both_ways() as ways:
        for kind in range(2 * MOST_PATTERNS + 1):
            wire, taken = await ways.say(ways.plain, [request(**{f"X_{kind}": "a"})])
            assert not is_of_aiohttp(wire.said)
            assert [status for status, _ in answers(wire.said)] == [200]
            assert len(taken) == 1


async def test_a_head_of_blanks_is_read_no_slower_than_another() -> None:
    """Patterns that may divide blanks between them in several ways would try them all."""
    async with both_ways() as ways:
        await ways.say(ways.plain, [request()])
        for name in ("X-Chatwoot-Delivery", "Content-Length"):
            head = request(**{name: " " * 7500 + "\0"})
            began = time.thread_time()
            for _ in range(10):
                ways.plain.read(head)
            assert time.thread_time() - began < 0.05
