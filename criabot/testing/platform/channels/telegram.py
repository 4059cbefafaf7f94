"""Telegram's Bot API (contract 3.3, 3.8, 3.9)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from criabot.testing.platform.channels import markup
from criabot.testing.platform.channels.contents import file_kind, written
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
    "customer_edit",
    "customer_location",
    "customer_media",
    "customer_tap",
    "customer_text",
    "file_download",
    "file_request",
    "file_wanted",
    "picture_request",
    "receive",
    "send",
]

HOST = "api.telegram.org"
FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data"}
ALBUMS = ({"image": "photo", "video": "video"}, {"audio": "audio"})  # what may be in one media group
DOCUMENT = "application/pdf"  # whatever the file is

# Where a message keeps its file, in the order in which the platform looks.
FILES = {"photo": "image", "sticker": "image", "video": "video", "video_note": "video", "voice": "audio",
         "audio": "audio", "document": "file"}  # fmt: skip


# -- what leaves ------------------------------------------------------------------------------------------------


def send(message: Outgoing) -> list[ProviderRequest]:
    """The text with its buttons, then pictures and videos as a group, then audios as a group, then each document.

    Each is sent whatever became of the text, but a refused one ends it. The last answer names the message. Nothing at
    all leaves without text and files, and nobody is told.
    """
    text = written(message, markup.telegram)
    texts = [_text(message, text)] if text.strip() else []
    return [*texts, *_albums(message), *_documents(message)]


def accepted(request: ProviderRequest, answer: ProviderAnswer) -> Receipt:
    """The provider's id, of a group the first one; or its error's code and description."""
    body = answer.body if isinstance(answer.body, Mapping) else {}
    if body.get("ok") is False:
        return Receipt(external_error=f"{body.get('error_code')}, {body.get('description')}")
    result = body.get("result") if answer.status < 300 else None
    first = result[0] if isinstance(result, list) and result else result
    return Receipt(source_id=str(first["message_id"])) if isinstance(first, Mapping) else Receipt()


def _text(message: Outgoing, text: str) -> ProviderRequest:
    items = message.content_attributes.get("items") if message.content_type == "input_select" else None
    rows = [[{"text": item.get("title"), "callback_data": item.get("value")}] for item in items or ()]
    keyboard = _json({"one_time_keyboard": True, "inline_keyboard": rows}) if rows else ""
    return _call("sendMessage", {"form": _form(message, text=text, reply_markup=keyboard, parse_mode="HTML")})


def _albums(message: Outgoing) -> Iterator[ProviderRequest]:
    for kinds in ALBUMS:
        files = [file for file in message.attachments if file.kind in kinds]
        if files:
            media = _json([{"type": kinds[file.kind], "media": file.url} for file in files])
            yield _call("sendMediaGroup", {"form": _form(message, media=media)})


def _documents(message: Outgoing) -> Iterator[ProviderRequest]:
    quoted = message.in_reply_to_source_id
    reply = [{"name": "reply_to_message_id", "value": quoted}] if quoted else []
    for file in message.attachments:
        if not any(file.kind in kinds for kinds in ALBUMS):
            content = {"size": len(file.data), "sha256": hashlib.sha256(file.data).hexdigest()}
            document = {"name": "document", "filename": file.name, "content_type": DOCUMENT, **content}
            chat = {"name": "chat_id", "value": _chat(message)}
            yield replace(_call("sendDocument", {"multipart": [chat, document, *reply]}), headers=MULTIPART)


def _form(message: Outgoing, **values: str) -> Json:
    return {"chat_id": _chat(message), **values, "reply_to_message_id": message.in_reply_to_source_id or ""}


def _chat(message: Outgoing) -> str:
    return str(message.to.conversation["additional_attributes"]["chat_id"])


def _call(method: str, body: Json) -> ProviderRequest:
    return ProviderRequest(HOST, "POST", f"/bot<provider-token>/{method}", FORM, body)


def _json(value: Any) -> str:
    """JSON as Rails writes it: safe inside HTML."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.translate({ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


