"""Files that stand in for the recorded ones, of which only size and kind are known."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

__all__ = ["synthetic_file"]

PNG_SIZE = 64, 40  # pixels, as the recorded pictures have
JPEG_SIZE = 120, 90


def synthetic_file(content_type: str, size: int) -> bytes:
    """Bytes of a kind and a size; a picture is a real one if it fits into the size."""
    make = KINDS.get(content_type)
    content = make(size) if make else b""
    filler = b"\0" if content else b"x"
    return content.ljust(size, filler)[:size]


def _png(size: int) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", *PNG_SIZE, 8, 0, 0, 0, 0))
    pixels = _chunk(b"IDAT", zlib.compress(bytes((PNG_SIZE[0] + 1) * PNG_SIZE[1])))
    bare = [b"\x89PNG\r\n\x1a\n", header, pixels, _chunk(b"IEND", b"")]
    spare = size - len(b"".join(bare)) - 12
    return b"".join([*bare[:3], _chunk(b"tEXt", b"x" * spare) if spare >= 0 else b"", bare[3]])


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _jpeg(_size: int) -> bytes:
    start = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    return start + struct.pack(">HHBHHB", 0xFFC0, 11, 8, *reversed(JPEG_SIZE), 1) + b"\x01\x11\x00"


def _wav(size: int) -> bytes:
    riff = struct.pack("<4sI8sI", b"RIFF", size - 8, b"WAVEfmt ", 16)
    return riff + struct.pack("<HHIIHH4sI", 1, 1, 8000, 8000, 1, 8, b"data", size - 44)


KINDS: dict[str, Callable[[int], bytes]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": lambda _size: b"GIF89a",
    "image/webp": lambda _size: b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    "audio/wav": _wav,
    "audio/ogg": lambda _size: b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01",
    "video/mp4": lambda _size: b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2",
    "application/pdf": lambda _size: b"%PDF-1.4\n",
}
