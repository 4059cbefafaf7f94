"""HTTP of the simulated platform: routes by access, tokens, bodies, answers to what is wrong (contract 4.7, 5.1)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast

from aiohttp import BodyPartReader, web

from criabot.testing.platform.casts import dense
from criabot.testing.platform.core import Core
from criabot.testing.platform.finder import is_visible
from criabot.testing.platform.payloads import asks_with_token, performer
from criabot.testing.platform.world import AgentBot, Conversation, Json, Principal, User, World

__all__ = [
    "Access",
    "Call",
    "Refused",
    "Routes",
    "UploadedFile",
    "denied",
    "fault",
    "missing",
    "not_found",
]

Access: TypeAlias = Literal["open", "bot", "user", "admin"]
Answer: TypeAlias = "Json | list[Any] | str | web.StreamResponse | None"
Handler: TypeAlias = "Callable[[Call], Answer | Awaitable[Answer]]"

DEEPEST = 100


class Refused(Exception):
    """An answer that is not 200: its status and JSON body, None for an empty one."""

    def __init__(self, status: int, body: Json | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


def not_found() -> Refused:
    """404 of the Application API."""
    return Refused(404, {"error": "Resource could not be found"})


def missing() -> Refused:
    """404 of the public interfaces, and of what only the paid edition has."""
    return Refused(404, {"status": 404, "error": "Not Found"})


def denied() -> Refused:
    """401: the user may not do that (contract 5.1)."""
    return Refused(401, {"error": "You are not authorized to do this action"})


def fault() -> Refused:
    """500: the server stumbles."""
    return Refused(500, {"status": 500, "error": "Internal Server Error"})


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file of a multipart body."""

    name: str
    content_type: str
    data: bytes


