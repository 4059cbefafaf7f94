"""SMS through Bandwidth: plain text in one request (contract 3.3, 3.8)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from criabot.testing.platform.channels import markup
from criabot.testing.platform.channels.contents import file_kind, provider_file, written
from criabot.testing.platform.channels.parts import (
    File,
    Json,
    Outgoing,
    ProviderAnswer,
    ProviderRequest,
    ProviderWebhook,
    Receipt,
    Received,
    Recipient,
)

__all__ = ["accepted", "customer_media", "customer_text", "international", "receive", "send"]

HEADERS = {"content-type": "application/json", "authorization": "Basic <provider-token>"}
IGNORED = (".smil", ".xml")


def send(message: Outgoing) -> list[ProviderRequest]:
    """One request with the plain text and the addresses of all files; items are lost, no length is refused here."""
    settings = message.to.channel["provider_config"]
    body: Json = {
        "to": message.to.source_id,
        "from": message.to.channel["phone_number"],
        "text": written(message, markup.plain),
        "applicationId": settings["application_id"],
    }
    if message.attachments:
        body["media"] = [file.url for file in message.attachments]
    path = f"/api/v2/users/{settings['account_id']}/messages"
    return [ProviderRequest("messaging.bandwidth.com", "POST", path, HEADERS, body)]


def accepted(request: ProviderRequest, answer: ProviderAnswer) -> Receipt:
    """The provider's id, or its description of the failure."""
    body = answer.body if isinstance(answer.body, Mapping) else {}
    if answer.status < 300:
        return Receipt(source_id=body.get("id"))
    return Receipt(external_error=str(body.get("description") or ""))


def receive(request: ProviderWebhook) -> list[Received]:
    """The messages; delivery and failure reports have no effect."""
    return [_received(one["message"]) for one in request.body if one["type"] == "message-received"]


def _received(message: Json) -> Received:
    urls = [url for url in message.get("media") or () if not url.endswith(IGNORED)]
    phone = message["from"]
    return Received(
        "message",
        message["id"],
        phone,
        sender={"name": international(phone), "phone_number": phone},
        content=message["text"],
        attachments=tuple(_file(url) for url in urls),
    )


def _file(url: str) -> File:
    file = provider_file("file", url)
    return replace(file, kind=file_kind(file.content_type))


def international(phone: str) -> str:
    """A phone number as the platform names a contact after it: spaced if Brazilian, else as it is."""
    return re.sub(r"^\+55(\d\d)(\d{4,5})(\d{4})$", r"+55 \1 \2-\3", phone)


def customer_text(customer: Recipient, text: str, source_id: str, at: float) -> ProviderWebhook:
    """The customer writes."""
    return _webhook(customer, {"id": source_id, "text": text}, at)


def customer_media(
    customer: Recipient, files: Sequence[File], source_id: str, at: float, *, text: str = ""
) -> ProviderWebhook:
    """The customer sends files."""
    return _webhook(customer, {"id": source_id, "text": text, "media": [file.url for file in files]}, at)


def _webhook(customer: Recipient, message: Json, at: float) -> ProviderWebhook:
    own = customer.channel["phone_number"]
    time = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    about = {"owner": own, "time": time, "segmentCount": 1, "direction": "in", "to": [own], "from": customer.source_id}
    application = customer.channel["provider_config"]["application_id"]
    item = {
        "time": time,
        "type": "message-received",
        "to": own,
        "description": "Incoming message received",
        "message": {**about, **message, "applicationId": application},
    }
    return ProviderWebhook("POST", f"/webhooks/sms/{own}", [item])
