"""Files to send (contract 3.4 and 3.6); those on disk are read piece by piece while they travel."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic_core import to_json

if TYPE_CHECKING:
    from aiohttp import FormData

__all__ = ["File", "Sendable", "Upload", "multipart", "uploads_of"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to attach, from memory; ``filename`` is what the customer sees.

    Raises:
        ValueError: the filename or content type has line ends or other control characters.
    """

    filename: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"

    def __post_init__(self) -> None:
        _check(self.filename, self.content_type)

    @classmethod
    def of(cls, path: Path) -> Upload:
        """The file at a path, its content type guessed by the suffix; it is read here and now."""
        return cls(path.name, path.read_bytes(), _kind(path))


@dataclass(frozen=True, slots=True)
class File:
    """A file to attach, from disk; ``size`` is in bytes.

    Raises:
        ValueError: its name has line ends or other control characters.
    """

    path: Path
    size: int
    content_type: str = "application/octet-stream"

    def __post_init__(self) -> None:
        _check(self.filename, self.content_type)

    @property
    def filename(self) -> str:
        """What the customer sees."""
        return self.path.name

    @classmethod
    def of(cls, path: Path) -> File:
        """The file at a path, its content type guessed by the suffix.

        Raises:
            OSError: it cannot be read.
        """
        with path.open("rb") as file:
            return cls(path, os.fstat(file.fileno()).st_size, _kind(path))


Sendable: TypeAlias = Upload | File


def _kind(path: Path) -> str:
    return guess_type(path.name)[0] or "application/octet-stream"


def _check(filename: str, content_type: str) -> None:
    if not (filename.isprintable() and content_type.isprintable()):
        raise ValueError("an upload's filename and content_type must not have control characters")


def uploads_of(attachments: Iterable[Path | Upload]) -> list[Sendable]:
    """The files, ready to be sent; it blocks for a look at those on disk.

    Raises:
        OSError: one cannot be read.
    """
    return [File.of(each) if isinstance(each, Path) else each for each in attachments]


def multipart(
    fields: Mapping[str, Any],
    uploads: Iterable[Sendable],
    name: str = "attachments[]",
    *,
    blobs: Sequence[str] = (),
) -> FormData:
    """A form with files as the platform wants it (contract 3.4).

    Args:
        fields: text, or what becomes JSON.
        uploads: what is sent.
        name: of the parts of files.
        blobs: ids of files that the platform has already.
    """
    from criabot.platform.streams import Form  # aiohttp takes 0.1 s to import, and few clients send files

    texts = [(key, value if isinstance(value, str) else to_json(value).decode()) for key, value in fields.items()]
    return Form([*texts, *((name, blob) for blob in blobs)], [(name, upload) for upload in uploads])
