"""WhatsApp as recorded: what the customer's phone gets, and what the bot sees of the customer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from criabot.testing.platform.channels import whatsapp
from criabot.testing.platform.channels.parts import File, Outgoing, ProviderAnswer, ProviderWebhook, Receipt, Recipient
from tests.testing.channels.posted import file_at, in_webhook, of_webhook, outgoing, sorted_requests
from tests.testing.channels.provider import Step, steps

SCENARIOS = {name: list(steps(f"24_whatsapp_{name}")) for name in ("incoming", "outgoing", "status", "burst")}
CHANNEL = SCENARIOS["incoming"][0].channel

POSTED_BY_BOT = [step for name in ("incoming", "outgoing", "status") for step in SCENARIOS[name] if step.by_bot]
BY_BOT = [step for step in POSTED_BY_BOT if not step.data["response"]["body"]["private"]]  # notes never get there
FROM_PROVIDER = [step for scenario in SCENARIOS.values() for step in scenario if step.from_provider]
POSTED = [step for step in FROM_PROVIDER if step.data["request"]["method"] == "POST"]
STATUSES = [step for step in POSTED if "status" in str(step) or "statuses" in str(step)]
MESSAGES = [step for step in POSTED if step not in STATUSES]
STEP = {str(step): step for step in [*BY_BOT, *POSTED]}

# The platform's files have no order of their own: in this step the second one came first.
SECOND_FILE_FIRST = "bot: two images with text"
# These are received, and then dropped or changed by what the platform knows already.
KNOWN_IDS = ("the provider delivers the first message again (same id)", "same id, other text")
UNKNOWN_QUOTE = "quoted reply to a message the server does not know"
UNKNOWN_STATUS_OR_NO_CHANGE = (
    "status of message 1: sent",
    "same status again",
    "status of a message the server does not know",
)


def customer_of(scenario: str) -> Recipient:
    seen = next(step for step in SCENARIOS[scenario] if step.messages).customer
    return replace(seen, channel=CHANNEL)


def posted_by(step: Step) -> Outgoing:
    scenario = next(name for name, known in SCENARIOS.items() if step in known)
    message = outgoing(step, customer_of(scenario))
    if str(step) == SECOND_FILE_FIRST:
        return replace(message, attachments=message.attachments[::-1])
    return message


def media_of(step: Step) -> dict[str, File]:
    """What could be downloaded in a step."""
    asked = [(one["path"], one["answered"]) for one in step.data.get("provider", ())]
    found = {
        path.rpartition("/")[2]: answer["body"]["url"] for path, answer in asked if answer.get("body", {}).get("url")
    }
    return {media: file_at(url, asked[-1][1]["content_type"]) for media, url in found.items()}


def test_the_recordings_have_all_that_is_compared_here() -> None:
    assert (len(BY_BOT), len(MESSAGES), len(STATUSES)) == (43, 39, 14)
    assert len([step for step in BY_BOT if own_update(step)]) == 28


# -- what leaves


@pytest.mark.parametrize("step", BY_BOT, ids=str)
def test_the_provider_gets_what_it_got(step: Step) -> None:
    assert whatsapp.send(posted_by(step)) == step.requests


def test_in_a_burst_all_of_it_gets_there() -> None:
    messages = [posted_by(step) for step in SCENARIOS["burst"] if step.by_bot]
    got = [one for step in SCENARIOS["burst"] for one in step.requests if one.path.endswith("/messages")]
    sent = [request for message in messages for request in whatsapp.send(message)]
    assert len(got) == 7
    assert sorted_requests(sent) == sorted_requests(got)


def own_update(step: Step) -> dict[str, Any]:
    """The first update of the message that the bot posted in this step, {} without one."""
    return next((body for body in step.updated if body["id"] == step.data["response"]["body"]["id"]), {})


@pytest.mark.parametrize("step", [step for step in BY_BOT if own_update(step)], ids=str)
def test_an_answer_of_the_provider_becomes_id_or_error(step: Step) -> None:
    error, body = whatsapp.refusal(posted_by(step)), own_update(step)
    receipt = Receipt(external_error=error) if error else whatsapp.accepted(step.requests[0], step.answers[0])
    assert body["source_id"] == receipt.source_id
    assert body["content_attributes"].get("external_error") == receipt.external_error


def test_an_error_without_a_text_says_nothing_and_a_page_is_tried_again() -> None:
    silent, page = STEP["bot: the provider answers 500 with {}"], STEP["bot: the provider answers 502 with HTML"]
    for step, is_retried in ((silent, False), (page, True)):
        assert whatsapp.accepted(step.requests[0], step.answers[0]) == Receipt()
        assert whatsapp.is_retried(step.answers[0]) == is_retried
    assert whatsapp.is_retried(ProviderAnswer(502, "<html>Bad gateway</html>"))


def test_outside_the_window_only_a_template_leaves() -> None:
    late = posted_by(STEP["bot: text outside the window"])
    assert not late.to.can_reply
    assert whatsapp.send(late) == []
    assert whatsapp.refusal(late) == "Template not found or invalid template name"
    assert whatsapp.refusal(posted_by(STEP["bot: template outside the window"])) is None


def test_a_template_takes_its_values_by_part() -> None:
    names = {"name": "pedido", "language": "pt_BR"}
    message = posted_by(STEP["bot: template_params"])
    channel = {**CHANNEL, "message_templates": [{**names, "status": "APPROVED", "parameter_format": "NAMED"}]}
    parts = {
        "body": {"cliente": "Ana <3\nLima", "vazio": ""},
        "header": {"media_type": "document", "media_url": "https://example.com/a.pdf", "media_name": "a.pdf"},
        "buttons": [{"type": "quick_reply"}, {"type": "url", "parameter": " 42 "}],
    }
    params = {**names, "processed_params": parts}
    (request,) = whatsapp.send(replace(message, template_params=params, to=replace(message.to, channel=channel)))
    document = {"link": "https://example.com/a.pdf", "filename": "a.pdf"}
    assert request.body["template"]["components"] == [
        {"type": "header", "parameters": [{"type": "document", "document": document}]},
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "cliente", "text": "Ana 3 Lima"}]},
        {"type": "button", "sub_type": "url", "index": 1, "parameters": [{"type": "text", "text": "42"}]},
    ]


def test_a_template_that_is_not_approved_is_sent_without_its_values() -> None:
    message = posted_by(STEP["bot: template_params"])
    waiting = [{**template, "status": "PENDING"} for template in CHANNEL["message_templates"]]
    to = replace(message.to, channel={**CHANNEL, "message_templates": waiting})
    (request,) = whatsapp.send(replace(message, to=to))
    assert request.body["template"]["components"] == []


@pytest.mark.parametrize("values", [{"1": "Ana", "2": "42"}, ["Ana", "42"]])
def test_a_templates_values_alone_are_its_body(values: Any) -> None:
    message = posted_by(STEP["bot: template_params"])
    params = {**(message.template_params or {}), "processed_params": values}
    assert whatsapp.send(replace(message, template_params=params)) == whatsapp.send(message)


# -- what arrives


@pytest.mark.parametrize("step", [step for step in MESSAGES if str(step) not in KNOWN_IDS], ids=str)
def test_the_bot_sees_what_it_saw(step: Step) -> None:
    received = whatsapp.receive(step.webhook, media_of(step))
    expected = [of_webhook(body) for body in step.created]
    if str(step) == UNKNOWN_QUOTE:
        quoted = received[0].content_attributes["in_reply_to_external_id"]
        expected[0]["content_attributes"]["in_reply_to_external_id"] = quoted
    assert [in_webhook(one) for one in received] == expected


@pytest.mark.parametrize("kind", ["reaction", "ephemeral", "request_welcome"])
def test_what_is_no_message_brings_nothing(kind: str) -> None:
    webhook = whatsapp.customer_text(customer_of("incoming"), "Oi", "wamid.1", 1.0)
    webhook.body["entry"][0]["changes"][0]["value"]["messages"][0] |= {"type": kind, kind: {}}
    assert whatsapp.receive(webhook) == []


def test_a_repetition_is_the_same_message_again_the_platform_knows_its_id() -> None:
    (first,) = whatsapp.receive(STEP["first message: text"].webhook)
    for label in KNOWN_IDS:
        (again,) = whatsapp.receive(STEP[label].webhook)
        assert again.source_id == first.source_id
        assert STEP[label].messages == []


@pytest.mark.parametrize("step", STATUSES, ids=str)
def test_a_status_is_of_the_message_that_changed(step: Step) -> None:
    received = whatsapp.receive(step.webhook)
    if not step.updated:
        assert received == [] or str(step) in UNKNOWN_STATUS_OR_NO_CHANGE
        return
    (status,), (body,) = received, step.updated
    nested = {message["id"]: message["status"] for message in body["conversation"]["messages"]}
    assert status.source_id == body["source_id"]
    assert status.status == nested.get(body["id"], status.status)
    if status.status == "failed":
        assert status.external_error == body["content_attributes"].get("external_error")


def test_the_contact_has_the_profiles_name_and_the_number() -> None:
    step = STEP["first message: text"]
    (received,) = whatsapp.receive(step.webhook)
    contact = step.created[0]["conversation"]["meta"]["sender"]
    assert received.sender == {"name": contact["name"], "phone_number": contact["phone_number"]}
    assert received.sender_id == step.customer.source_id


def test_a_number_without_the_ninth_digit_is_known_with_it() -> None:
    step = STEP["same person, number without the ninth digit"]
    (received,) = whatsapp.receive(step.webhook)
    assert received.sender_id == "551187654321"
    assert whatsapp.with_ninth_digit(received.sender_id) == step.customer.source_id
    assert whatsapp.with_ninth_digit("5511987654321") == "5511987654321"
    assert whatsapp.with_ninth_digit("14155550100") == "14155550100"


def test_the_owners_answer_from_the_phone_is_an_echo_that_is_delivered() -> None:
    (echo,) = whatsapp.receive(STEP["message echo: the owner answers from the phone app (smb_message_echoes)"].webhook)
    assert (echo.kind, echo.status, echo.sender_id) == ("echo", "delivered", "5511987654321")


@pytest.mark.parametrize("step", MESSAGES, ids=str)
def test_the_platform_asks_for_the_files_that_it_asked_for(step: Step) -> None:
    media = whatsapp.media_wanted(step.webhook)
    asked = [] if media is None else [whatsapp.media_request(media)]
    fetched = [whatsapp.media_download(file.url) for file in media_of(step).values()]
    assert [*asked, *(replace(request, host="media.example") for request in fetched)] == step.requests


# -- what the customer does


def at(webhook: ProviderWebhook) -> float:
    return float(webhook.body["entry"][0]["changes"][0]["value"]["messages"][0]["timestamp"])


def test_what_the_customer_does_is_posted_as_the_provider_does() -> None:
    customer = customer_of("incoming")
    text, quote = STEP["first message: text"].webhook, STEP["quoted reply to the bot's message"].webhook
    tap, place = STEP["button_reply (answer to reply buttons)"].webhook, STEP["location"].webhook
    number, asked = "wamid.HBgNOUTODMwMDY1NjcwMDAwMDg", "Loja Centro, Rua do Sol, 10, Recife"
    where = File("location", fallback_title=asked, latitude=-8.0631, longitude=-34.8711)

    def source(webhook: ProviderWebhook) -> str:
        return str(whatsapp.receive(webhook)[0].source_id)

    assert whatsapp.customer_text(customer, "Oi, boa tarde!", source(text), at(text)) == text
    assert whatsapp.customer_text(customer, "Sim, esse mesmo", source(quote), at(quote), quoting=number) == quote
    assert whatsapp.customer_tap(customer, "Vendas 🛒", "vendas", source(tap), at(tap), quoting=number) == tap
    assert whatsapp.customer_location(customer, where, source(place), at(place)) == place


@pytest.mark.parametrize(
    ("label", "kind", "name"),
    [("image with caption", "image", "a.jpg"), ("voice message", "audio", "a.ogg"), ("video", "video", "a.mp4"),
     ("document with file name", "file", "Pedido nº 42 – ção.pdf")],
)  # fmt: skip
def test_a_file_of_the_customer_arrives_as_a_recorded_one(label: str, kind: str, name: str) -> None:
    (recorded,) = whatsapp.receive(STEP[label].webhook)
    file = File(kind, name, url="MEDIA", data=b"bytes")
    sent = whatsapp.customer_media(
        customer_of("incoming"), file, str(recorded.source_id), 1.0, text=recorded.content or ""
    )
    assert whatsapp.receive(sent, {"MEDIA": file}) == [replace(recorded, attachments=(file,))]


@pytest.mark.parametrize("label", ["status of message 1: read", "status of message 2: failed 131047"])
def test_the_provider_reports_as_it_did(label: str) -> None:
    (recorded,) = whatsapp.receive(STEP[label].webhook)
    error = (131047, "Re-engagement message") if recorded.external_error else None
    report = whatsapp.status_report(
        customer_of("status"), str(recorded.source_id), str(recorded.status), 1.0, error=error
    )
    assert whatsapp.receive(report) == [recorded]
    assert json.dumps(report.body)
