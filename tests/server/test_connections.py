"""Connections over real sockets, on both event loops: pieces, pipelines, hang-ups, and the end."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvloop

from criabot.runtime.intake import Intake
from criabot.runtime.listening import Listener, Readiness, listening
from criabot.server import plain
from criabot.settings import Settings
from tests.server.ways import OPEN_PATH, Store, answers, is_of_aiohttp, request

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}

Story = Callable[["Place"], Awaitable[None]]
Play = Callable[[Story], None]
Run = Callable[[Coroutine[Any, Any, None]], None]


class Place:
    """Where the stories happen: an open port, and what it has stored."""

    def __init__(self, store: Store, listener: Listener) -> None:
        self.store = store
        self.listener = listener
        self.port = int(listener.url.rpartition(":")[2])
        self.go = asyncio.Event()
        self.storing = 0

    async def slowly(self) -> None:
        """Storing takes until `go`."""
        self.storing += 1
        await self.go.wait()
        self.storing -= 1

    async def call(self, *pieces: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.001)  # so that pieces arrive as pieces
        return reader, writer


@asynccontextmanager
async def open_place() -> AsyncIterator[Place]:
    store = Store()
    settings = Settings(
        account_id=1,
        bot_token=cast("Any", "a-bot-token"),
        webhook_path_secret=cast("Any", "a-secret-path"),
        agent_bot_secret=cast("Any", ["a-signing-secret"]),
        allow_unsigned=True,
        host="127.0.0.1",
        port=0,
        max_body=1_000_000,
    )
    ready = Readiness(cast("Any", SimpleNamespace()))
    async with listening(settings, cast("Intake", store), ready) as listener:
        yield Place(store, listener)


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Run:
    """Runs something on one of the loops; nothing may be logged as an error, and no exception be lost."""

    async def in_time(story: Coroutine[Any, Any, None]) -> None:
        async with asyncio.timeout(20):
            await story

    def run(story: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            runner.run(in_time(story))
        gc.collect()
        assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []

    return run


@pytest.fixture
def play(run: Run) -> Play:
    """Plays a story at an open port."""

    async def told(story: Story) -> None:
        async with open_place() as place:
            await story(place)

    return lambda story: run(told(story))


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.001)


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    return head + await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r")[0]))


def hang_up(writer: asyncio.StreamWriter, *, hard: bool = False) -> None:
    if hard:
        writer.transport.abort()
    writer.close()


def test_head_and_body_may_come_one_after_the_other_and_in_many_pieces(play: Play) -> None:
    async def story(place: Place) -> None:
        body = b'{"event":"x","pad":"' + b"y" * 300_000 + b'"}'
        sent = request(body)
        head = sent.index(b"{")
        for pieces in (
            [sent],
            [sent[:head], sent[head:]],
            [sent[:head], *(sent[i : i + 4096] for i in range(head, len(sent), 4096))],
        ):
            reader, writer = await place.call(*pieces)
            said = await answer(reader)
            assert answers(said) == [(200, b"")]
            assert not is_of_aiohttp(said)
            hang_up(writer)
        assert [taken for taken, _ in place.store.taken] == [body] * 3

    play(story)


def test_requests_sent_ahead_are_answered_one_by_one_in_their_order(play: Play) -> None:
    async def story(place: Place) -> None:
        bodies = [b'{"event":"x","number":%d}' % number for number in range(3000)]
        reader, writer = await place.call(b"".join(request(body, path=OPEN_PATH) for body in bodies))
        for _ in bodies:
            assert (await answer(reader)).startswith(b"HTTP/1.1 200 OK\r\n")
        hang_up(writer)
        assert [taken for taken, _ in place.store.taken] == bodies

    play(story)


def test_aiohttp_takes_over_after_the_answers_that_are_due(play: Play) -> None:
    async def story(place: Place) -> None:
        reader, writer = await place.call(
            request() + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + request(path=OPEN_PATH)
        )
        first, second, third = [await answer(reader) for _ in range(3)]
        assert not is_of_aiohttp(first)
        assert answers(second) == [(200, b'{"alive": true}')]
        assert answers(third) == [(200, b"")]
        assert len(place.store.taken) == 2
        hang_up(writer)

    play(story)


def test_the_connection_closes_when_the_client_wants_it(play: Play) -> None:
    async def story(place: Place) -> None:
        reader, writer = await place.call(request(Connection="close") + request())
        said = await reader.read()
        assert b"\r\nConnection: close\r\n" in said
        assert len(answers(said)) == len(place.store.taken) == 1
        hang_up(writer)

    play(story)


@pytest.mark.parametrize("hard", [False, True])
def test_an_event_is_stored_although_its_sender_hangs_up(play: Play, hard: bool) -> None:
    async def story(place: Place) -> None:
        place.store.instead = place.slowly
        _, writer = await place.call(request())
        await until(lambda: place.storing == 1)
        hang_up(writer, hard=hard)
        await asyncio.sleep(0.01)
        place.go.set()
        await until(lambda: place.store.taken != [])

    play(story)


def test_a_body_that_breaks_off_is_a_line_in_the_log(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    async def story(place: Place) -> None:
        _, writer = await place.call(request()[:-5])
        hang_up(writer)
        await until(lambda: "the body broke off" in caplog.text)
        assert place.store.taken == []

    play(story)
    assert caplog.text.count("the body broke off") == 1


def test_idle_and_stuck_connections_end(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "SWEEP_SECONDS", 0.05)
    monkeypatch.setattr(plain, "ARRIVAL_SECONDS", 0.3)
    monkeypatch.setattr(plain, "IDLE_SECONDS", 1.2)

    async def story(place: Place) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        lasted = {}

        async def last(name: str, sent: bytes) -> None:
            reader, writer = await place.call(sent)
            await reader.read()
            lasted[name] = loop.time() - begun
            hang_up(writer)

        await asyncio.gather(last("silent", b""), last("stuck", request()[:-3]), last("answered", request()))
        assert 0.3 < lasted["stuck"] < 1.2 < min(lasted["silent"], lasted["answered"])

    play(story)


def test_at_the_end_what_has_begun_is_answered_on_both_ways(run: Run) -> None:
    async def heard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        said = await reader.read()
        hang_up(writer)
        return said

    async def story() -> None:
        async with AsyncExitStack() as stack:
            place = await stack.enter_async_context(open_place())
            place.store.instead = place.slowly
            idle = await place.call(b"")
            plain_one = await place.call(request())
            aiohttps = await place.call(request(path=OPEN_PATH + "?"))
            half = await place.call(request()[:-5])
            await until(lambda: place.storing == 2)
            ending = asyncio.create_task(stack.pop_all().aclose())
            assert await heard(*idle) == b""  # the others go on
            half[1].write(request()[-5:])
            await until(lambda: place.storing == 3)
            place.go.set()
            answered = [await heard(*each) for each in (plain_one, half, aiohttps)]
            await ending
        assert [answers(said) for said in answered] == [[(200, b"")]] * 3
        assert [b"\r\nConnection: close\r\n" in said for said in answered[:2]] == [True, True]
        assert len(place.store.taken) == 3
        with pytest.raises(OSError):
            await place.call(request())

    run(story())


@pytest.mark.parametrize("turns", range(5))
def test_who_knocks_when_the_port_closes_is_not_left_waiting(run: Run, turns: int) -> None:
    """Some turns of the loop after the knock: the connection may be accepted by then, or served, or neither."""

    async def story() -> None:
        async with open_place() as place:
            knocking = [socket.create_connection(("127.0.0.1", place.port)) for _ in range(5)]
            for _ in range(turns):
                await asyncio.sleep(0)
        for each in knocking:
            each.setblocking(False)
            reader, writer = await asyncio.open_connection(sock=each)
            with suppress(ConnectionError):
                assert await reader.read() == b""
            hang_up(writer)

    run(story())


def test_a_severed_port_breaks_off_both_ways_and_whoever_comes(play: Play) -> None:
    async def story(place: Place) -> None:
        place.store.instead = place.slowly
        calls = [await place.call(request()), await place.call(request(path=OPEN_PATH + "?")), await place.call(b"")]
        await until(lambda: place.storing == 2)
        place.listener.sever()
        place.go.set()
        calls.append(await place.call())
        for reader, writer in calls:
            with suppress(ConnectionError):
                assert await reader.read() == b""
            hang_up(writer)

    play(story)
