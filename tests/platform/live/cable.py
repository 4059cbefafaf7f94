"""A server of live sockets that does what a test says, and remembers what it was told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

__all__ = ["DEADLINE", "Act", "Cable", "Peer", "cable", "confirm", "eventually"]

DEADLINE = 10.0
PROTOCOL = "actioncable-v1-json"


class Peer:
    """A client that has connected, as the server sees it."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.request = request
        self.commands: list[dict[str, Any]] = []
        self.closed_with: int | None = None
        self._socket = socket

    async def send(self, frame: Any) -> None:
        await self._socket.send_str(json.dumps(frame))

    async def tell(self, event: str, **data: Any) -> None:
        await self.send({"identifier": self.identifier, "message": {"event": event, "data": data}})

    async def close(self, code: int) -> None:
        await self._socket.close(code=code)

    def kill(self) -> None:
        """Break the connection off."""
        assert self.request.transport is not None
        self.request.transport.abort()

    @property
    def identifier(self) -> str:
        return str(self.commands[0]["identifier"])

    async def listen(self) -> None:
        """Until the client is gone."""
        async for frame in self._socket:
            if frame.type is WSMsgType.TEXT:
                self.commands.append(json.loads(frame.data))
        self.closed_with = self._socket.close_code


Act: TypeAlias = Callable[[Peer], Awaitable[None]]


async def confirm(peer: Peer) -> None:
    """Say welcome, and confirm the subscription."""
    await peer.send({"type": "welcome"})
    await eventually(lambda: bool(peer.commands))
    await peer.send({"identifier": peer.identifier, "type": "confirm_subscription"})


@dataclass
class Cable:
    """The server: its address, and who has connected."""

    url: str = ""
    acts: list[Act] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=[PROTOCOL], timeout=0.1)
        await socket.prepare(request)
        peer = Peer(request, socket)
        act = self.acts[min(len(self.peers), len(self.acts) - 1)]
        self.peers.append(peer)
        listening = asyncio.create_task(peer.listen())
        with suppress(ConnectionError):
            await act(peer)
        await listening
        return socket

    async def peer(self, number: int) -> Peer:
        """The client that connected as the first (0), the second, …"""
        await eventually(lambda: len(self.peers) > number)
        return self.peers[number]


@asynccontextmanager
async def cable(*acts: Act) -> AsyncIterator[Cable]:
    """A server that does ``acts[0]`` with the first connection, and so on; the last one with all others."""
    served = Cable(acts=list(acts))
    application = web.Application()
    application.router.add_get("/cable", served.serve)
    async with TestServer(application, shutdown_timeout=0.1) as server:
        served.url = str(server.make_url(""))
        yield served


async def eventually(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not is_true():
            await asyncio.sleep(0.005)
