"""What a refusal says about its cause, and what its body must never do (contract 5.1 and 8.31)."""

from __future__ import annotations

import asyncio
import gzip
import json
from contextlib import suppress
from typing import Any

import pytest
from aiohttp.test_utils import BaseTestServer

from criabot import errors
from criabot.platform import ApplicationClient, Upload
from criabot.platform import pool as platform_pool
from criabot.platform.reply import REFUSAL_BYTES
from tests.platform.conftest import Platform
from tests.platform.rawserver import Reaction, a_client, post, raw, soon, wire
from tests.recorded import VERSIONS, recordings

INVALID = b'{"error":"Invalid Access Token"}'
SECRET = "ana@exemplo.com"


def recorded_refusals() -> list[Any]:
    """Every refusal of the recordings, each status and body once."""
    found: dict[tuple[int, str], Any] = {}
    for version in VERSIONS:
        for recording in recordings(version):
            for step in recording.steps:
                response = step.get("response") or {}
                status, body = response.get("status", 0), response.get("body")
                text = json.dumps(body) if body is not None else response.get("body_text") or ""
                if status >= 400 and (status, text) not in found:
                    name = f"{recording.scenario}: {step['step']}"
                    found[status, text] = pytest.param(status, text, body, id=name)
    return list(found.values())


CAUSES = {
    "You need to sign in or sign up before continuing.": errors.TokenMissing,
    "Invalid Access Token": errors.TokenUnknown,
    "Access to this endpoint is not authorized for bots": errors.NotAllowed,
    "You are not authorized to do this action": errors.NotAllowed,
    "Error; wrong verify token": errors.Unauthorized,  # of a channel's webhook: not about a token of the API
    "HMAC failed: Invalid Identifier Hash Provided": errors.Unauthorized,
    "": errors.Unauthorized,
}
BY_STATUS: dict[int, type[errors.ApiRefused]] = {
    400: errors.BadRequest,
    403: errors.Forbidden,
    404: errors.NotFound,
    422: errors.Unprocessable,
    429: errors.RateLimited,
    500: errors.ServerError,
}


def expected(status: int, body: Any) -> type[errors.ApiRefused]:
    if status != 401:
        return BY_STATUS[status]
    said = body or {}
    return CAUSES[said["errors"][0] if "errors" in said else said.get("error", "")]


@pytest.mark.parametrize(("status", "text", "body"), recorded_refusals())
async def test_every_recorded_refusal_is_its_error(
    platform: Platform, client: ApplicationClient, status: int, text: str, body: Any
) -> None:
    platform.answer_with(status, text=text, **{"X-Request-Id": "4f1d-77"})
    with pytest.raises(errors.ApiRefused) as caught:
        await client.messages.create(7, "Olá")
    error = caught.value
    assert type(error) is expected(status, body)
    assert (error.status, error.request_id, error.retry_after) == (status, "4f1d-77", None)
    assert error.fields == (tuple(body["attributes"]) if status == 422 and "attributes" in body else ())
    for said in (text.strip(), *(str(value) for value in body.values() if isinstance(body, dict))) if body else ():
        assert len(said) < 5 or said not in str(error)


def test_the_recordings_have_every_cause_of_a_401() -> None:
    bodies = [parameters.values[2] or {} for parameters in recorded_refusals() if parameters.values[0] == 401]
    assert {expected(401, body) for body in bodies} == set(CAUSES.values())


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ({"error": "Bot is not authorized to access this account"}, errors.NotAllowed),
        ({"error": "You are not authorized to access this account"}, errors.NotAllowed),
        ({"error": "Account is suspended"}, errors.NotAllowed),
        ({"errors": ["Para continuar, faça login ou registre-se."]}, errors.TokenMissing),
        ({"error": ["Invalid Access Token"]}, errors.Unauthorized),
        ({"error": {"Invalid Access Token": 1}}, errors.Unauthorized),
        ({"errors": "Invalid"}, errors.Unauthorized),
        ([INVALID.decode()], errors.Unauthorized),
        ("Invalid Access Token", errors.Unauthorized),
    ],
)
async def test_the_cause_of_a_401_is_told_only_where_it_is_certain(
    platform: Platform, client: ApplicationClient, body: Any, cause: type[errors.Unauthorized]
) -> None:
    platform.answer_with(401, body)
    with pytest.raises(errors.Unauthorized) as caught:
        await client.profile.get()
    assert type(caught.value) is cause


async def test_each_cause_of_a_401_has_its_own_advice(platform: Platform, client: ApplicationClient) -> None:
    advice: set[str] = set()
    for body, words in (
        ({"errors": ["…"]}, "Api-Access-Token header"),
        ({"error": "Invalid Access Token"}, "copy it again"),
        ({"error": "You are not authorized to do this action"}, "administrator's"),
        ({"error": "…"}, "Either no token arrived"),
    ):
        platform.answer_with(401, body)
        with pytest.raises(errors.Unauthorized, match=words) as caught:
            await client.profile.get()
        advice.add(str(caught.value))
    assert len(advice) == 4


async def test_a_422_names_fields_but_no_values(platform: Platform, client: ApplicationClient) -> None:
    attributes = ["email", "attachments.file", SECRET, "a b", "", 5, None, "x" * 100, *["spam"] * 100]
    platform.answer_with(422, {"message": f"Email {SECRET} is invalid", "attributes": attributes})
    with pytest.raises(errors.Unprocessable) as caught:
        await client.profile.get()
    assert caught.value.fields[:2] == ("email", "attachments.file")
    assert set(caught.value.fields) == {"email", "attachments.file", "spam"}
    assert len(caught.value.fields) < 60
    assert SECRET not in f"{caught.value} {caught.value.fields}"


