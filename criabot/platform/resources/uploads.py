"""Files for later messages, and files of messages (contract 3.6)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from criabot.platform.answers.messages import DirectUpload, UploadedFile
from criabot.platform.calls import Identified, Resource
from criabot.platform.uploads import Upload, multipart, uploads_of

if TYPE_CHECKING:
    from criabot.platform.downloads import Downloaded, Writable

__all__ = ["Uploads"]


class Uploads(Resource):
    """Files for later messages, and files of messages (contract 3.6)."""

    name = "uploads"

    async def create(self, file: Path | Upload | None = None, *, external_url: str | None = None) -> UploadedFile:
        """Upload a file; its ``blob_id``, or the answer itself, goes into the attachments of a message (contract 3.6).

        Needs a user token; at most 60 calls an hour for the account (contract 5.10).

        Args:
            file: to be sent; one on disk is read while it travels.
            external_url: instead of it an address that the platform fetches: pictures and videos of public hosts,
                up to 40 MB.

        Raises:
            ValueError: none or both of the two are given.
            OSError: the file cannot be read.
            Unprocessable: the platform cannot or will not fetch the address.
        """
        if (file is None) == (external_url is None):
            raise ValueError("create takes either a file or an external_url")
        if file is None:
            return (await self._ask("create", json={"external_url": external_url})).read(UploadedFile)
        form = multipart({}, await asyncio.to_thread(uploads_of, [file]), "attachment")
        return (await self._ask("create", form=form)).read(UploadedFile)

    async def create_direct(
        self, conversation: int | Identified, *, filename: str, byte_size: int, checksum: str, content_type: str
    ) -> DirectUpload:
        """Announce a file whose bytes are then put where the answer says, past the platform (contract 3.6).

        Args:
            conversation: its number, or the conversation.
            filename: what the customer sees.
            byte_size: of the file.
            checksum: the MD5 of its bytes in Base64.
            content_type: such as ``image/png``.
        """
        blob = {"filename": filename, "byte_size": byte_size, "checksum": checksum, "content_type": content_type}
        return (await self._ask("create_direct", conversation, json={"blob": blob})).read(DirectUpload)

    async def download(
        self,
        data_url: str,
        to: Path | Writable,
        *,
        limit: int = 40 * 1024 * 1024,
        patience: float = 5.0,
        timeout: float = 300.0,
    ) -> Downloaded:
        """Fetch a file of a message by its ``data_url`` or ``thumb_url`` (contract 2.1.7 and 8.37).

        No token is sent, not even to the platform. A path has the whole file or what it had before, never half a file;
        what was written elsewhere stays there after a failure.

        Args:
            data_url: keep it no longer than needed: it can change, and whoever has it can read the file.
            to: a path, or something with a ``write`` for bytes, such as a ``BytesIO``.
            limit: bytes; what the platform takes from visitors is 40 MB.
            patience: seconds during which a 404 is asked again; a file just sent may not be in its place yet.
            timeout: seconds for everything.

        Raises:
            DownloadRefused: larger than ``limit``, too many redirects, or an address that is not on the internet
                although the platform's is.
            NotFound: there is no such file.
            ApiRefused: another answer than the file.
            ApiUnreachable: no connection could be made.
            ApiOutcomeUnknown: the connection broke, or the time was over.
        """
        from criabot.platform.downloads import download  # aiohttp takes 0.1 s to import

        base_url = self._caller.transport.base_url
        return await download(data_url, to, base_url=base_url, limit=limit, patience=patience, timeout=timeout)
