"""From an operation of the table to its answer: which token, when, and how often (contract 4.7, 5.10, 8.28 and 8.29).

A call that no token of the client may make is refused before it leaves. One that was certainly not carried out is made
again, and one whose fate is unknown only where doing it twice is doing it once (`Operation.repeatable`).

Every try is told to an observer, for metrics and traces. With the clients of Prometheus and OpenTelemetry it could be:

```python
CALLS = Histogram("criachat_call_seconds", "Calls of the platform", ["operation", "status"])
tracer = trace.get_tracer("bot")


def observe(call: CallReport) -> None:
    CALLS.labels(call.operation, call.status or call.error).observe(call.seconds)
    attributes = {"http.route": call.endpoint, "http.status_code": call.status or 0, "request_id": call.request_id}
    span = tracer.start_span(call.operation, start_time=int(call.began * 1e9), attributes=attributes)
    span.end(end_time=int((call.began + call.seconds) * 1e9))


client = ApplicationClient("https://app.cria.chat", 3, bot_token=token, observe=observe)
```
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeAlias
from urllib.parse import quote

from criabot.errors import (
    ApiError,
    ApiOutcomeUnknown,
    ApiRefused,
    ApiUnreachable,
    CredentialMissing,
    NotFound,
    RateLimited,
    ServerError,
)
from criabot.platform.limits import MINUTE, Counter, Limiter, next_window
from criabot.platform.operations import OPERATIONS, Operation
from criabot.platform.report import CallReport
from criabot.platform.transport import Answer, Transport
from criabot.platform.versions import at_least

if TYPE_CHECKING:
    from aiohttp import FormData

__all__ = [
    "NOT_GIVEN",
    "CallReport",
    "Caller",
    "Credential",
    "Identified",
    "NotGiven",
    "Resource",
    "given",
    "number_given",
    "number_of",
]

logger = logging.getLogger("criabot.platform")

Credential: TypeAlias = Literal["bot", "user", "platform"]
Place: TypeAlias = "int | str | Identified"
"""What is put into a path: a number, whatever has one as its ``id``, or text that is escaped."""
Params: TypeAlias = Mapping[str, Any]
"""Of a query: None is left out, a list is repeated as ``name[]``."""

FIRST_PAUSE = 0.2  # seconds, doubled with each try
LONGEST_PAUSE = 10.0
JITTER_SECONDS = 3.0

EVERY_CALL: list[Counter] = [("all", "")]

NEEDS = {
    "bot": "a bot's token, or an agent's or administrator's (bot_token=, user_token=)",
    "user": "the token of an agent or administrator (user_token=, or CRIABOT_USER_TOKEN): a bot's may not do it",
    "admin": "the token of an administrator (user_token=, or CRIABOT_USER_TOKEN): a bot's may not do it",
    "platform": "a platform app's token (PlatformClient)",
}


class Identified(Protocol):
    """Whatever has a number on the platform, such as what the client has given before."""

    @property
    def id(self) -> int | None:
        """The number."""


class Caller:
    """Makes the calls of all resources of a client.

    Args:
        transport: to the server.
        tokens: by whose they are.
        account: the account of the paths.
        inbox: the identifier of the inbox of the Client API's paths.
        limiter: holds calls back; None lets all go at once.
        patience: seconds that a call may wait for the limiter; None for as long as it takes.
        retries: how often a call may be made again.
        observe: told of each try when it has ended; must not block.
    """

    def __init__(
        self,
        transport: Transport,
        tokens: Mapping[Credential, str],
        *,
        account: int = 0,
        inbox: str = "",
        limiter: Limiter | None = None,
        patience: float | None = None,
        retries: int = 0,
        observe: Callable[[CallReport], None] | None = None,
    ) -> None:
        self.account = account
        self.inbox = inbox
        self.transport = transport
        self._tokens = dict(tokens)
        self._limiter = limiter
        self._patience = patience
        self._retries = retries
        self._observe = observe
        self._version: str | None = None
        self._asking = asyncio.Lock()
        self._chosen: dict[str, str | None] = {}

    async def ask(
        self,
        operation: Operation,
        path: str,
        *,
        json: Any = None,
        form: FormData | None = None,
        params: Params | None = None,
    ) -> Answer:
        """Make a call.

        Raises:
            CredentialMissing: no token of this client may do it; nothing was sent.
            ApiError: see `Transport.request`.
        """
        name = operation.name
        token = self._chosen[name] if name in self._chosen else await self._token(operation, path)
        limiter, attempt, was_lost = self._limiter, 1, False
        while True:
            if limiter is not None and not limiter.passes(counters := self._counters(operation, path)):
                await self._admitted(limiter, counters, operation)
            call = self.transport.request(
                operation.verb,
                path,
                name=operation.endpoint if operation.access == "public" else "",
                token=token,
                json=json,
                form=form,
                params=params,
            )
            try:
                answer = await (call if self._observe is None else self._observed(operation, attempt, call))
            except ApiError as error:
                if was_lost and operation.verb == "DELETE" and isinstance(error, NotFound):
                    return Answer(error.endpoint, b"")  # gone by the try before, whose answer was lost
                pause = await self._pause(operation, path, error, attempt)
                if pause is None:
                    raise
                was_lost = was_lost or isinstance(error, (ApiOutcomeUnknown, ServerError))
            else:
                answer.envelope = operation.envelope
                return answer
            await asyncio.sleep(pause)
            attempt += 1

    def has(self, kind: Credential) -> bool:
        """Whether there is such a token."""
        return kind in self._tokens

    async def version(self) -> str:
        """The server's version, empty when it does not tell; asked once, without a token (contract 0.1).

        Raises:
            ApiError: it cannot be asked now.
        """
        async with self._asking:
            if self._version is None:
                operation = OPERATIONS["server.info"]
                info = (await self.transport.request(operation.verb, operation.path)).value()
                self.learn(str(info.get("version") or "") if isinstance(info, dict) else "")
        return self._version or ""

    def learn(self, version: str) -> None:
        """The server's version, from whoever has asked for it anyway."""
        if version != self._version:
            self._version = version
            self._chosen.clear()

    async def _token(self, operation: Operation, path: str) -> str | None:
        """The token to use, None for none; remembered once it is certain."""
        access = operation.access
        kind: Credential = "platform" if access == "platform" else "user"
        is_certain = True
        if access == "bot" and "bot" in self._tokens:
            lets_bots = await self._lets_bots(operation)
            is_certain = lets_bots is not None
            if lets_bots or (lets_bots is None and "user" not in self._tokens):
                kind = "bot"
        token = None if access == "public" else self._tokens.get(kind)
        if token is None and access != "public":
            raise self._missing(operation, path)
        if is_certain:
            self._chosen[operation.name] = token
        return token

    async def _lets_bots(self, operation: Operation) -> bool | None:
        """Whether a bot's token may do it on this server; None when it cannot be asked now."""
        if not operation.bot_since:
            return True
        try:
            return at_least(await self.version(), operation.bot_since)
        except ApiError:
            return None

    def _missing(self, operation: Operation, path: str) -> CredentialMissing:
        needs = NEEDS[operation.access]
        if operation.access == "bot" and "bot" in self._tokens:
            needs = f"a server from {operation.bot_since} on (this is {self._version}), or {NEEDS['user']}"
        endpoint = f"{operation.verb} {path}"
        return CredentialMissing(f"{endpoint}: needs {needs}. Nothing was sent", endpoint=endpoint)

    async def _admitted(self, limiter: Limiter, counters: Sequence[Counter], operation: Operation) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await limiter.admit(counters)
        except TimeoutError:
            raise RateLimited(
                f"{operation.endpoint}: not sent, because the platform's limits are reached (contract 5.10). "
                "Call again later, or less often",
                endpoint=operation.endpoint,
                status=429,
                retry_after=limiter.seconds_until(counters),
            ) from None

    async def _observed(self, operation: Operation, attempt: int, call: Awaitable[Answer]) -> Answer:
        began, before = time.time(), time.perf_counter()
        status: int | None = None
        error = request_id = ""
        try:
            answer = await call
            status, request_id = answer.status, answer.request_id
        except BaseException as problem:
            error = type(problem).__name__
            status, request_id = getattr(problem, "status", None), getattr(problem, "request_id", "")
            raise
        else:
            return answer
        finally:
            seconds = time.perf_counter() - before
            self._tell(
                CallReport(operation.name, operation.endpoint, began, seconds, status, error, attempt, request_id)
            )

    def _tell(self, report: CallReport) -> None:
        try:
            if self._observe is not None:
                self._observe(report)
        except Exception:
            logger.exception("the observer of calls failed; the call did not")

    def _counters(self, operation: Operation, path: str) -> list[Counter]:
        """What a call counts for, the rarest last: the address as a whole, and what has a limit of its own."""
        if operation.throttle == "all":
            return EVERY_CALL
        return [*EVERY_CALL, (operation.throttle, path if operation.throttle == "messages" else str(self.account))]

    async def _pause(self, operation: Operation, path: str, error: ApiError, attempt: int) -> float | None:
        """Seconds until the next try, None for no other; after a 429 everybody waits, whether or not there is one."""
        told = error.retry_after if isinstance(error, ApiRefused) else None
        if isinstance(error, RateLimited) and self._limiter is not None:
            await self._limiter.refused(self._counters(operation, path), told)
        if attempt > self._retries or not _may_repeat(operation, error) or (told or 0.0) > MINUTE:
            return None
        jitter = random.random()  # noqa: S311 - so that not all come back at once
        if isinstance(error, RateLimited):
            if self._limiter is not None:
                return 0.0  # it knows when
            return (next_window(time.time()) if told is None else told) + jitter * JITTER_SECONDS
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1)) * (1 + jitter) / 2
        return max(pause, told or 0.0)


