"""Entering and leaving the live socket: who does not get in is told why, and nothing stays behind (contract 6.2)."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from criabot import errors
from criabot.errors import ApiRefused, ApiUnreachable, NotSubscribed
from criabot.platform import LiveSocket
from criabot.platform.live import socket
from tests.platform.live.cable import DEADLINE, Peer, cable, confirm, eventually
from tests.platform.live.frames import frames_of
from tests.platform.live.listening import TOKEN, confirm_and_tell, heard, killed, live_socket, numbers


def tasks_of_sockets() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if task.get_name().startswith("live socket")]


async def error_of_entering(live: LiveSocket) -> errors.ApiError:
    with pytest.raises(errors.ApiError) as caught:
        async with asyncio.timeout(DEADLINE), live:
            raise AssertionError("it opened")
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert TOKEN not in told
    assert caught.value.endpoint == "GET /cable"
    return caught.value


# -- who does not get in --------------------------------------------------------------------------------------------


async def test_a_wrong_token_is_told_after_the_deadline() -> None:
    async def welcome_and_pings(peer: Peer) -> None:
        for frame in frames_of("contact-with-a-wrong-token"):
            await peer.send(frame)

    async with cable(welcome_and_pings) as server:
        error = await error_of_entering(live_socket(server.url, confirm_timeout=0.1))
        assert type(error) is NotSubscribed
        assert "within 0.1 s the platform said neither yes nor no" in str(error)
        assert "pubsub token" in str(error)
        await eventually(lambda: server.peers[0].closed_with is not None)


async def test_a_connection_that_ends_before_the_confirmation_is_told() -> None:
    async with cable(lambda peer: peer.close(1011)) as server:
        error = await error_of_entering(live_socket(server.url))
        assert type(error) is NotSubscribed
        assert "code 1011" in str(error)


async def test_nobody_there_is_unreachable() -> None:
    error = await error_of_entering(live_socket(f"http://ana:geheim@127.0.0.1:{unused_port()}"))
    assert type(error) is ApiUnreachable
    assert "geheim" not in str(error)


async def test_whoever_never_answers_is_unreachable() -> None:
    async def hang(_request: web.Request) -> web.Response:
        await asyncio.sleep(DEADLINE)
        return web.Response()

    application = web.Application()
    application.router.add_get("/cable", hang)
    async with TestServer(application, shutdown_timeout=0.1) as server:
        error = await error_of_entering(live_socket(str(server.make_url("")), connect_timeout=0.1))
        assert type(error) is ApiUnreachable


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, errors.NotFound),
        (401, errors.Unauthorized),
        (403, errors.Forbidden),
        (429, errors.RateLimited),
        (200, ApiRefused),
        (502, errors.ServerError),
    ],
)
async def test_another_answer_than_a_socket_is_refused(status: int, kind: type[ApiRefused]) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text="secret")

    application = web.Application()
    application.router.add_get("/cable", answer)
    async with TestServer(application) as server:
        error = await error_of_entering(live_socket(str(server.make_url(""))))
        assert type(error) is kind
        assert isinstance(error, ApiRefused)
        assert error.status == status


async def test_a_redirect_does_not_get_the_token() -> None:
    async with cable(confirm) as elsewhere:

        async def redirect(_request: web.Request) -> web.Response:
            raise web.HTTPFound(f"{elsewhere.url}/cable")

        application = web.Application()
        application.router.add_get("/cable", redirect)
        async with TestServer(application) as server:
            error = await error_of_entering(live_socket(str(server.make_url(""))))
        assert type(error) is ApiRefused
        assert "final address" in str(error)
        assert elsewhere.peers == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"user_id": 2},
        {"account_id": 1},
        {"base_url": "ftp://example.com"},
        {"base_url": "example.com"},
        {"base_url": "http://ana:geheim@[broken"},
        {"pubsub_token": "two words"},
        {"pubsub_token": ""},
        {"buffer_size": 0},
    ],
)
def test_what_cannot_work_is_refused_at_once(arguments: dict[str, Any]) -> None:
    given: dict[str, Any] = {"base_url": "https://example.com", "pubsub_token": TOKEN} | arguments
    with pytest.raises(ValueError) as caught:
        LiveSocket(**given)
    assert "geheim" not in "".join(traceback.format_exception(caught.value))


def test_a_repr_says_who_looks_and_not_the_token() -> None:
    assert repr(live_socket("https://ana:geheim@example.com")) == "<LiveSocket of user 2 of account 1>"
    assert repr(LiveSocket("https://example.com", TOKEN)) == "<LiveSocket of a contact>"


# -- leaving --------------------------------------------------------------------------------------------------------


async def test_leaving_closes_everything() -> None:
    async with cable(confirm_and_tell) as server:
        async with live_socket(server.url) as live:
            assert await numbers(live, 1) == [1]
        await eventually(lambda: server.peers[0].closed_with == 1000)
        assert tasks_of_sockets() == []
        assert [each async for each in live] == []


async def test_leaving_at_once_closes_the_connection_too() -> None:
    async with cable(confirm) as server:
        async with live_socket(server.url):
            pass
        await eventually(lambda: server.peers[0].closed_with == 1000)


async def test_an_error_of_the_body_is_not_changed() -> None:
    async with cable(confirm) as server:
        with pytest.raises(ZeroDivisionError):
            async with live_socket(server.url):
                _ = 1 / 0
        await eventually(lambda: server.peers[0].closed_with == 1000)


async def test_cancelling_who_listens_closes_everything() -> None:
    async with cable(confirm_and_tell) as server:
        told: list[Any] = []

        async def listen() -> None:
            async with live_socket(server.url) as live:
                told.append(await anext(live))
                await anext(live)

        task = asyncio.create_task(listen())
        await eventually(lambda: bool(told))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert tasks_of_sockets() == []
        await eventually(lambda: server.peers[0].closed_with == 1000)


async def test_cancelling_who_enters_closes_the_connection() -> None:
    async with cable(lambda peer: peer.send({"type": "welcome"})) as server:
        task = asyncio.create_task(live_socket(server.url).__aenter__())
        await eventually(lambda: bool(server.peers and server.peers[0].commands))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await eventually(lambda: server.peers[0].closed_with is not None)


async def test_leaving_while_it_waits_to_come_back_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "FIRST_PAUSE", 60.0)
    monkeypatch.setattr(socket, "LONGEST_PAUSE", 60.0)
    async with cable(killed) as server, asyncio.timeout(DEADLINE), live_socket(server.url) as live:
        await eventually(lambda: not live.is_subscribed)


async def test_whoever_waits_elsewhere_is_told_of_the_end() -> None:
    async with cable(confirm) as server:
        async with live_socket(server.url) as live:
            waiting = asyncio.create_task(heard(live, 1))
            await asyncio.sleep(0)
        with pytest.raises(StopAsyncIteration):
            await waiting


async def test_it_can_be_entered_again_but_not_twice() -> None:
    async with cable(confirm_and_tell) as server:
        live = live_socket(server.url)
        for _time in range(2):
            async with live:
                assert await numbers(live, 1) == [1]
                with pytest.raises(RuntimeError, match="in use"):
                    await live.__aenter__()
