"""The messages of conversations (contract 3.4, 3.5 and 5.5)."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from criabot.platform.answers.messages import MessageData, MessagePage, UploadedFile
from criabot.platform.calls import Identified, Resource, number_of
from criabot.platform.parts import JsonObject
from criabot.platform.uploads import Upload, multipart, uploads_of

__all__ = ["Attachable", "Messages"]

FULL_PAGE = 100
FULL_WINDOW = 1000

Attachable: TypeAlias = Path | Upload | UploadedFile | str
"""A file on disk, in memory, or uploaded before: itself or its ``blob_id``."""


class Messages(Resource):
    """The messages of conversations (contract 5.5)."""

    name = "messages"

    async def create(
        self,
        conversation: int | Identified,
        content: str | None = None,
        *,
        private: bool = False,
        message_type: Literal["outgoing", "incoming"] | None = None,
        content_type: str | None = None,
        content_attributes: Mapping[str, Any] | None = None,
        attachments: Sequence[Attachable] = (),
        template_params: Mapping[str, Any] | None = None,
        echo_id: str | int | None = None,
        source_id: str | None = None,
        campaign_id: int | None = None,
        external_created_at: int | None = None,
        is_voice_message: bool = False,
        sender_type: Literal["AgentBot"] | None = None,
        sender_id: int | Identified | None = None,
        cc_emails: Iterable[str] = (),
        bcc_emails: Iterable[str] = (),
        to_emails: Iterable[str] = (),
        email_html_content: str | None = None,
    ) -> MessageData:
        """Post a message in the name of the token's owner (contract 3.4).

        ``private`` makes it a note for the team. ``incoming`` is for API inboxes only. Text between ``{{ }}``
        and ``{% %}`` is run as a template by the platform (contract 3.7). There is no idempotency key: after
        ``ApiOutcomeUnknown``, ``ServerError`` or ``Unprocessable`` the message may exist all the same.

        Args:
            conversation: its number, or the conversation.
            content: Markdown, at most 150 000 characters.
            private: whether only the team sees it.
            message_type: ``outgoing`` when not given.
            content_type: of an interactive message (contract 3.2).
            content_attributes: what belongs to it; ``in_reply_to`` is the id of the message that is answered.
            attachments: files, at most 15: paths, which are read while they travel, uploads from memory, and what
                `Uploads.create` gave, or its ``blob_id``.
            template_params: of a WhatsApp template: ``name``, ``category``, ``language``, ``processed_params``.
            echo_id: comes back in the answer, and nowhere later.
            source_id: the channel's own id of a message that it has already: the platform then does *not* deliver it.
            campaign_id: of the campaign that it belongs to.
            external_created_at: when it was written in an outer system, epoch seconds.
            is_voice_message: whether its audio files were spoken for it.
            sender_type: ``AgentBot`` to post in the name of a bot with the token of a user.
            sender_id: the bot's.
            cc_emails: addresses; in an e-mail inbox only.
            bcc_emails: likewise.
            to_emails: likewise, instead of the contact's.
            email_html_content: the mail's text as HTML.

        Raises:
            ValueError: neither content, attachments nor a template, for the platform would store an empty message; a
                template with files, whose place is its header; an address instead of a file.
            OSError: a file cannot be read.
        """
        files, blobs = _sorted(attachments) if attachments else ([], [])
        if content is None and not attachments and not template_params:
            raise ValueError("a message needs content or attachments, or else a template")
        if template_params and files:
            raise ValueError("a template has its file in processed_params.header.media_url, not in attachments")
        body: JsonObject = {"content": content} if content is not None else {}
        if private:
            body["private"] = True
        if content_attributes:
            body["content_attributes"] = content_attributes
        # What a bot says is hardly ever more than that, and should not pay for the rest.
        if (
            message_type or content_type or template_params or source_id or campaign_id or external_created_at
            or is_voice_message or sender_type or cc_emails or bcc_emails or to_emails or email_html_content
            or echo_id is not None or sender_id is not None
        ):  # fmt: skip
            body |= _whatever(
                message_type=message_type,
                content_type=content_type,
                template_params=template_params,
                source_id=source_id,
                campaign_id=campaign_id,
                external_created_at=external_created_at,
                is_voice_message=is_voice_message,
                sender_type=sender_type,
                cc_emails=_addresses(cc_emails),
                bcc_emails=_addresses(bcc_emails),
                to_emails=_addresses(to_emails),
                email_html_content=email_html_content,
                sender_id=number_of(sender_id) if sender_id is not None else None,
            ) | ({"echo_id": echo_id} if echo_id is not None else {})
        if files:
            form = multipart(body, await asyncio.to_thread(uploads_of, files), blobs=blobs)
            return (await self._ask("create", conversation, form=form)).read(MessageData)
        if blobs:
            body["attachments"] = blobs
        return (await self._ask("create", conversation, json=body)).read(MessageData)

    async def list(
        self,
        conversation: int | Identified,
        *,
        after: int | None = None,
        before: int | None = None,
        filter_internal_messages: bool | None = None,
    ) -> builtins.list[MessageData]:
        """Messages, the oldest first by ``created_at``; needs a user token (contract 4.7 and 5.5).

        Without bounds the latest 20; ``before`` an id the 20 older; ``after`` an id up to 100 newer; with both
        up to 1000 from ``after`` to just below ``before``. The bounds are ids, the order is not by id: take the
        largest of a page, not its last, to go on. `each` does that.

        Args:
            conversation: its number, or the conversation.
            after: an id.
            before: an id.
            filter_internal_messages: True leaves out notes and activities.
        """
        return (
            await self.page(conversation, after=after, before=before, filter_internal_messages=filter_internal_messages)
        ).payload

    async def page(
        self,
        conversation: int | Identified,
        *,
        after: int | None = None,
        before: int | None = None,
        filter_internal_messages: bool | None = None,
    ) -> MessagePage:
        """What `list` gives, with what the platform tells of the conversation beside (contract 5.2)."""
        params = {"after": after, "before": before, "filter_internal_messages": filter_internal_messages}
        return (await self._ask("list", conversation, params=params)).read(MessagePage)

    async def each(
        self,
        conversation: int | Identified,
        *,
        after: int = 0,
        filter_internal_messages: bool | None = None,
    ) -> AsyncIterator[MessageData]:
        """Every message after an id, page by page, none twice and none left out; needs a user token (contract 5.5).

        Within a page the order is by time, and an imported message can have an older time than those before it. So it
        goes on from the largest id of a page, and fetches what has a smaller one but did not fit into the page.

        Args:
            conversation: its number, or the conversation.
            after: an id; 0 for all.
            filter_internal_messages: True leaves out notes and activities.
        """
        wanted = filter_internal_messages
        while page := await self.list(conversation, after=after, filter_internal_messages=wanted):
            last = max(message.id for message in page)
            if len(page) < FULL_PAGE:
                for message in page:
                    yield message
            else:
                async for message in self._between(conversation, after + 1, last, wanted):
                    yield message
            after = last

    async def _between(
        self, conversation: int | Identified, first: int, last: int, wanted: bool | None
    ) -> AsyncIterator[MessageData]:
        """All messages with these ids and those between, in two halves when they are too many for one answer."""
        found = await self.list(conversation, after=first, before=last + 1, filter_internal_messages=wanted)
        if len(found) < FULL_WINDOW or first == last:
            for message in found:
                yield message
            return
        middle = (first + last) // 2
        for half in ((first, middle), (middle + 1, last)):
            async for message in self._between(conversation, *half, wanted):
                yield message

    async def update(
        self,
        conversation: int | Identified,
        message: int | Identified,
        status: Literal["sent", "delivered", "read", "failed"],
        *,
        external_error: str | None = None,
    ) -> MessageData:
        """Tell what became of a message in an API inbox; needs a user token (contract 3.5).

        What was read stays read when it is said to be delivered, and that is no error.

        Raises:
            Forbidden: the inbox is of another kind.
        """
        body = {"status": status} | ({"external_error": external_error} if external_error is not None else {})
        answer = await self._ask("update", conversation, message, json=body)
        return answer.read(MessageData)

    async def delete(self, conversation: int | Identified, message: int | Identified) -> MessageData:
        """Replace a message by a text that says it was deleted; the channel keeps it (contract 3.5).

        Needs a user token. The text is in the account's language; ``content_attributes`` has ``deleted``.
        """
        return (await self._ask("delete", conversation, message)).read(MessageData)

    async def retry(self, conversation: int | Identified, message: int | Identified) -> MessageData:
        """Send a failed message again; servers before 4.17 drop its ``content_attributes`` (contract 3.5).

        Needs a user token.

        Raises:
            Unprocessable: there is no such message.
        """
        return (await self._ask("retry", conversation, message)).read(MessageData)

    async def translate(self, conversation: int | Identified, message: int | Identified, language: str) -> str:
        """The text in another language, such as ``pt``; needs a user token (contract 3.5).

        Raises:
            ServerError: the platform has no translation service.
        """
        answer = await self._ask("translate", conversation, message, json={"target_language": language})
        return str((answer.value() or {}).get("content", ""))


def _whatever(**values: Any) -> JsonObject:
    """The values that say anything."""
    return {name: value for name, value in values.items() if value}


def _addresses(emails: Iterable[str]) -> str:
    """Addresses as the platform takes them; one text is taken as it is."""
    return emails if isinstance(emails, str) else ",".join(emails)


def _sorted(attachments: Sequence[Attachable]) -> tuple[list[Path | Upload], list[str]]:
    """The files to send, and the ids of those that the platform has already.

    Raises:
        ValueError: text that is no id of an upload; an address is none either.
        TypeError: what can be no attachment.
    """
    if isinstance(attachments, (str, Path)):
        raise TypeError("attachments takes a list, also of one file")
    files: list[Path | Upload] = []
    blobs: list[str] = []
    for each in attachments:
        match each:
            case UploadedFile():
                blobs.append(each.blob_id)
            case str() if "://" in each:
                raise ValueError("the platform takes no addresses as attachments: uploads.create(external_url=…) first")
            case str() if "--" in each:  # as Rails signs them
                blobs.append(each)
            case str():
                raise ValueError(f"{each!r} is no blob_id of an upload: give a file as pathlib.Path({each!r})")
            case Path() | Upload():
                files.append(each)
            case _:
                raise TypeError("attachments takes a list of Path, Upload, UploadedFile or the blob_id of an upload")
    return files, blobs
