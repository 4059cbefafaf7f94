"""What a broken connection means for a call: certainly not sent, or nobody knows (contract 8.29)."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp.test_utils import unused_port

from criabot.errors import ApiError, ApiOutcomeUnknown, ApiUnreachable
from criabot.platform import ApplicationClient
from tests.platform.conftest import TOKEN

DEADLINE = 10.0
MESSAGE = b'{"id":5}'
CUSTOMERS_TEXT = "meu segredo"

Reaction = Callable[[int, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Wire:
    """A server below HTTP: after each request it does what ``react`` does with the request's number."""

    def __init__(self, react: Reaction) -> None:
        self.requests: list[str] = []
        self.arrived = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()
        self._react = react

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while not writer.is_closing() and (line := await reader.readline()):
                await self._rest_of_request(reader)
                self.requests.append(line.decode().split()[0])
                self.arrived.set()
                await self._react(len(self.requests), reader, writer)
        writer.close()

    async def _rest_of_request(self, reader: asyncio.StreamReader) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
        await reader.readexactly(int(lengths[0]) if lengths else 0)


@asynccontextmanager
async def wire(react: Reaction) -> AsyncIterator[tuple[Wire, str]]:
    told = Wire(react)
    server = await asyncio.start_server(told.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server:
        yield told, f"http://{host}:{port}"
    for task in told.tasks:
        await asyncio.wait_for(task, DEADLINE)


def a_client(base_url: str, *, connect: float = DEADLINE, read: float = DEADLINE, pool: int = 100) -> ApplicationClient:
    return ApplicationClient(base_url, 1, TOKEN, connect_timeout=connect, read_timeout=read, pool_size=pool)


async def answer(writer: asyncio.StreamWriter, body: bytes = MESSAGE, *, promised: int | None = None) -> None:
    length = len(body) if promised is None else promised
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + body)
    await writer.drain()


async def confirm(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await answer(writer)


async def hang(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def hang_up(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def break_off(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await answer(writer, promised=500)
    writer.close()


async def talk_nonsense(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"ana@exemplo.com\r\n\r\n")
    writer.close()


async def trickle(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One byte now and then, each soon enough, for as long as the client listens."""
    await answer(writer, b"", promised=10**6)
    while not reader.at_eof():
        writer.write(b" ")
        with suppress(TimeoutError):
            await asyncio.wait_for(reader.read(), 0.02)


async def keep_alive_then_hang_up(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if number == 2:
        writer.close()
    else:
        await answer(writer, b'{"id":5,"payload":[]}')


def assert_tells_no_secret(error: ApiError) -> None:
    everything = "".join(traceback.format_exception(error)) + repr(error) + repr(error.__context__)
    for secret in (TOKEN, CUSTOMERS_TEXT, "ana@exemplo.com"):
        assert secret not in everything
    assert error.endpoint == "POST /api/v1/accounts/1/conversations/7/messages"
    assert str(error).startswith(error.endpoint)


async def error_of_posting(client: ApplicationClient) -> ApiError:
    with pytest.raises(ApiError) as caught:
        async with asyncio.timeout(DEADLINE):
            await client.messages.create(7, CUSTOMERS_TEXT)
    assert_tells_no_secret(caught.value)
    return caught.value


async def test_a_refused_connection_sent_nothing() -> None:
    async with a_client(f"http://127.0.0.1:{unused_port()}") as client:
        assert type(await error_of_posting(client)) is ApiUnreachable


async def test_a_server_without_tls_was_sent_nothing() -> None:
    async with wire(hang_up) as (told, base_url), a_client(base_url.replace("http:", "https:"), connect=0.2) as client:
        assert type(await error_of_posting(client)) is ApiUnreachable
        assert told.requests == []


async def test_a_call_that_found_no_free_connection_sent_nothing() -> None:
    async with wire(hang) as (told, base_url), a_client(base_url, connect=0.1, pool=1) as client:
        first = asyncio.create_task(client.conversations.show(7))
        async with asyncio.timeout(DEADLINE):
            await told.arrived.wait()
        assert type(await error_of_posting(client)) is ApiUnreachable
        assert told.requests == ["GET"]
        first.cancel()
        await asyncio.wait([first])


@pytest.mark.parametrize("react", [hang_up, reset, break_off, talk_nonsense])
async def test_after_a_lost_answer_nobody_knows(react: Reaction) -> None:
    async with wire(react) as (told, base_url), a_client(base_url) as client:
        assert type(await error_of_posting(client)) is ApiOutcomeUnknown
        assert told.requests == ["POST"]


async def test_a_hanging_platform_is_given_up_at_the_time_limit() -> None:
    loop = asyncio.get_running_loop()
    async with wire(hang) as (told, base_url), a_client(base_url, read=0.2) as client:
        began = loop.time()
        assert type(await error_of_posting(client)) is ApiOutcomeUnknown
        assert 0.2 <= loop.time() - began < 5
        assert told.requests == ["POST"]


async def test_a_platform_that_trickles_its_answer_is_given_up_too() -> None:
    async with wire(trickle) as (_, base_url), a_client(base_url, connect=0.2, read=0.2) as client:
        assert type(await error_of_posting(client)) is ApiOutcomeUnknown


async def test_a_post_on_a_connection_that_the_platform_just_closed_is_never_sent_twice() -> None:
    async with wire(keep_alive_then_hang_up) as (told, base_url), a_client(base_url) as client:
        await client.messages.create(7, "first")
        assert type(await error_of_posting(client)) is ApiOutcomeUnknown
        assert told.requests == ["POST", "POST"]


async def test_a_get_on_such_a_connection_is_asked_again() -> None:
    async with wire(keep_alive_then_hang_up) as (told, base_url), a_client(base_url) as client:
        await client.conversations.labels(7)
        assert await client.conversations.labels(7) == []
        assert told.requests == ["GET", "GET", "GET"]


async def test_a_client_works_again_after_it_was_closed() -> None:
    async with wire(confirm) as (told, base_url):
        client = a_client(base_url)
        await client.close()
        for _ in range(2):
            await client.messages.create(7, "Olá")
            await client.close()
        assert told.requests == ["POST", "POST"]