# -- what arrives -----------------------------------------------------------------------------------------------


def picture_request(sender_id: str) -> ProviderRequest:
    """How the platform asks for the customer's picture, before each message as long as it has none."""
    return _question(f"getUserProfilePhotos?user_id={sender_id}")


def file_wanted(request: ProviderWebhook) -> str | None:
    """The id of the file that an update brings, None without one."""
    return next((file["file_id"] for _, file in _stored(_private_message(request) or {})), None)


def file_request(file_id: str) -> ProviderRequest:
    """How the platform asks, twice, where a file is; the answer has its ``file_path``."""
    return _question(f"getFile?file_id={file_id}")


def file_download(file_path: str) -> ProviderRequest:
    """How the platform fetches a file; its name is the last part of the path."""
    return ProviderRequest(HOST, "GET", f"/file/bot<provider-token>/{file_path}", {}, None)


def receive(request: ProviderWebhook, files: Mapping[str, File] | None = None) -> list[Received]:
    """The message, tapped button or edit of an update; groups, channels, reactions and blocks bring nothing.

    The same update again is the same message again. An edit is of the message with this id in the conversation with
    the sender, if there is one.

    Args:
        request: the webhook.
        files: those that can be downloaded, by their ids; a message whose file is not in it has none.
    """
    body = request.body
    if tap := body.get("callback_query"):
        return [_received(tap["id"], tap["from"], tap["message"]["chat"], content=tap.get("data"))]
    if edited := body.get("edited_message"):
        return list(_edit(edited))
    message = _private_message(request)
    if message is None:
        return []
    quoted = (message.get("reply_to_message") or {}).get("message_id")
    received = _received(
        message["message_id"],
        message["from"],
        message["chat"],
        content=message.get("text") or message.get("caption"),
        attachments=tuple(_attachments(message, files or {})),
    )
    return [received if quoted is None else _quoting(received, str(quoted))]


def _private_message(request: ProviderWebhook) -> Json | None:
    message: Json | None = request.body.get("message")
    return message if message and message["chat"].get("type") == "private" else None


def _edit(edited: Json) -> Iterator[Received]:
    if content := edited.get("text") or edited.get("caption"):
        yield Received("edit", str(edited["message_id"]), str(edited["chat"]["id"]), content=content)


def _received(number: int | str, who: Json, chat: Json, **about: Any) -> Received:
    additional = {
        "username": who.get("username"),
        "language_code": who.get("language_code"),
        "social_telegram_user_id": who["id"],
        "social_telegram_user_name": who.get("username"),
    }
    # Without a last name the blank stays.
    name = f"{who.get('first_name') or ''} {who.get('last_name') or ''}"
    return Received(
        "message",
        str(number),
        str(who["id"]),
        sender={"name": name, "additional_attributes": additional},
        conversation={"chat_id": chat["id"], "business_connection_id": None},
        **about,
    )


def _quoting(received: Received, quoted: str) -> Received:
    return replace(received, content_attributes={**received.content_attributes, "in_reply_to_external_id": quoted})


def _attachments(message: Json, files: Mapping[str, File]) -> Iterator[File]:
    if place := message.get("location"):
        title = (message.get("venue") or {}).get("title") or ""
        yield File("location", fallback_title=title, latitude=place["latitude"], longitude=place["longitude"])
    for kind, stored in _stored(message):
        if file := files.get(stored["file_id"]):
            yield replace(file, kind=kind)
    if card := message.get("contact"):
        meta = {"first_name": card.get("first_name"), "last_name": card.get("last_name")}
        yield File("contact", fallback_title=card.get("phone_number", ""), meta=meta)


def _stored(message: Json) -> Iterator[tuple[str, Json]]:
    """The message's file and its kind, if it has one: of a photo the largest, of a sticker its old-style thumbnail."""
    for key, kind in FILES.items():
        stored = message.get(key)
        if stored and key == "photo":
            stored = stored[-1]
        elif stored and key == "sticker":
            stored = stored.get("thumb")
        if stored:
            yield file_kind(stored.get("mime_type") or "") if key == "document" else kind, stored
            return


