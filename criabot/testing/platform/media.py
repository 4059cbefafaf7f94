"""What a file is, by its first bytes and its name (contract 2.1.7)."""

from __future__ import annotations

import mimetypes
import struct

__all__ = ["content_type_of", "file_type_of", "pixels"]

IMAGES = {"image/jpeg", "image/png", "image/gif", "image/bmp", "image/webp"}
VIDEOS = {"video/ogg", "video/mp4", "video/webm", "video/quicktime"}
CONTAINERS = {"application/zip", "application/x-ole-storage"}  # the name tells more: office documents
UNKNOWN = "application/octet-stream"
BEGINNINGS = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (0, b"BM", "image/bmp"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/x-wav"),
    (28, b"OpusHead", "audio/opus"),
    (28, b"\x01vorbis", "audio/vorbis"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),
)
JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def content_type_of(data: bytes, name: str, declared: str) -> str:
    """The type that the server finds: the first bytes count most, then the name, then what the sender says."""
    found = next((kind for start, mark, kind in BEGINNINGS if data.startswith(mark, start)), None)
    if found is not None and found not in CONTAINERS:
        return found
    return mimetypes.guess_type(name)[0] or found or declared or UNKNOWN


def file_type_of(content_type: str) -> str:
    """The attachment's ``file_type``: image, video, audio or file; rare kinds of pictures are files."""
    if content_type in IMAGES:
        return "image"
    if content_type in VIDEOS:
        return "video"
    return "audio" if "audio/" in content_type else "file"


def pixels(data: bytes) -> tuple[int, int] | tuple[None, None]:
    """Width and height of a picture."""
    try:
        if data.startswith(b"\x89PNG"):
            width, height = struct.unpack_from(">II", data, 16)
            return width, height
        if data.startswith(b"GIF8"):
            width, height = struct.unpack_from("<HH", data, 6)
            return width, height
        return _of_jpeg(data) if data.startswith(b"\xff\xd8\xff") else (None, None)
    except struct.error:  # the file ends too early
        return None, None


def _of_jpeg(data: bytes) -> tuple[int, int] | tuple[None, None]:
    """From the frame header, behind any number of other segments."""
    place = 2
    while place < len(data) and data[place] == 0xFF:
        marker, length = struct.unpack_from(">BH", data, place + 1)
        if marker in JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, place + 5)
            return width, height
        place += 2 + length
    return None, None
