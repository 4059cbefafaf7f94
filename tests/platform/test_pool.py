"""The wire under the client: which connection a call takes, what counts as its answer, who comes next."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import Any

import pytest
from aiohttp.test_utils import unused_port

from criabot.errors import ApiOutcomeUnknown, ApiUnreachable, NotFound
from criabot.platform import ApplicationClient
from criabot.platform import pool as platform_pool
from criabot.platform.pool import Pool
from tests.platform.rawserver import (
    MESSAGE,
    Reaction,
    Wire,
    a_client,
    answer,
    confirm,
    hang,
    number,
    post,
    raw,
    soon,
    wire,
)

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b'Transfer-Encoding: chunked\r\n\r\n3\r\n{"i\r\n5;x=y\r\nd":5}\r\n0\r\n\r\n'


def packed(how: bytes, body: bytes) -> Reaction:
    return raw(OK + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (how, len(body)) + body)


async def until_all_are_closed(told: Wire) -> None:
    await soon(asyncio.wait(told.tasks))


@pytest.mark.parametrize(
    "react",
    [
        confirm,
        raw(*[bytes([each]) for each in CHUNKED]),
        raw(OK + b'Transfer-Encoding: chunked\r\n\r\n8\r\n{"id":5}\r\n0\r\nContent-Encoding: br\r\n\r\n'),
        raw(
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK,
            b"Content-Length: 8\r\n\r\n" + MESSAGE,
        ),
        raw(OK + b"content-length:8\r\n\r\n{", b'"id":', b"5}"),
        packed(b"gzip", gzip.compress(MESSAGE)),
        packed(b"deflate", zlib.compress(MESSAGE)),
        packed(b"deflate", zlib.compress(MESSAGE, wbits=-15)),
        packed(b"identity", MESSAGE),
    ],
    ids=["plain", "in bytes", "trailer", "go on", "in parts", "gzip", "zlib", "deflate", "identity"],
)
async def test_a_whole_answer_is_read_and_its_connection_used_again(react: Reaction) -> None:
    async with wire(react) as (told, base_url), a_client(base_url) as client:
        assert [await post(client) for _ in range(3)] == [5, 5, 5]
        assert len(told.tasks) == 1


@pytest.mark.parametrize(
    "react",
    [
        raw(OK + b"\r\n" + MESSAGE, close=True),
        raw(OK + b"Connection: close\r\nContent-Length: 8\r\n\r\n" + MESSAGE),
        raw(b"HTTP/1.0 200 OK\r\nContent-Length: 8\r\n\r\n" + MESSAGE),
        raw(OK + b"Content-Length: 8\r\n\r\n" + MESSAGE + b"more"),
        raw((OK + b"Content-Length: 8\r\n\r\n" + MESSAGE) * 2),
        raw(OK + b"Content-Length: 8\r\n\r\n" + MESSAGE + OK),
    ],
    ids=["no length", "close", "HTTP/1.0", "more than an answer", "two answers", "an answer and a half"],
)
async def test_after_an_answer_with_a_doubtful_end_the_connection_is_not_used_again(react: Reaction) -> None:
    async with wire(react) as (told, base_url), a_client(base_url) as client:
        assert [await post(client) for _ in range(3)] == [5, 5, 5]
        assert len(told.tasks) == 3


@pytest.mark.parametrize(
    "react",
    [
        packed(b"br", b"\x0b\x03"),
        packed(b"gzip", gzip.compress(MESSAGE)[:-4]),
        packed(b"gzip", b"not packed"),
        raw(OK + b"Transfer-Encoding: chunked\r\n\r\n8\r\n" + MESSAGE, close=True),
        raw(OK + b"Transfer-Encoding: chunked\r\n\r\nx\r\n" + MESSAGE),
        raw(OK + b"Content-Length: 8\r\nContent-Length: 9\r\n\r\n" + MESSAGE),
        raw(OK[:-2], close=True),
        raw(b"HTTP/1.1 100 Continue\r\n\r\n", close=True),
    ],
    ids=["br", "half of gzip", "no gzip", "half of chunks", "bad chunk", "two lengths", "half a head", "continue only"],
)
async def test_an_answer_that_is_not_whole_leaves_the_outcome_open(react: Reaction) -> None:
    async with wire(react) as (told, base_url), a_client(base_url) as client:
        with pytest.raises(ApiOutcomeUnknown):
            await post(client)
        assert told.requests == ["POST"]


@pytest.mark.parametrize("unasked", [OK + b'Content-Length: 9\r\n\r\n{"id":66}', b"\r\n"])
async def test_bytes_that_nobody_asked_for_end_a_connection(unasked: bytes) -> None:
    async def chatter(count: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await number(count, reader, writer)
        if count == 1:
            answered.set_result(writer)

    answered: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
    async with wire(chatter) as (told, base_url), a_client(base_url) as client:
        assert await post(client) == 1
        (await answered).write(unasked)
        await until_all_are_closed(told)
        assert await post(client) == 2


async def test_an_answer_may_take_longer_than_the_limit_between_two_reads() -> None:
    async def slowly(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(writer, b"", promised=len(MESSAGE))
        for each in MESSAGE:
            await asyncio.sleep(0.1)
            writer.write(bytes([each]))

    async with wire(slowly) as (_, base_url), a_client(base_url, read=0.5) as client:
        assert await post(client) == 5


async def test_each_call_has_the_whole_time_for_itself() -> None:
    async def late(count: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        await number(count, reader, writer)

    async with wire(late) as (told, base_url), a_client(base_url, read=0.5) as client:
        assert [await post(client) for _ in range(8)] == list(range(1, 9))
        assert len(told.tasks) == 1


async def test_an_empty_answer_is_an_answer() -> None:
    async with wire(raw(b"HTTP/1.1 204 No Content\r\n\r\n")) as (told, base_url), a_client(base_url) as client:
        for _ in range(2):
            await soon(client.conversations.toggle_typing_status(7, True))
        assert len(told.tasks) == 1


async def test_a_large_answer_is_read_whole() -> None:
    body = b'{"payload":["%b"]}' % (b"x" * 5_000_000)
    react = raw(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    async with wire(react) as (_, base_url), a_client(base_url) as client:
        assert await soon(client.conversations.labels(7)) == ["x" * 5_000_000]


@pytest.mark.parametrize("rest", [b"Content-Length: 1000\r\n\r\n<html>", b"Transfer-Encoding: chunked\r\n\r\nx"])
async def test_a_refusal_is_told_before_its_body_ends(rest: bytes) -> None:
    page = raw(b"HTTP/1.1 404 Not Found\r\n" + rest)
    async with wire(page) as (told, base_url), a_client(base_url) as client:
        for _ in range(2):
            with pytest.raises(NotFound):
                await post(client)
        assert len(told.tasks) == 2


async def test_a_refusal_that_is_whole_leaves_the_connection_usable() -> None:
    page = raw(b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>")
    async with wire(page) as (told, base_url), a_client(base_url) as client:
        for _ in range(2):
            with pytest.raises(NotFound):
                await post(client)
        assert len(told.tasks) == 1


async def test_a_call_that_was_given_up_takes_its_connection_with_it() -> None:
    async def late(count: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if count > 1:
            await number(count, reader, writer)
        else:
            await reader.read()

    async with wire(late) as (told, base_url), a_client(base_url, pool=1) as client:
        given_up = asyncio.create_task(post(client))
        await soon(told.arrived.wait())
        given_up.cancel()
        await asyncio.wait([given_up])
        assert await post(client) == 2
        assert len(told.tasks) == 2


async def test_who_finds_no_free_connection_is_served_in_the_order_of_asking() -> None:
    order: list[str] = []

    async def post_as(client: ApplicationClient, name: str) -> None:
        await soon(client.messages.create(7, "Olá"))
        order.append(name)

    async with wire(number) as (told, base_url), a_client(base_url, pool=1) as client:
        async with asyncio.TaskGroup() as tasks:
            calls = {name: tasks.create_task(post_as(client, name)) for name in "abcdefgh"}
            await asyncio.sleep(0)
            calls["c"].cancel()
        assert order == list("abdefgh")
        assert len(told.tasks) == 1
        assert len(told.requests) == 7


async def test_a_caller_that_is_cancelled_as_its_turn_comes_passes_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    give_back = Pool.give_back

    def give_back_and_cancel(pool: Pool, connection: Any) -> None:
        give_back(pool, connection)
        second.cancel()

    monkeypatch.setattr(Pool, "give_back", give_back_and_cancel)
    async with wire(number) as (told, base_url), a_client(base_url, pool=1) as client:
        first, second, third = [asyncio.create_task(post(client)) for _ in range(3)]
        await asyncio.wait([first, second, third])
        assert second.cancelled()
        assert [first.result(), third.result()] == [1, 2]
        assert len(told.tasks) == 1


async def test_a_connection_that_could_not_be_made_takes_no_place() -> None:
    async with a_client(f"http://127.0.0.1:{unused_port()}", pool=1) as client:
        for _ in range(2):
            with pytest.raises(ApiUnreachable, match="ConnectionRefusedError"):
                await post(client)


async def test_a_caller_that_is_cancelled_as_its_connection_is_made_leaves_one_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = platform_pool._Connection.connection_made

    def make_and_cancel(connection: Any, transport: Any) -> None:
        made(connection, transport)
        first.cancel()

    async with wire(number) as (told, base_url), a_client(base_url, pool=1) as client:
        with monkeypatch.context() as patched:
            patched.setattr(platform_pool._Connection, "connection_made", make_and_cancel)
            first = asyncio.create_task(post(client))
            await asyncio.wait([first])
        assert first.cancelled()
        await asyncio.gather(*[post(client) for _ in range(5)])
        assert len(told.tasks) == 2


async def test_no_more_connections_are_opened_than_allowed() -> None:
    async with wire(number) as (told, base_url), a_client(base_url, pool=3) as client:
        answers = await asyncio.gather(*[post(client) for _ in range(50)])
        assert sorted(each or 0 for each in answers) == list(range(1, 51))
        assert len(told.tasks) == 3


async def test_connections_that_break_make_room_for_those_who_wait() -> None:
    closing = raw(OK + b"Connection: close\r\nContent-Length: 8\r\n\r\n" + MESSAGE, close=True)
    async with wire(closing) as (told, base_url), a_client(base_url, pool=2) as client:
        assert await asyncio.gather(*[post(client) for _ in range(20)]) == [5] * 20
        assert len(told.tasks) == 20


async def test_an_idle_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_pool, "IDLE_SECONDS", 0.05)
    async with wire(number) as (told, base_url), a_client(base_url) as client:
        assert await post(client) == 1
        await until_all_are_closed(told)
        assert await post(client) == 2


async def test_a_connection_that_the_server_closed_meanwhile_is_replaced() -> None:
    async with wire(raw(OK + b"Content-Length: 8\r\n\r\n" + MESSAGE, close=True)) as (told, base_url):
        async with a_client(base_url) as client:
            await post(client)
            pool = client._transport._pool
            assert pool is not None
            while pool._connections:
                await asyncio.sleep(0)
            assert pool._idle == []
            assert await post(client) == 5
        assert told.requests == ["POST", "POST"]


async def test_a_connection_that_is_just_being_closed_is_replaced() -> None:
    async with wire(number) as (told, base_url), a_client(base_url) as client:
        await post(client)
        pool = client._transport._pool
        assert pool is not None
        pool._idle[0].transport.close()
        assert await post(client) == 2
        assert len(told.tasks) == 2


async def test_closing_the_client_ends_the_calls_under_way() -> None:
    async with wire(hang) as (told, base_url):
        client = a_client(base_url, pool=1)
        sent = asyncio.create_task(post(client))
        await soon(told.arrived.wait())
        waiting = [asyncio.create_task(post(client)) for _ in range(3)]
        await asyncio.sleep(0)
        await client.close()
        with pytest.raises(ApiOutcomeUnknown):
            await sent
        for each in waiting:
            with pytest.raises(ApiUnreachable, match="closed"):
                await each
        assert told.requests == ["POST"]
