"""Webhooks that come in all at once, each chat's on a connection of its own, and what of them lies in the spool."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
import uuid
from asyncio.subprocess import Process
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self
from urllib.parse import urlsplit

from criabot.platform import sign
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

PATIENCE = 10.0

Chat = Sequence[bytes]
"""The bodies of webhooks; each is sent when the one before was answered with 200."""


def body_of(event: dict[str, Any]) -> bytes:
    return json.dumps(event).encode()


def chat(platform: FakePlatform, number: int, *texts: str) -> list[bytes]:
    """What a customer writes."""
    return [body_of(platform.message(number, text)) for text in texts]


async def burst(platform: FakePlatform, chats: Sequence[Chat], process: Process | None = None) -> list[list[int]]:
    """Deliver chats, the first webhooks of all at once; the statuses of the answers, 0 where there was none.

    A process is frozen while they are written, so that they are all there when it goes on.
    """
    lines = [await Line.open(platform) for _ in chats]
    await all_accepted(platform)
    requests = [line.request(platform, bodies[0]) for line, bodies in zip(lines, chats, strict=True)]
    with frozen(process):
        for line, first in zip(lines, requests, strict=True):
            line.write(first)
    rests = (line.rest(platform, bodies[1:]) for line, bodies in zip(lines, chats, strict=True))
    statuses = await asyncio.gather(*rests)
    for line in lines:
        line.close()
    return statuses


async def all_accepted(platform: FakePlatform) -> None:
    """The bot takes connections in their order: when it answers on a new one, it has all."""
    line = await Line.open(platform)
    line.write(b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n")
    assert await line.status() == 200
    line.close()


@contextmanager
def frozen(process: Process | None) -> Iterator[None]:
    if process is None:
        yield
        return
    process.send_signal(signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


class Line:
    """One connection to the bot."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
        self._reader = reader
        self._writer = writer
        self._path = path

    @classmethod
    async def open(cls, platform: FakePlatform) -> Self:
        url = urlsplit(platform.bot_url)
        return cls(*await asyncio.open_connection(url.hostname, url.port), url.path)

    def request(self, platform: FakePlatform, body: bytes) -> bytes:
        timestamp = str(int(time.time()))
        head = (
            f"POST {self._path} HTTP/1.1",
            "Host: bot",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            f"X-Chatwoot-Delivery: {uuid.uuid4()}",
            f"X-Chatwoot-Timestamp: {timestamp}",
            f"X-Chatwoot-Signature: {sign(platform.secret, timestamp, body)}",
        )
        return "\r\n".join((*head, "", "")).encode() + body

    def write(self, request: bytes) -> None:
        self._writer.write(request)

    async def rest(self, platform: FakePlatform, bodies: Chat) -> list[int]:
        """After the first was written: its answer, then the others and theirs, as long as all goes well."""
        statuses = [await self.status()]
        for body in bodies:
            if statuses[-1] != 200:
                break
            self.write(self.request(platform, body))
            statuses.append(await self.status())
        return statuses

    def close(self) -> None:
        self._writer.close()

    async def status(self) -> int:
        try:
            async with asyncio.timeout(PATIENCE):
                head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
                await self._reader.readexactly(int(head.partition(b"content-length:")[2].split(None, 1)[0]))
        except (OSError, EOFError, TimeoutError):
            return 0
        return int(head.split(None, 2)[1])


def spooled(server: ValkeyServer, namespace: str = "*") -> list[bytes]:
    """What lies in the spools, in the order of each."""
    with server.client() as client:
        entries = [entry for key in client.keys(f"cb:{namespace}:*:spool") for entry in client.xrange(key)]
    return [fields[b"payload"] for _name, fields in entries]


def spooled_ever(server: ValkeyServer) -> int:
    """How many entries were ever put into the streams of a server: of its spools, and dead letters."""
    with server.client() as client:
        return int(client.info("commandstats").get("cmdstat_xadd", {"calls": 0})["calls"])


def message_in(payload: bytes) -> int:
    """The id of the message that lies in the spool."""
    return int(json.loads(payload.partition(b"\n")[2])["id"])
