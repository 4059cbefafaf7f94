"""Messenger as recorded: what the page's customer gets, and what the bot sees of him."""

from __future__ import annotations

from copy import deepcopy

import pytest

from criabot.testing.platform.channels import messenger
from criabot.testing.platform.channels.parts import File, ProviderAnswer, Receipt
from tests.testing.channels.provider import Step, at, seen, shown, steps

STEPS = {str(step): step for step in steps("26_messenger")}
BY_BOT = [step for step in STEPS.values() if step.by_bot]
BY_CUSTOMER = [step for step in STEPS.values() if step.from_provider]


def test_the_recording_has_all_that_is_compared_here() -> None:
    assert (len(BY_BOT), len(BY_CUSTOMER)) == (6, 12)


@pytest.mark.parametrize("step", BY_BOT, ids=str)
def test_the_provider_gets_what_it_got(step: Step) -> None:
    assert messenger.send(step.outgoing) == step.requests


@pytest.mark.parametrize("step", BY_CUSTOMER, ids=str)
def test_the_bot_sees_what_it_saw(step: Step) -> None:
    received = [one for one in messenger.receive(step.webhook) if one.kind != "status"]
    assert [shown(one) for one in received] == [seen(body) for body in step.created]


@pytest.mark.parametrize("step", BY_BOT, ids=str)
def test_an_answer_of_the_provider_becomes_id_or_error(step: Step) -> None:
    receipts = [
        messenger.accepted(request, answer) for request, answer in zip(step.requests, step.answers, strict=True)
    ]
    assert any(receipt.source_id or receipt.external_error for receipt in receipts)
    for body in step.updated:
        assert body["source_id"] in [receipt.source_id for receipt in receipts]
        assert body["content_attributes"].get("external_error") == receipts[-1].external_error


def test_an_answer_that_is_no_json_fails_the_message() -> None:
    request = messenger.send(STEPS["bot: cards"].outgoing)[0]
    answer = ProviderAnswer(502, "<html>Bad gateway</html>")
    assert messenger.accepted(request, answer) == Receipt(external_error="Facebook was unable to process this request")


def test_a_delivery_report_is_for_everything_until_then() -> None:
    webhook = deepcopy(STEPS["read receipt"].webhook)
    (one,) = webhook.body["entry"][0]["messaging"]
    one["delivery"] = one.pop("read")
    (status,) = messenger.receive(webhook)
    assert (status.status, status.until) == ("delivered", 1795353542.297)


def test_a_read_receipt_is_for_everything_until_then() -> None:
    (status,) = messenger.receive(STEPS["read receipt"].webhook)
    assert (status.kind, status.status, status.source_id) == ("status", "read", None)
    assert status.until == 1795353542.297
    assert status.sender_id == STEPS["text"].customer.source_id


def test_a_quoted_message_is_named() -> None:
    (received,) = messenger.receive(STEPS["quoted reply"].webhook)
    assert received.content_attributes["in_reply_to_external_id"] == STEPS["text"].created[0]["source_id"]


def test_who_has_no_readable_profile_is_john_doe() -> None:
    (received,) = messenger.receive(STEPS["text"].webhook)
    assert received.sender["name"] == STEPS["text"].created[0]["sender"]["name"] == "John Doe"


def test_the_owners_answer_is_an_echo_to_the_customer() -> None:
    (echo,) = messenger.receive(STEPS["echo: an agent answers in the page inbox"].webhook)
    assert (echo.kind, echo.status) == ("echo", "delivered")
    assert echo.sender_id == STEPS["text"].customer.source_id


def test_what_the_customer_does_is_posted_as_the_provider_does() -> None:
    customer = STEPS["text"].customer
    file = File("image", url="http://127.0.0.1:9998/media/a.jpg")
    text, tap, quote = STEPS["text"], STEPS["quick reply tapped"], STEPS["quoted reply"]
    media, location, read = STEPS["image"], STEPS["location"], STEPS["read receipt"]
    place = File("location", fallback_title="Loja", latitude=-8.06, longitude=-34.87)

    assert messenger.customer_text(customer, "Oi pelo Messenger 😀", "m_in0001", at(text)) == text.webhook
    assert messenger.customer_tap(customer, "Vendas", "vendas", "m_in0002", at(tap)) == tap.webhook
    assert messenger.customer_text(customer, "sobre isto", "m_in0005", at(quote), quoting="m_in0001") == quote.webhook
    assert messenger.customer_media(customer, [file], "m_in0006", at(media)) == media.webhook
    assert messenger.customer_location(customer, place, "m_in0008", at(location)) == location.webhook
    assert messenger.receive(messenger.customer_read(customer, 1795353542.297)) == messenger.receive(read.webhook)
