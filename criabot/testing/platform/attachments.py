"""Attachments and the addresses of their files (contract 2.1.7)."""

from __future__ import annotations

from contextvars import ContextVar
from urllib.parse import quote

from criabot.testing.platform.media import pixels
from criabot.testing.platform.signing import signed_id
from criabot.testing.platform.world import Attachment, Json, Message, World

__all__ = ["DISK", "attachment_data", "blob_id", "blob_url", "disk_url", "in_worker"]

in_worker: ContextVar[bool] = ContextVar("in_worker", default=False)
"""Whether the background worker builds a payload: it knows how large a new picture is, whoever stored it does not."""

OPEN_SECONDS = 300.0
DISK = "blob_key"


def blob_id(attachment: Attachment) -> str:
    """The signed id of the file, which stays the same."""
    return signed_id(attachment.blob_key, "blob_id")


def blob_url(world: World, attachment: Attachment) -> str:
    """Where the file is (contract 3.6): unauthenticated, its name at the end."""
    return _storage_url(world, "blobs", blob_id(attachment), attachment)


def disk_url(world: World, attachment: Attachment) -> str:
    """Where the bytes are for five minutes: what redirects lead to, and what providers are given."""
    base, until = world.account.attributes.get("frontend_url", ""), world.clock() + OPEN_SECONDS
    return f"{base}/rails/active_storage/disk/{signed_id(attachment.blob_key, DISK, until)}/{quote(attachment.name)}"


def _storage_url(world: World, kind: str, key: str, attachment: Attachment) -> str:
    base = world.account.attributes.get("frontend_url", "")
    return f"{base}/rails/active_storage/{kind}/redirect/{key}/{quote(attachment.name)}"


def _thumb_url(world: World, attachment: Attachment) -> str:
    if attachment.file_type != "image":
        return ""
    key = f"{blob_id(attachment)}/{signed_id(f'250 {attachment.content_type}', 'variation')}"
    return _storage_url(world, "representations", key, attachment)


def attachment_data(world: World, message: Message, attachment: Attachment) -> Json:
    """An attachment in webhooks and answers."""
    data: Json = {
        "id": attachment.id,
        "message_id": message.id,
        "file_type": attachment.file_type,
        "account_id": world.account.id,
    }
    match attachment.file_type:
        case "location":
            data |= {
                "coordinates_lat": attachment.latitude,
                "coordinates_long": attachment.longitude,
                "fallback_title": attachment.fallback_title,
                "data_url": attachment.external_url,
            }
        case "contact":
            data |= {"fallback_title": attachment.fallback_title, "meta": attachment.meta}
        case "fallback":
            data |= {"fallback_title": attachment.fallback_title, "data_url": attachment.external_url}
        case "embed":
            data |= {"data_url": attachment.external_url}
        case _:
            data |= _file(world, attachment)
    return data


def _file(world: World, attachment: Attachment) -> Json:
    is_audio, own = attachment.file_type == "audio", attachment.external_url
    url = blob_url(world, attachment) + ("?disposition=inline" if is_audio else "")
    is_known = "." in attachment.name and world.since("4.8.0")
    data: Json = {"extension": attachment.name.rpartition(".")[2] if is_known else None}
    if world.since("4.8.0"):
        data["content_type"] = attachment.content_type
    data |= {
        "data_url": own or url,
        "thumb_url": own or _thumb_url(world, attachment),
        "file_size": len(attachment.data),
    }
    is_picture = in_worker.get() and attachment.file_type == "image"
    width, height = pixels(attachment.data) if is_picture else (attachment.width, attachment.height)
    data |= {"width": width, "height": height}
    if is_audio:
        data["transcribed_text"] = attachment.meta.get("transcribed_text", "")
    return data