def _may_repeat(operation: Operation, error: ApiError) -> bool:
    match error:
        case ApiUnreachable() | RateLimited():  # it was certainly not carried out
            return True
        case ApiOutcomeUnknown() | ServerError():
            return operation.repeatable
        case ApiRefused() | _:
            return False


class Resource:
    """Calls about one kind of thing; `name` is the first part of their names in the table."""

    name: ClassVar[str]
    kinds: ClassVar[list[type[Resource]]] = []

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.kinds.append(cls)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._routes = {
            operation.name.partition(".")[2]: (operation, _template(operation, caller))
            for operation in OPERATIONS.values()
            if operation.name.partition(".")[0] == self.name
        }

    def _ask(
        self, what: str, *places: Place, json: Any = None, form: FormData | None = None, params: Params | None = None
    ) -> Awaitable[Answer]:
        """Make the call of a method: ``places`` are put into its path, in their order."""
        operation, template = self._routes[what]
        if len(places) == 1 and type(places[0]) is int:  # most are
            path = template % places
        else:
            path = template % tuple([_escaped(place) for place in places]) if places else template
        return self._caller.ask(operation, path, json=json, form=form, params=params)


def _template(operation: Operation, caller: Caller) -> str:
    """The path with what the caller knows put in, and ``%s`` where the rest goes."""
    known: dict[str, Place] = {}
    if operation.access == "public":
        known = {"inbox": caller.inbox}
    elif operation.access != "platform":
        known = {"account": caller.account}
    path = operation.path
    for place in operation.places:
        path = path.replace(f"{{{place}}}", _escaped(known[place]) if known.get(place) else "%s", 1)
    return path


def number_of(place: int | Identified) -> int:
    """The number of a thing, given as itself or as the thing.

    Raises:
        ValueError: it has none.
    """
    number = place if isinstance(place, int) else place.id
    if number is None:
        raise ValueError(f"{place!r} has no id")
    return number


def number_given(place: int | Identified | NotGiven | None) -> int | NotGiven | None:
    """The same of a thing that may be missing: None and `NOT_GIVEN` stay what they are."""
    return place if place is None or isinstance(place, NotGiven) else number_of(place)


def _escaped(place: Place) -> str:
    text = place if isinstance(place, str) else str(number_of(place))
    if text in ("", ".", ".."):
        raise ValueError("an id in a path must not be empty")
    return text if text.isascii() and text.isalnum() else quote(text, safe="")


def given(**values: Any) -> dict[str, Any]:
    """The values that were given: `NOT_GIVEN` is left out, None stays and is sent as null."""
    return {name: value for name, value in values.items() if value is not NOT_GIVEN}


class NotGiven:
    """The type of `NOT_GIVEN`."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"

    def __bool__(self) -> bool:
        return False


NOT_GIVEN = NotGiven()
"""Says that an argument was left out, where None means something to the platform: "clear it"."""
