"""Files that are sent (contract 3.4 and 3.6)."""

from __future__ import annotations

import hashlib
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from criabot import errors
from criabot.platform import ApplicationClient, Upload
from criabot.platform.limits import Limiter
from criabot.platform.streams import Form
from criabot.platform.uploads import File
from tests.platform.conftest import TOKEN, Platform
from tests.platform.rawserver import a_client, confirm, wire
from tests.platform.test_conversations import an_account

MEGABYTE = 1 << 20
PICTURE = Upload("foto.png", b"\x89PNG", "image/png")
BLOB = "eyJfcmFpbHMi--4f0b7fdc"


async def test_a_file_on_disk_is_not_read_into_memory(tmp_path: Path) -> None:
    film = tmp_path / "filme.mp4"
    with film.open("wb") as file:
        file.truncate(48 * MEGABYTE)
    arrived: dict[str, Any] = {}

    async def count(request: web.Request) -> web.Response:
        arrived.update(promised=request.content_length, coding=request.headers.get("Transfer-Encoding"))
        arrived["size"] = sum([len(piece) async for piece in request.content.iter_chunked(MEGABYTE)])
        return web.json_response({"id": 5})

    application = web.Application()
    application.router.add_post("/{any:.*}", count)
    async with TestServer(application) as server, a_client(str(server.make_url(""))) as client:
        await client.messages.create(7, "Olá", attachments=[PICTURE])  # what is loaded with the first file
        tracemalloc.start()
        try:
            await client.messages.create(7, "Olá", attachments=[film])
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert arrived["size"] == arrived["promised"] > 48 * MEGABYTE
    assert arrived["coding"] is None
    assert peak < 8 * MEGABYTE


async def test_a_file_that_was_refused_once_is_sent_whole_again(tmp_path: Path) -> None:
    note = tmp_path / "nota.pdf"
    note.write_bytes(b"%PDF-1.4")
    bodies: list[bytes] = []

    async def refuse_first(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.json_response({"id": 5}, status=429 if len(bodies) == 1 else 200)

    application = web.Application()
    application.router.add_post("/{any:.*}", refuse_first)
    server = TestServer(application)
    await server.start_server()
    url, at_once = str(server.make_url("")), Limiter({})
    async with server, ApplicationClient(url, 1, user_token=TOKEN, retries=1, limiter=at_once) as client:
        await client.messages.create(7, "Olá", attachments=[note, PICTURE])
    first, second = (body.replace(body.split(b"\r\n")[0].strip(b"-"), b"") for body in bodies)
    assert first == second
    assert b"%PDF-1.4" in first
    assert PICTURE.content in first


async def test_a_file_that_is_not_there_is_told_before_anything_leaves(
    platform: Platform, client: ApplicationClient, tmp_path: Path
) -> None:
    for attempt in (
        client.messages.create(7, "Olá", attachments=[tmp_path / "nada.pdf"]),
        client.uploads.create(tmp_path / "nada.pdf"),
    ):
        with pytest.raises(FileNotFoundError) as caught:
            await attempt
        assert caught.value.filename is not None
    assert platform.seen == []


async def test_a_path_cannot_smuggle_a_header(platform: Platform, client: ApplicationClient, tmp_path: Path) -> None:
    evil = tmp_path / "a\r\nX: 1"
    evil.write_bytes(b"a")
    with pytest.raises(ValueError, match="control characters"):
        await client.messages.create(7, "Olá", attachments=[evil])
    assert platform.seen == []


async def test_of_a_file_that_became_shorter_nobody_knows_whether_it_arrived(tmp_path: Path) -> None:
    note = tmp_path / "nota.pdf"
    note.write_bytes(b"%PDF")
    async with wire(confirm) as (_, base_url), a_client(base_url, read=2) as client:
        with pytest.raises(errors.ApiOutcomeUnknown):
            await client.messages._ask("create", 7, form=Form([], [("attachments[]", File(note, 10**6))]))


async def test_files_and_those_that_are_there_already_travel_together(
    platform: Platform, client: ApplicationClient
) -> None:
    platform.answer_with(200, {"id": 5})
    await client.messages.create(7, "Olá", attachments=[BLOB, PICTURE])
    content, blob, picture = platform.seen[0].body["multipart"]
    assert content == {"name": "content", "value": "Olá"}
    assert blob == {"name": "attachments[]", "value": BLOB}
    assert (picture["name"], picture["filename"]) == ("attachments[]", "foto.png")


async def test_an_upload_is_the_part_that_was_recorded(platform: Platform, client: ApplicationClient) -> None:
    platform.answer_with(200, {"blob_id": BLOB})
    await client.uploads.create(PICTURE)
    (part,) = platform.seen[0].body["multipart"]
    assert part == {
        "name": "attachment",
        "filename": "foto.png",
        "content_type": "image/png",
        "size": 4,
        "sha256": hashlib.sha256(PICTURE.content).hexdigest(),
    }


async def test_an_upload_is_a_file_or_an_address(platform: Platform, client: ApplicationClient) -> None:
    wrong: list[dict[str, Any]] = [{}, {"file": PICTURE, "external_url": "https://example.com/a.png"}]
    for given in wrong:
        with pytest.raises(ValueError, match="either"):
            await client.uploads.create(**given)
    assert platform.seen == []


async def test_an_upload_tells_no_secret_in_its_repr(platform: Platform, client: ApplicationClient) -> None:
    platform.answer_with(200, {"blob_id": BLOB, "file_url": f"https://example.com/{BLOB}/foto.png"})
    assert BLOB not in repr(await client.uploads.create(PICTURE))


async def test_what_was_uploaded_is_attached(tmp_path: Path) -> None:
    note = tmp_path / "nota fiscal nº 42.pdf"
    note.write_bytes(b"%PDF-1.4")
    async with an_account() as account:
        (conversation,) = await account.begin()
        uploaded = await account.admin.uploads.create(note)
        await account.bot.messages.create(conversation.id, "pelo blob", attachments=[uploaded])
        await account.bot.messages.create(conversation.id, "pelo id", attachments=[uploaded.blob_id])
        found = [each async for each in account.admin.conversations.each_attachment(conversation.id)]
        assert [each.file_type for each in found] == ["file", "file"]
        assert [each.sender.kind for each in found if each.sender is not None] == ["agent_bot", "agent_bot"]
        copy = tmp_path / "cópia.pdf"
        assert found[0].data_url is not None
        fetched = await account.bot.uploads.download(found[0].data_url, copy)
        assert (fetched.size, fetched.content_type) == (8, "application/pdf")
        assert copy.read_bytes() == b"%PDF-1.4"