def _question(what: str) -> ProviderRequest:
    return ProviderRequest(HOST, "GET", f"/bot<provider-token>/{what}", {}, None)


# -- what the customer does -------------------------------------------------------------------------------------


def customer_text(
    customer: Recipient, text: str, source_id: str, at: float, *, quoting: str | None = None
) -> ProviderWebhook:
    """The customer writes; `quoting` is the provider's id of the message that is answered."""
    return _message(customer, source_id, at, text=text, **_reply(quoting))


def customer_edit(customer: Recipient, text: str, source_id: str, at: float) -> ProviderWebhook:
    """The customer changes the text of his message."""
    edited = _message(customer, source_id, at, text=text, edit_date=int(at)).body["message"]
    return _update(customer, at, edited_message=edited)


def customer_tap(
    customer: Recipient, title: str, value: str, source_id: str, at: float, *, quoting: str = "0"
) -> ProviderWebhook:
    """The customer taps a button: its value comes back; `quoting` is the provider's id of the question."""
    question = {"message_id": int(quoting), "chat": _chat_of(customer), "date": int(at)}
    tap = {"id": source_id, "from": _person(customer), "message": question, "data": value}
    return _update(customer, at, callback_query=tap)


def customer_media(
    customer: Recipient, file: File, source_id: str, at: float, *, text: str = "", quoting: str | None = None
) -> ProviderWebhook:
    """The customer sends a file, `text` is its caption; the file's `url` serves as the provider's id of it."""
    stored = {"file_id": file.url, "mime_type": file.content_type, "file_size": len(file.data)}
    caption = {"caption": text} if text else {}
    return _message(customer, source_id, at, **_kept(file, stored), **caption, **_reply(quoting))


def customer_location(customer: Recipient, place: File, source_id: str, at: float) -> ProviderWebhook:
    """The customer shares a place; with a title it is a venue."""
    where = {"latitude": place.latitude, "longitude": place.longitude}
    venue = {"venue": {"location": where, "title": place.fallback_title}} if place.fallback_title else {}
    return _message(customer, source_id, at, location=where, **venue)


def _kept(file: File, stored: Json) -> Mapping[str, Json | Sequence[Json]]:
    match file.kind:
        case "image":
            return {"photo": [{"file_id": stored["file_id"], "file_size": stored["file_size"]}]}
        case "audio":
            return {"voice": stored}
        case "video":
            return {"video": stored}
        case _:
            return {"document": {**stored, "file_name": file.name}}


def _reply(quoting: str | None) -> Json:
    return {"reply_to_message": {"message_id": int(quoting)}} if quoting else {}


def _message(customer: Recipient, source_id: str, at: float, **what: Any) -> ProviderWebhook:
    about = {"message_id": int(source_id), "from": _person(customer), "chat": _chat_of(customer), "date": int(at)}
    return _update(customer, at, message={**about, **what})


def _update(customer: Recipient, at: float, **what: Json) -> ProviderWebhook:
    path = f"/webhooks/telegram/{customer.channel['bot_token']}"
    return ProviderWebhook("POST", path, {"update_id": round(at * 1000), **what})


def _person(customer: Recipient) -> Json:
    known = customer.contact.get("additional_attributes") or {}
    language = known.get("language_code")
    return {"is_bot": False, **_name(customer), **({"language_code": language} if language else {})}


def _chat_of(customer: Recipient) -> Json:
    return {**_name(customer), "type": "private"}


def _name(customer: Recipient) -> Json:
    first, _, last = (customer.contact.get("name") or "").partition(" ")
    username = (customer.contact.get("additional_attributes") or {}).get("username")
    names = {"first_name": first, "last_name": last, "username": username}
    return {"id": int(customer.source_id), **{key: value for key, value in names.items() if value}}
