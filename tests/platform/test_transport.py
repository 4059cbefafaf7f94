"""What a broken connection means for a call: certainly not sent, or nobody knows (contract 8.29)."""

from __future__ import annotations

import asyncio
import traceback

import pytest
from aiohttp.test_utils import unused_port

from criabot.errors import ApiError, ApiOutcomeUnknown, ApiUnreachable
from criabot.platform import ApplicationClient, Upload
from tests.platform.conftest import TOKEN
from tests.platform.rawserver import (
    DEADLINE,
    Reaction,
    a_client,
    break_off,
    confirm,
    hang,
    hang_up,
    keep_alive_then_hang_up,
    reset,
    talk_nonsense,
    trickle,
    wire,
)

CUSTOMERS_TEXT = "meu segredo"


def assert_tells_no_secret(error: ApiError) -> None:
    everything = "".join(traceback.format_exception(error)) + repr(error) + repr(error.__context__)
    for secret in (TOKEN, CUSTOMERS_TEXT, "ana@exemplo.com"):
        assert secret not in everything
    assert error.endpoint == "POST /api/v1/accounts/1/conversations/7/messages"
    assert str(error).startswith(error.endpoint)


async def error_of_posting(client: ApplicationClient, *attachments: Upload) -> ApiError:
    with pytest.raises(ApiError) as caught:
        async with asyncio.timeout(DEADLINE):
            await client.messages.create(7, CUSTOMERS_TEXT, attachments=attachments)
    assert_tells_no_secret(caught.value)
    return caught.value


async def test_a_refused_connection_sent_nothing() -> None:
    async with a_client(f"http://127.0.0.1:{unused_port()}") as client:
        assert type(await error_of_posting(client)) is ApiUnreachable


async def test_a_server_without_tls_was_sent_nothing() -> None:
    async with wire(hang_up) as (told, base_url), a_client(base_url.replace("http:", "https:"), connect=0.2) as client:
        assert type(await error_of_posting(client)) is ApiUnreachable
        assert told.requests == []


async def test_a_call_that_found_no_free_connection_sent_nothing() -> None:
    async with wire(hang) as (told, base_url), a_client(base_url, connect=0.1, pool=1) as client:
        first = asyncio.create_task(client.conversations.show(7))
        async with asyncio.timeout(DEADLINE):
            await told.arrived.wait()
        assert type(await error_of_posting(client)) is ApiUnreachable
        assert told.requests == ["GET"]
        first.cancel()
        await asyncio.wait([first])


@pytest.mark.parametrize("react", [hang_up, reset, break_off, talk_nonsense])
async def test_after_a_lost_answer_nobody_knows(react: Reaction) -> None:
    async with wire(react) as (told, base_url), a_client(base_url) as client:
        assert type(await error_of_posting(client)) is ApiOutcomeUnknown
        assert told.requests == ["POST"]


async def test_a_hanging_platform_is_given_up_at_the_time_limit() -> None:
    loop = asyncio.get_running_loop()
    async with wire(hang) as (told, base_url), a_client(base_url, read=0.2) as client:
        began = loop.time()
        assert type(await error_of_posting(client)) is ApiOutcomeUnknown
        assert 0.2 <= loop.time() - began < 5
        assert told.requests == ["POST"]


async def test_a_platform_that_trickles_its_answer_is_given_up_too() -> None:
    async with wire(trickle) as (_, base_url), a_client(base_url, connect=0.2, read=0.2) as client:
        assert type(await error_of_posting(client)) is ApiOutcomeUnknown


async def test_a_post_on_a_connection_that_the_platform_just_closed_is_never_sent_twice() -> None:
    async with wire(keep_alive_then_hang_up) as (told, base_url), a_client(base_url) as client:
        await client.messages.create(7, "first")
        assert type(await error_of_posting(client)) is ApiOutcomeUnknown
        assert told.requests == ["POST", "POST"]


async def test_a_get_on_such_a_connection_is_asked_again() -> None:
    async with wire(keep_alive_then_hang_up) as (told, base_url), a_client(base_url) as client:
        await client.conversations.labels(7)
        assert await client.conversations.labels(7) == []
        assert told.requests == ["GET", "GET", "GET"]


async def test_a_client_works_again_after_it_was_closed() -> None:
    async with wire(confirm) as (told, base_url):
        client = a_client(base_url)
        await client.close()
        for _ in range(2):
            await client.messages.create(7, "Olá")
            await client.close()
        assert told.requests == ["POST", "POST"]


async def test_an_upload_fails_by_the_same_rules() -> None:
    picture = Upload("foto.png", b"png")
    async with a_client(f"http://127.0.0.1:{unused_port()}") as client:
        assert type(await error_of_posting(client, picture)) is ApiUnreachable
    async with wire(hang_up) as (told, base_url), a_client(base_url) as client:
        assert type(await error_of_posting(client, picture)) is ApiOutcomeUnknown
        assert told.requests == ["POST"]
