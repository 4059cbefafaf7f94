"""Files that stand in for the recorded ones, of which only size and kind are known."""

from __future__ import annotations

import struct
import zlib

__all__ = ["synthetic_file"]

SIDE = 4  # pixels


def synthetic_file(content_type: str, size: int) -> bytes:
    """Bytes of a kind and a size; a picture is a real one if it fits into the size."""
    content = {
        "image/png": _png,
        "image/jpeg": lambda _size: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00",
        "image/gif": lambda _size: b"GIF89a",
        "image/webp": lambda _size: b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        "audio/wav": lambda size: struct.pack("<4sI8sIHHIIHH4sI", b"RIFF", size - 8, b"WAVEfmt ", 16, 1, 1, 8000, 8000,
                                              1, 8, b"data", size - 44),
        "audio/ogg": lambda _size: b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01",
        "video/mp4": lambda _size: b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2",
        "application/pdf": lambda _size: b"%PDF-1.4\n",
    }.get(content_type, lambda _size: b"")(size)  # fmt: skip
    filler = b"\0" if content else b"x"
    return content.ljust(size, filler)[:size]


def _png(size: int) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0))
    pixels = _chunk(b"IDAT", zlib.compress((b"\0" + b"\xc0\x40\x40" * SIDE) * SIDE))
    bare = [b"\x89PNG\r\n\x1a\n", header, pixels, _chunk(b"IEND", b"")]
    spare = size - len(b"".join(bare)) - 12
    return b"".join([*bare[:3], _chunk(b"tEXt", b"x" * spare) if spare >= 0 else b"", bare[3]])


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
