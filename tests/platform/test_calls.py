"""Which token a call takes, when it is made again, and what is told about it (contract 4.7, 5.10 and 8.29)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer, unused_port

from criabot import errors
from criabot.platform import ApplicationClient, ContactClient
from criabot.platform.calls import Caller, CallReport
from criabot.platform.limits import Limiter, Rate, next_window

BOT, USER = "the-bots-token", "the-users-token"


class Scripted:
    """A server that answers the next of its statuses to each call; then 200."""

    def __init__(self) -> None:
        self.version: str | None = "4.15.1"
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.seen: list[tuple[str, str]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        self.seen.append((f"{request.method} {name}", request.headers.get("Api-Access-Token", "")))
        if request.path == "/api":
            return web.json_response(
                {"version": self.version} if self.version else {}, status=200 if self.version else 500
            )
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:  # the answer is lost
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        payload: Any = {"current_status": "open"} if name == "toggle_status" else []
        return web.json_response({"id": 5, "payload": payload}, status=status, headers=self.headers)

    @property
    def calls(self) -> list[str]:
        return [call for call, _ in self.seen if call != "GET api"]

    @property
    def tokens(self) -> list[str]:
        return [token for call, token in self.seen if call != "GET api"]


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    scripted = Scripted()
    application = web.Application()
    application.router.add_route("*", "/{any:.*}", scripted.handle)
    async with TestServer(application) as server:
        scripted.url = str(server.make_url(""))
        yield scripted


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses between tries take no time; which they would have been."""
    pauses: list[float] = []
    pause = Caller._pause

    async def note(*arguments: Any) -> float | None:
        seconds = await pause(*arguments)
        if seconds is None:
            return None
        pauses.append(seconds)
        return 0.0

    monkeypatch.setattr(Caller, "_pause", note)
    return pauses


def client_of(scripted: Scripted, bot: str | None = BOT, user: str | None = None, **options: Any) -> ApplicationClient:
    return ApplicationClient(scripted.url, 3, bot_token=bot, user_token=user, **options)


# -- which token --------------------------------------------------------------------------------------------------


async def test_a_bot_acts_and_a_user_reads(scripted: Scripted) -> None:
    async with client_of(scripted, BOT, USER) as client:
        await client.messages.create(7, "Olá")
        await client.messages.list(7)
        await client.conversations.labels(7)
    assert scripted.tokens == [BOT, USER, BOT]


async def test_with_one_token_it_is_taken_where_it_suffices(scripted: Scripted) -> None:
    async with client_of(scripted, None, USER) as client:
        await client.messages.create(7, "Olá")
        await client.conversations.labels(7)
    async with client_of(scripted, BOT) as client:
        await client.messages.create(7, "Olá")
        await client.conversations.labels(7)
    assert scripted.tokens == [USER, USER, BOT, BOT]


async def test_the_version_is_asked_once_without_a_token_and_only_when_it_matters(scripted: Scripted) -> None:
    async with client_of(scripted, BOT, USER) as client:
        await client.messages.create(7, "Olá")
        assert ("GET api", "") not in scripted.seen
        await asyncio.gather(*[client.conversations.labels(7) for _ in range(10)])
        await client.conversations.toggle_typing_status(7, True)
    assert scripted.seen.count(("GET api", "")) == 1


async def test_an_old_server_is_asked_with_the_users_token(scripted: Scripted) -> None:
    scripted.version = "4.14.1"
    async with client_of(scripted, BOT, USER) as client:
        await client.conversations.labels(7)
        await client.conversations.toggle_typing_status(7, True)  # bots may since 4.11.2
    assert scripted.tokens == [USER, BOT]


async def test_who_has_asked_for_the_version_anyway_spares_the_question(scripted: Scripted) -> None:
    async with client_of(scripted, BOT, USER) as client:
        await client.server.info()
        scripted.version = "4.14.1"
        await client.conversations.labels(7)
        await client.server.info()
        await client.conversations.labels(7)
    assert scripted.tokens == [BOT, USER]
    assert scripted.seen.count(("GET api", "")) == 2


async def test_a_version_that_cannot_be_asked_makes_no_call_fail(scripted: Scripted) -> None:
    scripted.version = None
    async with client_of(scripted, BOT, USER) as both, client_of(scripted, BOT) as bot:
        await both.conversations.labels(7)
        await bot.conversations.labels(7)
        scripted.version = "4.15.1"
        await both.conversations.labels(7)
    assert scripted.tokens == [USER, BOT, BOT]


