"""What a call was answered with, and how much of it is read."""

from __future__ import annotations

import zlib
from typing import NamedTuple

__all__ = ["REFUSAL_BYTES", "REFUSAL_SECONDS", "Reply", "shown", "unpacked"]

REFUSAL_BYTES = 16_384
REFUSAL_SECONDS = 1.0


class Reply(NamedTuple):
    """What a call was answered with.

    Attributes:
        status: of HTTP.
        body: whole where the status is 2xx; of a refusal what came of it in a moment, at most 16 kB.
        request_id: the header of that name; empty without.
        retry_after: the header of that name; empty without.
    """

    status: int
    body: bytes
    request_id: str = ""
    retry_after: str = ""


def shown(value: bytes) -> str:
    """A header's value that may be shown; empty when it is none."""
    text = value.decode("latin-1")
    return text if text.isprintable() and len(text) <= 200 else ""


def unpacked(body: bytes, encoding: bytes, most: int = 0) -> bytes:
    """A body that a proxy packed, although it was not asked to.

    Args:
        body: as it came.
        encoding: how it is packed.
        most: bytes that it may have unpacked; 0 for any number.

    Raises:
        zlib.error: it is broken, larger, or packed in another way.
    """
    if encoding == b"identity" or not body:
        return body
    if encoding not in (b"gzip", b"x-gzip", b"deflate"):
        raise zlib.error("unknown encoding")
    try:
        return _inflated(body, zlib.MAX_WBITS + 32, most)  # gzip or zlib, by their first bytes
    except zlib.error:
        if encoding != b"deflate":
            raise
        return _inflated(body, -zlib.MAX_WBITS, most)  # some servers leave zlib's frame away


def _inflated(body: bytes, form: int, most: int) -> bytes:
    inflater = zlib.decompressobj(form)
    whole = inflater.decompress(body, most)
    if not inflater.eof:
        raise zlib.error("incomplete")
    return whole
