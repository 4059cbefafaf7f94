"""Instagram as recorded: what its customer gets, and what the bot sees of him, stories included."""

from __future__ import annotations

from typing import Any

import pytest

from criabot.testing.platform.channels import instagram
from criabot.testing.platform.channels.parts import File, ProviderAnswer, Receipt
from tests.testing.channels.provider import Step, at, seen, shown, steps, without_media

STEPS = {str(step): step for step in steps("27_instagram")}
BY_BOT = [step for step in STEPS.values() if step.by_bot]
BY_CUSTOMER = [step for step in STEPS.values() if step.from_provider]


def test_the_recording_has_all_that_is_compared_here() -> None:
    assert (len(BY_BOT), len(BY_CUSTOMER)) == (7, 14)


def nodes(step: Step) -> dict[str, Any]:
    """What the provider answered in this step, by the id that was asked for."""
    asked = zip(step.requests, step.answers, strict=True) if step.requests else ()
    return {request.path.split("/")[2].split("?")[0]: answer.body for request, answer in asked}


@pytest.mark.parametrize("step", BY_BOT, ids=str)
def test_the_provider_gets_what_it_got(step: Step) -> None:
    assert instagram.send(step.outgoing) == step.requests


@pytest.mark.parametrize("step", BY_CUSTOMER, ids=str)
def test_the_bot_sees_what_it_saw(step: Step) -> None:
    received = [one for one in instagram.receive(step.webhook, nodes(step)) if one.kind in ("message", "echo")]
    assert [shown(one) for one in received] == [seen(body) for body in step.created]


@pytest.mark.parametrize("step", BY_BOT, ids=str)
def test_an_answer_of_the_provider_becomes_id_or_error(step: Step) -> None:
    receipts = [instagram.accepted(*exchange) for exchange in zip(step.requests, step.answers, strict=True)]
    shown_after = [(body["source_id"], body["content_attributes"].get("external_error")) for body in step.updated]
    assert shown_after == [(receipt.source_id, receipt.external_error) for receipt in receipts]


def test_an_answer_that_is_no_json_tells_nothing() -> None:
    request = instagram.send(STEPS["bot: cards"].outgoing)[0]
    assert instagram.accepted(request, ProviderAnswer(502, "<html>Bad gateway</html>")) == Receipt()


def test_the_platform_asks_for_the_profile_and_the_story() -> None:
    profile, story = STEPS["text"], STEPS["story mention"]
    assert [instagram.profile_request(profile.customer.source_id)] == without_media(profile.requests)
    assert [instagram.story_request("ig_in0004")] == without_media(story.requests)


def test_the_profile_is_kept_with_the_contact() -> None:
    step = STEPS["text"]
    (received,) = instagram.receive(step.webhook, nodes(step))
    sender = step.created[0]["sender"]
    assert received.sender == {key: sender[key] for key in ("name", "additional_attributes")}


def test_a_mention_in_a_story_that_cannot_be_read_brings_nothing() -> None:
    webhook = STEPS["story mention"].webhook
    assert instagram.receive(webhook, {"ig_in0004": {"id": "x"}}) == []
    assert instagram.receive(webhook) == []


def test_an_unsent_message_is_deleted() -> None:
    step = STEPS["message unsent by the customer"]
    (received,) = instagram.receive(step.webhook)
    assert (received.kind, received.source_id) == ("delete", "ig_in0001")
    assert step.updated[0]["source_id"] == "ig_in0001"
    assert step.updated[0]["content_attributes"]["deleted"] is True


def test_seen_is_a_status_of_that_message() -> None:
    (status,) = instagram.receive(STEPS["seen"].webhook)
    assert (status.kind, status.status, status.source_id) == ("status", "read", "m_out000001")


def test_the_owners_answer_is_an_echo_to_the_customer() -> None:
    (echo,) = instagram.receive(STEPS["echo: the owner answers in the app"].webhook)
    assert (echo.kind, echo.status, echo.sender_id) == ("echo", "delivered", STEPS["text"].customer.source_id)


def test_what_the_customer_does_is_posted_as_the_provider_does() -> None:
    customer = STEPS["text"].customer
    photo = File("image", url="http://127.0.0.1:9998/media/a.jpg")
    mention = File("story_mention", url="http://127.0.0.1:9998/media/story.jpg")
    story = {"id": "1790", "url": mention.url}

    step = STEPS["text"]
    assert instagram.customer_text(customer, "Oi pelo Insta 😍", "ig_in0001", at(step)) == step.webhook
    step = STEPS["quick reply tapped"]
    assert instagram.customer_tap(customer, "Vendas", "VENDAS", "ig_in0002", at(step)) == step.webhook
    step = STEPS["quoted reply"]
    posted = instagram.customer_text(customer, "sobre isto", "ig_in0007", at(step), quoting="ig_in0001")
    assert posted == step.webhook
    step = STEPS["image"]
    assert instagram.customer_media(customer, [photo], "ig_in0008", at(step)) == step.webhook
    step = STEPS["story mention"]
    assert instagram.customer_media(customer, [mention], "ig_in0004", at(step)) == step.webhook
    step = STEPS["story reply"]
    assert instagram.customer_story_reply(customer, "que lindo!", story, "ig_in0006", at(step)) == step.webhook
    step = STEPS["message unsent by the customer"]
    assert instagram.customer_unsend(customer, "ig_in0001", at(step)) == step.webhook
    step = STEPS["seen"]
    assert instagram.customer_read(customer, "m_out000001", at(step)) == step.webhook
