"""What a message may be and what becomes of it, beside what was recorded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from criabot.testing.clock import VirtualClock
from criabot.testing.platform import Conversation, SimulatedPlatform
from criabot.testing.platform.lifecycle import update_message
from tests.testing.platform.calls import call


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
async def platform(clock: VirtualClock) -> AsyncIterator[SimulatedPlatform]:
    async with SimulatedPlatform(clock=clock) as platform:
        await platform.customer("Ana Lima").says("oi")
        yield platform


def conversation(platform: SimulatedPlatform) -> Conversation:
    return platform.conversation(1)


async def post(platform: SimulatedPlatform, **body: Any) -> Any:
    return await call(platform, "POST", "conversations/1/messages", body, platform.bot.access_token.token)


@pytest.mark.parametrize(
    ("items", "error"),
    [
        (5, "undefined method 'reject' for an instance of Integer"),
        (True, "undefined method 'reject' for true"),
        ([{"title": "a"}, 1.5], "undefined method 'keys' for an instance of Float"),
        ([{"título": "a", "two words": "b"}],
         'Validation failed: Content attributes contains invalid keys for items : [:título, :"two words"]'),
    ],
)  # fmt: skip
async def test_items_of_the_wrong_kind_are_refused(platform: SimulatedPlatform, items: Any, error: str) -> None:
    answer = await post(platform, content="?", content_type="input_select", content_attributes={"items": items})
    assert answer == (422, {"error": error})
    assert len(conversation(platform).messages) == 1


async def test_all_that_is_wrong_is_told_at_once(platform: SimulatedPlatform) -> None:
    items = [{"title": "a", "image": "b"}]
    _, answer = await post(platform, content="x" * 150_001, content_type="cards", content_attributes={"items": items})
    assert answer["error"] == (
        "Validation failed: Content attributes contains invalid keys for items : [:image], "
        "Content attributes contains items missing actions, Content is too long (maximum is 150000 characters)"
    )


async def test_numbers_stand_for_types_but_their_texts_do_not(platform: SimulatedPlatform) -> None:
    items = {"items": [{"title": "a", "value": "b"}]}
    status, message = await post(platform, content="?", content_type=4, content_attributes=items)
    assert (status, message["content_type"]) == (200, "input_select")
    assert await post(platform, message_type="1") == (422, {"error": "'1' is not a valid message_type"})


async def test_template_parameters_are_filled_in_and_kept(platform: SimulatedPlatform) -> None:
    template = {"name": "boas_vindas", "processed_params": {"body": {"1": "{{ contact.first_name }}"}}}
    status, _ = await post(platform, content="oi", template_params=template)
    assert status == 200
    kept = conversation(platform).messages[-1].additional_attributes["template_params"]
    assert kept == {"name": "boas_vindas", "processed_params": {"body": {"1": "Ana"}}}


async def test_flooded_for_a_minute(platform: SimulatedPlatform, clock: VirtualClock) -> None:
    for _ in range(199):
        assert (await post(platform, content="x"))[0] == 200
    assert await post(platform, content="x") == (422, {"error": "Validation failed: Too many messages"})
    clock.advance(61)
    assert (await post(platform, content="x"))[0] == 200


async def test_the_newest_server_retries_only_what_failed_and_keeps_the_attributes() -> None:
    async with SimulatedPlatform(version="4.17.0") as platform:
        await platform.customer().says("oi")
        _, message = await post(platform, content="x", content_attributes={"key": 1})
        failed = {"status": "failed", "external_error": "no way"}
        _, answer = await call(platform, "PATCH", f"conversations/1/messages/{message['id']}", failed)
        assert answer["content_attributes"] == {"key": 1, "external_error": "no way"}
        _, answer = await call(platform, "POST", f"conversations/1/messages/{message['id']}/retry")
        assert (answer["status"], answer["content_attributes"]) == ("sent", {"key": 1})


async def test_a_reply_to_another_conversations_message_quotes_nothing(platform: SimulatedPlatform) -> None:
    other = await platform.customer("Beto").says("olá")
    assert other is not None
    _, message = await post(platform, content="x", content_attributes={"in_reply_to": other.id})
    assert message["content_attributes"] == {"in_reply_to": None, "in_reply_to_external_id": None}


async def test_a_quoted_message_is_found_by_the_channels_id(platform: SimulatedPlatform) -> None:
    first = conversation(platform).messages[0]
    update_message(platform.core, first, source_id="wamid.1")
    _, message = await post(platform, content="x", content_attributes={"in_reply_to_external_id": "wamid.1"})
    assert message["content_attributes"] == {"in_reply_to": first.id, "in_reply_to_external_id": "wamid.1"}
