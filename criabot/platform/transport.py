"""One call to the platform: the connection, the time limits, and what each failure means (contract 5.1 and 8.29).

After a failure only one question matters: may the platform have acted? ``ApiUnreachable`` says certainly not,
``ApiRefused`` says it answered, ``ApiOutcomeUnknown`` says nobody knows. A call that may have left is therefore
never sent again from here.
"""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode, urlsplit

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json
from yarl import URL

from criabot.errors import ApiError, ApiOutcomeUnknown, ApiUnreachable
from criabot.platform.pool import Lost, Pool, Unsent
from criabot.platform.refusals import refusal

if TYPE_CHECKING:
    from aiohttp import FormData

    from criabot.platform.forms import Forms

T = TypeVar("T")

REQUEST_LINE = re.compile(r"[A-Z]+ /[!-~]* HTTP/1\.1")


@dataclass(slots=True)
class Answer:
    """A call that was answered with 2xx.

    Attributes:
        endpoint: verb and path.
        raw: its body.
        status: of HTTP.
        request_id: the platform's own name of the call; empty where it told none.
        envelope: the keys around what was asked for (contract 5.2).
    """

    endpoint: str
    raw: bytes = field(repr=False)
    status: int = 200
    request_id: str = ""
    envelope: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether the platform answered with nothing or null."""
        return self.raw.strip() in (b"", b"null")

    def value(self) -> Any:
        """What is in the envelope, as plain data; None where the platform answered with nothing, or left it out.

        Raises:
            ApiOutcomeUnknown: the body is not what the platform answers; perhaps somebody else answered.
        """
        if not self.raw.strip():
            return None
        try:
            found = from_json(self.raw)
            for key in self.envelope.split(".") if self.envelope else ():
                found = found.get(key) if found is not None else None
        except (ValueError, AttributeError):
            raise self._nonsense() from None
        return found

    def read(self, kind: type[T]) -> T:
        """What is in the envelope as a model, or as a list of models.

        Raises:
            ApiOutcomeUnknown: the body is not what the platform answers; perhaps somebody else answered.
        """
        wanted: Any = kind
        try:
            if self.envelope:
                found: T = _validator(wanted).validate_python(self.value())
            else:
                found = _validator(wanted).validate_json(self.raw)
        except ValidationError:
            problem = self._nonsense()
        else:
            return found
        raise problem  # not chained: pydantic's error may quote the body

    def _nonsense(self) -> ApiError:
        return _unknown(self.endpoint, "answered 2xx, but not with the platform's JSON (is the base URL right?)")


@cache
def _validator(kind: Any) -> Any:
    """Pydantic's own, without the layers around it: one is called for every message that is posted."""
    adapter = TypeAdapter(kind)
    adapter.rebuild()  # models are built when they are first used: what stands there until then is slow
    return adapter.validator


