"""One call to the platform: the connection, the time limits, and what each failure means (contract 5.1 and 8.29).

After a failure only one question matters: may the platform have acted? ``ApiUnreachable`` says certainly not,
``ApiRefused`` says it answered, ``ApiOutcomeUnknown`` says nobody knows. A call that may have left is therefore
never sent again from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

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
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

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


@dataclass(frozen=True, slots=True)
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
            return model.model_validate_json(self.raw)
        except ValidationError:
            problem = "answered 2xx, but not with the platform's JSON (is the base URL right?)"
        raise _unknown(self.endpoint, problem)


class Transport:
    """A pool of connections to one server; opened by the first call.

    ``connect_timeout`` covers waiting for a free connection, too; ``read_timeout`` is between two reads, and
    both together are the limit of a whole call. All in seconds.
    """

    def __init__(
        self, base_url: str, token: str, *, connect_timeout: float, read_timeout: float, pool_size: int
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("base_url must be an http or https address, such as https://app.cria.chat")
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("token must be the access token as the platform shows it, without blanks or line ends")
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._pool_size = pool_size
        self._timeout = ClientTimeout(
            total=connect_timeout + read_timeout,
            connect=connect_timeout,
            sock_connect=connect_timeout,
            sock_read=read_timeout,
        )
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
        """
        if self._is_severed:
            raise ApiUnreachable(f"{method} {path}: this bot is as good as dead", endpoint=f"{method} {path}")
        headers = {"Api-Access-Token": self._token} if with_token else {}
        body: bytes | FormData | None = form
        if json is not None:
            body = to_json(json)
            headers["Content-Type"] = "application/json"
        endpoint = f"{method} {path}"
        # The errors of aiohttp are not chained to ours: some hold the request's headers, and so the token.
        try:
            return await self._send(endpoint, method, path, data=body, headers=headers, params=params)
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            failure = _unreachable(endpoint, error)
        except (ClientError, TimeoutError, OSError) as error:
            failure = _unknown(endpoint, f"the answer was lost ({type(error).__name__})")
        raise failure

    async def _send(self, endpoint: str, method: str, path: str, **how: Any) -> Answer:
        url = self._base_url + path
        async with self._open().request(method, url, allow_redirects=False, **how) as response:
            _refuse(response.status, endpoint)
            return Answer(endpoint, await response.read())

    def sever(self) -> None:
        """Refuse every later call, as if the process were dead; calls under way are for their callers to cancel."""
        self._is_severed = True

    async def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open(self) -> ClientSession:
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(limit=self._pool_size),
                timeout=self._timeout,
                cookie_jar=DummyCookieJar(),
            )
        return self._session


def _unreachable(endpoint: str, error: Exception) -> ApiError:
    return ApiUnreachable(
        f"{endpoint}: no connection ({type(error).__name__}), so nothing was sent. "
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
