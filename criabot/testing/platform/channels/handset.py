"""What a customer does in the app of a channel, as its provider tells the platform of it (contract 3.3, 3.9)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from criabot.testing.platform.channels.arrivals import arrive
from criabot.testing.platform.channels.parts import File, Json, ProviderWebhook, Recipient
from criabot.testing.platform.channels.providers import MEDIA
from criabot.testing.platform.channels.registry import (
    INSTAGRAM,
    MAIL,
    MESSENGER,
    TELEGRAM,
    TWILIO,
    WHATSAPP,
    has_provider,
    module_of,
    receive,
)
from criabot.testing.platform.core import Core
from criabot.testing.platform.world import OUTGOING, Attachment, ContactInbox, Conversation, Inbox, Message

__all__ = ["Handset", "identity"]

WITH_BUTTONS = (WHATSAPP, TELEGRAM, MESSENGER)
QUOTING = (WHATSAPP, TELEGRAM, MESSENGER, INSTAGRAM)
FILE_BY_FILE = (WHATSAPP, TELEGRAM)
WITHOUT_CAPTION = (MESSENGER, INSTAGRAM)
KNOWN = ("name", "email", "phone_number", "additional_attributes")


class Handset:
    """The app of one customer; whatever he does goes the provider's way."""

    def __init__(self, core: Core, row: ContactInbox) -> None:
        self._core = core
        self._row = row
        self._kind = row.inbox.channel_type
        self._channel: Any = module_of(row.inbox)

    async def writes(
        self,
        text: str | None,
        attachments: Sequence[Attachment],
        quoted: Message | None,
        conversation: Conversation | None,
    ) -> Message | None:
        """Send a text, files or both.

        Raises:
            LookupError: the channel has no locations.
        """
        quoting = quoted.source_id if quoted is not None and self._kind in QUOTING else None
        if self._kind == MAIL:
            quoting = quoted.source_id if quoted is not None else _newest_mail(conversation)
        message: Message | None = None
        for webhook in self._webhooks(text, attachments, {"quoting": quoting} if quoting else {}):
            message = await self._post(webhook)
        return message

    async def taps(self, question: Message, item: Json) -> Message | None:
        """Tap a button of a question.

        Raises:
            LookupError: this channel shows no buttons, or not this question's.
        """
        if self._kind not in WITH_BUTTONS:
            raise LookupError(f"the customers of {self._row.inbox.name!r} see no buttons: {self._kind} has none")
        if question.attachments and self._kind == WHATSAPP:
            raise LookupError("WhatsApp shows no buttons beside a file: the file was sent, the buttons were lost")
        if question.status == "failed":
            raise LookupError(f"the question was never sent: {question.content_attributes.get('external_error')}")
        title, value = str(item.get("title")), str(item.get("value"))
        named = {"quoting": question.source_id} if question.source_id and self._kind != MESSENGER else {}
        return await self._post(
            self._channel.customer_tap(self._customer(), title, value, self._name(), self._core.now, **named)
        )

    async def reads(self, conversation: Conversation) -> None:
        """See everything, where the channel tells of it."""
        customer, now = self._customer(), self._core.now
        seen = [m.source_id for m in conversation.messages if m.message_type == OUTGOING and m.source_id]
        if self._kind == MESSENGER:
            await self._post(self._channel.customer_read(customer, now))
        for name in seen if self._kind in (WHATSAPP, INSTAGRAM) else ():
            report = self._channel.status_report if self._kind == WHATSAPP else self._channel.customer_read
            await self._post(report(customer, name, *(("read",) if self._kind == WHATSAPP else ()), now))

    # -- webhooks -----------------------------------------------------------------------------------------------

    def _webhooks(self, text: str | None, attachments: Sequence[Attachment], named: Json) -> Iterator[ProviderWebhook]:
        channel, customer, now = self._channel, self._customer(), self._core.now
        for place in (each for each in attachments if each.file_type == "location"):
            if not hasattr(channel, "customer_location"):
                raise LookupError(f"the customers of {self._row.inbox.name!r} cannot share places: {self._kind}")
            yield channel.customer_location(customer, _place(place), self._name(), now)
        files = [self._file(each) for each in attachments if each.file_type != "location"]
        if self._kind in FILE_BY_FILE:
            for number, file in enumerate(files):
                caption = {"text": text or ""} if number == 0 else {}
                yield channel.customer_media(customer, file, self._name(), now, **caption, **named)
        elif files and self._kind in WITHOUT_CAPTION:
            yield channel.customer_media(customer, files, self._name(), now)
        elif files:
            yield channel.customer_media(customer, files, self._name(), now, text=text or "", **named)
        if text and (not files or self._kind in WITHOUT_CAPTION):
            yield channel.customer_text(customer, text, self._name(), now, **named)

    async def _post(self, webhook: ProviderWebhook) -> Message | None:
        """Let it arrive; the newest message, None while the platform holds it back."""
        world = self._core.world
        before = len(world.messages)
        await arrive(self._core, self._row.inbox, webhook)
        return next(reversed(world.messages.values())) if len(world.messages) > before else None

    def _customer(self) -> Recipient:
        contact = self._row.contact
        return Recipient(
            self._row.source_id, self._row.inbox.channel, contact={key: getattr(contact, key) for key in KNOWN}
        )

    def _name(self) -> str:
        """What the provider calls the next message."""
        return _message_name(self._core, self._kind)

    def _file(self, attachment: Attachment) -> File:
        """A file that the provider keeps; WhatsApp and Telegram tell its id, the others its address."""
        place = f"{next(self._core.providers.numbers)}/{attachment.name}"
        self._core.providers.files[MEDIA + place] = attachment.data
        url = place if self._kind in FILE_BY_FILE else MEDIA + place
        return File(attachment.file_type, attachment.name, attachment.content_type, url, attachment.data)


