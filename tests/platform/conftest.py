"""A platform on loopback that answers what it is told, and a client of it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import BodyPartReader, web
from aiohttp.test_utils import BaseTestServer, TestServer
from multidict import CIMultiDictProxy

from criabot.platform import ApplicationClient

try:
    import uvloop
except ImportError:
    uvloop = None  # type: ignore[assignment]

TOKEN = "wIqv7sEcretToken9"


@dataclass(frozen=True)
class Seen:
    """A request as it arrived; ``body`` in the form of the recordings."""

    method: str
    path: str
    headers: CIMultiDictProxy[str]
    body: Any


class Platform:
    """Answers every request with ``answer``; remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answer_with(200, {})

    def answer_with(self, status: int, body: Any = None, *, text: str | None = None, **headers: str) -> None:
        """Answer from now on with a JSON body, or with ``text`` as it is; a ``body`` of None is empty."""
        empty = "" if body is None else json.dumps(body)
        self._status, self._text, self._headers = status, empty if text is None else text, headers

    async def handle(self, request: web.Request) -> web.Response:
        self.seen.append(Seen(request.method, request.path_qs, request.headers, await body_of(request)))
        return web.Response(status=self._status, text=self._text, headers=self._headers)


async def body_of(request: web.Request) -> Any:
    if request.content_type == "multipart/form-data":
        return {"multipart": [await recorded_part(part) async for part in await request.multipart()]}
    raw = await request.read()
    return json.loads(raw) if raw else None


async def recorded_part(part: Any) -> dict[str, Any]:
    assert isinstance(part, BodyPartReader)
    raw = bytes(await part.read())
    if part.filename is None:
        return {"name": part.name, "value": raw.decode()}
    file = {"name": part.name, "filename": part.filename, "content_type": part.headers["Content-Type"]}
    return file | {"size": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """What broken connections look like differs between the loops: such tests run on both."""
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if uvloop is not None and item.path.stem in {"test_addresses", "test_transport", "test_pool", "test_refusals"}:
        factories["uvloop"] = uvloop.new_event_loop
    return factories


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
async def server(platform: Platform) -> AsyncIterator[BaseTestServer]:
    application = web.Application()
    application.router.add_route("*", "/{any:.*}", platform.handle)
    async with TestServer(application) as server:
        yield server


@pytest.fixture
async def client(server: BaseTestServer) -> AsyncIterator[ApplicationClient]:
    async with ApplicationClient(str(server.make_url("")), 1, user_token=TOKEN, retries=0) as client:
        yield client
