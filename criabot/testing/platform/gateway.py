"""What stands before the application: rate limit, faults of the network, the log of calls (contract 5.1, 5.10)."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from aiohttp import web

from criabot.testing.platform.http import respond
from criabot.testing.platform.world import Json

__all__ = ["ApiCall", "ApiFault", "Gateway"]

PAGE = '<!DOCTYPE html>\n<html lang="en"><head><title>Page not found</title></head><body>Page not found</body></html>\n'
LOOPBACK = "127.0.0.1"
LOGGED = "/api/v1/accounts/"

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class ApiFault:
    """What goes wrong with one call of the API.

    Attributes:
        status: answered instead; nothing is done. 429 answers with the real server's text.
        status_after: answered although it was done.
        lose: it is done, then the connection is cut.
        delay: seconds of real time before it is done.
        late: seconds of real time between doing it and the answer.
    """

    status: int = 0
    status_after: int = 0
    lose: bool = False
    delay: float = 0.0
    late: float = 0.0


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of the Application API, and the status it was answered with."""

    method: str
    path: str
    body: Json
    status: int

    @property
    def action(self) -> str:
        """The last part of the path, such as ``messages`` or ``toggle_status``."""
        return self.path.rpartition("/")[2]


@dataclass(slots=True)
class Gateway:
    """Lets requests through, or not.

    Attributes:
        clock: epoch seconds.
        limit: requests of one address in a minute of the clock; loopback and /health are exempt (contract 5.10).
        fault: asked for each call of the Application API (method, path, body) what goes wrong with it.
        on_call: told of each call after it was answered.
        calls: all of them.
    """

    clock: Callable[[], float]
    limit: int | None = None
    fault: Callable[[str, str, Json], ApiFault | None] = lambda _method, _path, _body: None
    on_call: Callable[[ApiCall], None] = lambda _call: None
    calls: list[ApiCall] = field(default_factory=list)
    _seen: Counter[tuple[str, int]] = field(default_factory=Counter)

    @web.middleware
    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request: the middleware."""
        if self._is_too_much(request):
            return _retry_later()
        if not request.path.startswith(LOGGED):
            return await _routed(request, handler)
        body = await _body(request)
        fault = self.fault(request.method, request.path, body) or ApiFault()
        await asyncio.sleep(fault.delay)
        response = _instead(fault.status) if fault.status else await _routed(request, handler)
        if fault.status_after:
            response = _instead(fault.status_after)
        call = ApiCall(request.method, request.path, body, response.status)
        self.calls.append(call)
        self.on_call(call)
        await asyncio.sleep(fault.late)
        if fault.lose and request.transport is not None:
            request.transport.abort()
        return response

    def _is_too_much(self, request: web.Request) -> bool:
        address = request.headers.get("X-Forwarded-For", LOOPBACK)
        if self.limit is None or address == LOOPBACK or request.path == "/health":
            return False
        minute = address, int(self.clock() // 60)
        self._seen[minute] += 1
        return self._seen[minute] > self.limit


async def _routed(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        if request.method == "OPTIONS":
            return web.Response(headers={"Access-Control-Allow-Origin": "*"})
        return web.Response(status=404, text=PAGE, content_type="text/html", charset="UTF-8")


async def _body(request: web.Request) -> Json:
    if request.content_type != "application/json" or not request.body_exists:
        return {}
    try:
        value: Any = json.loads(await request.read())
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _instead(status: int) -> web.Response:
    return _retry_later() if status == 429 else respond({"status": status, "error": "fault"}, status)


def _retry_later() -> web.Response:
    return web.Response(status=429, text="Retry later\n", content_type="text/plain")
