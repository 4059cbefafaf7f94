"""WhatsApp through Meta's Cloud API (contract 3.3, 3.8, 3.9)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from criabot.testing.platform.channels import markup
from criabot.testing.platform.channels.contents import written
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
from criabot.testing.platform.channels.whatsapp_template import components

__all__ = [
    "accepted",
    "customer_location",
    "customer_media",
    "customer_tap",
    "customer_text",
    "is_retried",
    "media_download",
    "media_request",
    "media_wanted",
    "receive",
    "refusal",
    "send",
    "status_report",
    "with_ninth_digit",
]

HOST = "graph.facebook.com"
HEADERS = {"authorization": "Bearer <provider-token>", "content-type": "application/json"}
MOST_BUTTONS = 3
WITHOUT_CAPTION = "audio"
SENT_AS_IT_IS = ("image", "audio", "video")

STATUSES = ("sent", "delivered", "read", "failed")
IGNORED = ("reaction", "ephemeral", "request_welcome")
WITHOUT_FILE = ("text", "button", "interactive", "location", "contacts", "unsupported")
CONTENT_KEYS = {"text": "body", "button": "text", "interactive": "title"}
KINDS = {"image": "image", "sticker": "image", "audio": "audio", "voice": "audio", "video": "video"}


# -- what leaves ------------------------------------------------------------------------------------------------


def refusal(message: Outgoing) -> str | None:
    """The ``external_error`` of a message that the platform does not even send: outside 24 hours, without template."""
    needs_template = bool(message.template_params) or not message.to.can_reply
    if not needs_template or (message.template_params or {}).get("name"):
        return None
    return "Template not found or invalid template name"


def send(message: Outgoing) -> list[ProviderRequest]:
    """One request: a template, the first file with the text as its caption, buttons, or the text.

    All further files are lost, and so are the text beside an audio and the buttons beside a file.
    """
    if refusal(message):
        return []
    if message.template_params:
        return [_template(message)]
    if message.attachments:
        return [_file(message)]
    if message.content_type == "input_select":
        return [_request(message, interactive=_interactive(message), type="interactive")]
    return [_request(message, context=_context(message), text={"body": _text(message)}, type="text")]


def accepted(request: ProviderRequest, answer: ProviderAnswer) -> Receipt:
    """The provider's id, or its error; an error without a text leaves the message "sent" for ever."""
    body = answer.body if isinstance(answer.body, Mapping) else {}
    if answer.status < 300 and body.get("messages"):
        return Receipt(source_id=body["messages"][0]["id"])
    return Receipt(external_error=(body.get("error") or {}).get("message") or None)


def is_retried(answer: ProviderAnswer) -> bool:
    """Whether the platform stumbles over the answer, and therefore sends again some 20 seconds later."""
    return not isinstance(answer.body, Mapping)


def _template(message: Outgoing) -> ProviderRequest:
    params = message.template_params or {}
    template = {
        "name": params["name"],
        "language": {"policy": "deterministic", "code": params.get("language")},
        "components": components(params, message.to.channel.get("message_templates") or ()),
    }
    return _request(message, recipient_type="individual", type="template", template=template)


def _file(message: Outgoing) -> ProviderRequest:
    file = message.attachments[0]
    kind = file.kind if file.kind in SENT_AS_IT_IS else "document"
    content: Json = {"link": file.url}
    if kind != WITHOUT_CAPTION:
        content["caption"] = _text(message)
    if kind == "document":
        content["filename"] = file.name
    return _request(message, "v24.0", context=_context(message), type=kind, **{kind: content})


def _interactive(message: Outgoing) -> Json:
    items = message.content_attributes["items"]
    action: Json
    if len(items) <= MOST_BUTTONS:
        kind = "button"
        action = {"buttons": [{"type": "reply", "reply": _item(item)} for item in items]}
    else:
        kind = "list"
        action = {"button": "Choose an item", "sections": [{"rows": [_item(item) for item in items]}]}
    text = json.dumps(action, ensure_ascii=False, separators=(",", ":"))
    return {"type": kind, "body": {"text": _text(message)}, "action": text}


def _item(item: Json) -> Json:
    return {"id": item.get("value"), "title": item.get("title")}


def _text(message: Outgoing) -> str | None:
    return written(message, markup.whatsapp) or message.content


def _context(message: Outgoing) -> Json | None:
    return {"message_id": message.in_reply_to_source_id} if message.in_reply_to_source_id else None


