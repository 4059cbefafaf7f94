"""What the bot posted in a recorded step, and what its webhooks showed of the customer's files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from criabot.testing.platform.channels.parts import File, Outgoing, ProviderRequest, Received, Recipient
from tests.testing.channels.provider import PLATFORM, Step

Json = dict[str, Any]

MIXED = ("audio/ogg", "audio/opus")  # the provider calls it the one, the platform detects the other


def outgoing(step: Step, customer: Recipient) -> Outgoing:
    """The bot's message of a step, to this customer."""
    posted, answer = step.data["request"]["body"], step.data["response"]["body"]
    seen = step.created[0] if step.created else {}
    conversation = seen.get("conversation") or customer.conversation
    is_survey = answer["content_type"] == "input_csat"
    return Outgoing(
        id=answer["id"],
        content=seen["content"] if is_survey else answer["content"],
        to=replace(customer, can_reply=conversation["can_reply"]),
        content_type="text" if is_survey else answer["content_type"],
        content_attributes=answer["content_attributes"],
        attachments=tuple(_file(file) for file in answer.get("attachments", ())),
        template_params=posted.get("template_params"),
        in_reply_to_source_id=answer["content_attributes"].get("in_reply_to_external_id"),
    )


def sorted_requests(requests: list[ProviderRequest]) -> list[str]:
    """The requests in an order that does not depend on when they were sent."""
    return sorted(json.dumps([one.host, one.path, one.body], sort_keys=True) for one in requests)


def in_webhook(received: Received) -> Json:
    """What the bot's webhook must show of a received message: compare with `of_webhook`."""
    return {
        "message_type": "outgoing" if received.kind == "echo" else "incoming",
        "content": received.content,
        "content_type": received.content_type,
        "content_attributes": received.content_attributes,
        "source_id": received.source_id,
        "attachments": [_shown(file) for file in received.attachments],
    }


def of_webhook(body: Json) -> Json:
    """The same of a recorded webhook; the quoted message's own id is the platform's to find."""
    attributes = {key: value for key, value in body["content_attributes"].items() if key != "in_reply_to"}
    shown = {key: body[key] for key in ("message_type", "content", "content_type", "source_id")}
    files = [_seen(file) for file in body.get("attachments") or ()]
    return {**shown, "content_attributes": attributes, "attachments": files}


def file_at(url: str, content_type: str) -> File:
    """A file that the provider keeps at an address."""
    return File("", PurePosixPath(urlsplit(url).path).name, content_type, url)


def _file(file: Json) -> File:
    address = urlsplit(file["data_url"]).path
    name = unquote(PurePosixPath(address).name)
    data = b"x" * file["file_size"]
    return File(file["file_type"], name, file["content_type"], f"{PLATFORM}/{PurePosixPath(address).name}", data)


def _shown(file: File) -> Json:
    if file.kind == "location":
        return _location(file.latitude, file.longitude, file.fallback_title, file.external_url)
    if file.kind == "contact":
        return {"file_type": "contact", "fallback_title": file.fallback_title, "meta": file.meta}
    return {"file_type": file.kind, "name": file.name, "content_type": _one_name(file.content_type)}


def _seen(file: Json) -> Json:
    if file["file_type"] == "location":
        return _location(file["coordinates_lat"], file["coordinates_long"], file["fallback_title"], file["data_url"])
    if file["file_type"] == "contact":
        return {key: file[key] for key in ("file_type", "fallback_title", "meta")}
    name = unquote(PurePosixPath(urlsplit(file["data_url"]).path).name)
    return {"file_type": file["file_type"], "name": name, "content_type": _one_name(file["content_type"])}


def _location(latitude: float | None, longitude: float | None, title: str | None, url: str | None) -> Json:
    place = {"coordinates_lat": latitude, "coordinates_long": longitude}
    return {"file_type": "location", **place, "fallback_title": title, "data_url": url}


def _one_name(content_type: str) -> str:
    return MIXED[1] if content_type in MIXED else content_type
