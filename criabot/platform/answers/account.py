"""The server, the owner of a token, and the account (contract 0.1 and 5.3)."""

from __future__ import annotations

from pydantic import Field

from criabot.platform.parts import Id, JsonObject, Part, Time

__all__ = [
    "AccountDetails",
    "AccountSettings",
    "AuditLog",
    "AuditLogPage",
    "Health",
    "Membership",
    "Profile",
    "ServerInfo",
]


class ServerInfo(Part):
    """What ``GET /api`` tells without a token (contract 0.1); ``version`` decides what the server can do."""

    shown = ("version",)

    version: str
    timestamp: str | None = None
    queue_services: str | None = None
    data_services: str | None = None


class Health(Part):
    """What ``GET /health`` tells: ``woot`` as long as the server answers at all (contract 5.3)."""

    shown = ("status",)

    status: str


class Membership(Part):
    """The token's owner in one account (contract 5.3); ``id`` is the account's.

    ``availability`` is what he has chosen, ``availability_status`` what others see: ``offline`` unless he has the
    dashboard open. ``role`` is ``administrator`` or ``agent``.
    """

    shown = ("id", "role")

    id: Id
    active_at: Time | None = None
    auto_offline: bool | None = None
    availability: str | None = None
    availability_status: str | None = None
    custom_role: JsonObject | None = None
    custom_role_id: Id | None = None
    name: str | None = None
    onboarding_step: str | None = None
    permissions: list[str] | None = None
    role: str | None = None
    status: str | None = None


class Profile(Part):
    """The owner of a user token (contract 5.3).

    ``access_token``, ``pubsub_token`` and ``hmac_identifier`` are secrets: the first is the token itself, the second
    opens his live socket (contract 6.2). The ``repr`` shows none of them, but a dump does.
    """

    shown = ("id", "role", "account_id", "accounts")

    id: Id
    access_token: str | None = None
    account_id: Id | None = None
    accounts: list[Membership] = Field(default_factory=list)
    available_name: str | None = None
    avatar_url: str | None = None
    confirmed: bool | None = None
    custom_attributes: JsonObject | None = None
    display_name: str | None = None
    email: str | None = None
    hmac_identifier: str | None = None
    inviter_id: Id | None = None
    message_signature: str | None = None
    name: str | None = None
    provider: str | None = None
    pubsub_token: str | None = None
    role: str | None = None
    type: str | None = None
    ui_settings: JsonObject | None = None
    uid: str | None = None


class AccountSettings(Part):
    """How an account treats conversations that nobody answers (contract 5.3); ``auto_resolve_after`` is in minutes."""

    shown = ()

    audio_transcriptions: bool | None = None
    auto_resolve_after: int | None = None
    auto_resolve_ignore_waiting: bool | None = None
    auto_resolve_label: str | None = None
    auto_resolve_message: str | None = None
    keep_pending_on_bot_failure: bool | None = None


class AccountDetails(Part):
    """An account (contract 5.3); ``features`` has those that are on."""

    id: Id
    cache_keys: dict[str, str] | None = None
    created_at: Time | None = None
    custom_attributes: JsonObject | None = None
    domain: str | None = None
    features: dict[str, bool] | None = None
    latest_chatwoot_version: str | None = None
    locale: str | None = None
    name: str | None = None
    settings: AccountSettings | None = None
    status: str | None = None
    subscribed_features: list[str] | None = None
    support_email: str | None = None


class AuditLog(Part):
    """Who changed what (contract 5.3); ``created_at`` in epoch seconds."""

    shown = ("id", "action", "auditable_type", "auditable_id")

    id: Id
    action: str | None = None
    associated_id: Id | None = None
    associated_type: str | None = None
    auditable: JsonObject | None = None
    auditable_id: Id | None = None
    auditable_type: str | None = None
    audited_changes: JsonObject | None = None
    comment: str | None = None
    created_at: Time | None = None
    remote_address: str | None = None
    request_uuid: str | None = None
    user_id: Id | None = None
    user_type: str | None = None
    username: str | None = None
    version: int | None = None


class AuditLogPage(Part):
    """A page of the audit log (contract 5.3)."""

    shown = ("current_page", "total_entries")

    audit_logs: list[AuditLog]
    current_page: int | str | None = None
    per_page: int | None = None
    total_entries: int | None = None
