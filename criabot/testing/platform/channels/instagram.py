"""Instagram with Instagram login (contract 3.3, 3.8): forms to the Graph API, a webhook with stories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from criabot.testing.platform.channels import markup
from criabot.testing.platform.channels.contents import provider_file, said, written
from criabot.testing.platform.channels.meta import answers_to, attachment_type, event, events, reply_attributes
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
    "customer_media",
    "customer_read",
    "customer_story_reply",
    "customer_tap",
    "customer_text",
    "customer_unsend",
    "profile_request",
    "receive",
    "send",
    "story_request",
]

HOST = "graph.instagram.com"
STORED = ("image", "audio", "video", "file", "share", "story_mention", "ig_reel", "ig_post")
PROFILE = "name,username,profile_pic,follower_count,is_user_follow_business,is_business_follow_user,is_verified_user"


# -- what leaves ------------------------------------------------------------------------------------------------


def send(message: Outgoing) -> list[ProviderRequest]:
    """Each file, then the text; a refused one does not hold the next. Items are lost (contract 3.3)."""
    forms = [_file_form(file) for file in message.attachments]
    if said(message):
        forms.append({"message[text]": written(message, markup.messenger)})
    return [_request(message.to, form) for form in forms]


def accepted(request: ProviderRequest, answer: ProviderAnswer) -> Receipt:
    """The provider's id, or code and text of its refusal; unknown when the answer is not JSON."""
    if not isinstance(answer.body, Mapping):
        return Receipt()
    error = answer.body.get("error")
    if answer.status < 300 and not error:
        return Receipt(source_id=answer.body.get("message_id"))
    error = error or {}
    return Receipt(external_error=f"{error.get('code', '')} - {error.get('message', '')}")


def _file_form(file: File) -> Json:
    return {"message[attachment][type]": attachment_type(file), "message[attachment][payload][url]": file.url}


def _request(to: Recipient, form: Json) -> ProviderRequest:
    path = f"/v22.0/{to.channel['instagram_id']}/messages?access_token=<provider-token>"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return ProviderRequest(HOST, "POST", path, headers, {"form": {"recipient[id]": to.source_id, **form}})


# -- what arrives -----------------------------------------------------------------------------------------------


def profile_request(sender_id: str) -> ProviderRequest:
    """What the platform asks when a new customer writes."""
    return _question(sender_id, PROFILE)


def story_request(mid: str) -> ProviderRequest:
    """What the platform asks when a message mentions it in a story."""
    return _question(mid, "story,from")


def _question(node: str, fields: str) -> ProviderRequest:
    return ProviderRequest(HOST, "GET", f"/v22.0/{node}?fields={fields}&access_token=<provider-token>", {}, None)


def receive(request: ProviderWebhook, nodes: Mapping[str, Json] | None = None) -> list[Received]:
    """The messages, echoes, receipts and unsent messages; postbacks and reactions bring nothing (contract 3.3).

    Args:
        request: the webhook.
        nodes: the provider's answers to `profile_request` and `story_request`, by the id that was asked for. A mention
            in a story that cannot be read brings nothing.
    """
    return [received for one in events(request) if (received := _received(one, nodes or {}))]


def _received(one: Json, nodes: Mapping[str, Json]) -> Received | None:
    sender = one["sender"]["id"]
    if "read" in one:
        return Received("status", one["read"]["mid"], sender, status="read")
    message = one.get("message")
    if message is None:
        return None
    if message.get("is_deleted"):
        return Received("delete", message["mid"], sender)
    if message.get("is_echo"):
        echo = replace(_message(one, "echo"), sender_id=one["recipient"]["id"], status="delivered")
        return _with(echo, external_echo=True)
    return _with_story(replace(_message(one, "message"), sender=_sender(nodes.get(sender, {}))), one, nodes)


