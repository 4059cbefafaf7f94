"""Which module knows which channel; they are imported when an inbox of theirs is used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from criabot.testing.platform.channels.parts import (
    Outgoing,
    ProviderAnswer,
    ProviderRequest,
    ProviderWebhook,
    Receipt,
    Received,
)
from criabot.testing.platform.world import Inbox

__all__ = [
    "INSTAGRAM",
    "MAIL",
    "MESSENGER",
    "TELEGRAM",
    "TWILIO",
    "WHATSAPP",
    "Sends",
    "has_provider",
    "module_of",
    "receive",
    "sender_of",
]

WHATSAPP, TELEGRAM, MAIL = "Channel::Whatsapp", "Channel::Telegram", "Channel::Email"
MESSENGER, INSTAGRAM, TWILIO = "Channel::FacebookPage", "Channel::Instagram", "Channel::TwilioSms"
MODULES = {
    WHATSAPP: "whatsapp",
    TELEGRAM: "telegram",
    MESSENGER: "messenger",
    INSTAGRAM: "instagram",
    MAIL: "mail",
    "Channel::Sms": "sms",
    TWILIO: "twilio",
}


class Sends:
    """What leaves through a channel, and what its provider's answers mean."""

    def __init__(self, name: str) -> None:
        self._module = _module(name)

    def send(self, message: Outgoing) -> list[ProviderRequest]:
        """What the provider gets, in order."""
        requests: list[ProviderRequest] = self._module.send(message)
        return requests

    def accepted(self, request: ProviderRequest, answer: ProviderAnswer) -> Receipt:
        """What its answer means."""
        receipt: Receipt = self._module.accepted(request, answer)
        return receipt

    def refusal(self, message: Outgoing) -> str | None:
        """Why the platform does not even ask the provider."""
        error: str | None = self._module.refusal(message) if hasattr(self._module, "refusal") else None
        return error

    def is_retried(self, answer: ProviderAnswer) -> bool:
        """Whether the platform stumbles over the answer, and therefore sends again."""
        return hasattr(self._module, "is_retried") and bool(self._module.is_retried(answer))


def sender_of(inbox: Inbox) -> Sends | None:
    """The channel if anything leaves through it; API clients, the widget and Twilio have none."""
    name = MODULES.get(inbox.channel_type)
    return Sends(name) if name is not None and inbox.channel_type != TWILIO else None


def receive(inbox: Inbox, request: ProviderWebhook) -> list[Received]:
    """What a provider's webhook brings where nothing has to be asked for."""
    received: list[Received] = module_of(inbox).receive(request)
    return received


def has_provider(inbox: Inbox) -> bool:
    """Whether a provider stands between the customers and the inbox."""
    return inbox.channel_type in MODULES


def module_of(inbox: Inbox) -> Any:
    """The module of the inbox's channel."""
    return _module(MODULES[inbox.channel_type])


def _module(name: str) -> Any:
    return import_module(f"criabot.testing.platform.channels.{name}")
