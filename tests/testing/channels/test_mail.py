"""E-mail as recorded: the mails that leave, and what the bot sees of those that arrive."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from typing import Any

import pytest

from criabot.testing.platform.channels import mail
from criabot.testing.platform.channels.parts import File, Outgoing, ProviderAnswer, Receipt, Recipient
from criabot.testing.platform.channels.quotation import plain_text, without_quotation
from tests.recorded import recording
from tests.testing.channels.provider import Step, seen, shown, steps, with_data

STEPS = {str(step): step for step in steps("28_email")}
BY_BOT = [step for step in STEPS.values() if step.by_bot]
BY_CUSTOMER = [step for step in STEPS.values() if step.from_provider]

PDF = STEPS["text and html with pdf"]


def test_the_recording_has_all_that_is_compared_here() -> None:
    assert (len(BY_BOT), len(BY_CUSTOMER)) == (5, 8)


def pdf() -> bytes:
    """The file that the customer sent, which is also the one that the bot sends."""
    found = re.search(r"\r\n\r\n(JVBERi[\w+/=\r\n]+?)\r\n", PDF.webhook.body)
    assert found
    return base64.b64decode(found[1])


def outgoing(step: Step) -> Outgoing:
    """The bot's message, with what the channel needs of the conversation at that time."""
    before = BY_CUSTOMER[: 1 if str(step) == "bot: markdown" else 5]
    talk: dict[str, Any] = {
        **recording("28_email").step("conversation read")["response"]["body"],
        "inbox_name": step.created[0]["inbox"]["name"],
        "last_mail": before[-1].created[0]["source_id"],
    }
    return with_data(replace(step.outgoing, to=replace(step.customer, conversation=talk)), pdf())


@pytest.mark.parametrize("step", BY_BOT, ids=str)
def test_the_mail_server_gets_what_it_got(step: Step) -> None:
    assert mail.send(outgoing(step)) == step.requests


def test_the_file_is_the_recorded_one() -> None:
    file = STEPS["bot: pdf with text"].data["request"]["body"]["multipart"][1]
    assert hashlib.sha256(pdf()).hexdigest() == file["sha256"]


@pytest.mark.parametrize("step", BY_CUSTOMER, ids=str)
def test_the_bot_sees_what_it_saw(step: Step) -> None:
    received = mail.receive(step.webhook)
    assert [shown(one) for one in received] == [seen(body) for body in step.created]


@pytest.mark.parametrize("step", BY_CUSTOMER, ids=str)
def test_contact_and_thread_are_those_of_the_mail(step: Step) -> None:
    (received,) = mail.receive(step.webhook)
    (body,) = step.created
    email = body["content_attributes"]["email"]
    assert (received.sender["name"], received.sender["email"]) == (body["sender"]["name"], body["sender"]["email"])
    assert received.sender_id == body["conversation"]["contact_inbox"]["source_id"]
    assert set(received.thread) == {email["in_reply_to"], *email["references"]} - {None}


@pytest.mark.parametrize("label", ["plain text mail", "same sender, new subject (no In-Reply-To)", "empty body"])
def test_a_mail_that_answers_none_opens_a_conversation(label: str) -> None:
    (received,) = mail.receive(STEPS[label].webhook)
    about = STEPS[label].created[0]["conversation"]["additional_attributes"]
    assert received.thread == ()
    assert received.conversation == {key: about[key] for key in about if key != "initiated_at"}


@pytest.mark.parametrize("step", BY_BOT, ids=str)
def test_the_platform_adds_addresses_and_html(step: Step) -> None:
    body = step.data["request"]["body"]
    posted = {part["name"]: part.get("value") for part in body["multipart"]} if "multipart" in body else body
    added = mail.outgoing_attributes(
        posted["content"], cc=posted.get("cc_emails", ""), bcc=posted.get("bcc_emails", "")
    )
    assert {**posted.get("content_attributes", {}), **added} == step.outgoing.content_attributes


def test_a_block_of_html_is_left_out() -> None:
    added = mail.outgoing_attributes("<div>html</div>\n\nOi")
    assert added["email"]["html_content"]["full"] == "<!-- raw HTML omitted -->\n<p>Oi</p>\n"


def test_a_mail_that_left_has_its_own_id() -> None:
    step = STEPS["bot: markdown"]
    receipt = mail.accepted(step.requests[0], step.answers[0])
    assert receipt == Receipt(source_id=step.updated[0]["source_id"])
    assert mail.accepted(step.requests[0], ProviderAnswer(550, "no such user")) == Receipt(
        external_error="no such user"
    )


def test_the_first_mail_of_a_conversation_without_subject_names_it() -> None:
    message = outgoing(STEPS["bot: cards"])
    talk = {**message.to.conversation, "additional_attributes": {}, "last_mail": None}
    (request,) = mail.send(replace(message, to=replace(message.to, conversation=talk)))
    assert request.headers["subject"] == "[#205] New messages on this conversation"
    assert request.headers["in-reply-to"] == f"<account/1/conversation/{talk['uuid']}@exemplo.test>"


def test_what_the_customer_writes_arrives() -> None:
    customer = Recipient("ana.lima@cliente.test", {"email": "loja@exemplo.test"}, contact={"name": "Ana Lima"})
    posted = mail.customer_text(customer, "Olá,\n\nqual o prazo?", "in9@cliente.test", 0.0, subject="Dúvida")
    (received,) = mail.receive(posted)
    assert received.content == "Olá,\n\nqual o prazo?"
    assert (received.source_id, received.sender_id) == ("in9@cliente.test", "ana.lima@cliente.test")
    assert received.sender["name"] == "Ana Lima"
    assert received.conversation["mail_subject"] == "Dúvida"
    assert received.content_attributes["email"]["date"] == "1970-01-01T00:00:00.000+00:00"


def test_an_answer_with_a_file_arrives() -> None:
    customer = Recipient("ana.lima@cliente.test", {"email": "loja@exemplo.test"})
    file = File("file", "nota nº 1.pdf", "application/pdf", data=pdf())
    posted = mail.customer_media(customer, [file], "in9@cliente.test", 0.0, text="Segue.", quoting="m@exemplo.test")
    (received,) = mail.receive(posted)
    assert received.content == "Segue."
    assert received.thread == ("m@exemplo.test",)
    assert received.attachments == (file,)
    assert received.sender["name"] == "ana.lima"


@pytest.mark.parametrize(
    "quoted",
    [
        "\n\nOn Sun, 22 Nov 2026 at 10:00, Loja <loja@exemplo.test> wrote:\n> antigo",
        "\n\nEm dom., 22 de nov. de 2026 às 10:00, Loja\n<loja@exemplo.test> escreveu:\n\n> antigo\n",
        "\n\n-----Original Message-----\nFrom: Loja",
        "\n> antigo\n>\n> mais antigo",
        "\n\nEnviado do meu iPhone",
        "\n--\nAna",
    ],
)
def test_quotation_and_signature_are_cut(quoted: str) -> None:
    assert without_quotation(f"Quero duas.\n\nE o frete?{quoted}") == "Quero duas.\n\nE o frete?"


def test_a_mail_that_is_only_a_quotation_is_kept() -> None:
    assert without_quotation("> antigo") == "> antigo"


def test_html_becomes_readable_text() -> None:
    html = "<style>p{}</style><div>Oi</div><div>Quero:</div><ul><li>uma  mesa</li><li>duas<br>cadeiras</li></ul>"
    assert plain_text(html) == "Oi\nQuero:\n\n- uma mesa\n- duas\ncadeiras"
