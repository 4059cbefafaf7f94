"""Facebook Messenger (contract 3.3, 3.8): Meta's Send API, the page's webhook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from criabot.testing.platform.channels import markup
from criabot.testing.platform.channels.contents import provider_file, said, written
from criabot.testing.platform.channels.meta import (
    UPLOADED,
    answers_to,
    attachment_type,
    event,
    events,
    reply_attributes,
)
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

__all__ = [
    "accepted",
    "customer_location",
    "customer_media",
    "customer_read",
    "customer_tap",
    "customer_text",
    "receive",
    "send",
]

UNKNOWN = "John Doe"  # whose profile cannot be read


# -- what leaves ------------------------------------------------------------------------------------------------


def send(message: Outgoing) -> list[ProviderRequest]:
    """The text, then each file; the platform stops at the first one that is refused."""
    parts = [_text(message)] if said(message) else []
    parts += [{"attachment": _attachment(file)} for file in message.attachments]
    return [_request(message.to, part) for part in parts]


def accepted(request: ProviderRequest, answer: ProviderAnswer) -> Receipt:
    """The provider's id, or why it refuses."""
    if not isinstance(answer.body, Mapping):
        return Receipt(external_error="Facebook was unable to process this request")
    if error := answer.body.get("error"):
        return Receipt(external_error=str(error.get("message")))
    return Receipt(source_id=answer.body.get("message_id"))


def _text(message: Outgoing) -> Json:
    items = message.content_attributes.get("items")
    if message.content_type == "input_select" and items:
        # The payload is the title: the value never comes back. And this text alone is not converted (contract 3.3).
        replies = [{"content_type": "text", "payload": item["title"], "title": item["title"]} for item in items]
        return {"text": message.content, "quick_replies": replies}
    return {"text": written(message, markup.messenger)}


def _attachment(file: File) -> Json:
    return {"type": attachment_type(file), "payload": {"url": file.url}}


def _request(to: Recipient, part: Json) -> ProviderRequest:
    path = "/v3.2/me/messages?access_token=<provider-token>&appsecret_proof=<appsecret-proof>"
    body = {"recipient": {"id": to.source_id}, "message": part, "messaging_type": "RESPONSE"}
    return ProviderRequest("graph.facebook.com", "POST", path, {"content-type": "application/json"}, body)


# -- what arrives -----------------------------------------------------------------------------------------------


def receive(request: ProviderWebhook) -> list[Received]:
    """The messages, echoes and receipts; postbacks, referrals and reactions bring nothing (contract 3.3).

    Nobody's profile can be read, as on the recorded server.
    """
    return [received for one in events(request) if (received := _received(one))]


def _received(one: Json) -> Received | None:
    for kind, status in (("read", "read"), ("delivery", "delivered")):
        if kind in one:
            until = one[kind]["watermark"] / 1000
            return Received("status", None, one["sender"]["id"], status=status, until=until)
    message = one.get("message")
    if message is None:
        return None
    attributes = reply_attributes(message)
    files = tuple(file for item in message.get("attachments", ()) if (file := _file(item)))
    about: Json = {"content": message.get("text"), "content_attributes": attributes, "attachments": files}
    if message.get("is_echo"):
        attributes["external_echo"] = True
        return Received("echo", message["mid"], one["recipient"]["id"], status="delivered", **about)
    return Received("message", message["mid"], one["sender"]["id"], sender={"name": UNKNOWN}, **about)


def _file(item: Json) -> File | None:
    kind, payload = item["type"], item.get("payload") or {}
    if kind == "location":
        place = payload["coordinates"]
        return File(kind, fallback_title=item.get("title"), latitude=place["lat"], longitude=place["long"])
    if kind in ("share", "fallback"):
        return File("fallback", fallback_title=item.get("title"), external_url=item.get("url") or payload.get("url"))
    return provider_file(kind, payload["url"]) if kind in UPLOADED else None


# -- what the customer does -------------------------------------------------------------------------------------


def customer_text(
    customer: Recipient, text: str, source_id: str, at: float, *, quoting: str | None = None
) -> ProviderWebhook:
    """The customer writes; `quoting` is the id of the message that is answered."""
    return _webhook(customer, at, message={"mid": source_id, "text": text, **answers_to(quoting)})


def customer_tap(customer: Recipient, title: str, value: str, source_id: str, at: float) -> ProviderWebhook:
    """The customer taps a quick reply: the title is its payload, too."""
    return _webhook(customer, at, message={"mid": source_id, "text": title, "quick_reply": {"payload": title}})


def customer_media(customer: Recipient, files: Sequence[File], source_id: str, at: float) -> ProviderWebhook:
    """The customer sends files; there is no caption on this channel."""
    return _webhook(customer, at, message={"mid": source_id, "attachments": [_attachment(file) for file in files]})


def customer_location(customer: Recipient, place: File, source_id: str, at: float) -> ProviderWebhook:
    """The customer shares a place."""
    coordinates = {"lat": place.latitude, "long": place.longitude}
    item = {"type": "location", "title": place.fallback_title, "payload": {"coordinates": coordinates}}
    return _webhook(customer, at, message={"mid": source_id, "attachments": [item]})


def customer_read(customer: Recipient, at: float) -> ProviderWebhook:
    """The customer has seen everything."""
    return _webhook(customer, at, read={"watermark": round(at * 1000)})


def _webhook(customer: Recipient, at: float, **what: Any) -> ProviderWebhook:
    page = customer.channel["page_id"]
    return ProviderWebhook("POST", "/bot", event("page", customer.source_id, page, at, what))
