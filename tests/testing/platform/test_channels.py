"""Channels with a provider: what customers do, what the bot sends, and what goes wrong on the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from criabot.testing.clock import VirtualClock
from criabot.testing.platform import Attachment, Conversation, Customer, SimulatedPlatform
from criabot.testing.platform.channels.parts import ProviderAnswer, ProviderRequest
from criabot.testing.platform.lifecycle import create_message
from criabot.testing.platform.world import Message

ITEMS = {"items": [{"title": "Vendas", "value": "sales"}, {"title": "Suporte", "value": "help"}]}


@asynccontextmanager
async def customer_of(channel: str, **values: Any) -> AsyncIterator[tuple[SimulatedPlatform, VirtualClock, Customer]]:
    clock = VirtualClock()
    async with SimulatedPlatform(clock=clock) as platform:
        inbox = platform.add_inbox(channel)
        inbox.settings.update(values)
        customer = platform.customer("Ana", inbox)
        await customer.says("oi")
        await platform.settle()
        yield platform, clock, customer


async def bot_says(platform: SimulatedPlatform, customer: Customer, content: str, **values: Any) -> Message:
    message = create_message(platform.core, talk(customer), content, sender=platform.bot, **values)
    await platform.settle()
    return message


def talk(customer: Customer) -> Conversation:
    assert customer.conversation is not None
    return customer.conversation


def texts(customer: Customer) -> list[str | None]:
    return [message.content for message in talk(customer).messages]


def picture(platform: SimulatedPlatform) -> Attachment:
    return Attachment(platform.world.new_id("attachment"), "image", "foto.png", "image/png", b"\x89PNG\r\n\x1a\n1")


async def later(platform: SimulatedPlatform, clock: VirtualClock) -> None:
    """Until the background worker has nothing left to do."""
    while (due := platform.next_job()) is not None:
        clock.advance(max(0.0, due - clock()))
        await platform.settle()


@pytest.mark.parametrize(("channel", "told"), [("whatsapp", "Vendas"), ("telegram", "sales"), ("messenger", "Vendas")])
async def test_a_tap_is_a_new_message_as_the_channel_words_it(channel: str, told: str) -> None:
    async with customer_of(channel) as (platform, _, customer):
        question = await bot_says(platform, customer, "Setor?", content_type="input_select", content_attributes=ITEMS)
        tap = await customer.taps("Vendas")
        assert tap is not None
        assert (tap.content, tap.sender) == (told, customer.contact)
        quoted = tap.content_attributes.get("in_reply_to")
        assert quoted == (question.id if channel == "whatsapp" else None)


@pytest.mark.parametrize("channel", ["instagram", "email", "sms"])
async def test_a_channel_without_buttons_says_so(channel: str) -> None:
    async with customer_of(channel) as (platform, _, customer):
        await bot_says(platform, customer, "Setor?", content_type="input_select", content_attributes=ITEMS)
        with pytest.raises(LookupError, match="see no buttons"):
            await customer.taps("Vendas")


@pytest.mark.parametrize("channel", ["whatsapp", "telegram", "messenger", "instagram", "email", "sms"])
async def test_a_note_stays_inside(channel: str) -> None:
    async with customer_of(channel) as (platform, _, customer):
        platform.providers.requests.clear()
        await bot_says(platform, customer, "difícil", private=True)
        assert platform.providers.requests == []
        await bot_says(platform, customer, "pois não")
        assert len(platform.providers.requests) == 1


async def test_whatsapp_loses_the_buttons_beside_a_file() -> None:
    async with customer_of("whatsapp") as (platform, clock, customer):
        about: dict[str, Any] = {"content_type": "input_select", "content_attributes": ITEMS}
        await bot_says(platform, customer, "Setor?", attachments=[picture(platform)], **about)
        await later(platform, clock)
        with pytest.raises(LookupError, match="no buttons beside a file"):
            await customer.taps("Vendas")


async def test_a_text_overtakes_the_file_before_it() -> None:
    async with customer_of("whatsapp") as (platform, clock, customer):
        file = await bot_says(platform, customer, "a foto", attachments=[picture(platform)])
        text = await bot_says(platform, customer, "o texto")
        assert text.source_id is not None
        assert file.source_id is None
        await later(platform, clock)
        assert file.source_id is not None
        assert [request.body["type"] for request in platform.providers.requests] == ["text", "image"]


async def test_what_the_provider_refuses_has_failed() -> None:
    async with customer_of("whatsapp") as (platform, _, customer):
        refused = {"error": {"message": "(#131009) Parameter value is not valid"}}
        platform.providers.answers = lambda _request: ProviderAnswer(400, refused)
        message = await bot_says(platform, customer, "x")
        assert (message.status, message.source_id) == ("failed", None)
        assert message.content_attributes["external_error"] == "(#131009) Parameter value is not valid"


@pytest.mark.parametrize(
    ("channel", "items", "error"),
    [
        ("whatsapp", [{"title": "x" * 21, "value": "1"}], "(#131009) Parameter value is not valid"),
        ("whatsapp", [{"title": f"{n}", "value": f"{n}"} for n in range(11)], "(#131009) Parameter value is not valid"),
        ("telegram", [{"title": "Sim", "value": "x" * 65}], "400, Bad Request: BUTTON_DATA_INVALID"),
    ],
)
async def test_the_limits_of_providers_are_kept(channel: str, items: list[dict[str, str]], error: str) -> None:
    async with customer_of(channel) as (platform, _, customer):
        about: dict[str, Any] = {"content_type": "input_select", "content_attributes": {"items": items}}
        message = await bot_says(platform, customer, "Qual?", **about)
        assert (message.status, message.content_attributes["external_error"]) == ("failed", error)
        with pytest.raises(LookupError, match="never sent"):
            await customer.taps(items[0]["title"])


async def test_a_page_of_html_instead_of_an_answer_is_tried_again() -> None:
    async with customer_of("whatsapp") as (platform, clock, customer):
        answers = iter([ProviderAnswer(502, "<html>Bad gateway</html>")])
        platform.providers.answers = lambda _request: next(answers, None)
        message = await bot_says(platform, customer, "x")
        assert message.source_id is None
        await later(platform, clock)
        assert message.source_id is not None
        assert len(platform.providers.requests) == 2


async def test_after_a_day_nothing_leaves_whatsapp() -> None:
    async with customer_of("whatsapp") as (platform, clock, customer):
        clock.advance(25 * 3600)
        message = await bot_says(platform, customer, "ainda está aí?")
        assert message.status == "failed"
        assert message.content_attributes["external_error"] == "Template not found or invalid template name"
        assert not platform.providers.requests


async def test_whoever_writes_after_the_end_begins_anew() -> None:
    async with customer_of("telegram") as (platform, _, customer):
        first = talk(customer)
        await platform.agent("Bia").sets_status(first, "resolved")
        await customer.says("voltei")
        assert talk(customer) is not first
        assert talk(customer).status == "pending"


async def test_an_inbox_that_keeps_to_one_conversation_goes_on_with_it() -> None:
    async with customer_of("telegram", lock_to_single_conversation=True) as (platform, _, customer):
        first = talk(customer)
        await platform.agent("Bia").sets_status(first, "resolved")
        await customer.says("voltei")
        assert talk(customer) is first
        assert first.status == "pending"


async def test_a_mail_that_answers_stays_in_its_thread() -> None:
    async with customer_of("email") as (platform, _, customer):
        answer = await bot_says(platform, customer, "Qual o pedido?")
        await customer.says("42", reply_to=answer)
        assert [str(text).strip() for text in texts(customer)] == ["oi", "Qual o pedido?", "42"]


async def test_with_one_lock_per_customer_quick_messages_are_late_and_shuffled() -> None:
    async with customer_of("whatsapp") as (platform, clock, customer):
        await later(platform, clock)
        platform.providers.one_lock_per_customer = True
        clock.advance(60)
        begun, said = clock(), [f"linha {number}" for number in range(8)]
        for text in said:
            await customer.says(text)
        assert texts(customer)[1:] == said[:1]
        await later(platform, clock)
        assert sorted(map(str, texts(customer)[1:])) == said
        assert texts(customer)[1:] != said
        assert clock() - begun > 2


async def test_the_customers_file_reaches_the_bot_as_the_provider_keeps_it() -> None:
    async with customer_of("whatsapp") as (platform, _, customer):
        message = await customer.says("a foto", [picture(platform)])
        assert message is not None
        assert [(file.file_type, file.name, file.data) for file in message.attachments] == [
            ("image", "foto.png", b"\x89PNG\r\n\x1a\n1")
        ]


async def test_a_file_that_cannot_be_fetched_leaves_the_caption() -> None:
    def gone(request: ProviderRequest) -> ProviderAnswer | None:
        return ProviderAnswer(404, {"error": {"code": 100}}) if request.method == "GET" else None

    async with customer_of("whatsapp") as (platform, _, customer):
        platform.providers.answers = gone
        message = await customer.says("sumiu", [picture(platform)])
        assert message is not None
        assert (message.content, message.attachments) == ("sumiu", [])


async def test_what_the_customer_has_read_is_read() -> None:
    async with customer_of("whatsapp") as (platform, _, customer):
        message = await bot_says(platform, customer, "Olá!")
        await customer.reads()
        assert message.status == "read"
