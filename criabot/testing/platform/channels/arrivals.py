"""What a provider's webhook does: contacts, conversations, messages, edits and statuses (contract 3.9)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from criabot.testing.platform.activities import phrase
from criabot.testing.platform.channels.enquiries import Enquiries
from criabot.testing.platform.channels.parts import File, ProviderWebhook, Received
from criabot.testing.platform.channels.registry import INSTAGRAM, MAIL, MESSENGER, WHATSAPP
from criabot.testing.platform.contacts import add_to_inbox, create_in_inbox, update_contact
from criabot.testing.platform.conversations import create_conversation
from criabot.testing.platform.core import Core
from criabot.testing.platform.lifecycle import create_message, update_message
from criabot.testing.platform.media import content_type_of
from criabot.testing.platform.receipts import report
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import (
    INCOMING,
    OUTGOING,
    TEMPLATE,
    Attachment,
    Contact,
    ContactInbox,
    Conversation,
    Inbox,
    Json,
    Message,
    World,
)

__all__ = ["arrive", "arrive_mail", "arrive_soon", "kept_as_image"]

ECHO_SECONDS = 2.0  # Meta's echoes wait, so that the platform's own messages are known by then
LOCK_SECONDS = 0.2
WAITS_SECONDS = (2.0, 8.0)  # who does not get the lock of a WhatsApp customer
SENDER = ("name", "email", "phone_number", "identifier", "additional_attributes")
WITHOUT_FILE = ("location", "contact", "fallback")


def arrive_soon(core: Core, inbox: Inbox, webhook: ProviderWebhook) -> None:
    """Let the background worker take a provider's webhook."""
    core.jobs.soon(partial(arrive, core, inbox, webhook))


def arrive_mail(core: Core, source: str) -> None:
    """Let the background worker take a mail, for the inbox to whose address it goes."""
    from criabot.testing.platform.channels.letter import opened  # only e-mail inboxes need the parser

    mail = opened(source)
    addressed = [a.addr_spec.lower() for name in ("to", "cc", "bcc") if mail[name] for a in mail[name].addresses]
    for inbox in core.world.inboxes.values():
        own = {str(inbox.channel.get(key)).lower() for key in ("email", "forward_to_email")}
        if inbox.channel_type == MAIL and own.intersection(addressed):
            arrive_soon(core, inbox, ProviderWebhook("POST", "mail", source, "message/rfc822"))
            return


async def arrive(core: Core, inbox: Inbox, webhook: ProviderWebhook) -> None:
    """Take a provider's webhook now."""
    enquiries = Enquiries(core.providers, inbox, partial(_is_stored, core.world, inbox), _knows(core.world, inbox))
    for received in enquiries.received(webhook):
        if received.kind == "echo" and inbox.channel_type in (MESSENGER, INSTAGRAM):
            core.jobs.later(ECHO_SECONDS, partial(_take, core, inbox, received, enquiries))
        elif inbox.channel_type == WHATSAPP and core.providers.one_lock_per_customer:
            await _take_in_turn(core, inbox, received, enquiries)
        else:
            await _take(core, inbox, received, enquiries)


async def _take_in_turn(core: Core, inbox: Inbox, received: Received, enquiries: Enquiries) -> None:
    """Who finds the customer's lock taken comes back later, and not in order (contract 3.9)."""
    providers, customer = core.providers, (inbox.id, received.sender_id)
    if core.now < providers.locks.get(customer, 0.0):
        wait = providers.chance.uniform(*WAITS_SECONDS)
        core.jobs.later(wait, partial(_take_in_turn, core, inbox, received, enquiries))
        return
    providers.locks[customer] = core.now + LOCK_SECONDS
    await _take(core, inbox, received, enquiries)


async def _take(core: Core, inbox: Inbox, received: Received, enquiries: Enquiries) -> None:
    match received.kind:
        case "message" | "echo":
            await _store(core, inbox, received, enquiries)
        case "edit":
            for message in _named(core.world, inbox, received):
                update_message(core, message, content=received.content)
        case "delete":
            for message in _named(core.world, inbox, received):
                attributes = {**message.content_attributes, "deleted": True}
                text = phrase(core.world, "deleted")
                update_message(core, message, content=text, content_attributes=attributes, attachments=[])
        case "status":
            _report(core, inbox, received)


# -- messages ---------------------------------------------------------------------------------------------------


async def _store(core: Core, inbox: Inbox, received: Received, enquiries: Enquiries) -> None:
    if received.kind == "echo" and _is_stored(core.world, inbox, received.source_id):
        return
    row = await _row(core, inbox, received)
    if row.contact.blocked and inbox.channel_type == WHATSAPP:
        return
    conversation = _conversation(core, row, received)
    is_echo = received.kind == "echo"
    create_message(
        core,
        conversation,
        received.content,
        message_type=OUTGOING if is_echo else INCOMING,
        sender=None if is_echo else row.contact,
        source_id=received.source_id,
        content_type=received.content_type,
        content_attributes=_attributes(core.world, received),
        attachments=list(_attachments(core, received, enquiries)),
        status=received.status or "sent",
    )


