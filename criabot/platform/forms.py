"""Calls with files: aiohttp's forms, in connections of their own."""

from __future__ import annotations

import asyncio

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    FormData,
    TCPConnector,
)

from criabot.platform.pool import Lost, Unsent
from criabot.platform.reply import REFUSAL_BYTES, REFUSAL_SECONDS, Reply, shown

__all__ = ["Forms"]


class Forms:
    """Sends forms to one server; opened by the first.

    Args:
        base_url: of the server.
        connect_timeout: seconds to get a connection.
        read_timeout: seconds between two reads; both together are the limit of a whole call.
        pool_size: the most connections.
    """

    def __init__(self, base_url: str, *, connect_timeout: float, read_timeout: float, pool_size: int) -> None:
        self._base_url = base_url
        self._session = ClientSession(
            connector=TCPConnector(limit=pool_size),
            timeout=ClientTimeout(
                total=connect_timeout + read_timeout,
                connect=connect_timeout,
                sock_connect=connect_timeout,
                sock_read=read_timeout,
            ),
            cookie_jar=DummyCookieJar(),
        )

    async def send(self, method: str, path: str, form: FormData, token: str | None) -> Reply:
        """Send a form, and what it was answered with.

        Raises:
            Unsent: there was no connection to send it on.
            Lost: it was sent, but not answered.
        """
        headers = {"Api-Access-Token": token} if token is not None else {}
        url = self._base_url + path
        try:
            async with self._session.request(
                method, url, data=form, headers=headers, allow_redirects=False
            ) as response:
                body = await response.read() if response.status < 300 else await _told(response)
                request_id, retry_after = (_header(response, name) for name in ("X-Request-Id", "Retry-After"))
                return Reply(response.status, body, request_id, retry_after)
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            raise Unsent(type(error).__name__) from None
        except (ClientError, TimeoutError, OSError) as error:
            raise Lost(type(error).__name__) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


async def _told(response: ClientResponse) -> bytes:
    """What comes of a refusal's body in a moment; its status says nearly everything."""
    parts: list[bytes] = []
    try:
        async with asyncio.timeout(REFUSAL_SECONDS):
            while sum(map(len, parts)) < REFUSAL_BYTES and (part := await response.content.read(REFUSAL_BYTES)):
                parts.append(part)
    except (ClientError, TimeoutError, OSError):
        response.close()
    return b"".join(parts)


def _header(response: ClientResponse, name: str) -> str:
    return shown(response.headers.get(name, "").encode("latin-1", "replace"))
