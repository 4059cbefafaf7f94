"""Files of messages are fetched without a token, from the internet only, whole or not at all (contract 8.37)."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from criabot import errors
from criabot.platform import ApplicationClient
from tests.platform.conftest import TOKEN
from tests.platform.rawserver import break_off, hang, soon, trickle, wire

KEY = "eyJfcmFpbHMi--4f0b7fdc"
PICTURE = b"\x89PNG" * 1000
PUBLIC = "https://93.184.216.34"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Storage:
    """A platform with files on loopback; ``answer`` decides what it does."""

    def __init__(self) -> None:
        self.port: int | None = None
        self.seen: list[web.Request] = []
        self.answer: Handler = self.picture

    async def picture(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=PICTURE, content_type="image/png")

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        return await self.answer(request)

    def url(self, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/blobs/{KEY}/foto%20a%C3%A7%C3%A3o.png"


@pytest.fixture
async def storage() -> AsyncIterator[Storage]:
    storage, application = Storage(), web.Application()
    application.router.add_get("/{any:.*}", storage.handle)
    async with TestServer(application) as server:
        storage.port = server.port
        yield storage


@pytest.fixture
async def client(storage: Storage) -> AsyncIterator[ApplicationClient]:
    async with ApplicationClient(f"http://127.0.0.1:{storage.port}", 1, user_token=TOKEN, retries=0) as client:
        yield client


async def refusal(
    client: ApplicationClient, url: str, *, patience: float = 0.0, timeout: float = 10.0
) -> errors.ApiError:
    """The error of a download, which tells nobody how to read the file."""
    with pytest.raises(errors.ApiError) as caught:
        await soon(client.uploads.download(url, BytesIO(), patience=patience, timeout=timeout))
    everything = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__context__)
    assert KEY not in everything
    assert KEY not in caught.value.endpoint
    return caught.value


def names_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


async def test_a_redirect_is_followed_and_no_token_is_sent(storage: Storage, client: ApplicationClient) -> None:
    async def redirect(request: web.Request) -> web.StreamResponse:
        storage.answer = storage.picture
        return web.Response(status=302, headers={"Location": "/disk/abc?disposition=a%2Fb%2Bc"})

    storage.answer = redirect
    target = BytesIO()
    fetched = await client.uploads.download(storage.url(), target)
    assert (target.getvalue(), fetched.size, fetched.content_type) == (PICTURE, len(PICTURE), "image/png")
    first, second = storage.seen
    assert first.raw_path == f"/blobs/{KEY}/foto%20a%C3%A7%C3%A3o.png"
    assert second.raw_path == "/disk/abc?disposition=a%2Fb%2Bc"  # as it was signed
    assert all(TOKEN not in str(request.headers) for request in storage.seen)


async def test_redirects_end(storage: Storage, client: ApplicationClient) -> None:
    async def redirect(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": storage.url()})

    storage.answer = redirect
    error = await refusal(client, storage.url())
    assert type(error) is errors.DownloadRefused
    assert "redirects" in str(error)
    assert len(storage.seen) == 6


@pytest.mark.parametrize("location", ["", "file:///etc/passwd", "http://[", "gopher://example.com/"])
async def test_a_redirect_to_nowhere_is_not_followed(
    storage: Storage, client: ApplicationClient, location: str
) -> None:
    async def redirect(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": location} if location else {})

    storage.answer = redirect
    assert isinstance(await refusal(client, storage.url()), errors.DownloadRefused | errors.ApiRefused)
    assert len(storage.seen) == 1


async def test_a_file_that_is_not_in_its_place_yet_is_asked_for_again(
    storage: Storage, client: ApplicationClient
) -> None:
    async def late(request: web.Request) -> web.StreamResponse:
        return web.Response(status=404) if len(storage.seen) < 3 else await storage.picture(request)

    storage.answer = late
    target = BytesIO()
    await client.uploads.download(storage.url(), target, patience=5)
    assert target.getvalue() == PICTURE
    assert len(storage.seen) == 3


@pytest.mark.parametrize(
    ("status", "kind"), [(404, errors.NotFound), (403, errors.ApiRefused), (503, errors.ServerError)]
)
async def test_what_is_no_file_is_told(
    storage: Storage, client: ApplicationClient, status: int, kind: type[errors.ApiError]
) -> None:
    async def refuse(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    storage.answer = refuse
    error = await refusal(client, storage.url())
    assert type(error) is kind
    assert isinstance(error, errors.ApiRefused)
    assert error.status == status
    assert len(storage.seen) == 1


@pytest.mark.parametrize("is_told", [True, False])
async def test_what_is_too_large_is_not_kept(
    storage: Storage, client: ApplicationClient, tmp_path: Path, is_told: bool
) -> None:
    async def large(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(10**9)} if is_told else {})
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x" * 1000)
        return response

    storage.answer = large
    copy = tmp_path / "foto.png"
    copy.write_bytes(b"old")
    with pytest.raises(errors.DownloadRefused, match="limit of 5000 bytes"):
        await soon(client.uploads.download(storage.url(), copy, limit=5000))
    assert names_in(tmp_path) == ["foto.png"]
    assert copy.read_bytes() == b"old"


async def test_a_path_has_the_whole_file_or_what_it_had_before(client: ApplicationClient, tmp_path: Path) -> None:
    copy = tmp_path / "foto.png"
    async with wire(break_off) as (_, base_url):
        with pytest.raises(errors.ApiOutcomeUnknown, match="broke off"):
            await soon(client.uploads.download(f"{base_url}/{KEY}", copy))
    assert names_in(tmp_path) == []


async def test_who_is_cancelled_leaves_nothing_behind(
    storage: Storage, client: ApplicationClient, tmp_path: Path
) -> None:
    begun = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x" * 10**6)
        begun.set()
        await asyncio.sleep(60)
        return response

    storage.answer = slow
    task = asyncio.create_task(client.uploads.download(storage.url(), tmp_path / "foto.png"))
    await soon(begun.wait())
    task.cancel()
    await asyncio.wait([task])
    assert names_in(tmp_path) == []


async def test_a_file_can_be_put_wherever_bytes_can(storage: Storage, client: ApplicationClient) -> None:
    class Sink:
        def __init__(self) -> None:
            self.taken = b""

        async def write(self, data: bytes) -> None:
            self.taken += data

    sink = Sink()
    await client.uploads.download(storage.url(), sink)
    assert sink.taken == PICTURE


async def test_a_storage_that_never_ends_is_given_up(client: ApplicationClient) -> None:
    for react in (hang, trickle):
        async with wire(react) as (_, base_url):
            error = await refusal(client, f"{base_url}/{KEY}", timeout=0.3)
            assert type(error) is errors.ApiOutcomeUnknown


async def test_nobody_at_home_is_told(client: ApplicationClient) -> None:
    error = await refusal(client, f"http://127.0.0.1:{unused_port()}/{KEY}")
    assert type(error) is errors.ApiUnreachable


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0.0.0.0",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00::1]",
        "224.0.0.1",
    ],
)
async def test_a_public_platform_has_no_files_on_a_private_network(storage: Storage, host: str) -> None:
    async with ApplicationClient(PUBLIC, 1, user_token=TOKEN, retries=0) as client:
        error = await refusal(client, storage.url(host))
        assert type(error) is errors.DownloadRefused
    assert storage.seen == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "0.0.0.0"])
async def test_a_private_platform_may_have_its_files_there(
    storage: Storage, client: ApplicationClient, host: str
) -> None:
    target = BytesIO()
    await client.uploads.download(storage.url(host), target)
    assert target.getvalue() == PICTURE


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "224.0.0.1"])
async def test_even_a_private_platform_has_no_files_on_the_link(client: ApplicationClient, host: str) -> None:
    assert type(await refusal(client, f"http://{host}/{KEY}")) is errors.DownloadRefused


@pytest.mark.parametrize("url", ["", "foto.png", "file:///etc/passwd", "ftp://example.com/a", "http://[", "http://"])
async def test_what_is_no_web_address_is_not_asked(client: ApplicationClient, url: str) -> None:
    assert type(await refusal(client, url)) is errors.DownloadRefused