async def test_fields_are_not_taken_from_other_refusals(platform: Platform, client: ApplicationClient) -> None:
    for status, body in ((400, {"attributes": ["email"]}), (422, {"attributes": "email"}), (422, ["email"])):
        platform.answer_with(status, body)
        with pytest.raises(errors.ApiRefused) as caught:
            await client.profile.get()
        assert caught.value.fields == ()


@pytest.mark.parametrize(("told", "seconds"), [("7", 7.0), ("0", 0.0), ("soon", None), ("-1", None), ("9" * 30, None)])
async def test_a_proxy_may_tell_how_long_to_wait(
    platform: Platform, client: ApplicationClient, told: str, seconds: float | None
) -> None:
    platform.answer_with(503, text="", **{"Retry-After": told})
    with pytest.raises(errors.ServerError) as caught:
        await client.profile.get()
    assert caught.value.retry_after == seconds


async def test_a_refused_upload_says_as_much(
    platform: Platform, client: ApplicationClient, server: BaseTestServer
) -> None:
    platform.answer_with(422, {"attributes": ["attachments.file"]}, **{"X-Request-Id": "r-1", "Retry-After": "3"})
    with pytest.raises(errors.Unprocessable) as caught:
        await client.messages.create(7, "Olá", attachments=[Upload("a.txt", b"a")])
    error = caught.value
    assert (error.fields, error.request_id, error.retry_after) == (("attachments.file",), "r-1", 3.0)


def refused(*parts: bytes, head: bytes = b"", close: bool = False) -> Reaction:
    return raw(b"HTTP/1.1 401 Unauthorized\r\n" + head + b"\r\n", *parts, close=close)


LENGTH = b"Content-Length: %d\r\n" % len(INVALID)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNK = b"%x\r\n" % len(INVALID) + INVALID + b"\r\n"
GZIP = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n"
ZIPPED = gzip.compress(INVALID)
BOMB = gzip.compress(b" " * 10_000_000 + INVALID)


@pytest.mark.parametrize(
    ("react", "cause", "connections"),
    [
        (refused(INVALID, head=LENGTH), errors.TokenUnknown, 1),
        (refused(*[bytes([each]) for each in INVALID], head=LENGTH), errors.TokenUnknown, 1),
        (refused(CHUNK, b"0\r\n\r\n", head=CHUNKED), errors.TokenUnknown, 1),
        (refused(ZIPPED, head=GZIP % len(ZIPPED)), errors.TokenUnknown, 1),
        (refused(head=b"Content-Length: 0\r\n"), errors.Unauthorized, 1),
        (refused(BOMB, head=GZIP % len(BOMB)), errors.Unauthorized, 1),
        (refused(INVALID, head=b"Content-Encoding: br\r\n" + LENGTH), errors.Unauthorized, 1),
        (refused(INVALID, head=b"Connection: close\r\n" + LENGTH), errors.TokenUnknown, 2),
        (refused(INVALID, close=True), errors.TokenUnknown, 2),
        (refused(INVALID[:9], head=LENGTH, close=True), errors.Unauthorized, 2),
        (refused(CHUNK, b"x\r\n", head=CHUNKED), errors.TokenUnknown, 2),
        (raw(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 20000\r\n\r\n" + INVALID), errors.TokenUnknown, 2),
        (refused(CHUNK, *[b"3e8\r\n" + b" " * 1000 + b"\r\n"] * 20, head=CHUNKED), errors.TokenUnknown, 2),
    ],
    ids=["length", "in bytes", "chunked", "gzip", "empty", "bomb", "br", "close", "no length", "cut", "broken", "long",
         "many chunks"],
)  # fmt: skip
async def test_a_refusal_is_read_as_far_as_it_is_short_and_whole(
    react: Reaction, cause: type[errors.Unauthorized], connections: int
) -> None:
    async with wire(react) as (told, base_url), a_client(base_url) as client:
        for _ in range(2):
            with pytest.raises(errors.Unauthorized) as caught:
                await post(client)
            assert type(caught.value) is cause
        assert len(told.tasks) == connections


async def test_a_refusal_longer_than_its_limit_is_not_waited_for() -> None:
    async def endless(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: %d\r\n\r\n" % (REFUSAL_BYTES + 1))
        await reader.read()

    async with wire(endless) as (_, base_url), a_client(base_url) as client:
        async with asyncio.timeout(0.9):
            with pytest.raises(errors.Unauthorized):
                await post(client)


@pytest.mark.parametrize("is_upload", [False, True])
async def test_a_hanging_refusal_is_told_all_the_same(is_upload: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def trickle(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\n" + INVALID)
        while not reader.at_eof():
            writer.write(b" ")
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(), 0.05)

    monkeypatch.setattr(platform_pool, "REFUSAL_SECONDS", 0.2)
    monkeypatch.setattr("criabot.platform.forms.REFUSAL_SECONDS", 0.2)
    async with wire(trickle) as (told, base_url), a_client(base_url) as client:
        for _ in range(2):
            with pytest.raises(errors.TokenUnknown):
                await soon(client.messages.create(7, "Olá", attachments=[Upload("a", b"a")] if is_upload else ()))
        assert len(told.tasks) == 2
