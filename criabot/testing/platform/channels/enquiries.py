"""What the platform asks a provider before it stores what arrived: files, profiles, stories (contract 3.9)."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from criabot.testing.platform.channels.parts import (
    File,
    Json,
    ProviderAnswer,
    ProviderRequest,
    ProviderWebhook,
    Received,
)
from criabot.testing.platform.channels.providers import Providers
from criabot.testing.platform.channels.registry import INSTAGRAM, TELEGRAM, TWILIO, WHATSAPP, receive
from criabot.testing.platform.world import ContactInbox, Inbox

__all__ = ["Enquiries"]


@dataclass(slots=True)
class Enquiries:
    """The questions that one webhook of a provider makes necessary.

    Attributes:
        providers: whom to ask.
        inbox: where the webhook goes to.
        is_stored: whether a message with this id of the provider is known.
        knows: the identity of a sender in the inbox.
        downloads: what was fetched, by address; None where it failed.
    """

    providers: Providers
    inbox: Inbox
    is_stored: Callable[[str | None], bool]
    knows: Callable[[str], ContactInbox | None]
    downloads: dict[str, bytes | None] = field(default_factory=dict)

    def received(self, webhook: ProviderWebhook) -> list[Received]:
        """What the webhook brings, with all that was asked for; repeats on WhatsApp and Instagram bring nothing."""
        match self.inbox.channel_type:
            case channel if channel == WHATSAPP:
                return self._whatsapp(webhook)
            case channel if channel == TELEGRAM:
                return self._telegram(webhook)
            case channel if channel == INSTAGRAM:
                return self._instagram(webhook)
        return receive(self.inbox, webhook)

    def download(self, url: str) -> bytes | None:
        """The bytes of a file, None if it cannot be had."""
        if url not in self.downloads:
            parts, is_twilio = urlsplit(url), self.inbox.channel_type == TWILIO
            headers = {"authorization": "Basic <provider-token>"} if is_twilio else {}
            request = ProviderRequest(parts.netloc, "GET", parts.path, headers, None)
            self.downloads[url] = _bytes(self.providers.ask(request))
        return self.downloads[url]

    # -- by channel ---------------------------------------------------------------------------------------------

    def _whatsapp(self, webhook: ProviderWebhook) -> list[Received]:
        from criabot.testing.platform.channels import whatsapp

        bare = whatsapp.receive(webhook)
        if any(each.kind != "status" and self.is_stored(each.source_id) for each in bare):
            return []
        wanted = whatsapp.media_wanted(webhook)
        if wanted is None:
            return bare
        where = self.providers.ask(whatsapp.media_request(wanted))
        url = where.body.get("url") if where.status < 300 and isinstance(where.body, dict) else None
        data = _bytes(self.providers.ask(whatsapp.media_download(url))) if url else None
        return bare if data is None else whatsapp.receive(webhook, {wanted: _file(str(url), data)})

    def _telegram(self, webhook: ProviderWebhook) -> list[Received]:
        from criabot.testing.platform.channels import telegram

        bare = telegram.receive(webhook)
        for each in bare:
            row = self.knows(each.sender_id)
            if each.kind == "message" and not (row and row.contact.avatar):
                self.providers.ask(telegram.picture_request(each.sender_id))
        wanted = telegram.file_wanted(webhook)
        if not bare or wanted is None:
            return bare
        where = [self.providers.ask(telegram.file_request(wanted)) for _ in range(2)][-1]
        path = (where.body.get("result") or {}).get("file_path") if isinstance(where.body, dict) else None
        data = _bytes(self.providers.ask(telegram.file_download(path))) if path else None
        return bare if data is None else telegram.receive(webhook, {wanted: _file(str(path), data)})

    def _instagram(self, webhook: ProviderWebhook) -> list[Received]:
        from criabot.testing.platform.channels import instagram, meta

        nodes: dict[str, Json] = {}
        for one in meta.events(webhook):
            message = one.get("message") or {}
            if "mid" not in message or message.get("is_deleted") or message.get("is_echo"):
                continue
            sender = one["sender"]["id"]
            if self.knows(sender) is None:
                self._learn(nodes, sender, instagram.profile_request(sender))
            for item in message.get("attachments", ()):
                if item["type"] == "story_mention":
                    self.download(item["payload"]["url"])
                    self._learn(nodes, message["mid"], instagram.story_request(message["mid"]))
        found = instagram.receive(webhook, nodes)
        return [each for each in found if each.kind != "message" or not self.is_stored(each.source_id)]

    def _learn(self, nodes: dict[str, Json], name: str, request: ProviderRequest) -> None:
        answer = self.providers.ask(request)
        if answer.status < 300 and isinstance(answer.body, dict):
            nodes[name] = answer.body


def _bytes(answer: ProviderAnswer) -> bytes | None:
    data: Any = answer.body
    return data if answer.status < 300 and isinstance(data, bytes) else None


def _file(url: str, data: bytes) -> File:
    name = unquote(PurePosixPath(urlsplit(url).path).name)
    return File("file", name, mimetypes.guess_type(name)[0] or "", url, data)
