"""A server below HTTP, for answers that no HTTP server would give."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from criabot.platform import ApplicationClient
from tests.platform.conftest import TOKEN

DEADLINE = 10.0
MESSAGE = b'{"id":5}'

T = TypeVar("T")
Reaction = Callable[[int, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Wire:
    """A server below HTTP: after each request it does what ``react`` does with the request's number."""

    def __init__(self, react: Reaction) -> None:
        self.requests: list[str] = []
        self.heads: list[str] = []
        self.arrived = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()
        self._react = react

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while not writer.is_closing() and (line := await reader.readline()):
                self.heads.append((line + await self._rest_of_request(reader)).decode())
                self.requests.append(line.decode().split()[0])
                self.arrived.set()
                await self._react(len(self.requests), reader, writer)
        writer.close()

    async def _rest_of_request(self, reader: asyncio.StreamReader) -> bytes:
        """Its headers; the body is not kept."""
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
        await reader.readexactly(int(lengths[0]) if lengths else 0)
        return head


@asynccontextmanager
async def wire(
    react: Reaction, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[Wire, str]]:
    told = Wire(react)
    server = await asyncio.start_server(told.serve, host, 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    literal = f"[{host}]" if ":" in host else host
    async with server:
        yield told, f"{'https' if tls else 'http'}://{literal}:{port}"
    for task in told.tasks:
        await asyncio.wait_for(task, DEADLINE)


def a_client(base_url: str, *, connect: float = DEADLINE, read: float = DEADLINE, pool: int = 100) -> ApplicationClient:
    return ApplicationClient(
        base_url, 1, user_token=TOKEN, retries=0, connect_timeout=connect, read_timeout=read, pool_size=pool
    )


async def answer(writer: asyncio.StreamWriter, body: bytes = MESSAGE, *, promised: int | None = None) -> None:
    length = len(body) if promised is None else promised
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + body)
    await writer.drain()


async def soon(awaitable: Awaitable[T]) -> T:
    async with asyncio.timeout(DEADLINE):
        return await awaitable


async def post(client: ApplicationClient) -> int | None:
    """The id of a message that is posted."""
    return (await soon(client.messages.create(7, "Olá"))).id


def raw(*parts: bytes, close: bool = False) -> Reaction:
    """Answers with these bytes, each part on its own."""

    async def react(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        if close:
            writer.close()

    return react


async def number(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await answer(writer, b'{"id":%d}' % number)


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
