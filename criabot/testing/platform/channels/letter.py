"""A mail that has arrived, as the platform reads it (contract 2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from typing import cast

from criabot.testing.platform.channels.parts import File, Json
from criabot.testing.platform.channels.quotation import plain_text, tidied, without_quotation

__all__ = ["attributes", "files", "opened", "sender"]

FORWARDED = ("x-original-from", "x-original-sender", "x-forwarded-for")
TOKEN = re.compile(r"[\w!#$%&'*+.^`{|}~-]+", re.ASCII)


def opened(source: str) -> EmailMessage:
    """The parsed mail."""
    return message_from_bytes(source.encode(), policy=policy.default)


def sender(mail: EmailMessage) -> tuple[str, str]:
    """The customer's address and name."""
    writer = (mail["reply-to"] or mail["from"]).addresses[0]
    return writer.addr_spec, writer.display_name


def attributes(mail: EmailMessage) -> Json:
    """``content_attributes.email``."""
    forwarded = {name: str(mail[name]) for name in FORWARDED if mail[name]}
    return {
        "bcc": _addresses(mail, "bcc"),
        "cc": _addresses(mail, "cc"),
        "content_type": _content_type(mail),
        "date": parsedate_to_datetime(mail["date"]).isoformat(timespec="milliseconds") if mail["date"] else None,
        "from": [address.lower() for address in _addresses(mail, "reply-to") or _addresses(mail, "from") or ()],
        "headers": forwarded or None,
        "html_content": _html_content(mail),
        "in_reply_to": next(_ids(mail, "in-reply-to"), None),
        "message_id": next(_ids(mail, "message-id"), None),
        "multipart": mail.is_multipart(),
        "number_of_attachments": sum(1 for part in mail.walk() if part.get_filename()),
        "references": list(_ids(mail, "references")),
        "subject": mail["subject"] and str(mail["subject"]),
        "text_content": _text_content(mail),
        "to": _addresses(mail, "to"),
        "auto_reply": str(mail["auto-submitted"] or "no") != "no" or mail["x-autoreply"] == "yes",
    }


def files(mail: EmailMessage) -> tuple[File, ...]:
    """Its attachments; pictures inside the text are not among them."""
    parts = [part for part in mail.walk() if part.get_filename() and part.get_content_disposition() != "inline"]
    return tuple(_file(part) for part in parts)


def _file(part: EmailMessage) -> File:
    return File("file", part.get_filename() or "", part.get_content_type(), data=_bytes(part))


def _addresses(mail: EmailMessage, name: str) -> list[str] | None:
    return [address.addr_spec for address in mail[name].addresses] if mail[name] else None


def _ids(mail: EmailMessage, name: str) -> Iterator[str]:
    for found in re.finditer(r"<([^<>\s]+)>", str(mail[name] or "")):
        yield found[1]


def _content_type(mail: EmailMessage) -> str:
    header = mail["content-type"]
    values = {key: value if TOKEN.fullmatch(value) else f'"{value}"' for key, value in sorted(header.params.items())}
    return "; ".join([header.content_type, *(f"{key}={value}" for key, value in values.items())])


def _text_content(mail: EmailMessage) -> Json:
    full = _body(mail, "plain")
    reply = tidied(full)
    return {"full": full, "reply": reply, "quoted": without_quotation(reply)} if reply else {}


def _html_content(mail: EmailMessage) -> Json:
    full = _body(mail, "html")
    reply = plain_text(full)
    return {"full": full, "reply": reply, "quoted": without_quotation(reply)} if reply else {}


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    if part is None:
        return ""
    text = _bytes(part).decode(part.get_content_charset("utf-8"), "replace")
    # Text that travels as it is keeps its line ends: only the platform's decoders make them plain.
    kept = str(part["content-transfer-encoding"]).lower() in ("8bit", "binary", "base64")
    return text if kept else text.replace("\r\n", "\n")


def _bytes(part: Message) -> bytes:
    return cast("bytes", part.get_payload(decode=True))
