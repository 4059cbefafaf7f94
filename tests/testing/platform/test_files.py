"""Files: what they are taken for, where they lead to, and how long."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession, FormData

from criabot.testing.platform.media import content_type_of, file_type_of, pixels
from criabot.testing.platform.signing import read_id, read_token, signed_id, signed_token
from criabot.testing.verify.media import synthetic_file
from tests.testing.platform.office import Office, open_office

PNG = synthetic_file("image/png", 200)
OGG = synthetic_file("audio/ogg", 200)


async def posted(office: Office, name: str, kind: str, data: bytes) -> dict[str, Any]:
    """The attachment of a message that the bot posts."""
    customer = office.platform.customer("Ana")
    await customer.says("oi")
    form = FormData()
    form.add_field("attachments[]", data, filename=name, content_type=kind)
    url = f"{office.platform.url}/api/v1/accounts/1/conversations/1/messages"
    headers = {"api_access_token": office.platform.bot.access_token.token}
    async with ClientSession() as session, session.post(url, data=form, headers=headers) as response:
        attachment: dict[str, Any] = (await response.json())["attachments"][0]
    return attachment


async def fetched(url: str) -> tuple[int, bytes, str]:
    """Status, content and the address it leads to."""
    async with ClientSession() as session, session.get(url, allow_redirects=False) as response:
        return response.status, await response.read(), response.headers.get("Location", "")


async def test_a_link_leads_to_the_file_for_five_minutes() -> None:
    async with open_office() as office:
        attachment = await posted(office, "foto ação.png", "image/png", PNG)
        status, _, place = await fetched(attachment["data_url"])
        assert status == 302
        assert (await fetched(place))[:2] == (200, PNG)
        office.clock.advance(301)
        assert (await fetched(place))[0] == 404
        _, _, again = await fetched(attachment["data_url"])
        assert (await fetched(again))[:2] == (200, PNG)


async def test_a_link_to_a_deleted_message_s_file_is_dead() -> None:
    async with open_office() as office:
        attachment = await posted(office, "foto.png", "image/png", PNG)
        await office.ask("DELETE", f"/conversations/1/messages/{attachment['message_id']}")
        assert (await fetched(attachment["data_url"]))[0] == 404


async def test_the_size_of_a_picture_is_known_a_moment_later() -> None:
    async with open_office() as office:
        attachment = await posted(office, "foto.png", "image/png", PNG)
        assert (attachment["width"], attachment["height"]) == (None, None)
        await office.platform.settle()
        _, page = await office.ask("GET", "/conversations/1/messages")
        stored = page["payload"][-1]["attachments"][0]
        assert (stored["width"], stored["height"]) == (64, 40)


async def test_a_voice_message_is_called_what_it_is() -> None:
    async with open_office() as office:
        attachment = await posted(office, "voz.ogg", "audio/ogg", OGG)
        assert (attachment["file_type"], attachment["content_type"]) == ("audio", "audio/opus")
        assert attachment["data_url"].endswith("/voz.ogg?disposition=inline")


async def test_a_file_that_was_put_directly_can_be_attached() -> None:
    async with open_office() as office:
        await office.platform.customer("Ana").says("oi")
        blob = {"filename": "foto.png", "byte_size": len(PNG), "checksum": "x", "content_type": "image/png"}
        _, told = await office.ask("POST", "/conversations/1/direct_uploads", {"blob": blob})
        target = told["direct_upload"]
        async with office.http.put(target["url"], data=PNG, headers=target["headers"]) as response:
            assert response.status == 204
        body = {"content": "veja", "attachments": [told["signed_id"]]}
        _, message = await office.ask("POST", "/conversations/1/messages", body)
        assert (await fetched((await fetched(message["attachments"][0]["data_url"]))[2]))[1] == PNG


@pytest.mark.parametrize(
    ("data", "name", "declared", "found"),
    [
        (PNG, "x.jpg", "image/jpeg", "image/png"),
        (b"\xd0\xcf\x11\xe0", "conta.xls", "", "application/vnd.ms-excel"),
        (b"PK\x03\x04", "arquivo", "", "application/zip"),
        (b"ola", "leia.txt", "application/octet-stream", "text/plain"),
        (b"ola", "leia", "text/x-own", "text/x-own"),
        (b"ola", "leia", "", "application/octet-stream"),
    ],
)
def test_the_first_bytes_count_most(data: bytes, name: str, declared: str, found: str) -> None:
    assert content_type_of(data, name, declared) == found


def test_a_drawing_is_a_file() -> None:
    assert [file_type_of(kind) for kind in ("image/svg+xml", "video/x-msvideo", "audio/amr")] == [
        "file",
        "file",
        "audio",
    ]


def test_the_size_is_read_behind_other_segments() -> None:
    jpeg = synthetic_file("image/jpeg", 100)
    assert pixels(jpeg) == (120, 90)
    assert pixels(jpeg[:2] + b"\xff\xe1\x00\x04ab" + jpeg[2:]) == (120, 90)
    assert pixels(b"GIF89a\x05\x00\x07\x00") == (5, 7)
    assert pixels(PNG[:12]) == (None, None)
    assert pixels(b"\xff\xd8\xff\xe0") == (None, None)


def test_only_our_own_signatures_count() -> None:
    signed = signed_id("7", "blob_id", until=100.0)
    assert read_id(signed, "blob_id", 99.0) == "7"
    assert [
        read_id(*each)
        for each in ((signed, "blob_id", 101.0), (signed, "other", 99.0), ("x" + signed, "blob_id", 99.0))
    ] == [None] * 3
    token = signed_token({"source_id": "a", "exp": 100})
    assert read_token(token, 99.0)["source_id"] == "a"
    assert [read_token(*each) for each in ((token, 101.0), (token + "x", 99.0), ("", 99.0), ("é.ü", 99.0))] == [{}] * 4
