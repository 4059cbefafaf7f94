"""Attachments and the addresses of their files (contract 2.1.7)."""

from __future__ import annotations

from urllib.parse import quote

from criabot.testing.platform.world import Attachment, Json, Message, World

__all__ = ["attachment_data", "blob_url"]

STORED = {"image", "audio", "video", "file", "share", "story_mention", "ig_reel", "ig_post", "ig_story"}


def blob_url(world: World, attachment: Attachment) -> str:
    """Where the file is (contract 3.6): unauthenticated, its name at the end."""
    base = world.account.attributes.get("frontend_url", "")
    return f"{base}/rails/active_storage/blobs/redirect/{attachment.blob_key}/{quote(attachment.name)}"


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
    if attachment.external_url is not None:
        return {"data_url": attachment.external_url, "thumb_url": ""}
    url = blob_url(world, attachment)
    thumb = url.replace("/blobs/", "/representations/") if attachment.file_type == "image" else ""
    is_known = "." in attachment.name and world.since("4.8.0")
    data: Json = {"extension": attachment.name.rpartition(".")[2] if is_known else None}
    if world.since("4.8.0"):
        data["content_type"] = attachment.content_type
    data |= {"data_url": url, "thumb_url": thumb, "file_size": len(attachment.data)}
    data |= {"width": attachment.width, "height": attachment.height}
    if attachment.file_type == "audio":
        data["transcribed_text"] = attachment.meta.get("transcribed_text", "")
    return data
