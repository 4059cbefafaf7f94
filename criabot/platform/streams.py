"""Forms whose files are read while they are sent, as often as they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiohttp import BytesPayload, FormData, Payload
from aiohttp.abc import AbstractStreamWriter

from criabot.platform.uploads import File, Sendable

__all__ = ["Form"]

PIECE = 1 << 18  # bytes that are read at a time


class Form(FormData):
    """A form that can be sent again after a refusal: aiohttp's own is used up by the first try.

    Args:
        texts: names and values.
        files: names and what is sent.
    """

    def __init__(self, texts: Sequence[tuple[str, str]], files: Sequence[tuple[str, Sendable]]) -> None:
        super().__init__()
        self._texts = texts
        self._files = files

    def __call__(self) -> Payload:
        """The body of one try."""
        # Percent-encoded names would be taken literally: a customer would see "foto%20da%20nota.png".
        form = FormData(quote_fields=False)
        for name, text in self._texts:
            form.add_field(name, text)
        for name, file in self._files:
            form.add_field(name, _payload(file), filename=file.filename, content_type=file.content_type)
        return form()


def _payload(file: Sendable) -> Payload:
    if isinstance(file, File):
        return _Pieces(file)
    return BytesPayload(file.content, content_type=file.content_type)


class _Pieces(Payload):
    """A file's bytes, of a length that is known beforehand: not every proxy takes a body without."""

    _autoclose = True  # it is open only while it is written

    def __init__(self, file: File) -> None:
        super().__init__(file, content_type=file.content_type)
        self._file = file

    @property
    def size(self) -> int:
        return self._file.size

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        raise TypeError("a file is not read whole")

    async def write(self, writer: AbstractStreamWriter) -> None:
        left = self._file.size
        with await asyncio.to_thread(self._file.path.open, "rb") as source:
            while left:
                piece = await asyncio.to_thread(source.read, min(left, PIECE))
                if not piece:
                    raise OSError("a file became shorter while it was sent")
                left -= len(piece)
                await writer.write(piece)
