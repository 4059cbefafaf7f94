"""Files that come with a request, made attachments (contract 3.6)."""

from __future__ import annotations

from criabot.testing.platform.core import Core
from criabot.testing.platform.http import Call, UploadedFile
from criabot.testing.platform.world import Attachment

__all__ = ["attachment", "attachments_of"]


def attachments_of(call: Call) -> list[Attachment]:
    """The attachments of a message's request."""
    return [attachment(call.core, file) for file in call.files.get("attachments[]", ())]


def attachment(core: Core, file: UploadedFile) -> Attachment:
    """An attachment of an uploaded file."""
    major = file.content_type.partition("/")[0]
    kind = major if major in ("image", "audio", "video") else "file"
    return Attachment(core.world.new_id("attachment"), kind, file.name, file.content_type, file.data)
