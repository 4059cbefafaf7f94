"""What Messenger and Instagram share: the form of Meta's webhooks and messages."""

from __future__ import annotations

from collections.abc import Iterator

from criabot.testing.platform.channels.parts import File, Json, ProviderWebhook

__all__ = ["UPLOADED", "answers_to", "attachment_type", "event", "events", "reply_attributes"]

UPLOADED = ("image", "audio", "video", "file")


def attachment_type(file: File) -> str:
    """Meta's name for the kind of a file."""
    return file.kind if file.kind in UPLOADED else "file"


def events(request: ProviderWebhook) -> Iterator[Json]:
    """The single events of a webhook."""
    for entry in request.body["entry"]:
        yield from entry.get("messaging", ())


def reply_attributes(message: Json) -> Json:
    """The content attributes of every message: the quoted one's id, or null (contract 3.9)."""
    return {"in_reply_to_external_id": (message.get("reply_to") or {}).get("mid")}


def event(kind: str, sender: str, recipient: str, at: float, what: Json) -> Json:
    """The body of a webhook with one event, at epoch seconds."""
    milliseconds = round(at * 1000)
    who = {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": milliseconds}
    return {"object": kind, "entry": [{"id": recipient, "time": milliseconds, "messaging": [{**who, **what}]}]}


def answers_to(mid: str | None) -> Json:
    """The part of a message that names the one it quotes."""
    return {"reply_to": {"mid": mid}} if mid else {}
