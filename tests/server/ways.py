"""The two ways into the webhook: the plain one, and aiohttp's for everything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from aiohttp import web

from criabot.platform import parse_event, sign
from criabot.server import PlainServer, Sender, Webhook, WebhookSettings, create_app

PATH = "/webhooks/a-secret-path/agent-bot"
OPEN_PATH = "/webhooks/a-secret-path/account"
SECRET = "a-signing-secret"
MAX_BODY = 10_000
EVENT = b'{"event":"something.new","account":{"id":1}}'

Accepted = tuple[bytes, str]


class Store:
    """Takes events, or does what a test says instead."""

    def __init__(self) -> None:
        self.taken: list[Accepted] = []
        self.instead: Callable[[], Any] | None = None

    def hurry(self, *_: object) -> bool:
        """Never in a hurry."""
        return False

    async def accept(self, body: bytes, delivery: str) -> str:
        parse_event(body)
        if self.instead is not None:
            await self.instead()
        self.taken.append((body, delivery))
        return "queued"


class Wire(asyncio.Transport):
    """A connection in memory: what is written is kept, closing tells the protocol soon."""

    def __init__(self, protocol: asyncio.BaseProtocol) -> None:
        super().__init__()
        self.protocol = cast("asyncio.Protocol", protocol)
        self.said = b""
        self.reads = True
        self._is_closing = False
        self.was_closed = False
        self.was_aborted = False
        protocol.connection_made(self)

    def hears(self, data: bytes) -> None:
        if not self._is_closing:
            self.protocol.data_received(data)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.said += data

    def writelines(self, pieces: Any) -> None:
        self.said += b"".join(pieces)

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            asyncio.get_running_loop().call_soon(lambda: self.protocol.connection_lost(None))

    def abort(self) -> None:
        self.was_aborted = True
        self.close()

    def is_closing(self) -> bool:
        return self._is_closing

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = cast("asyncio.Protocol", protocol)

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True


class Ways:
    """Both ways into one webhook.

    Attributes:
        plain: the plain way.
        http: aiohttp's.
    """

    def __init__(self, store: Store, http: web.Server, webhook: Webhook) -> None:
        self.store = store
        self.http = http
        self._webhook = webhook
        self.plain = PlainServer(webhook, http)

    async def forget(self) -> None:
        """Go on with a plain way that has not seen any request."""
        await self.plain.close()
        self.plain = PlainServer(self._webhook, self.http)

    async def say(
        self, way: Callable[[], asyncio.Protocol], pieces: Sequence[bytes], rest: int = 3
    ) -> tuple[Wire, list[Accepted]]:
        """Send pieces on a new connection, with rounds of rest after each; the connection, and what was taken."""
        self.store.taken = []
        wire = Wire(way())
        for piece in pieces:
            wire.hears(piece)
            await settled(rest)
        await settled()
        wire.was_closed = wire.is_closing()
        return wire, self.store.taken


@asynccontextmanager
async def both_ways() -> AsyncIterator[Ways]:
    store = Store()
    senders = {
        "agent-bot": Sender("CRIABOT_AGENT_BOT_SECRET", [SECRET]),
        "account": Sender("CRIABOT_ACCOUNT_SECRET", []),
    }
    settings = WebhookSettings("a-secret-path", senders, allow_unsigned=True, tolerance=300, max_body=MAX_BODY)
    webhook = Webhook(settings, store.accept)
    runner = web.AppRunner(create_app(webhook, _no_problems), access_log=None)
    await runner.setup()
    ways = Ways(store, cast("web.Server", runner.server), webhook)
    try:
        yield ways
    finally:
        await ways.plain.close()
        await runner.cleanup()


async def _no_problems() -> Mapping[str, object]:
    return {}


async def settled(rounds: int = 20) -> None:
    """Let the loop do what there is to do."""
    for _ in range(rounds):
        await asyncio.sleep(0)


def request(body: bytes = EVENT, /, *, path: str = PATH, secret: str = SECRET, **headers: str) -> bytes:
    """A delivery as the platform's Ruby writes it."""
    timestamp = str(int(time.time()))
    given = {
        "Content-Type": "application/json",
        "X-Chatwoot-Delivery": "6f1e3c0e-5d5c-4a34-8a44-d6c6c0ac8f06",
        "X-Chatwoot-Timestamp": timestamp,
        "X-Chatwoot-Signature": sign(secret, timestamp, body),
        "Content-Length": str(len(body)),
        "Host": "bot.example:8080",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def is_of_aiohttp(said: bytes) -> bool:
    return b"\r\nServer: Python/" in said


def answers(said: bytes) -> list[tuple[int, bytes]]:
    """Status and body of each answer in what a server said."""
    found = []
    while said:
        head, _, rest = said.partition(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        headers = {name.lower(): value for name, value in (line.split(b": ", 1) for line in lines)}
        length = int(headers.get(b"content-length", b"0"))
        found.append((int(status.split()[1]), rest[:length]))
        said = rest[length:]
    return found