@dataclass(slots=True)
class Call:
    """One request.

    Attributes:
        core: the platform's.
        request: as aiohttp has it.
        body: the JSON object or the form's fields, else {}; ``a[b]`` fields are nested, ``a[]`` are lists.
        json: the JSON value whatever its type.
        files: uploaded files by field name.
        actor: whose token it is; None on routes without one.
    """

    core: Core
    request: web.Request
    body: Json = field(default_factory=dict)
    json: Any = None
    files: dict[str, list[UploadedFile]] = field(default_factory=dict)
    actor: Principal | None = None

    @property
    def world(self) -> World:
        """The platform's records."""
        return self.core.world

    @property
    def user(self) -> User:
        """The agent or administrator who asks."""
        return cast("User", self.actor)

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, the last of each name."""
        return dict(self.request.query)

    def number(self, name: str) -> int:
        """An id of the path.

        Raises:
            Refused: 404, it is no number.
        """
        text = self.request.match_info[name]
        if not text.isdecimal():
            raise not_found()
        return int(text)

    def conversation(self) -> Conversation:
        """The conversation of the path.

        Raises:
            Refused: 404, there is none; 401, the agent may not see it.
        """
        found = self.world.conversations.get(self.number("conversation"))
        if found is None:
            raise not_found()
        if isinstance(self.actor, User) and not is_visible(found, self.actor):
            raise denied()
        return found


@dataclass(frozen=True, slots=True)
class Route:
    """One handler.

    Attributes:
        method: of the request.
        path: with names in braces.
        handler: what answers.
        access: who may call it.
        since: the version from which a bot may, before that only users; "" for all.
        new_in: the first version that has it; "" for all.
    """

    method: str
    path: str
    handler: Handler
    access: Access
    since: str = ""
    new_in: str = ""


class Routes:
    """The handlers of one family, each with who may call it.

    A handler gets a `Call` and answers with what becomes JSON, None (200 with an empty body) or a response.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.table: list[Route] = []

    def get(self, path: str, access: Access = "user", *, since: str = "") -> Callable[[Handler], Handler]:
        """A GET; `since`: the version from which a bot may call it, before that only users."""
        return self._add("GET", path, access, since)

    def post(
        self, path: str, access: Access = "user", *, since: str = "", new_in: str = ""
    ) -> Callable[[Handler], Handler]:
        """A POST; `new_in`: the first version that has it."""
        return self._add("POST", path, access, since, new_in)

    def patch(self, path: str, access: Access = "user", *, since: str = "") -> Callable[[Handler], Handler]:
        """A PATCH, and PUT, which Rails takes for the same."""

        def both(handler: Handler) -> Handler:
            self._add("PUT", path, access, since)(handler)
            return self._add("PATCH", path, access, since)(handler)

        return both

    def delete(self, path: str, access: Access = "user", *, since: str = "") -> Callable[[Handler], Handler]:
        """A DELETE."""
        return self._add("DELETE", path, access, since)

    def _add(
        self, method: str, path: str, access: Access, since: str, new_in: str = ""
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.table.append(Route(method, self._prefix + path, handler, access, since, new_in))
            return handler

        return register

    def attach(self, app: web.Application, core: Core) -> None:
        """Add them to an application."""
        for route in self.table:
            if route.new_in and not core.world.since(route.new_in):
                continue
            endpoint = _endpoint(core, route)
            app.router.add_route(route.method, route.path, endpoint)
            if route.method == "GET":
                app.router.add_route("HEAD", route.path, endpoint)


def _endpoint(core: Core, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def endpoint(request: web.Request) -> web.StreamResponse:
        call = Call(core, request)
        asks_with_token.set(route.access != "open")
        try:
            await _read(call)
            if route.access != "open":
                call.actor = _admitted(call, route)
            performer.set(call.actor)
            answer = route.handler(call)
            if isinstance(answer, Awaitable):
                answer = await answer
        except Refused as refused:
            return respond(refused.body, refused.status)
        return answer if isinstance(answer, web.StreamResponse) else respond(answer)

    return endpoint


def respond(body: Any, status: int = 200) -> web.Response:
    """JSON, or nothing for None, as Rails answers."""
    if body is None:
        kind = "text/html" if status == 400 else "application/json"
        return web.Response(status=status, content_type=kind)
    return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json", charset="utf-8")


# -- who asks ---------------------------------------------------------------------------------------------------


def _admitted(call: Call, route: Route) -> Principal:
    world, request = call.world, call.request
    value = request.headers.get("api_access_token") or request.headers.get("Api-Access-Token")
    if value is None:
        raise Refused(401, {"errors": ["You need to sign in or sign up before continuing."]})
    actor = world.principal(value)
    if actor is None and any(row["access_token"] == value for row in world.rows["platform_apps"].values()):
        raise Refused(401, {"error": "Access to this endpoint is not authorized for bots"})
    if actor is None:
        raise Refused(401, {"error": "Invalid Access Token"})
    _check_account(call, actor)
    if isinstance(actor, AgentBot):
        if route.access != "bot" or (route.since and not world.since(route.since)):
            raise Refused(401, {"error": "Access to this endpoint is not authorized for bots"})
    elif route.access == "admin" and not actor.is_admin:
        raise denied()
    return actor


def _check_account(call: Call, actor: Principal) -> None:
    """An unknown account is 404 for every token; another bot's account 401 (contract 4.7)."""
    number = call.request.match_info.get("account")
    if number is None:
        return
    if number != str(call.world.account.id):
        raise not_found()
    if isinstance(actor, AgentBot) and actor.account_id != call.world.account.id:
        inboxes = call.world.inboxes.values()
        if not any(inbox.bot is actor for inbox in inboxes):
            raise Refused(401, {"error": "Bot is not authorized to access this account"})


# -- what was sent ----------------------------------------------------------------------------------------------


async def _read(call: Call) -> None:
    request = call.request
    if not request.body_exists:
        return
    if request.content_type == "multipart/form-data":
        await _read_multipart(call)
    elif request.content_type == "application/x-www-form-urlencoded":
        for key, value in (await request.post()).items():
            _nest(call.body, key, value)
    elif request.content_type == "application/json":
        call.json = dense(_parsed(await request.read()))
        call.body = call.json if isinstance(call.json, dict) else {}


def _parsed(raw: bytes) -> Any:
    """The JSON value.

    Raises:
        Refused: 400 with an empty body: malformed, not UTF-8, or too deep (contract 5.1).
    """
    if not raw.strip():
        return None
    try:
        value = json.loads(raw.decode("utf-8"))
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate
    except (ValueError, RecursionError):
        raise Refused(400) from None
    if _depth(value) > DEEPEST:
        raise Refused(400)
    return value


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level:
        level = [child for each in level if isinstance(each, dict | list) for child in _children(each)]
        depth += 1
    return depth


def _children(value: Json | list[Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value


async def _read_multipart(call: Call) -> None:
    async for part in await call.request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        name, data = part.name or "", bytes(await part.read(decode=True))
        if part.filename is not None:
            kind = part.headers.get("Content-Type", "application/octet-stream")
            call.files.setdefault(name, []).append(UploadedFile(part.filename, kind, data))
        else:
            _nest(call.body, name, data.decode("utf-8", "replace"))


def _nest(body: Json, name: str, value: Any) -> None:
    """``a`` = value, ``a[]`` appends, ``a[b]`` nests one level."""
    head, bracket, rest = name.partition("[")
    key = rest.removesuffix("]")
    if not bracket:
        body[head] = value
    elif not key:
        body.setdefault(head, []).append(value)
    else:
        body.setdefault(head, {})[key] = value
