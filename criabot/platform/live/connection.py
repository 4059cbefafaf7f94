"""A WebSocket to ``/cable``, through aiohttp, and a subscription on it.

Nothing of aiohttp's errors is kept: they can hold the address, and so a password.
"""

from __future__ import annotations

import asyncio
import time
from typing import Self

from aiohttp import (
    ClientError,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    DummyCookieJar,
    TraceConfig,
    WSMsgType,
    WSServerHandshakeError,
)
from yarl import URL

from criabot.errors import (
    ApiError,
    ApiRefused,
    ApiUnreachable,
    Forbidden,
    NotFound,
    RateLimited,
    ServerError,
    Unauthorized,
)
from criabot.platform.live.events import LiveEvent
from criabot.platform.live.protocol import CABLE, PROTOCOL, Ended, Subscription, Viewer

__all__ = ["Connection"]

CLOSING_SECONDS = 1.0  # for the server to say goodbye
REFUSALS: dict[int, type[ApiRefused]] = {401: Unauthorized, 403: Forbidden, 404: NotFound, 429: RateLimited}


class Connection:
    """A connection with a confirmed subscription; `open` makes one, `close` ends it.

    Attributes:
        heard_at: when the server was last heard, in epoch seconds.
    """

    def __init__(self, session: ClientSession, socket: ClientWebSocketResponse, subscription: Subscription) -> None:
        self._session = session
        self._socket = socket
        self._subscription = subscription
        self.heard_at = time.time()

    @classmethod
    async def open(
        cls, cable: URL, viewer: Viewer, *, connect_timeout: float, confirm_timeout: float, silence_limit: float
    ) -> tuple[Self, list[LiveEvent]]:
        """Connect, subscribe and be confirmed; with the events that came before the confirmation.

        Raises:
            ApiUnreachable: no connection.
            ApiRefused: another answer than a WebSocket.
            NotSubscribed: the platform does not want it.
            Ended: the connection ended before the confirmation, or there was none.
        """
        session = ClientSession(cookie_jar=DummyCookieJar(), trace_configs=[_no_redirects()])
        try:
            socket = await _opened(session, cable, connect_timeout)
        except BaseException:
            await session.close()
            raise
        now = asyncio.get_running_loop().time()
        subscription = Subscription(viewer, confirm_timeout=confirm_timeout, silence_limit=silence_limit, now=now)
        connection = cls(session, socket, subscription)
        try:
            early: list[LiveEvent] = []
            while not subscription.is_confirmed:
                early = await connection.hear()
        except BaseException:
            await connection.close()
            raise
        return connection, early

    async def hear(self) -> list[LiveEvent]:
        """Wait for the server or for something to do, and do it; the events heard, often none.

        Raises:
            Ended: the connection is of no use any more.
            NotSubscribed: the platform does not want the subscription any more.
        """
        now = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout_at(self._subscription.due):
                while self._subscription.to_send:
                    await self._socket.send_str(self._subscription.to_send.pop(0))
                frame = await self._socket.receive()
        except TimeoutError:
            self._subscription.pass_time(now())
            return []
        except (ClientError, ConnectionError) as error:
            reason = type(error).__name__
        else:
            if frame.type is WSMsgType.TEXT:
                self.heard_at = time.time()
                return self._subscription.hear(frame.data, now())
            if frame.type is WSMsgType.BINARY:
                return []
            reason = f"the server closed it, code {self._socket.close_code}"
        raise Ended(f"the connection ended ({reason})")

    async def close(self) -> None:
        """Say goodbye, for a moment at the most, and close."""
        try:
            async with asyncio.timeout(2 * CLOSING_SECONDS):
                await self._socket.close()
        except TimeoutError:  # it does not even take the goodbye
            pass
        finally:
            await self._session.close()


class _Redirected(Exception):
    """The server named another address, which must not get the token."""


def _no_redirects() -> TraceConfig:
    async def refuse(*_told: object) -> None:
        raise _Redirected

    trace = TraceConfig()
    trace.on_request_redirect.append(refuse)
    return trace


async def _opened(session: ClientSession, cable: URL, connect_timeout: float) -> ClientWebSocketResponse:
    closing = ClientWSTimeout(ws_close=CLOSING_SECONDS)
    try:
        async with asyncio.timeout(connect_timeout):
            return await session.ws_connect(cable, protocols=[PROTOCOL], timeout=closing)
    except WSServerHandshakeError as error:
        problem = _refused(error.status)
    except _Redirected:
        problem = _refused(301)
    except (ClientError, TimeoutError, OSError) as error:
        problem = ApiUnreachable(
            f"{CABLE}: no connection ({type(error).__name__}). Check the base URL and that the platform is up",
            endpoint=CABLE,
        )
    raise problem


def _refused(status: int) -> ApiError:
    kind = ServerError if status >= 500 else REFUSALS.get(status, ApiRefused)
    advice = "Check the base URL, which must be the final address, and that the proxy before it lets WebSockets through"
    return kind(f"{CABLE}: answered {status} instead of opening a WebSocket. {advice}", endpoint=CABLE, status=status)
