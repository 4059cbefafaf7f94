"""The live socket on real connections: what is heard, and what is missed (contract 6.2)."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from criabot.errors import NotSubscribed
from criabot.platform.live import Gap, LiveEvent, protocol, socket
from tests.platform.live.cable import Peer, cable, confirm, eventually
from tests.platform.live.frames import frames_of, messages_of
from tests.platform.live.listening import confirm_and_tell, heard, killed, live_socket, numbers

# -- what is heard --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subscription", ["agent", "contact"])
async def test_recorded_frames_are_heard_in_order(subscription: str) -> None:
    frames = frames_of(subscription)

    async def replay(peer: Peer) -> None:
        await peer.send(frames[0])
        await eventually(lambda: bool(peer.commands))
        for frame in frames[1:]:
            await peer.send(frame)

    recorded = messages_of(subscription)
    async with cable(replay) as server, live_socket(server.url) as live:
        told = await heard(live, len(recorded))
    assert [
        each.model_dump(mode="json", exclude_unset=True) for each in told if isinstance(each, LiveEvent)
    ] == recorded


async def test_the_address_may_have_a_path_and_the_protocol_is_named() -> None:
    async with cable(confirm) as server, live_socket(f"{server.url}/") as live:
        peer = await server.peer(0)
        assert peer.request.headers["Sec-WebSocket-Protocol"] == "actioncable-v1-json"
        assert live.is_subscribed
    assert not live.is_subscribed


async def test_a_slow_consumer_keeps_the_connection_alive() -> None:
    async def chatter(peer: Peer) -> None:
        await confirm(peer)
        for number in range(10):
            await peer.tell("x", n=number)
            await peer.send({"type": "ping", "message": 1})
            await asyncio.sleep(0.03)

    async with cable(chatter) as server, live_socket(server.url, silence_limit=0.15) as live:
        await eventually(lambda: len(live._buffer._kept) == 10)
        assert await numbers(live, 10) == list(range(10))
        assert len(server.peers) == 1


# -- what is missed -------------------------------------------------------------------------------------------------


async def going_away(peer: Peer) -> None:
    await confirm_and_tell(peer)
    await peer.close(1001)


async def restarting(peer: Peer) -> None:
    await confirm_and_tell(peer)
    await peer.send({"type": "disconnect", "reason": "server_restart", "reconnect": True})


async def silent(peer: Peer) -> None:
    await confirm_and_tell(peer)


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (killed, "the connection ended"),
        (going_away, "code 1001"),
        (restarting, "server_restart"),
        (silent, "silent for 0.3 s"),
    ],
)
async def test_a_lost_connection_comes_back_with_a_gap(ending: Any, reason: str) -> None:
    before = time.time()
    async with cable(ending, confirm_and_tell) as server, live_socket(server.url, silence_limit=0.3) as live:
        first, gap, second = await heard(live, 3)
        peers = [await server.peer(number) for number in range(2)]
    assert isinstance(gap, Gap)
    assert reason in gap.reason
    assert before <= gap.since <= gap.until <= time.time()
    assert gap.seconds > 0
    assert gap.dropped == 0
    assert [each.data for each in (first, second) if isinstance(each, LiveEvent)] == [{"n": 1}, {"n": 1}]
    assert peers[0].commands == peers[1].commands[:1]


async def test_a_gap_begins_when_the_server_was_last_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when this side last had something to say."""
    monkeypatch.setattr(protocol, "AGENT_SECONDS", 0.1)
    async with cable(confirm, confirm_and_tell) as server, live_socket(server.url, silence_limit=0.35) as live:
        (gap,) = await heard(live, 1)
        assert len((await server.peer(0)).commands) == 4
    assert isinstance(gap, Gap)
    assert gap.seconds >= 0.35


async def test_the_gap_comes_before_what_came_before_the_confirmation() -> None:
    async def eager(peer: Peer) -> None:
        await peer.send({"type": "welcome"})
        await eventually(lambda: bool(peer.commands))
        await peer.tell("x", n=7)
        await peer.send({"type": "confirm_subscription"})

    async with cable(killed, eager) as server, live_socket(server.url) as live:
        assert await numbers(live, 3) == [1, "gap", 7]


