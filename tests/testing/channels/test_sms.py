"""SMS through Bandwidth, and WhatsApp messages that arrive through Twilio, as recorded."""

from __future__ import annotations

from datetime import datetime

import pytest

from criabot.testing.platform.channels import sms, twilio
from criabot.testing.platform.channels.parts import File, ProviderAnswer, Receipt
from tests.testing.channels.provider import Step, seen, shown, steps

STEPS = {str(step): step for step in steps("29_sms")}
BY_BOT = [step for step in STEPS.values() if step.by_bot]
BY_CUSTOMER = [step for step in STEPS.values() if step.from_provider and not str(step).startswith("Twilio")]
BY_TWILIO = [step for step in STEPS.values() if step.from_provider and str(step).startswith("Twilio")]


def test_the_recording_has_all_that_is_compared_here() -> None:
    assert (len(BY_BOT), len(BY_CUSTOMER), len(BY_TWILIO)) == (6, 4, 5)


@pytest.mark.parametrize("step", BY_BOT, ids=str)
def test_the_provider_gets_what_it_got(step: Step) -> None:
    assert sms.send(step.outgoing) == step.requests


@pytest.mark.parametrize("step", BY_CUSTOMER, ids=str)
def test_the_bot_sees_what_it_saw(step: Step) -> None:
    assert [shown(one) for one in sms.receive(step.webhook)] == [seen(body) for body in step.created]


@pytest.mark.parametrize("step", BY_TWILIO, ids=str)
def test_the_bot_sees_what_it_saw_of_twilio(step: Step) -> None:
    (received,) = twilio.receive(step.webhook)
    sender = step.created[0]["sender"]
    assert [shown(received)] == [seen(body) for body in step.created]
    assert received.sender == {"name": sender["name"], "phone_number": sender["phone_number"]}
    assert received.sender_id == step.customer.source_id


@pytest.mark.parametrize("step", [step for step in BY_BOT if step.updated], ids=str)
def test_an_answer_of_the_provider_becomes_id_or_error(step: Step) -> None:
    (request,), (answer,), (body,) = step.requests, step.answers, step.updated
    assert sms.accepted(request, answer) == Receipt(body["source_id"], body["content_attributes"].get("external_error"))


def test_an_answer_that_is_no_json_fails_without_a_reason() -> None:
    request = sms.send(STEPS["bot: cards"].outgoing)[0]
    assert sms.accepted(request, ProviderAnswer(502, "<html>Bad gateway</html>")) == Receipt(external_error="")


def test_a_contact_is_named_after_the_number() -> None:
    (received,) = sms.receive(STEPS["text"].webhook)
    sender = STEPS["text"].created[0]["sender"]
    assert received.sender == {"name": sender["name"], "phone_number": sender["phone_number"]}
    assert sms.international("+558133334444") == "+55 81 3333-4444"


def test_what_the_customer_does_is_posted_as_the_provider_does() -> None:
    step = STEPS["text"]
    at = datetime.fromisoformat("2026-11-22T13:00:00+00:00").timestamp()
    assert sms.customer_text(step.customer, "Oi, qual o preço? 😀\nlinha 2", "bw0001b5a130", at) == step.webhook


def test_files_of_an_sms_are_attached_but_layout_is_not() -> None:
    customer = STEPS["text"].customer
    files = [File("image", url="https://media.example/foto.jpg"), File("file", url="https://media.example/0.smil")]
    (received,) = sms.receive(sms.customer_media(customer, files, "bw1", 0.0, text="veja"))
    assert [(file.kind, file.name, file.content_type) for file in received.attachments] == [
        ("image", "foto.jpg", "image/jpeg")
    ]
    assert received.content == "veja"


def test_what_the_customer_does_is_posted_as_twilio_does() -> None:
    def sid(step: Step) -> str:
        return str(step.webhook.body["SmsSid"])

    photo = File("image", content_type="image/jpeg", url="http://127.0.0.1:9998/media/a.jpg")
    referral = {"source_id": "120", "source_type": "ad", "source_url": "https://fb.me/x", "headline": "Promo"}
    text, picture, location, button, ad = BY_TWILIO
    customer = text.customer
    place = File("location", latitude=-8.06, longitude=-34.87)

    assert twilio.customer_text(customer, "Oi 😀", sid(text), 0.0) == text.webhook
    assert twilio.customer_media(customer, [photo], sid(picture), 0.0, text="foto") == picture.webhook
    assert twilio.customer_location(customer, place, sid(location), 0.0) == location.webhook
    assert twilio.customer_tap(customer, "Vendas", "vendas", sid(button), 0.0) == button.webhook
    assert twilio.customer_ad(customer, "vi o anúncio", referral, sid(ad), 0.0) == ad.webhook