class Transport:
    """The calls to one server; connections are opened by the first.

    ``connect_timeout`` covers waiting for a free connection, too; ``read_timeout`` is between two reads, and
    both together are the limit of a whole call. All in seconds.

    Forms go through aiohttp, in connections of their own; everything else through a wire that costs a fraction of it.
    """

    def __init__(self, base_url: str, *, connect_timeout: float, read_timeout: float, pool_size: int) -> None:
        self._base_url = base_url.rstrip("/")
        self._server = _server(self._base_url)
        self._pool_size = pool_size
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._prefix = self._server.raw_path.rstrip("/")
        self._heads: dict[str | None, str] = {None: _headers(self._server)}
        self._tls = ssl.create_default_context() if self._server.scheme == "https" else None
        self._pool: Pool | None = None
        self._forms: Forms | None = None
        self._is_severed = False

    @property
    def base_url(self) -> str:
        """Of the server, without a slash at the end."""
        return self._base_url

    async def request(
        self,
        method: str,
        path: str,
        *,
        name: str = "",
        json: Any = None,
        form: FormData | None = None,
        params: Mapping[str, Any] | None = None,
        token: str | None = None,
    ) -> Answer:
        """One call, answered with 2xx; errors call it by its ``name`` where the path itself is a secret.

        Raises:
            ApiUnreachable: no connection could be made.
            ApiRefused: the platform answered with another status; the subclass says which.
            ApiOutcomeUnknown: the call may have arrived, but the answer was lost.
            ValueError: the path has blanks or control characters.
        """
        endpoint = name or f"{method} {path}"
        if self._is_severed:
            raise ApiUnreachable(f"{endpoint}: this bot is as good as dead", endpoint=endpoint)
        # The errors below are not chained to ours: some of aiohttp hold the request's headers, and so the token.
        try:
            if form is None:
                pool = self._pool if self._pool is not None else self._wire()
                reply = await pool.call(method, self._message(method, path, json, params, token))
            else:
                reply = await self._uploads().send(method, path, form, token)
        except Unsent as error:
            failure = _unreachable(endpoint, str(error))
        except Lost as error:
            failure = _unknown(endpoint, f"the answer was lost ({error})")
        else:
            status, body, request_id, _ = reply
            if 200 <= status < 300:
                return Answer(endpoint, body, status, request_id)
            failure = refusal(reply, endpoint)
        raise failure

    def sever(self) -> None:
        """Refuse every later call, as if the process were dead; calls under way are for their callers to cancel."""
        self._is_severed = True

    async def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        pool, self._pool = self._pool, None
        forms, self._forms = self._forms, None
        if pool is not None:
            await pool.close()
        if forms is not None:
            await forms.close()

    def _message(self, method: str, path: str, json: Any, params: Mapping[str, Any] | None, token: str | None) -> bytes:
        query = _query(params) if params else ""
        head = self._heads.get(token) or self._head_with(token)
        line = f"{method} {self._prefix}{path}{query} HTTP/1.1"
        if not REQUEST_LINE.fullmatch(line):  # a line end would begin a header, or a request, of somebody's choice
            raise ValueError("a path must be ASCII without blanks and control characters")
        if json is None:
            length = "" if method == "GET" else "Content-Length: 0\r\n"
            return f"{line}\r\n{head}{length}\r\n".encode()
        body = to_json(json)
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return f"{line}\r\n{head}{kind}\r\n".encode() + body

    def _head_with(self, token: str | None) -> str:
        """The headers of every call that is made with a token; made once."""
        self._heads[token] = head = f"{self._heads[None]}Api-Access-Token: {token}\r\n"
        return head

    def _wire(self) -> Pool:
        self._pool = Pool(
            self._server.raw_host or "",
            self._server.port or 0,
            self._tls,
            connect_timeout=self._connect_timeout,
            read_timeout=self._read_timeout,
            size=self._pool_size,
        )
        return self._pool

    def _uploads(self) -> Forms:
        from criabot.platform.forms import Forms  # aiohttp takes 0.1 s to import, and few clients send files

        if self._forms is None:
            self._forms = Forms(
                self._base_url,
                connect_timeout=self._connect_timeout,
                read_timeout=self._read_timeout,
                pool_size=self._pool_size,
            )
        return self._forms


def _query(params: Mapping[str, Any]) -> str:
    """A query as Rails reads it: lists as ``name[]``, truth as ``true``; None is left out."""
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        if isinstance(value, (list, tuple)):
            pairs += [(f"{name}[]", str(each)) for each in value]
        elif value is not None:
            pairs.append((name, str(value).lower() if isinstance(value, bool) else str(value)))
    return f"?{urlencode(pairs)}" if pairs else ""


def checked_token(token: str) -> str:
    """An access token.

    Raises:
        ValueError: it cannot be one.
    """
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("a token must be as the platform shows it, without blanks or line ends")
    return token


def _server(base_url: str) -> URL:
    """The address, its host in ASCII.

    Raises:
        ValueError: it is none of http or https.
    """
    try:
        if urlsplit(base_url).scheme in {"http", "https"}:
            url = URL(base_url)
            if url.raw_host and url.port:
                return url
    except ValueError:  # not chained: it may hold a password
        pass
    raise ValueError("base_url must be an http or https address, such as https://app.cria.chat")


def _headers(server: URL) -> str:
    """The headers of every call, but for the token."""
    from criabot import __version__  # which is not there yet when this module is imported

    headers = f"Host: {server.host_port_subcomponent}\r\nUser-Agent: criabot/{__version__}\r\n"
    headers += "Accept: */*\r\nAccept-Encoding: identity\r\n"
    if server.user is not None or server.password is not None:
        login = base64.b64encode(f"{server.user or ''}:{server.password or ''}".encode()).decode()
        headers += f"Authorization: Basic {login}\r\n"
    return headers


def _unreachable(endpoint: str, why: str) -> ApiError:
    return ApiUnreachable(
        f"{endpoint}: no connection ({why}), so nothing was sent. "
        "Check the base URL and that the platform is up, then call again",
        endpoint=endpoint,
    )


def _unknown(endpoint: str, what: str) -> ApiError:
    return ApiOutcomeUnknown(
        f"{endpoint}: {what}, so the platform may or may not have acted. Look at what it has before calling again",
        endpoint=endpoint,
    )
