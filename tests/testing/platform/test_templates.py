"""What an inbox says by itself: greeting, out of office, the question for an e-mail address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from criabot.testing.platform import Conversation, Customer, Inbox, SimulatedPlatform
from criabot.testing.platform.hours import is_closed

TUESDAY = datetime(2026, 11, 24, 12, 0, tzinfo=UTC).timestamp()
CLOSED: dict[str, Any] = {"working_hours_enabled": True, "out_of_office_message": "Fechado."}


class Watch:
    """A clock that stands still."""

    now = TUESDAY

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def visited(channel: str = "api", **settings: Any) -> AsyncIterator[tuple[Watch, SimulatedPlatform, Customer]]:
    """A platform whose inbox has these settings, and a customer of it."""
    watch = Watch()
    async with SimulatedPlatform(clock=watch) as platform:
        inbox = platform.add_inbox(channel)
        inbox.settings.update(settings)
        yield watch, platform, platform.newcomer("ana lima", inbox)


def told(customer: Customer) -> list[str]:
    conversation = customer.conversation
    assert isinstance(conversation, Conversation)
    return conversation.said


async def test_a_greeting_is_for_the_first_message_only() -> None:
    async with visited(greeting_enabled=True, greeting_message="Olá, {{contact.first_name}}!") as (_, _, customer):
        await customer.says("oi")
        await customer.says("alguém?")
        assert told(customer) == ["Olá, Ana!"]


async def test_who_is_told_that_the_office_is_closed_is_not_greeted() -> None:
    async with visited(greeting_enabled=True, greeting_message="Olá!", **CLOSED) as (watch, _, customer):
        watch.now += 8 * 3600
        await customer.says("oi")
        assert told(customer) == ["Fechado."]


async def test_the_office_tells_that_it_is_closed_once_a_day() -> None:
    async with visited(**CLOSED) as (watch, _, customer):
        for hours in (0, 8, 1, 24):
            watch.now += hours * 3600
            await customer.says("oi")
        assert told(customer) == ["Fechado.", "Fechado."]


async def test_who_was_answered_a_moment_ago_is_not_told() -> None:
    async with visited(**CLOSED) as (watch, platform, customer):
        watch.now += 5 * 3600 - 60
        await customer.says("oi")
        assert customer.conversation is not None
        await platform.agent("Rui").says(customer.conversation, "já respondo")
        watch.now += 120
        await customer.says("obrigado")
        assert told(customer) == ["já respondo"]
        watch.now += 300
        await customer.says("e aí?")
        assert told(customer) == ["já respondo", "Fechado."]


async def test_a_visitor_without_an_address_is_asked_for_one_once() -> None:
    async with visited("widget") as (_, _, customer):
        await customer.says("oi")
        await customer.says("alguém?")
        assert told(customer) == ["Give the team a way to reach you.", "Get notified by email"]


@pytest.mark.parametrize(("channel", "wanted"), [("api", True), ("widget", False)])
async def test_others_are_not_asked(channel: str, wanted: bool) -> None:
    async with visited(channel, enable_email_collect=wanted) as (_, _, customer):
        await customer.says("oi")
        assert told(customer) == []


@pytest.mark.parametrize(
    ("zone", "hour", "minute", "closed"),
    [
        ("UTC", 8, 59, True),
        ("UTC", 9, 0, False),
        ("UTC", 17, 0, False),
        ("UTC", 17, 1, True),
        ("America/Recife", 11, 59, True),
        ("America/Recife", 12, 0, False),
    ],
)
async def test_hours_are_those_of_the_inbox_s_time_zone(zone: str, hour: int, minute: int, closed: bool) -> None:
    async with visited(timezone=zone, **CLOSED) as (_, _, customer):
        assert is_closed(customer.row.inbox, at(hour, minute)) is closed


async def test_a_day_can_be_open_or_closed_as_a_whole() -> None:
    async with visited(**CLOSED) as (_, _, customer):
        inbox: Inbox = customer.row.inbox
        inbox.working_hours[2] |= {"open_all_day": True}
        assert not is_closed(inbox, at(3, 0))
        inbox.working_hours[2] |= {"open_all_day": False, "closed_all_day": True}
        assert is_closed(inbox, at(12, 0))


def at(hour: int, minute: int) -> float:
    return datetime(2026, 11, 24, hour, minute, tzinfo=UTC).timestamp()
