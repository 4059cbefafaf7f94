"""Files of messages (contract 2.1.7 and 8.37).

Who sends a message, or a webhook, chooses where its files are, so an address is not trusted: each host on the way is
looked up here, and asked only when it is on the internet. A platform that is itself on a private network may have its
files there, too.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from inspect import isawaitable
from pathlib import Path
from secrets import token_hex
from typing import Any, Protocol

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    InvalidURL,
    TCPConnector,
)
from yarl import URL

from criabot.errors import ApiOutcomeUnknown, ApiRefused, ApiUnreachable, DownloadRefused, NotFound, ServerError
from criabot.platform.addresses import Addresses, AddressRefused

__all__ = ["Downloaded", "Writable", "download"]

REDIRECTS = 5
PIECE = 1 << 18
CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
FIRST_PAUSE = 0.25  # seconds, doubled with each try
PRINTABLE = re.compile(r"[!-~]+")


class Writable(Protocol):
    """Where bytes can be put, such as a file that is open, or a ``BytesIO``; its ``write`` may be asynchronous."""

    def write(self, data: bytes, /) -> Any:
        """Take some bytes."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that was fetched.

    Attributes:
        size: in bytes.
        content_type: as the place of the file says.
    """

    size: int
    content_type: str


async def download(
    data_url: str, to: Path | Writable, *, base_url: str, limit: int, patience: float, timeout: float
) -> Downloaded:
    """Fetch a file; see `Uploads.download`."""
    url, addresses = _address(data_url, _endpoint(URL())), Addresses(URL(base_url))
    try:
        async with asyncio.timeout(timeout), _session(addresses) as session:
            return await _Download(session, addresses, limit, patience).fetch(url, to)
    except TimeoutError:
        problem = _broken(_endpoint(url), f"was not there after {timeout:.0f} s")
    raise problem


def _session(addresses: Addresses) -> ClientSession:
    return ClientSession(
        connector=TCPConnector(resolver=addresses),
        timeout=ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS),
        cookie_jar=DummyCookieJar(),
        headers={"Accept-Encoding": "identity"},
    )


class _Download:
    """One file on its way."""

    def __init__(self, session: ClientSession, addresses: Addresses, limit: int, patience: float) -> None:
        self._session = session
        self._addresses = addresses
        self._limit = limit
        self._patience = patience

    async def fetch(self, url: URL, to: Path | Writable) -> Downloaded:
        """The file, as soon as it is there."""
        loop = asyncio.get_running_loop()
        ends, pause = loop.time() + self._patience, FIRST_PAUSE
        while True:
            try:
                return await self._once(url, to)
            except NotFound:
                if loop.time() + pause > ends:
                    raise
            await asyncio.sleep(pause)
            pause *= 2

    async def _once(self, url: URL, to: Path | Writable) -> Downloaded:
        """The file, through all redirects."""
        for _ in range(REDIRECTS + 1):
            found = await self._ask(url, to)
            if isinstance(found, Downloaded):
                return found
            url = found
        raise _refused(_endpoint(url), f"there are more than {REDIRECTS} redirects")

    async def _ask(self, url: URL, to: Path | Writable) -> Downloaded | URL:
        """The file, or where to ask next."""
        endpoint = _endpoint(url)
        problem: Exception
        # The errors are not chained: those of aiohttp tell the whole address, which is a key to the file.
        try:
            await self._addresses.check(url)
            async with self._session.get(url, allow_redirects=False) as response:
                if 300 <= response.status < 400 and "Location" in response.headers:
                    return url.join(_address(response.headers["Location"], endpoint))
                return await self._save(response, to)
        except AddressRefused as error:
            problem = _refused(endpoint, str(error))
        except (InvalidURL, ValueError):  # also a name that cannot be one
            problem = _refused(endpoint, "its address is none")
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            problem = ApiUnreachable(
                f"{endpoint}: no connection for a file ({type(error).__name__}). Try again", endpoint=endpoint
            )
        except ClientError as error:
            problem = _broken(endpoint, f"broke off ({type(error).__name__})")
        raise problem

    async def _save(self, response: ClientResponse, to: Path | Writable) -> Downloaded:
        if response.status != 200:
            raise _refusal(response)
        too_large = _refused(_endpoint(response.url), f"it has more than the limit of {self._limit} bytes")
        if (response.content_length or 0) > self._limit:
            raise too_large
        async with _target(to) as target:
            size = 0
            async for piece in response.content.iter_chunked(PIECE):
                size += len(piece)
                if size > self._limit:
                    raise too_large
                written = await asyncio.to_thread(target.write, piece)
                if isawaitable(written):
                    await written
        return Downloaded(size, response.content_type)


@asynccontextmanager
async def _target(to: Path | Writable) -> AsyncIterator[Writable]:
    """What to write to; a path gets its file when all is written, and is left as it was after a failure."""
    if not isinstance(to, Path):
        yield to
        return
    part = to.with_name(f".{to.name}.{token_hex(4)}.part")
    file = await asyncio.to_thread(part.open, "xb")
    try:
        with file:
            yield file
        await asyncio.to_thread(os.replace, part, to)
    except BaseException:
        with suppress(FileNotFoundError):
            part.unlink()
        raise


def _endpoint(url: URL) -> str:
    """Where a file is, without what lets one read it."""
    return f"GET {url.origin()}" if url.absolute and url.host else "GET of a file"


def _address(text: str, endpoint: str) -> URL:
    """An address, untouched where it can be: another spelling might not fit its signature."""
    try:
        url = URL(text, encoded=PRINTABLE.fullmatch(text) is not None)
        if url.absolute and url.host:
            url.origin()
    except ValueError:
        problem = _refused(endpoint, "its address is none")
    else:
        return url
    raise problem


def _refused(endpoint: str, why: str) -> DownloadRefused:
    return DownloadRefused(f"{endpoint}: a file was not fetched: {why}", endpoint=endpoint)


def _refusal(response: ClientResponse) -> ApiRefused:
    status, endpoint = response.status, _endpoint(response.url)
    kind = NotFound if status == 404 else ServerError if status >= 500 else ApiRefused
    return kind(
        f"{endpoint}: answered {status} for a file. Its address may have expired: take it from the message again",
        endpoint=endpoint,
        status=status,
    )


def _broken(endpoint: str, what: str) -> ApiOutcomeUnknown:
    return ApiOutcomeUnknown(f"{endpoint}: a file {what}. Try again", endpoint=endpoint)