def _request(message: Outgoing, version: str = "v13.0", /, **what: Any) -> ProviderRequest:
    number = message.to.channel["provider_config"]["phone_number_id"]
    body = {"messaging_product": "whatsapp", "to": message.to.source_id, **what}
    return ProviderRequest(HOST, "POST", f"/{version}/{number}/messages", HEADERS, body)


# -- what arrives -----------------------------------------------------------------------------------------------


def media_wanted(request: ProviderWebhook) -> str | None:
    """The id of the file that a webhook names, None without one; "" where the platform expects one in vain."""
    message = _first(_value(request), "messages") or _first(_value(request), "message_echoes")
    if not message or _is_dropped(message) or message["type"] in WITHOUT_FILE:
        return None
    return str(_payload(message).get("id", ""))


def media_request(media: str) -> ProviderRequest:
    """How the platform asks where a file is; the answer has its ``url``."""
    return ProviderRequest(HOST, "GET", f"/v13.0/{media}", HEADERS, None)


def media_download(url: str) -> ProviderRequest:
    """How the platform fetches a file."""
    parts = urlsplit(url)
    return ProviderRequest(parts.netloc, "GET", parts.path, HEADERS, None)


def receive(request: ProviderWebhook, media: Mapping[str, File] | None = None) -> list[Received]:
    """The first message, echo or status of a webhook: all further ones are lost.

    Whether the customer is known under another spelling of the number, see `with_ninth_digit`. A quoted message that
    the platform does not know leaves null in ``in_reply_to_external_id``. A message whose id is known already is
    dropped.

    Args:
        request: the webhook.
        media: the files that can be downloaded, by their ids; a message whose file is not in it has none.
    """
    value = _value(request)
    if status := _first(value, "statuses"):
        return list(_status(status))
    if echo := _first(value, "message_echoes"):
        blank = Received("echo", echo["id"], echo["to"], sender={"phone_number": f"+{echo['to']}"}, status="delivered")
        return _filled(blank, echo, media or {})
    message, contact = _first(value, "messages"), _first(value, "contacts")
    if not message or not contact:
        return []
    name = (contact.get("profile") or {}).get("name")
    sender = {**({"name": name} if name else {}), "phone_number": f"+{message['from']}"}
    return _filled(Received("message", message["id"], contact["wa_id"], sender=sender), message, media or {})


def with_ninth_digit(number: str) -> str:
    """A Brazilian number as it is written today; the customer may be known by it (contract 3.9)."""
    return re.sub(r"^55(\d\d)(\d{8})$", r"55\g<1>9\2", number)


def _status(status: Json) -> Iterator[Received]:
    if status["status"] not in STATUSES:
        return
    errors = status.get("errors") if status["status"] == "failed" else None
    error = f"{errors[0].get('code')}: {errors[0].get('title')}" if errors else None
    yield Received(
        "status", status["id"], status.get("recipient_id", ""), status=status["status"], external_error=error
    )


def _filled(blank: Received, message: Json, media: Mapping[str, File]) -> list[Received]:
    if _is_dropped(message):
        return []
    quoted = (message.get("context") or {}).get("id")
    blank = replace(blank, content_attributes=_attributes(blank, message, quoted))
    if message["type"] == "contacts":
        return [
            replace(blank, content=card.get("name", {}).get("formatted_name"), attachments=tuple(_cards(card)))
            for card in message["contacts"]
        ]
    return [replace(blank, content=_content(message), attachments=tuple(_files(message, media)))]


def _is_dropped(message: Json) -> bool:
    return message["type"] in IGNORED or ("errors" in message and message["type"] != "unsupported")


def _attributes(blank: Received, message: Json, quoted: str | None) -> Json:
    attributes: Json = {"in_reply_to_external_id": quoted} if quoted else {}
    if referral := message.get("referral"):
        attributes["referral"] = referral
    if message["type"] == "unsupported":
        attributes["is_unsupported"] = True
    if blank.kind == "echo":
        attributes["external_echo"] = True
    return attributes


def _content(message: Json) -> str | None:
    payload, kind = _payload(message), message["type"]
    if kind == "unsupported":
        return "This message is unavailable."
    if kind == "interactive":
        payload = payload.get("button_reply") or payload.get("list_reply") or {}
    content: str | None = payload.get(CONTENT_KEYS.get(kind, "caption"))
    return content