@pytest.mark.parametrize(
    ("call", "needs"),
    [
        (lambda c: c.messages.list(7), "agent or administrator"),
        (lambda c: c.webhooks.list(), "administrator"),
        (lambda c: c.conversations.labels(7), "4.14.2"),
    ],
)
async def test_a_call_that_no_token_may_make_says_which_it_needs_before_it_leaves(
    scripted: Scripted, call: Callable[[ApplicationClient], Awaitable[Any]], needs: str
) -> None:
    scripted.version = "4.5.0"
    async with client_of(scripted, BOT) as client:
        with pytest.raises(errors.CredentialMissing, match=needs) as caught:
            await call(client)
    assert "Nothing was sent" in str(caught.value)
    assert caught.value.endpoint.startswith("GET /api/v1/accounts/3/")
    assert scripted.calls == []
    assert BOT not in str(caught.value)


async def test_a_contact_needs_no_token(scripted: Scripted) -> None:
    async with ContactClient(scripted.url, "an-inbox") as client:
        await client.inbox.get()
    assert scripted.tokens == [""]


# -- when it is made again ----------------------------------------------------------------------------------------

POST = lambda client: client.messages.create(7, "Olá")  # noqa: E731
READ = lambda client: client.conversations.labels(7)  # noqa: E731
SET = lambda client: client.conversations.toggle_status(7, "open")  # noqa: E731
ONCE, AGAIN = 1, 2


@pytest.mark.parametrize(
    ("call", "status", "times"),
    [
        (READ, 500, AGAIN),
        (READ, 502, AGAIN),
        (READ, 503, AGAIN),
        (READ, 504, AGAIN),
        (READ, 0, AGAIN),
        (READ, 429, AGAIN),
        (SET, 500, AGAIN),
        (SET, 0, AGAIN),
        (SET, 429, AGAIN),
        (POST, 429, AGAIN),
        (POST, 500, ONCE),
        (POST, 502, ONCE),
        (POST, 0, ONCE),
        (POST, 422, ONCE),
        (READ, 404, ONCE),
        (READ, 401, ONCE),
        (READ, 422, ONCE),
        (SET, 302, ONCE),
    ],
)
async def test_only_what_does_no_harm_is_made_again(
    scripted: Scripted, quick: list[float], call: Callable[[ApplicationClient], Awaitable[Any]], status: int, times: int
) -> None:
    async with client_of(scripted, BOT, USER, retries=1) as client:
        await client.server.info()
        scripted.statuses = [status, 404, 404]  # 404 is final
        with pytest.raises(errors.ApiError):
            await call(client)
    assert len(scripted.calls) == times


async def test_a_call_that_was_never_sent_is_made_again_whatever_it_is(quick: list[float]) -> None:
    async with ApplicationClient(f"http://127.0.0.1:{unused_port()}", 3, bot_token=BOT, retries=4) as client:
        with pytest.raises(errors.ApiUnreachable):
            await client.messages.create(7, "Olá")
    assert len(quick) == 4


async def test_without_retries_nothing_is_made_again(scripted: Scripted, quick: list[float]) -> None:
    async with client_of(scripted, BOT, USER, retries=0) as client:
        for status in (429, 500, 503):
            scripted.statuses = [status]
            with pytest.raises(errors.ApiRefused):
                await client.conversations.toggle_status(7, "open")
    assert len(scripted.calls) == 3
    assert quick == []


async def test_it_ends_after_the_last_try(scripted: Scripted, quick: list[float]) -> None:
    async with client_of(scripted, retries=3) as client:
        scripted.statuses = [500] * 9
        with pytest.raises(errors.ServerError):
            await client.conversations.toggle_status(7, "open")
    assert len(scripted.calls) == 4


async def test_the_pauses_grow_and_differ(scripted: Scripted, quick: list[float]) -> None:
    async with client_of(scripted, retries=9) as client:
        for _ in range(5):
            scripted.statuses = [503] * 9
            await client.conversations.toggle_typing_status(7, True)
    assert len(quick) == 45
    for number in range(9):
        full = min(10.0, 0.2 * 2**number)
        of_this = quick[number::9]
        assert all(full / 2 <= pause <= full for pause in of_this)
        assert len(set(of_this)) == 5


async def test_after_a_429_it_waits_for_the_next_minute(scripted: Scripted, quick: list[float]) -> None:
    async with client_of(scripted, retries=1) as client:
        scripted.statuses = [429]
        expected = next_window(time.time())
        await client.messages.create(7, "Olá")
    assert expected - 1 <= quick[0] <= expected + 3


@pytest.mark.parametrize(
    ("status", "told", "least", "most"), [(503, "7", 7, 7), (429, "9", 9, 12), (503, "0", 0.1, 0.2)]
)
async def test_what_a_proxy_tells_is_heeded(
    scripted: Scripted, quick: list[float], status: int, told: str, least: float, most: float
) -> None:
    scripted.headers = {"Retry-After": told}
    async with client_of(scripted, retries=1) as client:
        scripted.statuses = [status]
        await client.conversations.toggle_status(7, "open")
    assert least <= quick[0] <= most


