"""The account and the user who asks (contract 5.3)."""

from __future__ import annotations

from criabot.testing.platform.casts import number
from criabot.testing.platform.http import Call, Routes, fault, not_found
from criabot.testing.platform.tables import refuse, texts, truths, wrapped
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import Account, Json, User, World, token

__all__ = ["routes"]

routes = Routes("/api/v1")

FEATURES = (
    "inbound_emails", "channel_email", "channel_facebook", "help_center", "agent_bots", "macros", "agent_management",
    "team_management", "inbox_management", "labels", "custom_attributes", "automations", "canned_responses",
    "integrations", "voice_recorder", "channel_website", "campaigns", "reports", "crm", "auto_resolve_conversations",
    "chatwoot_v4", "contact_chatwoot_support_team", "channel_instagram", "assignment_v2", "channel_tiktok",
    "captain_tasks",
)  # fmt: skip
SETTING_TEXTS = ("auto_resolve_message", "auto_resolve_label")
SETTING_TRUTHS = ("auto_resolve_ignore_waiting", "audio_transcriptions")  # others only the operator sets
SHORTEST, LONGEST = 10, 1_439_856  # minutes until a conversation is resolved by itself
AVAILABILITIES = ("online", "offline", "busy")
SUPPORT = "Chatwoot <bot@example.com>"


# -- account ----------------------------------------------------------------------------------------------------


def account_json(world: World) -> Json:
    """The account."""
    account = world.account
    return {
        "settings": account.settings,
        "created_at": iso(account.created_at),
        "domain": account.attributes.get("domain"),
        "features": dict.fromkeys(FEATURES, True),
        "id": account.id,
        "locale": account.locale,
        "name": account.name,
        "support_email": account.attributes.get("support_email") or SUPPORT,
        "status": "active",
        "cache_keys": dict.fromkeys(("label", "inbox", "team"), str(int(account.created_at))),
    }


@routes.get("/accounts/{account}")
def show_account(call: Call) -> Json:
    """The account, and whether there is a newer release."""
    return {**account_json(call.world), "latest_chatwoot_version": None}


@routes.patch("/accounts/{account}", "admin")
def update_account(call: Call) -> Json:
    """Change the account; the rules of automatic resolving are checked."""
    account, body = call.world.account, call.body
    settings = texts(body, *SETTING_TEXTS) | truths(body, *SETTING_TRUTHS)
    if body.get("auto_resolve_after") is not None:
        settings["auto_resolve_after"] = _minutes(number(body["auto_resolve_after"]))
    elif "auto_resolve_after" in body:
        settings["auto_resolve_after"] = None
    _set_names(account, texts(body, "name", "locale", "domain", "support_email"))
    account.settings.update(settings)
    return account_json(call.world)


def _minutes(value: int) -> int:
    if value < SHORTEST:
        refuse([("auto_resolve_after", f"must be greater than or equal to {SHORTEST}")])
    if value > LONGEST:
        refuse([("auto_resolve_after", f"must be less than or equal to {LONGEST}")])
    return value


def _set_names(account: Account, values: Json) -> None:
    if values.get("name", account.name) in (None, ""):
        refuse([("name", "can't be blank")])
    account.name = values.pop("name", account.name)
    account.locale = values.pop("locale", account.locale)
    account.attributes.update(values)


# -- profile ----------------------------------------------------------------------------------------------------


def profile_json(world: World, user: User) -> Json:
    """The user himself, with his token."""
    account, own = world.account, user.attributes
    membership = {
        "id": account.id,
        "name": account.name,
        "status": "active",
        "onboarding_step": None,
        "active_at": None,
        "role": user.role,
        "permissions": [user.role],
        "availability": user.availability,
        "availability_status": user.availability_status,
        "auto_offline": own.get("auto_offline", True),
    }
    return {
        "access_token": user.access_token,
        "account_id": account.id,
        "available_name": user.available_name,
        "avatar_url": "",
        "confirmed": user.confirmed,
        "display_name": own.get("display_name"),
        "message_signature": own.get("message_signature"),
        "email": user.email,
        "id": user.id,
        "inviter_id": None,
        "name": user.name,
        "provider": "email",
        "pubsub_token": user.pubsub_token,
        "role": user.role,
        "ui_settings": own.get("ui_settings", {}),
        "uid": user.email,
        "type": None,
        "accounts": [membership],
    }


@routes.get("/profile")
def profile(call: Call) -> Json:
    """Who asks."""
    return profile_json(call.world, call.user)


@routes.patch("/profile")
def update_profile(call: Call) -> Json:
    """Change names, signature and settings of the dashboard."""
    user, given = call.user, wrapped(call, "profile")
    user.attributes.update(texts(given, "display_name", "message_signature"))
    if isinstance(given.get("ui_settings"), dict):
        user.attributes["ui_settings"] = given["ui_settings"]
    names = texts(given, "name", "email")
    user.name, user.email = names.get("name") or user.name, names.get("email") or user.email
    return profile_json(call.world, user)


@routes.post("/profile/availability")
def set_availability(call: Call) -> Json:
    """Be online, busy or offline."""
    given = wrapped(call, "profile")
    if number(given.get("account_id")) != call.world.account.id:
        raise not_found()
    value = given.get("availability")
    if value not in AVAILABILITIES:
        raise fault()
    call.user.availability = value
    return profile_json(call.world, call.user)


@routes.post("/profile/auto_offline")
def set_auto_offline(call: Call) -> Json:
    """Whether a closed page makes the user offline."""
    call.user.attributes.update({"auto_offline": True} | truths(wrapped(call, "profile"), "auto_offline"))
    return profile_json(call.world, call.user)


@routes.post("/profile/reset_access_token")
def reset_access_token(call: Call) -> Json:
    """A new token; the old one is refused from now on."""
    call.user.access_token = token()
    return profile_json(call.world, call.user)
