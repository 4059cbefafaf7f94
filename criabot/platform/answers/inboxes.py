"""Inboxes (contract 5.7)."""

from __future__ import annotations

from criabot.platform.parts import Id, Inbox, JsonObject, Part, Time

__all__ = ["InboxDetails", "InboxSummary", "WorkingHours"]


class WorkingHours(Part):
    """The hours of one day of the week, in the inbox's time zone (contract 5.7); also what `Inboxes.update` takes.

    Attributes:
        day_of_week: 0 is Sunday.
        closed_all_day: wins over the hours.
        open_all_day: likewise.
        open_hour: 0 to 23.
        open_minutes: 0 to 59.
        close_hour: 0 to 23.
        close_minutes: 0 to 59.
    """

    shown = ("day_of_week",)

    day_of_week: int
    closed_all_day: bool | None = None
    open_all_day: bool | None = None
    open_hour: int | None = None
    open_minutes: int | None = None
    close_hour: int | None = None
    close_minutes: int | None = None


class InboxSummary(Inbox):
    """An inbox as contacts and searches have it (contract 5.6)."""

    shown = ("id", "channel_type")

    avatar_url: str | None = None
    channel_id: Id | None = None
    channel_type: str | None = None
    provider: str | None = None


class InboxDetails(InboxSummary):
    """An inbox and its channel in one (contract 5.7); which of the lower fields it has depends on the channel.

    Attributes:
        channel_type: such as ``Channel::Api``, ``Channel::WebWidget``, ``Channel::Whatsapp``.
        timezone: such as ``America/Recife``, for ``working_hours``.
        callback_webhook_url: where the channel's provider must send its messages.
        hmac_token: the key of contacts' ``identifier_hash`` (contract 6.1); administrators only.
        secret: signs the deliveries of an API inbox, from 4.13 on (contract 1.4); administrators only.
        inbox_identifier: the address of an API inbox in the Client API, which keeps strangers out.
        provider_config: the provider's credentials.
        message_templates: what WhatsApp has approved, as it describes them.
    """

    account_id: Id | None = None
    created_at: Time | None = None
    updated_at: Time | None = None
    greeting_enabled: bool | None = None
    greeting_message: str | None = None
    working_hours_enabled: bool | None = None
    working_hours: list[WorkingHours] | None = None
    out_of_office_message: str | None = None
    timezone: str | None = None
    enable_email_collect: bool | None = None
    csat_survey_enabled: bool | None = None
    csat_config: JsonObject | None = None
    enable_auto_assignment: bool | None = None
    auto_assignment_config: JsonObject | None = None
    allow_messages_after_resolved: bool | None = None
    lock_to_single_conversation: bool | None = None
    sender_name_type: str | None = None
    business_name: str | None = None
    email_address: str | None = None
    portal_id: Id | None = None
    callback_webhook_url: str | None = None

    # API
    webhook_url: str | None = None
    inbox_identifier: str | None = None
    additional_attributes: JsonObject | None = None
    hmac_mandatory: bool | None = None
    hmac_token: str | None = None
    secret: str | None = None

    # Website
    website_url: str | None = None
    website_token: str | None = None
    web_widget_script: str | None = None
    widget_color: str | None = None
    welcome_title: str | None = None
    welcome_tagline: str | None = None
    reply_time: str | None = None
    allowed_domains: str | None = None
    selected_feature_flags: list[str] | None = None
    pre_chat_form_enabled: bool | None = None
    pre_chat_form_options: JsonObject | None = None
    continuity_via_email: bool | None = None

    # Telephone and messengers
    phone_number: str | None = None
    provider_config: JsonObject | None = None
    message_templates: list[JsonObject] | None = None
    messaging_service_sid: str | None = None
    medium: str | None = None
    bot_name: str | None = None
    reauthorization_required: bool | None = None
    voice_enabled: bool | None = None
    inbound_calls_enabled: bool | None = None
