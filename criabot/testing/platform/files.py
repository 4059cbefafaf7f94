"""Files of messages: as they come with a request, and where they are kept (contract 3.6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from criabot.testing.platform.casts import kind
from criabot.testing.platform.core import Core
from criabot.testing.platform.events import Changes
from criabot.testing.platform.http import Call
from criabot.testing.platform.media import content_type_of, file_type_of, pixels
from criabot.testing.platform.signing import read_id
from criabot.testing.platform.validation import Invalid
from criabot.testing.platform.world import Attachment, Conversation, Message, World, token

__all__ = ["BadFile", "analyse", "attachments_of", "by_key", "check_files", "keep", "stored"]

UPLOADS = "uploads"
LARGEST = 40 * 1024**2
MEDIA = ("image/", "video/", "audio/")
ALLOWED = {
    "text/csv", "text/plain", "text/rtf", "application/rtf", "application/json", "application/pdf", "application/xml",
    "text/xml", "application/zip", "application/x-7z-compressed", "application/vnd.rar", "application/x-tar",
    "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/x-pkcs12",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip


class BadFile(Exception):
    """The server stumbles over what should be a file; its text is the answer."""


def attachments_of(call: Call, given: Any, field: str = "attachments[]") -> list[Attachment]:
    """The attachments of a message's request.

    Args:
        call: the request.
        given: the signed ids of files that were uploaded before.
        field: of the form, with the files.

    Raises:
        BadFile: a signed id is none, or the ids are no list.
    """
    uploaded = [_new(call.core, file.name, file.content_type, file.data) for file in call.files.get(field, ())]
    if given and not isinstance(given, list):
        raise BadFile(f"undefined method 'each' for {kind(given)}")
    return uploaded + [_again(call, each) for each in given or ()]


def _new(core: Core, name: str, declared: str, data: bytes) -> Attachment:
    content_type = content_type_of(data, name, declared)
    return Attachment(core.world.new_id("attachment"), file_type_of(declared), name, content_type, data)


def _again(call: Call, signed: Any) -> Attachment:
    file = stored(call.world, signed)
    if file is None:
        raise BadFile("mismatched digest")
    return replace(file, id=call.world.new_id("attachment"), file_type=file_type_of(file.content_type))


def keep(core: Core, name: str, declared: str, data: bytes) -> Attachment:
    """A file that belongs to no message yet."""
    file = Attachment(0, "file", name, content_type_of(data, name, declared), data, blob_key=token(28))
    core.world.rows[UPLOADS][core.world.new_id(UPLOADS)] = {"file": file}
    return file


def stored(world: World, signed: Any) -> Attachment | None:
    """The file with a signed id, in a message or uploaded."""
    return by_key(world, read_id(str(signed), "blob_id", world.clock()))


def by_key(world: World, key: str | None) -> Attachment | None:
    """The file with a key of the storage."""
    uploads = [row["file"] for row in world.rows[UPLOADS].values()]
    kept = [each for message in world.messages.values() for each in message.attachments] + uploads
    return next((each for each in kept if each.blob_key == key), None)


def check_files(conversation: Conversation, attachments: list[Attachment]) -> None:
    """Check the files of a message that is about to be stored; only the web widget's inbox does.

    Raises:
        Invalid: it is not stored.
    """
    if conversation.inbox.channel_type != "Channel::WebWidget":
        return
    problems = []
    for each in attachments:
        if len(each.data) > LARGEST:
            problems.append(("attachments.file", "size is too big"))
        if not each.content_type.startswith(MEDIA) and each.content_type not in ALLOWED:
            problems.append(("attachments.file", "type not supported"))
    if problems:
        raise Invalid(problems)


def analyse(core: Core, event: str, subject: object, _changes: Changes) -> None:
    """Let the background worker look how large a new picture is: a listener of the events."""
    if event != "message_created" or not isinstance(subject, Message):
        return
    pictures = [each for each in subject.attachments if each.file_type == "image" and each.data]

    async def job() -> None:
        for each in pictures:
            each.width, each.height = pixels(each.data)

    if pictures:
        core.jobs.soon(job)