def _message(one: Json, kind: Any) -> Received:
    message = one["message"]
    attributes = reply_attributes(message)
    if message.get("is_unsupported"):
        attributes["is_unsupported"] = True
    return Received(
        kind,
        message["mid"],
        one["sender"]["id"],
        content=message.get("text"),
        content_attributes=attributes,
        attachments=tuple(_file(item) for item in message.get("attachments", ()) if item["type"] in STORED),
    )


def _with_story(received: Received, one: Json, nodes: Mapping[str, Json]) -> Received | None:
    story = (one["message"].get("reply_to") or {}).get("story")
    if story:
        about = {"story_id": story["id"], "story_sender": one["recipient"]["id"], "story_url": story["url"]}
        file = _file({"type": "ig_story", "payload": story})
        return replace(_with(received, **about, image_type="ig_story_reply"), attachments=(file,))
    if any(file.kind == "story_mention" for file in received.attachments):
        return _mention(received, nodes.get(str(received.source_id), {}))
    return received


def _mention(received: Received, node: Json) -> Received | None:
    if "story" not in node:
        return None
    teller = node["from"]["username"]
    about = {"story_sender": teller, "story_id": node["story"]["mention"]["id"], "image_type": "story_mention"}
    return replace(_with(received, **about), content=f"{teller} mentioned you in the story: ")


def _with(received: Received, **attributes: Any) -> Received:
    return replace(received, content_attributes={**received.content_attributes, **attributes})


def _file(item: Json) -> File:
    url = item["payload"]["url"]
    return replace(provider_file(item["type"], url), external_url=url)


def _sender(profile: Json) -> Json:
    if not profile:
        return {}
    about: Json = {"social_profiles": {"instagram": profile["username"]}}
    about["social_instagram_user_name"] = profile["username"]
    for key in ("follower_count", "is_verified_user", "is_business_follow_user", "is_user_follow_business"):
        if key in profile:
            about[f"social_instagram_{key}"] = profile[key]
    return {"name": profile["name"], "additional_attributes": about}


# -- what the customer does -------------------------------------------------------------------------------------


def customer_text(
    customer: Recipient, text: str, source_id: str, at: float, *, quoting: str | None = None
) -> ProviderWebhook:
    """The customer writes; `quoting` is the id of the message that is answered."""
    return _webhook(customer, at, message={"mid": source_id, "text": text, **answers_to(quoting)})


def customer_tap(customer: Recipient, title: str, value: str, source_id: str, at: float) -> ProviderWebhook:
    """The customer taps a quick reply (the platform itself offers none here)."""
    return _webhook(customer, at, message={"mid": source_id, "text": title, "quick_reply": {"payload": value}})


def customer_media(customer: Recipient, files: Sequence[File], source_id: str, at: float) -> ProviderWebhook:
    """The customer sends files, a reel (kind ``ig_reel``) or mentions us in a story (``story_mention``)."""
    items = [{"type": file.kind, "payload": {"url": file.url}} for file in files]
    return _webhook(customer, at, message={"mid": source_id, "attachments": items})


def customer_story_reply(customer: Recipient, text: str, story: Json, source_id: str, at: float) -> ProviderWebhook:
    """The customer answers our story: its ``id`` and ``url``."""
    return _webhook(customer, at, message={"mid": source_id, "text": text, "reply_to": {"story": story}})


def customer_unsend(customer: Recipient, source_id: str, at: float) -> ProviderWebhook:
    """The customer takes a message back."""
    return _webhook(customer, at, message={"mid": source_id, "is_deleted": True})


def customer_read(customer: Recipient, source_id: str, at: float) -> ProviderWebhook:
    """The customer has seen our message."""
    return _webhook(customer, at, read={"mid": source_id})


def _webhook(customer: Recipient, at: float, **what: Any) -> ProviderWebhook:
    body = event("instagram", customer.source_id, customer.channel["instagram_id"], at, what)
    return ProviderWebhook("POST", "/webhooks/instagram", body)