def identity(core: Core, inbox: Inbox, name: str, values: Json) -> tuple[str | None, Json]:
    """By what an inbox knows a new customer, and what its provider tells of one; `values` are known of him anyway."""
    if not has_provider(inbox):
        return None, {"name": name, **values}
    number = next(core.providers.numbers)
    phone = values.get("phone_number") or f"+55119{number:08d}"
    slug = re.sub(r"\W+", ".", name.lower()).strip(".") or "customer"
    known = {WHATSAPP: phone.removeprefix("+"), TWILIO: f"whatsapp:{phone}", "Channel::Sms": phone}
    is_taken = core.world.contact_inbox(inbox, f"{slug}@example.com") is not None
    known[MAIL] = values.get("email") or f"{slug}{f'.{number}' if is_taken else ''}@example.com"
    source_id = known.get(inbox.channel_type, str(900_000_000 + number))
    customer = Recipient(source_id, inbox.channel, contact={"name": name})
    written = module_of(inbox).customer_text(customer, "", _message_name(core, inbox.channel_type), core.now)
    return source_id, {**receive(inbox, written)[0].sender, "name": name, **values}


def _message_name(core: Core, kind: str) -> str:
    number = next(core.providers.numbers)
    names = {TELEGRAM: f"{number}", WHATSAPP: f"wamid.{number}", MAIL: f"{number}@example.com", TWILIO: f"SM{number}"}
    return names.get(kind, f"m_{number}")


def _newest_mail(conversation: Conversation | None) -> str | None:
    """The mail that the customer answers; without one he begins a new thread."""
    messages = conversation.messages if conversation is not None else ()
    return next((m.source_id for m in reversed(messages) if m.source_id), None)


def _place(attachment: Attachment) -> File:
    return File(
        "location",
        fallback_title=attachment.fallback_title,
        latitude=attachment.latitude,
        longitude=attachment.longitude,
    )
