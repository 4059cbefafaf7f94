"""Calls about messages and files."""

from __future__ import annotations

from typing import Any

from criabot.platform import Upload
from criabot.platform.answers.messages import UploadedFile
from tests.platform.cases import Case, Clients

PICTURE = Upload("foto.png", b"\x89PNG", "image/png")
TEMPLATE = {"name": "pedido_pronto", "language": "pt_BR", "processed_params": {"body": {"1": "Ana"}}}


def posted(sent: dict[str, Any], **arguments: Any) -> Case:
    """A message is posted with an argument, which is sent so."""

    def call(clients: Clients) -> Any:
        return clients.app.messages.create(7, "Olá", **arguments)

    return Case(call, {"content": "Olá", **sent}, places=(7,))


def posted_as_it_is(**arguments: Any) -> Case:
    """A message is posted with an argument, which is sent as it is."""
    return posted(arguments, **arguments)


CREATE = [
    posted({}),
    posted_as_it_is(private=True),
    posted_as_it_is(message_type="incoming"),
    posted_as_it_is(content_type="input_email"),
    posted_as_it_is(content_attributes={"in_reply_to": 90}),
    posted_as_it_is(template_params=TEMPLATE),
    posted_as_it_is(echo_id=0),
    posted_as_it_is(source_id="wamid.1"),
    posted_as_it_is(campaign_id=3),
    posted_as_it_is(external_created_at=1795351038),
    posted_as_it_is(is_voice_message=True),
    posted_as_it_is(sender_type="AgentBot", sender_id=1),
    posted_as_it_is(email_html_content="<p>Olá</p>"),
    posted(
        {"cc_emails": "a@example.com,b@example.com", "bcc_emails": "c@example.com", "to_emails": "d@example.com"},
        cc_emails=["a@example.com", "b@example.com"],
        bcc_emails=["c@example.com"],
        to_emails="d@example.com",
    ),
    posted({"attachments": ["abc--1", "def--2"]}, attachments=["abc--1", UploadedFile(blob_id="def--2")]),
    posted({}, attachments=[PICTURE]),
    Case(lambda c: c.app.messages.create(7, template_params=TEMPLATE), {"template_params": TEMPLATE}, places=(7,)),
]

CASES: dict[str, list[Case]] = {
    "messages.list": [
        Case(lambda c: c.app.messages.page(7), places=(7,)),
        Case(lambda c: c.app.messages.page(7, after=5, before=9), query={"after": "5", "before": "9"}, places=(7,)),
        Case(
            lambda c: c.app.messages.list(7, filter_internal_messages=True),
            query={"filter_internal_messages": "true"},
            places=(7,),
        ),
    ],
    "messages.create": CREATE,
    "messages.update": [
        Case(lambda c: c.app.messages.update(7, 91, "read"), {"status": "read"}, places=(7, 91)),
        Case(
            lambda c: c.app.messages.update(7, 91, "failed", external_error="no such number"),
            {"status": "failed", "external_error": "no such number"},
            places=(7, 91),
        ),
    ],
    "messages.delete": [Case(lambda c: c.app.messages.delete(7, 91), places=(7, 91))],
    "messages.retry": [Case(lambda c: c.app.messages.retry(7, 91), places=(7, 91))],
    "messages.translate": [
        Case(lambda c: c.app.messages.translate(7, 91, "pt"), {"target_language": "pt"}, places=(7, 91))
    ],
    "uploads.create": [
        Case(lambda c: c.app.uploads.create(PICTURE)),
        Case(
            lambda c: c.app.uploads.create(external_url="https://example.com/a.png"),
            {"external_url": "https://example.com/a.png"},
        ),
    ],
    "uploads.create_direct": [
        Case(
            lambda c: c.app.uploads.create_direct(
                7, filename="a.png", byte_size=4, checksum="1B2M2Y8AsgTpgAmY7PhCfg==", content_type="image/png"
            ),
            {
                "blob": {
                    "filename": "a.png",
                    "byte_size": 4,
                    "checksum": "1B2M2Y8AsgTpgAmY7PhCfg==",
                    "content_type": "image/png",
                }
            },
            places=(7,),
        )
    ],
}