def _files(message: Json, media: Mapping[str, File]) -> Iterator[File]:
    payload = _payload(message)
    if message["type"] == "location":
        title = f"{payload['name']}, {payload.get('address') or ''}" if payload.get("name") else ""
        yield File(
            "location",
            fallback_title=title,
            latitude=payload["latitude"],
            longitude=payload["longitude"],
            external_url=payload.get("url"),
        )
    elif message["type"] not in WITHOUT_FILE and (file := media.get(payload.get("id", ""))):
        yield replace(file, kind=KINDS.get(message["type"], "file"), name=payload.get("filename") or file.name)


def _cards(card: Json) -> Iterator[File]:
    name = card.get("name") or {}
    meta = {"firstName": name.get("first_name"), "lastName": name.get("last_name")}
    known = {key: value for key, value in meta.items() if value is not None}
    for phone in card.get("phones") or [{"phone": "Phone number is not available"}]:
        yield File("contact", fallback_title=phone.get("phone", ""), meta=known)


def _payload(message: Json) -> Json:
    payload = message.get(message["type"])
    return payload if isinstance(payload, dict) else {}


def _value(request: ProviderWebhook) -> Json:
    change = _first(_first(request.body, "entry") or {}, "changes") or {}
    value: Json = change.get("value") or {}
    return value


def _first(owner: Json, key: str) -> Json | None:
    items = owner.get(key) or [None]
    item: Json | None = items[0]
    return item


# -- what the customer does -------------------------------------------------------------------------------------


def customer_text(
    customer: Recipient, text: str, source_id: str, at: float, *, quoting: str | None = None
) -> ProviderWebhook:
    """The customer writes; `quoting` is the provider's id of the message that is answered."""
    return _webhook(customer, source_id, at, quoting, "text", {"body": text})


def customer_tap(
    customer: Recipient, title: str, value: str, source_id: str, at: float, *, quoting: str | None = None
) -> ProviderWebhook:
    """The customer taps a button or a row of a list; `quoting` is the provider's id of the question."""
    chosen = {"type": "button_reply", "button_reply": {"id": value, "title": title}}
    return _webhook(customer, source_id, at, quoting, "interactive", chosen)


def customer_media(
    customer: Recipient, file: File, source_id: str, at: float, *, text: str = "", quoting: str | None = None
) -> ProviderWebhook:
    """The customer sends a file, `text` is its caption; the file's `url` serves as the provider's id of it."""
    kind = file.kind if file.kind in SENT_AS_IT_IS else "document"
    content = {"id": file.url, "mime_type": file.content_type, **({"caption": text} if text else {})}
    if kind == "document":
        content["filename"] = file.name
    return _webhook(customer, source_id, at, quoting, kind, content)


def customer_location(customer: Recipient, place: File, source_id: str, at: float) -> ProviderWebhook:
    """The customer shares a place, "name, address" is its title."""
    name, _, address = (place.fallback_title or "").partition(", ")
    where = {"latitude": place.latitude, "longitude": place.longitude}
    named = {"name": name, "address": address} if name else {}
    return _webhook(customer, source_id, at, None, "location", {**where, **named})


def status_report(
    customer: Recipient, source_id: str, status: str, at: float, *, error: tuple[int, str] | None = None
) -> ProviderWebhook:
    """The provider reports on a message to the customer: sent, delivered, read or failed with code and title."""
    report: Json = {"id": source_id, "status": status, "timestamp": str(int(at)), "recipient_id": customer.source_id}
    if error:
        report["errors"] = [{"code": error[0], "title": error[1]}]
    return _posted(customer, {"statuses": [report]})


def _webhook(
    customer: Recipient, source_id: str, at: float, quoting: str | None, kind: str, content: Json
) -> ProviderWebhook:
    own = _own_number(customer)
    contact = {"profile": {"name": customer.contact.get("name")}, "wa_id": customer.source_id}
    message: Json = {"from": customer.source_id, "id": source_id, "timestamp": str(int(at))}
    if quoting:
        message["context"] = {"from": own, "id": quoting}
    return _posted(customer, {"contacts": [contact], "messages": [{**message, "type": kind, kind: content}]})


def _posted(customer: Recipient, what: Json) -> ProviderWebhook:
    own, config = _own_number(customer), customer.channel["provider_config"]
    metadata = {"display_phone_number": own, "phone_number_id": config["phone_number_id"]}
    change = {"value": {"messaging_product": "whatsapp", "metadata": metadata, **what}, "field": "messages"}
    entry = {"id": config.get("business_account_id"), "changes": [change]}
    body = {"object": "whatsapp_business_account", "entry": [entry]}
    return ProviderWebhook("POST", f"/webhooks/whatsapp/+{own}", body)


def _own_number(customer: Recipient) -> str:
    return str(customer.channel["phone_number"]).removeprefix("+")
