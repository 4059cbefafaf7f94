"""What a message holds, whatever the channel: the text to send, the files to fetch."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from criabot.testing.platform.channels.parts import File, Outgoing

__all__ = ["file_kind", "provider_file", "said", "written"]


def said(message: Outgoing) -> str:
    """The markdown that the customer gets."""
    return message.content or ""


def written(message: Outgoing, style: Callable[[str], str]) -> str:
    """What is said, in the channel's way of writing if the server renders it."""
    return style(said(message)) if message.is_rendered else said(message)


def provider_file(kind: str, url: str) -> File:
    """A file that is still at the provider: fetch `url` for its bytes."""
    name = PurePosixPath(urlsplit(url).path).name
    return File(kind, name, mimetypes.guess_type(name)[0] or "", url)


def file_kind(content_type: str) -> str:
    """The ``file_type`` of an attachment with this content type (contract 2.1.7)."""
    major = content_type.partition("/")[0]
    return major if major in ("image", "audio", "video") else "file"
