"""The channels of new inboxes, for ``client.inboxes.create`` (contract 5.7).

```python
inbox = await client.inboxes.create("Loja", ApiChannel(webhook_url="https://bot.example.com/inbox"))
```

Only what is set of a channel is sent. A channel that is not here, such as one of a later server, is given as a mapping
with its ``type``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from criabot.platform.parts import JsonObject

__all__ = [
    "ApiChannel",
    "Channel",
    "EmailChannel",
    "LineChannel",
    "SmsChannel",
    "SmsConfig",
    "TelegramChannel",
    "WebWidgetChannel",
    "WhatsappChannel",
    "WhatsappConfig",
    "WidgetFeature",
]


WidgetFeature: TypeAlias = Literal[
    "attachments", "emoji_picker", "end_conversation", "use_inbox_avatar_for_bot", "allow_mobile_webview"
]


class Credentials(BaseModel):
    """What another service asks for; nothing of it is in the ``repr``."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        return iter(())


class ChannelSettings(Credentials):
    """Settings of a channel; only its type is in the ``repr``, because there are credentials among them."""

    type: str

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        return iter([("type", self.type)])


class ApiChannel(ChannelSettings):
    """A channel of your own (contract 6.1).

    Attributes:
        webhook_url: where its events are sent; the platform takes any text.
        hmac_mandatory: whether contacts need an ``identifier_hash``.
        additional_attributes: such as ``{"agent_reply_time_window": 24}``, in hours.
    """

    type: Literal["api"] = "api"
    webhook_url: str | None = None
    hmac_mandatory: bool | None = None
    additional_attributes: JsonObject | None = None


class WebWidgetChannel(ChannelSettings):
    """The chat window of a website.

    Attributes:
        website_url: of the pages that show it.
        widget_color: such as ``#1f93ff``.
        reply_time: what it promises.
        allowed_domains: where it may be shown, with commas between.
        selected_feature_flags: what visitors can do.
        pre_chat_form_enabled: whether a visitor is asked before he can write.
        pre_chat_form_options: ``pre_chat_message`` and ``pre_chat_fields``, as `InboxDetails` has them.
        continuity_via_email: whether answers go on by e-mail when the visitor has left.
        hmac_mandatory: whether known visitors need an ``identifier_hash``.
    """

    type: Literal["web_widget"] = "web_widget"
    website_url: str
    welcome_title: str | None = None
    welcome_tagline: str | None = None
    widget_color: str | None = None
    reply_time: Literal["in_a_few_minutes", "in_a_few_hours", "in_a_day"] | None = None
    allowed_domains: str | None = None
    selected_feature_flags: list[WidgetFeature] | None = None
    pre_chat_form_enabled: bool | None = None
    pre_chat_form_options: JsonObject | None = None
    continuity_via_email: bool | None = None
    hmac_mandatory: bool | None = None


class WhatsappConfig(Credentials):
    """The credentials of WhatsApp Cloud; the former 360dialog has an ``api_key`` only."""

    api_key: str
    phone_number_id: str | None = None
    business_account_id: str | None = None


class WhatsappChannel(ChannelSettings):
    """A number of WhatsApp.

    Attributes:
        phone_number: with ``+`` and the country's code.
        provider: ``default`` is the former 360dialog, for inboxes that have it already.
        provider_config: its credentials.
    """

    type: Literal["whatsapp"] = "whatsapp"
    phone_number: str
    provider: Literal["whatsapp_cloud", "default"]
    provider_config: WhatsappConfig


class TelegramChannel(ChannelSettings):
    """A bot of Telegram, with the token that BotFather gave."""

    type: Literal["telegram"] = "telegram"
    bot_token: str


class LineChannel(ChannelSettings):
    """A channel of LINE, with what its console tells."""

    type: Literal["line"] = "line"
    line_channel_id: str
    line_channel_secret: str
    line_channel_token: str


class SmsConfig(Credentials):
    """The credentials of the provider of SMS, Bandwidth."""

    api_key: str | None = None
    api_secret: str | None = None
    application_id: str | None = None
    account_id: str | None = None


class SmsChannel(ChannelSettings):
    """A number for SMS.

    Attributes:
        phone_number: with ``+`` and the country's code.
        provider_config: the provider's credentials.
    """

    type: Literal["sms"] = "sms"
    phone_number: str
    provider_config: SmsConfig | None = None


class EmailChannel(ChannelSettings):
    """An address for e-mail, with the servers to fetch from (IMAP) and to send by (SMTP)."""

    type: Literal["email"] = "email"
    email: str
    provider: str | None = None
    verified_for_sending: bool | None = None
    imap_enabled: bool | None = None
    imap_address: str | None = None
    imap_port: int | None = None
    imap_login: str | None = None
    imap_password: str | None = None
    imap_enable_ssl: bool | None = None
    imap_authentication: str | None = None
    smtp_enabled: bool | None = None
    smtp_address: str | None = None
    smtp_port: int | None = None
    smtp_login: str | None = None
    smtp_password: str | None = None
    smtp_domain: str | None = None
    smtp_authentication: str | None = None
    smtp_enable_starttls_auto: bool | None = None
    smtp_enable_ssl_tls: bool | None = None
    smtp_openssl_verify_mode: str | None = None


Channel: TypeAlias = (
    ApiChannel
    | WebWidgetChannel
    | WhatsappChannel
    | TelegramChannel
    | LineChannel
    | SmsChannel
    | EmailChannel
    | Mapping[str, Any]
)
"""A channel with its type, or a mapping for one that is not here."""


def new(channel: Channel) -> JsonObject:
    """What is sent for a channel that is made."""
    if isinstance(channel, ChannelSettings):
        return {"type": channel.type} | changed(channel)
    return dict(channel)


def changed(channel: Channel) -> JsonObject:
    """What is sent for a channel that exists: what was set, without its type, which cannot change."""
    if isinstance(channel, ChannelSettings):
        return channel.model_dump(mode="json", exclude_unset=True, exclude={"type"})
    return dict(channel)
