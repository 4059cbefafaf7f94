"""Telegram as recorded: what the customer's chat gets, and what the bot sees of the customer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import pytest

from criabot.testing.platform.channels import telegram
from criabot.testing.platform.channels.parts import (
    File,
    Outgoing,
    ProviderAnswer,
    ProviderRequest,
    ProviderWebhook,
    Receipt,
)
from tests.testing.channels.posted import file_at, in_webhook, of_webhook, outgoing
from tests.testing.channels.provider import Step, steps

STEPS = {str(step): step for step in steps("25_telegram")}
BY_BOT = [step for step in STEPS.values() if step.by_bot]
BY_CUSTOMER = [step for step in STEPS.values() if step.from_provider]
CUSTOMER = STEPS["/start with payload"].customer

KNOWN_ONLY = "edit of a message the server does not know"  # received, but the platform finds nothing to edit


def posted_by(step: Step) -> Outgoing:
    return outgoing(step, CUSTOMER)


def files_of(step: Step) -> dict[str, File]:
    """What could be downloaded in a step."""
    exchanges = step.data.get("provider", ())
    kinds = {one["path"].rpartition("/")[2]: one["answered"].get("content_type") for one in exchanges}
    answers = [one["answered"]["body"]["result"] for one in exchanges if "/getFile" in one["path"]]
    return {
        answer["file_id"]: file_at(answer["file_path"], kinds[PurePosixPath(answer["file_path"]).name])
        for answer in answers
    }


def comparable(requests: list[ProviderRequest]) -> list[Any]:
    """Without what depends on the bytes of a file and on chance."""
    found = []
    for one in requests:
        parts = [{key: part[key] for key in part if key != "sha256"} for part in one.body.get("multipart", ())]
        kind = one.headers["content-type"].partition(";")[0]
        found.append((one.host, one.method, one.path, kind, parts or one.body))
    return found


def test_the_recording_has_all_that_is_compared_here() -> None:
    assert (len(BY_BOT), len(BY_CUSTOMER)) == (15, 25)
    assert len([step for step in BY_BOT if step.updated]) == 4


# -- what leaves


@pytest.mark.parametrize("step", BY_BOT, ids=str)
def test_the_provider_gets_what_it_got(step: Step) -> None:
    assert comparable(telegram.send(posted_by(step))) == comparable(step.requests)


@pytest.mark.parametrize("step", [step for step in BY_BOT if step.updated], ids=str)
def test_the_last_answer_of_the_provider_becomes_id_or_error(step: Step) -> None:
    receipt = telegram.accepted(step.requests[-1], step.answers[-1])
    (body,) = step.updated
    assert (receipt.source_id, receipt.external_error) == (
        body["source_id"],
        body["content_attributes"].get("external_error"),
    )


def test_an_answer_that_is_no_json_tells_nothing() -> None:
    (request,) = telegram.send(posted_by(STEPS["bot: cards"]))
    assert telegram.accepted(request, ProviderAnswer(502, "<html>Bad gateway</html>")) == Receipt()


def test_a_group_of_pictures_is_known_by_its_first() -> None:
    step = STEPS["bot: two images and a pdf"]
    assert telegram.accepted(step.requests[0], step.answers[0]) == Receipt(source_id="5104")


def test_a_quotation_is_named_in_every_request() -> None:
    file = File("file", "a.txt", "text/plain", "http://platform.example/a.txt", b"a")
    image = replace(file, kind="image")
    message = replace(posted_by(STEPS["bot: cards"]), attachments=(file, image), in_reply_to_source_id="106")
    text, album, document = telegram.send(message)
    assert text.body["form"]["reply_to_message_id"] == album.body["form"]["reply_to_message_id"] == "106"
    assert document.body["multipart"][-1] == {"name": "reply_to_message_id", "value": "106"}


def test_buttons_are_written_as_rails_writes_json() -> None:
    items = [{"title": "Pão & <água>", "value": "pão"}]
    message = replace(posted_by(STEPS["bot: input_select with 2 items"]), content_attributes={"items": items})
    keyboard = telegram.send(message)[0].body["form"]["reply_markup"]
    assert '"text":"Pão \\u0026 \\u003cágua\\u003e","callback_data":"pão"' in keyboard


# -- what arrives


@pytest.mark.parametrize("step", [step for step in BY_CUSTOMER if str(step) != KNOWN_ONLY], ids=str)
def test_the_bot_sees_what_it_saw(step: Step) -> None:
    received = telegram.receive(step.webhook, files_of(step))
    shown = [in_webhook(one) for one in received]
    assert shown == [of_webhook(body) for body in [*step.created, *step.updated]]
    assert [one.kind for one in received] == ["message"] * len(step.created) + ["edit"] * len(step.updated)


def test_an_edit_names_a_message_whether_the_platform_knows_it_or_not() -> None:
    (edit,) = telegram.receive(STEPS[KNOWN_ONLY].webhook)
    assert (edit.kind, edit.source_id, edit.sender_id) == ("edit", "1", CUSTOMER.source_id)
    assert STEPS[KNOWN_ONLY].messages == []


def test_contact_and_conversation_keep_what_telegram_says_of_them() -> None:
    (received,) = telegram.receive(STEPS["/start with payload"].webhook)
    contact = CUSTOMER.contact
    assert received.sender == {"name": contact["name"], "additional_attributes": contact["additional_attributes"]}
    assert received.conversation == CUSTOMER.conversation["additional_attributes"]
    assert received.sender_id == CUSTOMER.source_id
    (tapped,) = telegram.receive(STEPS["callback_query (answer to input_select)"].webhook)
    assert (tapped.sender, tapped.conversation) == (received.sender, received.conversation)


def test_a_quoted_message_is_named() -> None:
    (received,) = telegram.receive(STEPS["quoted reply to the bot's message"].webhook)
    asked = STEPS["bot: input_select with 2 items"].updated[0]["source_id"]
    assert received.content_attributes["in_reply_to_external_id"] == asked


@pytest.mark.parametrize("step", BY_CUSTOMER, ids=str)
def test_the_platform_asks_for_the_files_that_it_asked_for(step: Step) -> None:
    file = telegram.file_wanted(step.webhook)
    asked = [] if file is None else [telegram.file_request(file)] * 2
    fetched = [telegram.file_download(file.url) for file in files_of(step).values()]
    picture = telegram.picture_request(CUSTOMER.source_id)
    assert [*asked, *fetched] == [request for request in step.requests if request != picture]


def test_the_platform_asks_for_the_customers_picture() -> None:
    assert STEPS["/start with payload"].requests == [telegram.picture_request(CUSTOMER.source_id)]


# -- what the customer does


def without_update_id(webhook: ProviderWebhook) -> ProviderWebhook:
    return replace(webhook, body={key: value for key, value in webhook.body.items() if key != "update_id"})


def at(step: Step) -> float:
    return float((step.webhook.body.get("message") or step.webhook.body["edited_message"])["date"])


def test_what_the_customer_does_is_posted_as_the_provider_does() -> None:
    text, edit = STEPS["text that will be edited"], STEPS["the customer edits it (edited_message)"]
    place = STEPS["location"]
    where = File("location", latitude=-8.0631, longitude=-34.8711)
    for webhook, step in (
        (telegram.customer_text(CUSTOMER, "3 cadeira", "120", at(text)), text),
        (telegram.customer_edit(CUSTOMER, "3 cadeiras ✏️", "120", at(edit)), edit),
        (telegram.customer_location(CUSTOMER, where, "112", at(place)), place),
    ):
        assert without_update_id(webhook) == without_update_id(step.webhook)


def test_a_tap_a_quotation_and_a_venue_arrive_as_recorded_ones() -> None:
    taps, quote, venue = "callback_query (answer to input_select)", "quoted reply to the bot's message", "venue"
    where = File("location", fallback_title="Loja Centro", latitude=-8.0631, longitude=-34.8711)
    for webhook, label in (
        (telegram.customer_tap(CUSTOMER, "Vendas 🛒", "vendas", "4382000000000000001", 1.0, quoting="5063"), taps),
        (telegram.customer_text(CUSTOMER, "sobre isto", "106", 1.0, quoting="5063"), quote),
        (telegram.customer_location(CUSTOMER, where, "113", 1.0), venue),
    ):
        assert telegram.receive(webhook) == telegram.receive(STEPS[label].webhook)


@pytest.mark.parametrize(
    ("label", "kind", "content_type"),
    [("photo with caption", "image", "image/jpeg"), ("voice message", "audio", "audio/ogg"),
     ("document", "file", "application/pdf")],
)  # fmt: skip
def test_a_file_of_the_customer_arrives_as_a_recorded_one(label: str, kind: str, content_type: str) -> None:
    (recorded,) = telegram.receive(STEPS[label].webhook)
    file = File(kind, "a", content_type, "FILE", b"bytes")
    sent = telegram.customer_media(CUSTOMER, file, str(recorded.source_id), 1.0, text=recorded.content or "")
    assert telegram.file_wanted(sent) == "FILE"
    assert telegram.receive(sent, {"FILE": file}) == [replace(recorded, attachments=(file,))]