def _attributes(world: World, received: Received) -> Json:
    """The attributes; older servers do not mark what was written outside."""
    unknown = () if world.since("4.11.2") else ("external_echo",)
    return {key: value for key, value in received.content_attributes.items() if key not in unknown}


def _attachments(core: Core, received: Received, enquiries: Enquiries) -> Iterator[Attachment]:
    for file in received.attachments:
        data = file.data
        if not data and file.kind not in WITHOUT_FILE:
            if (fetched := enquiries.download(file.url)) is None:
                continue
            data = fetched
        yield _attachment(core, file, data)


def _attachment(core: Core, file: File, data: bytes) -> Attachment:
    return Attachment(
        core.world.new_id("attachment"),
        file.kind,
        file.name,
        content_type_of(data, file.name, file.content_type) if data else file.content_type,
        data,
        fallback_title=file.fallback_title,
        latitude=file.latitude or 0.0,
        longitude=file.longitude or 0.0,
        external_url=file.external_url,
        meta=file.meta,
    )


def kept_as_image(message: Message, _is_first: bool) -> None:
    """A mention in a story is an image from the moment on in which the bot was told of it."""
    for attachment in message.attachments:
        if attachment.file_type == "story_mention":
            attachment.file_type = "image"


# -- who and where ----------------------------------------------------------------------------------------------


async def _row(core: Core, inbox: Inbox, received: Received) -> ContactInbox:
    """The sender's identity in the inbox; a new one for a contact who is known elsewhere, or a new contact."""
    row = _knows(core.world, inbox)(received.sender_id)
    if row is not None:
        return row
    about: Json = {key: received.sender[key] for key in SENDER if key in received.sender}
    if (contact := _known_elsewhere(core.world, about)) is not None:
        return add_to_inbox(core, contact, inbox, received.sender_id)
    later = {"additional_attributes": about.pop("additional_attributes", {})} if inbox.channel_type == INSTAGRAM else {}
    row = create_in_inbox(core, inbox, received.sender_id, **about)
    if later:
        await asyncio.sleep(0)  # the worker tells of the contact before it is filled
        update_contact(core, row.contact, **later)
    return row


def _knows(world: World, inbox: Inbox) -> Callable[[str], ContactInbox | None]:
    def row(sender: str) -> ContactInbox | None:
        if inbox.channel_type == WHATSAPP:
            from criabot.testing.platform.channels.whatsapp import with_ninth_digit  # loaded already

            if (known := world.contact_inbox(inbox, with_ninth_digit(sender))) is not None:
                return known
        return world.contact_inbox(inbox, sender)

    return row


def _known_elsewhere(world: World, about: Json) -> Contact | None:
    keys = [key for key in ("identifier", "email", "phone_number") if about.get(key)]
    contacts = world.contacts.values()
    return next((each for key in keys for each in contacts if getattr(each, key) == about[key]), None)


def _conversation(core: Core, row: ContactInbox, received: Received) -> Conversation:
    """The last one that is not resolved, the last one where the inbox keeps to it, or a new one (contract 3.9)."""
    about = dict(received.conversation)
    if row.inbox.channel_type == MAIL:
        found = _thread(core.world, row.inbox, received)
        about["initiated_at"] = {"timestamp": iso(core.now)}
    else:
        keeps = row.inbox.settings.get("lock_to_single_conversation")
        own = [each for each in core.world.conversations_of(row) if keeps or each.status != "resolved"]
        found = own[-1] if own else None
    return found or create_conversation(core, row, additional_attributes=about)


def _thread(world: World, inbox: Inbox, received: Received) -> Conversation | None:
    """The conversation whose mail is answered."""
    for conversation in world.conversations.values():
        if conversation.inbox is inbox and any(
            conversation.uuid in name or any(m.source_id == name for m in conversation.messages)
            for name in received.thread
        ):
            return conversation
    return None


# -- what is known of messages ----------------------------------------------------------------------------------


def _is_stored(world: World, inbox: Inbox, source_id: str | None) -> bool:
    return any(m.source_id == source_id and m.conversation.inbox is inbox for m in world.messages.values())


def _named(world: World, inbox: Inbox, received: Received) -> list[Message]:
    """The message with the provider's id, if there is one."""
    found = (m for m in world.messages.values() if m.source_id == received.source_id and m.conversation.inbox is inbox)
    return list(islice(found, 1))


def _report(core: Core, inbox: Inbox, received: Received) -> None:
    if received.source_id is None:
        _report_until(core, inbox, received)
        return
    for message in _named(core.world, inbox, received):
        attributes = message.content_attributes
        if received.external_error:
            attributes = {**attributes, "external_error": received.external_error}
        update_message(core, message, status=received.status, content_attributes=attributes)


def _report_until(core: Core, inbox: Inbox, received: Received) -> None:
    row = core.world.contact_inbox(inbox, received.sender_id)
    conversations = core.world.conversations_of(row) if row else []
    for message in conversations[-1].messages if conversations else ():
        is_ours = message.message_type in (OUTGOING, TEMPLATE) and message.status in ("sent", "delivered")
        if is_ours and message.created_at <= (received.until or 0):
            report(core, message, received.status or "")
