"""Reports and ratings: on the simulated platform where behaviour counts (contract 5.9)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from criabot import errors
from criabot.platform import ApplicationClient
from criabot.platform.resources.reports import epoch
from criabot.testing.clock import VirtualClock
from criabot.testing.platform import SimulatedPlatform
from criabot.testing.platform.lifecycle import create_message, update_message
from tests.platform.conftest import Platform


@pytest.fixture
async def client(server: BaseTestServer) -> AsyncIterator[ApplicationClient]:
    async with ApplicationClient(str(server.make_url("")), 3, user_token="an-administrators", retries=0) as client:
        yield client


def test_a_moment_is_epoch_seconds_or_an_aware_time() -> None:
    assert epoch(1795265164) == epoch(datetime.fromtimestamp(1795265164, UTC)) == 1795265164
    with pytest.raises(ValueError, match="zone"):
        epoch(datetime(2026, 11, 22))


async def test_a_time_without_its_zone_is_not_sent(client: ApplicationClient, platform: Platform) -> None:
    with pytest.raises(ValueError, match="zone"):
        await client.reports.summary(since=datetime(2026, 11, 22), until=0)
    with pytest.raises(ValueError, match="both"):
        await client.csat.metrics(since=1795265164)
    assert not platform.seen


async def test_reports_need_an_administrators_token(server: BaseTestServer, platform: Platform) -> None:
    async with ApplicationClient(str(server.make_url("")), 3, bot_token="a-bots") as client:
        with pytest.raises(errors.CredentialMissing):
            await client.reports.live()
    assert not platform.seen


async def test_a_metric_that_the_server_does_not_know(client: ApplicationClient, platform: Platform) -> None:
    platform.answer_with(200, {})
    assert await client.reports.timeseries("conversations_count", since=0, until=1) is None
    platform.answer_with(200, [])
    assert await client.reports.timeseries("conversations_count", since=0, until=1) == []


async def test_reports_by_channel(client: ApplicationClient, platform: Platform) -> None:
    platform.answer_with(200, {"Channel::Api": {"0-1h": 75, "1-4h": 40, "4-8h": 20, "8-24h": 10, "24h+": 5}})
    times = (await client.reports.first_response_times(since=0, until=1))["Channel::Api"]
    assert (times.from_0h, times.from_1h, times.from_4h, times.from_8h, times.from_24h) == (75, 40, 20, 10, 5)
    platform.answer_with(
        200, {"Channel::Api": {"open": 27, "resolved": 13, "pending": 112, "snoozed": 0, "total": 152}}
    )
    assert (await client.reports.by_channel(since=0, until=1))["Channel::Api"].total == 152


async def test_reports_that_no_recording_has(client: ApplicationClient, platform: Platform) -> None:
    inboxes, labels = [{"id": 1, "name": "Site"}], [{"id": 3, "title": "bug"}, {"id": 4, "title": "vip"}]
    platform.answer_with(200, {"inboxes": inboxes, "labels": labels, "matrix": [[10, 5]]})
    matrix = await client.reports.inbox_label_matrix(since=0, until=1)
    assert (matrix.inboxes[0].id, matrix.labels[1].title, matrix.matrix[0][1]) == (1, "vip", 5)
    platform.answer_with(200, [{"id": 1, "name": "Ana", "outgoing_messages_count": 42}])
    assert (await client.reports.outgoing_messages("agent", since=0, until=1))[0].outgoing_messages_count == 42


async def test_all_measurements_page_by_page_none_twice() -> None:
    pages = {"1": [1, 2], "2": [2, 3], "3": []}  # one has moved on to the next page meanwhile

    async def answer(request: web.Request) -> web.Response:
        assert request.query["name"] == "first_response"
        events = [{"id": number, "value": 14.5} for number in pages[request.query["page"]]]
        return web.json_response({"meta": {"count": 3}, "payload": events})

    application = web.Application()
    application.router.add_get("/api/v1/accounts/3/reporting_events", answer)
    async with (
        TestServer(application) as server,
        ApplicationClient(str(server.make_url("")), 3, user_token="an-administrators") as client,
    ):
        found = [event.id async for event in client.reports.each_account_event(name="first_response")]
    assert found == [1, 2, 3]


async def rate(platform: SimulatedPlatform, name: str, rating: int) -> None:
    """A customer answers a survey."""
    customer = platform.customer(name)
    await customer.says("oi")
    assert customer.conversation is not None
    survey = create_message(platform.core, customer.conversation, "Nota?", content_type="input_csat")
    answer = {"csat_survey_response": {"rating": rating, "feedback_message": ""}}
    update_message(platform.core, survey, content_attributes={"submitted_values": answer})


async def test_all_ratings_of_a_simulated_account() -> None:
    clock = VirtualClock()
    async with SimulatedPlatform(clock=clock) as platform:
        for number in range(27):
            await rate(platform, f"Cliente {number}", 1 + number % 5)
        await platform.settle()
        async with ApplicationClient(platform.url, 1, user_token=platform.admin.access_token) as client:
            found = [response async for response in client.csat.each()]
            best = await client.csat.responses(rating=5)
            metrics = await client.csat.metrics(since=int(clock()) - 60, until=int(clock()) + 60)
    assert len({response.id for response in found}) == len(found) == 27
    assert found[0].contact is not None
    assert found[0].contact.name == "Cliente 0"
    assert [response.rating for response in best] == [5] * 5
    assert (metrics.total_count, metrics.ratings_count) == (27, {"1": 6, "2": 6, "3": 5, "4": 5, "5": 5})