async def test_nobody_waits_longer_than_a_minute_for_a_try(scripted: Scripted, quick: list[float]) -> None:
    scripted.headers = {"Retry-After": "3600"}
    async with client_of(scripted, retries=1) as client:
        scripted.statuses = [503]
        with pytest.raises(errors.ServerError) as caught:
            await client.conversations.toggle_status(7, "open")
    assert caught.value.retry_after == 3600
    assert quick == []


async def test_who_waits_for_a_try_can_be_cancelled(scripted: Scripted) -> None:
    async with client_of(scripted, retries=5) as client:
        scripted.statuses = [429] * 9
        waiting = asyncio.create_task(client.messages.create(7, "Olá"))
        while not scripted.calls:
            await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.wait([waiting], timeout=5)
        assert waiting.cancelled()
        scripted.statuses = []
        await client.messages.create(7, "Olá")
    assert len(scripted.calls) == 2


async def test_after_a_429_others_wait_whether_or_not_it_is_made_again(scripted: Scripted) -> None:
    async with client_of(scripted, retries=0, limiter=Limiter({"all": Rate(1000, 1.0)})) as client:
        scripted.statuses = [429]
        with pytest.raises(errors.RateLimited):
            await client.messages.create(7, "Olá")
        before = time.time()
        await client.conversations.toggle_status(7, "open")
        assert time.time() - before >= next_window(before, 1.0) - 0.05


# -- what is told -------------------------------------------------------------------------------------------------


async def test_every_try_is_told(scripted: Scripted, quick: list[float]) -> None:
    told: list[CallReport] = []
    scripted.headers = {"X-Request-Id": "r-1"}
    async with client_of(scripted, retries=2, observe=told.append) as client:
        scripted.statuses = [500, 0, 200]
        before = time.time()
        await client.conversations.toggle_status(7, "open")
    assert [(each.status, each.error, each.attempt, each.request_id) for each in told] == [
        (500, "ServerError", 1, "r-1"),
        (None, "ApiOutcomeUnknown", 2, ""),
        (200, "", 3, "r-1"),
    ]
    for each in told:
        assert each.operation == "conversations.toggle_status"
        assert each.endpoint == "POST /api/v1/accounts/{account}/conversations/{conversation}/toggle_status"
        assert 0 < each.seconds < 5
        assert before <= each.began <= time.time()


async def test_a_cancelled_call_is_told(scripted: Scripted) -> None:
    told: list[CallReport] = []
    async with client_of(scripted, observe=told.append) as client:
        call = asyncio.create_task(client.messages.create(7, "Olá"))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])
    assert [(each.status, each.error) for each in told] == [(None, "CancelledError")]


async def test_a_call_that_did_not_leave_is_not_told(scripted: Scripted) -> None:
    told: list[CallReport] = []
    async with client_of(scripted, observe=told.append) as client:
        with pytest.raises(errors.CredentialMissing):
            await client.messages.list(7)
    assert told == []


async def test_an_observer_that_fails_does_no_harm(scripted: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: CallReport) -> None:
        raise RuntimeError("no room for metrics")

    async with client_of(scripted, observe=fail) as client:
        assert (await client.messages.create(7, "Olá")).id == 5
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_waiting_for_the_limits_is_not_the_platforms_time(scripted: Scripted) -> None:
    told: list[CallReport] = []
    limiter = Limiter({"all": Rate(10, 1.0)})
    async with client_of(scripted, observe=told.append, limiter=limiter) as client:
        began = time.monotonic()
        await asyncio.gather(*[client.messages.create(7, "Olá") for _ in range(8)])
        assert time.monotonic() - began > 0.7
    assert max(each.seconds for each in told) < 0.5


async def test_the_answers_request_id_is_kept(scripted: Scripted) -> None:
    scripted.headers = {"X-Request-Id": "r-1"}
    async with client_of(scripted) as client:
        answer = await client.messages._ask("create", 7, json={})
    assert (answer.request_id, answer.status) == ("r-1", 200)


async def test_a_server_is_not_asked_by_a_severed_client(scripted: Scripted, server: BaseTestServer) -> None:
    async with client_of(scripted, retries=0) as client:
        client.sever()
        with pytest.raises(errors.ApiUnreachable, match="as good as dead"):
            await client.messages.create(7, "Olá")
    assert scripted.seen == []


@pytest.mark.parametrize("lost", [0, 502])
async def test_what_the_try_before_deleted_is_deleted(scripted: Scripted, quick: list[float], lost: int) -> None:
    scripted.statuses = [lost, 404]
    async with ApplicationClient(scripted.url, 1, user_token=USER) as client:
        await client.labels.delete(5)
    assert scripted.calls == ["DELETE 5", "DELETE 5"]


async def test_what_was_never_there_is_not_found(scripted: Scripted) -> None:
    scripted.statuses = [404]
    async with ApplicationClient(scripted.url, 1, user_token=USER) as client:
        with pytest.raises(errors.NotFound):
            await client.labels.delete(5)
