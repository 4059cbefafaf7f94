"""What leaves through a channel: to its provider, and what its answer does to the message (contract 3.3, 3.8)."""

from __future__ import annotations

import asyncio
from functools import partial

from criabot.testing.platform.attachments import disk_url
from criabot.testing.platform.channels.parts import File, Outgoing, ProviderRequest, Recipient
from criabot.testing.platform.channels.registry import INSTAGRAM, TELEGRAM, Sends, sender_of
from criabot.testing.platform.core import Core
from criabot.testing.platform.csat import survey_text
from criabot.testing.platform.lifecycle import update_message
from criabot.testing.platform.receipts import report
from criabot.testing.platform.window import can_reply
from criabot.testing.platform.world import INCOMING, OUTGOING, TEMPLATE, Attachment, Conversation, Message, World

__all__ = ["recipient", "send_soon"]

FILES_SECONDS = 2.0  # texts leave at once, files are waited for: a later text overtakes them
PAUSES = (20.0, 26.0, 46.0)  # seconds until the job is tried again


def send_soon(core: Core, message: Message, _is_first: bool = False) -> None:
    """Let the background worker send what is for the customer; what came from the channel is there already."""
    if message.message_type not in (OUTGOING, TEMPLATE) or message.private or message.source_id is not None:
        return
    channel = sender_of(message.conversation.inbox)
    if channel is not None:
        core.jobs.later(FILES_SECONDS if message.attachments else 0.0, partial(_send, core, channel, message))


def recipient(world: World, conversation: Conversation) -> Recipient:
    """With whom a conversation is, as the channels want to know it."""
    inbox, contact = conversation.inbox, conversation.contact
    mails = [m.source_id for m in conversation.messages if m.message_type == INCOMING]
    about = {
        "id": conversation.id,
        "uuid": conversation.uuid,
        "account_id": world.account.id,
        "inbox_name": inbox.name,
        "additional_attributes": conversation.additional_attributes,
        "last_mail": mails[-1] if mails else None,
    }
    person = {"name": contact.name, "email": contact.email, "phone_number": contact.phone_number}
    open_window = can_reply(world, conversation)
    return Recipient(conversation.contact_inbox.source_id, inbox.channel, about, person, open_window)


async def _send(core: Core, channel: Sends, message: Message, tries: int = 0) -> None:
    kind, outgoing = message.conversation.inbox.channel_type, _outgoing(core.world, message)
    if (refused := channel.refusal(outgoing)) is not None:
        report(core, message, "failed", refused)
        return
    names: list[str | None] = []
    for request in channel.send(outgoing):
        answer = core.providers.ask(request)
        if channel.is_retried(answer):
            _send_again(core, channel, message, tries)
            return
        receipt = channel.accepted(request, answer)
        names.append(receipt.source_id)
        if receipt.external_error is not None:
            report(core, message, "failed", receipt.external_error)
            if _ends(kind, request):
                return
        elif kind != TELEGRAM:
            await _name(core, message, names)
    if kind == TELEGRAM:  # only the last answer names the message
        await _name(core, message, names)


def _send_again(core: Core, channel: Sends, message: Message, tries: int) -> None:
    if tries < len(PAUSES):
        core.jobs.later(PAUSES[tries], partial(_send, core, channel, message, tries + 1))


async def _name(core: Core, message: Message, names: list[str | None]) -> None:
    if names and names[-1]:
        update_message(core, message, source_id=names[-1])
        await asyncio.sleep(0)  # the worker tells of each part


def _ends(kind: str, request: ProviderRequest) -> bool:
    """Whether nothing more is sent of a message of which a part was refused."""
    return kind != INSTAGRAM and not request.path.endswith("/sendMessage")


def _outgoing(world: World, message: Message) -> Outgoing:
    attributes, is_survey = message.content_attributes, message.content_type == "input_csat"
    return Outgoing(
        message.id,
        survey_text(world, message) if is_survey else message.content,
        recipient(world, message.conversation),
        content_type="text" if is_survey else message.content_type,
        content_attributes=attributes,
        attachments=tuple(_file(world, each) for each in message.attachments),
        sender_name=message.sender.name if message.sender else "",
        template_params=message.additional_attributes.get("template_params"),
        in_reply_to_source_id=attributes.get("in_reply_to_external_id"),
        is_rendered=world.since("4.9.0"),
    )


def _file(world: World, attachment: Attachment) -> File:
    url = attachment.external_url or disk_url(world, attachment)
    return File(attachment.file_type, attachment.name, attachment.content_type, url, attachment.data)
