"""The provider's side of a recording: what it got, what it sent, and what the bot's webhook showed of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from criabot.testing.platform.channels.parts import (
    File,
    Outgoing,
    ProviderAnswer,
    ProviderRequest,
    ProviderWebhook,
    Received,
    Recipient,
)
from tests.recorded import recording

Json = dict[str, Any]

PLATFORM = "http://platform.example"


@dataclass(frozen=True)
class Step:
    """A step of a channel's recording; its channel row is that of the inbox made before it."""

    data: Json
    channel: Json

    def __str__(self) -> str:
        return str(self.data["step"])

    @property
    def by_bot(self) -> bool:
        return bool(self.data["actor"] == "bot")

    @property
    def from_provider(self) -> bool:
        return self.data["actor"] == "provider" or "mail arrives" in (self.data["request"].get("does") or "")

    # -- what the platform sends

    @cached_property
    def outgoing(self) -> Outgoing:
        """The bot's message as the platform stored it."""
        message = self.data["response"]["body"]
        return Outgoing(
            id=message["id"],
            content=message["content"],
            to=self.customer,
            content_type=message["content_type"],
            content_attributes=message["content_attributes"],
            attachments=tuple(_stored(file) for file in message.get("attachments", ())),
            sender_name=message["sender"]["name"],
        )

    @property
    def customer(self) -> Recipient:
        """With whom the conversation of this step is."""
        conversation = self.messages[0]["conversation"]
        contact = conversation["meta"]["sender"]
        return Recipient(conversation["contact_inbox"]["source_id"], self.channel, conversation, contact)

    @property
    def requests(self) -> list[ProviderRequest]:
        """What the provider got, addresses of the platform's files apart."""
        return [_request(exchange) for exchange in self.data.get("provider", ())]

    @property
    def answers(self) -> list[ProviderAnswer]:
        return [
            ProviderAnswer(exchange["answered"]["status"], exchange["answered"].get("body"))
            for exchange in self.data["provider"]
        ]

    # -- what the platform gets

    @property
    def webhook(self) -> ProviderWebhook:
        request = self.data["request"]
        if request["method"] is None:
            return ProviderWebhook("POST", "mail", request["body"]["raw"], "message/rfc822")
        kind = request["headers"]["Content-Type"]
        body = request["body"] if kind.endswith("json") else dict(parse_qsl(request["body"]["raw"], True))
        return ProviderWebhook(request["method"], request["path"], body, kind)

    @property
    def messages(self) -> list[Json]:
        """The message events that the bot got."""
        bodies = [json.loads(one["raw_body"]) for one in self.data["webhooks"] if one["sender"] == "agent_bot"]
        return [body for body in bodies if body["event"].startswith("message_")]

    @property
    def created(self) -> list[Json]:
        return [body for body in self.messages if body["event"] == "message_created"]

    @property
    def updated(self) -> list[Json]:
        return [body for body in self.messages if body["event"] == "message_updated"]


def steps(scenario: str) -> Iterator[Step]:
    """The steps of a scenario in which the bot sends something or the provider calls."""
    channel: Json = {}
    for data in recording(scenario).steps:
        for one in data["webhooks"]:
            body = json.loads(one["raw_body"])
            if body["event"] == "inbox_created":
                channel = body["channel"]
        step = Step(data, channel)
        if (step.by_bot and "response" in data) or step.from_provider:
            yield step


def shown(received: Received) -> Json:
    """What a webhook shows of a received message: compare with `seen`."""
    return {
        "message_type": "outgoing" if received.kind == "echo" else "incoming",
        "content": received.content,
        "content_type": received.content_type,
        "content_attributes": received.content_attributes,
        "source_id": received.source_id,
        "attachments": [_shown(file) for file in received.attachments],
    }


def seen(body: Json) -> Json:
    """The same of a recorded webhook; the id of a quoted message is the platform's to find."""
    keys = ("message_type", "content", "content_type", "source_id")
    attributes = {key: value for key, value in body["content_attributes"].items() if key != "in_reply_to"}
    files = [_seen(file) for file in body.get("attachments") or ()]
    return {**{key: body[key] for key in keys}, "content_attributes": attributes, "attachments": files}


def _shown(file: File) -> Json:
    data: Json = {"file_type": file.kind}
    if file.kind == "location":
        data |= {"coordinates_lat": file.latitude, "coordinates_long": file.longitude}
    if file.kind in ("location", "fallback"):
        return data | {"fallback_title": file.fallback_title, "data_url": file.external_url}
    extension = file.name.rpartition(".")[2]
    return data | {"extension": extension, "content_type": file.content_type, "data_url": file.external_url}


def _seen(file: Json) -> Json:
    data = {key: value for key, value in file.items() if key in _KEYS}
    if "/rails/" in (data["data_url"] or ""):
        data["data_url"] = None
    return data


_KEYS = {"file_type", "coordinates_lat", "coordinates_long", "fallback_title", "extension", "content_type", "data_url"}


def _stored(file: Json) -> File:
    name = file["data_url"].rpartition("/")[2]
    return File(file["file_type"], name, file["content_type"], f"{PLATFORM}/{name}")


def _request(exchange: Json) -> ProviderRequest:
    text = json.dumps(exchange["body"])
    body = json.loads(re.sub(r'http://127\.0\.0\.1:3000/rails/[^"]*/([^/"]+)', rf"{PLATFORM}/\1", text))
    # The proof is made of a key that the recording does not tell.
    path = re.sub(r"appsecret_proof=\w+", "appsecret_proof=<appsecret-proof>", exchange["path"])
    return ProviderRequest(exchange["host"], exchange["method"], path, exchange["headers"], body)


def without_media(requests: list[ProviderRequest]) -> list[ProviderRequest]:
    """The requests but those that only fetch a file."""
    return [request for request in requests if request.host != "media.example"]


def at(step: Step) -> float:
    """When the provider sent a Meta webhook, epoch seconds."""
    return float(step.webhook.body["entry"][0]["messaging"][0]["timestamp"]) / 1000


def with_data(message: Outgoing, data: bytes) -> Outgoing:
    """The message with these bytes in its files."""
    return replace(message, attachments=tuple(replace(file, data=data) for file in message.attachments))