async def test_it_comes_back_through_refusals() -> None:
    refusals = [503, 404, 429, 200]
    async with cable(killed, confirm_and_tell) as server:

        async def proxy(request: web.Request) -> web.StreamResponse:
            if server.peers and refusals:
                return web.Response(status=refusals.pop())
            return await server.serve(request)

        application = web.Application()
        application.router.add_get("/inbox/cable", proxy)
        async with TestServer(application, shutdown_timeout=0.1) as front:
            async with live_socket(str(front.make_url("/inbox"))) as live:
                assert await numbers(live, 3) == [1, "gap", 1]
            assert refusals == []


async def test_two_losses_without_an_event_between_are_one_gap() -> None:
    async def confirm_and_kill(peer: Peer) -> None:
        await confirm(peer)
        peer.kill()

    async with cable(confirm_and_kill, confirm_and_kill, confirm_and_tell) as server, live_socket(server.url) as live:
        await eventually(lambda: len(server.peers) == 3)
        await eventually(lambda: len(live._buffer._kept) == 2)
        assert await numbers(live, 2) == ["gap", 1]


async def test_a_token_that_is_known_no_more_ends_it() -> None:
    async def welcome(peer: Peer) -> None:
        await peer.send({"type": "welcome"})

    async with cable(killed, welcome) as server, live_socket(server.url, confirm_timeout=0.05) as live:
        assert await numbers(live, 1) == [1]
        with pytest.raises(NotSubscribed, match="token"):
            await heard(live, 1)
        assert len(server.peers) == 1 + socket.MOST_UNCONFIRMED
        assert not live.is_subscribed


async def test_being_told_not_to_come_back_ends_it_after_what_was_heard() -> None:
    async def told_to_go(peer: Peer) -> None:
        await confirm_and_tell(peer)
        await peer.send({"type": "disconnect", "reason": "remote", "reconnect": False})

    async with cable(told_to_go) as server, live_socket(server.url) as live:
        await eventually(lambda: not live.is_subscribed)
        assert await numbers(live, 1) == [1]
        with pytest.raises(NotSubscribed, match="remote"):
            await heard(live, 1)
    assert len(server.peers) == 1


# -- no room --------------------------------------------------------------------------------------------------------


async def test_what_has_no_room_is_a_gap_and_not_memory() -> None:
    async def flood(peer: Peer) -> None:
        await confirm(peer)
        for number in range(100):
            await peer.tell("x", n=number)
        await eventually(lambda: len(peer.commands) > 1)  # the test has taken all that
        await peer.tell("x", n="after")

    async with cable(flood) as server, live_socket(server.url, buffer_size=10) as live:
        await eventually(lambda: live._buffer._missed is not None and live._buffer._missed.dropped == 90)
        assert len(live._buffer._kept) == 10
        assert await numbers(live, 10) == list(range(10))
        (gap,) = await heard(live, 1)
        assert isinstance(gap, Gap)
        assert gap.dropped == 90
        assert "10 events" in gap.reason
        (await server.peer(0)).commands.append({})
        assert await numbers(live, 1) == ["after"]


def test_pauses_grow_by_chance_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "FIRST_PAUSE", 0.5)
    monkeypatch.setattr(socket, "LONGEST_PAUSE", 30.0)
    for failures, longest in ((1, 0.5), (2, 1.0), (5, 8.0), (50, 30.0), (5000, 30.0)):
        pauses = [socket._pause(failures) for _ in range(50)]
        assert longest / 2 <= min(pauses) < max(pauses) <= longest


def test_importing_the_platform_does_not_import_it() -> None:
    """Its models take time to build, which a bot that does not listen would spend for nothing."""
    ask = "import sys, criabot.platform; print([name for name in sys.modules if 'platform.live' in name])"
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == "[]"
