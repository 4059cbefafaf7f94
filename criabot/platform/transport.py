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
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    FormData,
    TCPConnector,
)
from aiohttp.http import SERVER_SOFTWARE
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from yarl import URL

from criabot.errors import (
    ApiError,
    ApiOutcomeUnknown,
    ApiRefused,
    ApiUnreachable,
    BadRequest,
    Forbidden,
    NotFound,
    PaymentRequired,
    RateLimited,
    ServerError,
    Unauthorized,
    Unprocessable,
)
from criabot.platform.pool import Lost, Pool, StatusAndBody, Unsent

M = TypeVar("M", bound=BaseModel)

REFUSALS: dict[int, tuple[type[ApiRefused], str]] = {
    400: (BadRequest, "The body is not JSON in UTF-8 to the platform; half of an emoji in a text does this"),
    401: (
        Unauthorized,
        "Either no token arrived (does a proxy drop the Api-Access-Token header?), or the token is unknown "
        "(was it copied whole, was it reset?), or its owner may not do this (a bot's token may call few "
        "endpoints, an agent's only those of his inboxes: contract 4.7; use an administrator's or agent's token)",
    ),
    402: (PaymentRequired, "The account's plan does not include this"),
    403: (Forbidden, "The feature is off, or the inbox is of another kind"),
    404: (NotFound, "Check the account id, the conversation's number and the base URL"),
    422: (Unprocessable, "A value is invalid; for a new message it may be stored all the same (contract 3.4)"),
    429: (RateLimited, "Wait for the next minute of the clock, which is what the platform counts by"),
}
"""The error and the advice for each status, never by the answer's text: it is localised (contract 5.1)."""

REQUEST_LINE = re.compile(r"[A-Z]+ /[!-~]* HTTP/1\.1")


@dataclass(slots=True)
class Answer:
    """The body of a call that was answered with 2xx."""

    endpoint: str
    raw: bytes = field(repr=False)

    @property
    def is_empty(self) -> bool:
        """Whether the platform answered with nothing or null."""
        return self.raw.strip() in (b"", b"null")

    def read(self, model: type[M]) -> M:
        """The body as a model.

        Raises:
            ApiOutcomeUnknown: the body is not what the platform answers; perhaps somebody else answered.
        """
        try:
            found: M = model.__pydantic_validator__.validate_json(self.raw)
        except ValidationError:
            problem = "answered 2xx, but not with the platform's JSON (is the base URL right?)"
        else:
            return found
        raise _unknown(self.endpoint, problem)


class Transport:
    """The calls to one server; connections are opened by the first.

    ``connect_timeout`` covers waiting for a free connection, too; ``read_timeout`` is between two reads, and
    both together are the limit of a whole call. All in seconds.

    Forms go through aiohttp, in connections of their own; everything else through a wire that costs a fraction of it.
    """

    def __init__(
        self, base_url: str, token: str, *, connect_timeout: float, read_timeout: float, pool_size: int
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._server = _server(self._base_url)
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("token must be the access token as the platform shows it, without blanks or line ends")
        self._token = token
        self._pool_size = pool_size
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._prefix = self._server.raw_path.rstrip("/")
        self._public = _headers(self._server)
        self._private = f"{self._public}Api-Access-Token: {token}\r\n"
        self._tls = ssl.create_default_context() if self._server.scheme == "https" else None
        self._pool: Pool | None = None
        self._session: ClientSession | None = None
        self._is_severed = False

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        form: FormData | None = None,
        params: Mapping[str, int] | None = None,
        with_token: bool = True,
    ) -> Answer:
        """One call, answered with 2xx.

        Raises:
            ApiUnreachable: no connection could be made.
            ApiRefused: the platform answered with another status; the subclass says which.
            ApiOutcomeUnknown: the call may have arrived, but the answer was lost.
            ValueError: the path has blanks or control characters.
        """
        endpoint = f"{method} {path}"
        if self._is_severed:
            raise ApiUnreachable(f"{endpoint}: this bot is as good as dead", endpoint=endpoint)
        # The errors below are not chained to ours: some of aiohttp hold the request's headers, and so the token.
        try:
            if form is None:
                message = self._message(method, path, json, params, self._private if with_token else self._public)
                status, body = await self._wire().call(method, message)
            else:
                status, body = await self._upload(method, path, form)
        except Unsent as error:
            failure = _unreachable(endpoint, str(error))
        except Lost as error:
            failure = _unknown(endpoint, f"the answer was lost ({error})")
        else:
            _refuse(status, endpoint)
            return Answer(endpoint, body)
        raise failure

    def sever(self) -> None:
        """Refuse every later call, as if the process were dead; calls under way are for their callers to cancel."""
        self._is_severed = True

    async def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        pool, self._pool = self._pool, None
        session, self._session = self._session, None
        if pool is not None:
            await pool.close()
        if session is not None:
            await session.close()

    def _message(
        self, method: str, path: str, json: Mapping[str, Any] | None, params: Mapping[str, int] | None, headers: str
    ) -> bytes:
        query = f"?{urlencode(params)}" if params else ""
        line = f"{method} {self._prefix}{path}{query} HTTP/1.1"
        if not REQUEST_LINE.fullmatch(line):  # a line end would begin a header, or a request, of somebody's choice
            raise ValueError("a path must be ASCII without blanks and control characters")
        if json is None:
            length = "" if method == "GET" else "Content-Length: 0\r\n"
            return f"{line}\r\n{headers}{length}\r\n".encode()
        body = to_json(json)
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return f"{line}\r\n{headers}{kind}\r\n".encode() + body

    def _wire(self) -> Pool:
        if self._pool is None:
            self._pool = Pool(
                self._server.raw_host or "",
                self._server.port or 0,
                self._tls,
                connect_timeout=self._connect_timeout,
                read_timeout=self._read_timeout,
                size=self._pool_size,
            )
        return self._pool

    async def _upload(self, method: str, path: str, form: FormData) -> StatusAndBody:
        headers = {"Api-Access-Token": self._token}
        url = self._base_url + path
        try:
            async with self._uploads().request(
                method, url, data=form, headers=headers, allow_redirects=False
            ) as response:
                return response.status, await response.read() if response.status < 300 else b""
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            raise Unsent(type(error).__name__) from None
        except (ClientError, TimeoutError, OSError) as error:
            raise Lost(type(error).__name__) from None

    def _uploads(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(limit=self._pool_size),
                timeout=ClientTimeout(
                    total=self._connect_timeout + self._read_timeout,
                    connect=self._connect_timeout,
                    sock_connect=self._connect_timeout,
                    sock_read=self._read_timeout,
                ),
                cookie_jar=DummyCookieJar(),
            )
        return self._session


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
    headers = f"Host: {server.host_port_subcomponent}\r\nUser-Agent: {SERVER_SOFTWARE}\r\n"
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


def _refuse(status: int, endpoint: str) -> None:
    """Raise for any status but 2xx. The body is not even read: it can hold people's data (contract 5.1)."""
    if 200 <= status < 300:
        return
    kind, advice = REFUSALS.get(status) or _other_refusal(status)
    raise kind(f"{endpoint}: answered {status}. {advice}", endpoint=endpoint, status=status)


def _other_refusal(status: int) -> tuple[type[ApiRefused], str]:
    if status >= 500:
        return ServerError, "A fault of the platform or its proxy; a change may have been made (contract 3.4)"
    if 300 <= status < 400:
        return ApiRefused, "Redirects are not followed with a token; set the base URL to the final address"
    return ApiRefused, "The platform does not answer so itself; look at the proxy before it"
