"""Inboxes, their bot and their members (contract 5.7)."""

from __future__ import annotations

import secrets
from typing import Any

from criabot.testing.platform import inboxes, seed
from criabot.testing.platform.api.bots import bot_row
from criabot.testing.platform.api.inbox_shape import inbox_json
from criabot.testing.platform.casts import number, text
from criabot.testing.platform.http import Call, Refused, Routes, denied, fault, not_found
from criabot.testing.platform.shapes import agent_json
from criabot.testing.platform.tables import refuse, texts, truths
from criabot.testing.platform.world import Inbox, Json, User, token

__all__ = ["members_routes", "routes"]

routes = Routes("/api/v1/accounts/{account}/inboxes")
members_routes = Routes("/api/v1/accounts/{account}/inbox_members")

CHANNELS = {
    "api": "api",
    "web_widget": "widget",
    "email": "email",
    "telegram": "telegram",
    "whatsapp": "whatsapp",
    "sms": "sms",
}
EDITABLE = {
    "Channel::Api": ("webhook_url", "hmac_mandatory", "additional_attributes"),
    "Channel::WebWidget": (
        "website_url", "widget_color", "welcome_title", "welcome_tagline", "reply_time", "pre_chat_form_enabled",
        "continuity_via_email", "hmac_mandatory", "allowed_domains", "pre_chat_form_options", "selected_feature_flags",
    ),
    "Channel::Email": ("email",),
    "Channel::Telegram": ("bot_token",),
    "Channel::Whatsapp": ("phone_number", "provider", "provider_config"),
    "Channel::Sms": ("phone_number", "provider", "provider_config"),
}  # fmt: skip
TEXTS = (
    "name", "greeting_message", "out_of_office_message", "timezone", "sender_name_type", "business_name",
)  # fmt: skip
TRUTHS = (
    "greeting_enabled", "enable_email_collect", "csat_survey_enabled", "enable_auto_assignment",
    "working_hours_enabled", "allow_messages_after_resolved", "lock_to_single_conversation",
)  # fmt: skip
OBJECTS = ("csat_config", "auto_assignment_config")
HOURS = ("closed_all_day", "open_hour", "open_minutes", "close_hour", "close_minutes", "open_all_day")


# -- the inbox --------------------------------------------------------------------------------------------------


@routes.get("")
def index(call: Call) -> Json:
    """All inboxes that the user sees, by name."""
    seen = (inbox for inbox in call.world.inboxes.values() if _sees(call.user, inbox))
    ordered = sorted(seen, key=lambda inbox: inbox.name.lower())
    return {"payload": [inbox_json(call.world, inbox, call.user) for inbox in ordered]}


@routes.get("/{inbox}")
def show(call: Call) -> Json:
    """One inbox."""
    return inbox_json(call.world, _inbox(call), call.user)


@routes.post("", "admin")
def create(call: Call) -> Json:
    """A new inbox with its channel."""
    given = call.body.get("channel")
    if not isinstance(given, dict):
        raise fault()
    channel = CHANNELS.get(str(given.get("type")))
    settings = _settings(call.body)
    name = settings.pop("name", None) or ""
    blank = [] if name.strip() else [("name", "can't be blank")]
    refuse(blank + ([] if channel else [("channel", "must exist")]))
    assert channel is not None  # noqa: S101 - refused above
    columns = _columns(seed.CHANNELS[channel], given)
    if channel == "whatsapp":
        columns.setdefault("provider_config", {}).setdefault("webhook_verify_token", secrets.token_hex(16))
    inbox = inboxes.create_inbox(call.core, channel, name, settings, columns)
    _set_hours(inbox, call.body.get("working_hours"))
    return inbox_json(call.world, inbox, call.user)


@routes.patch("/{inbox}", "admin")
def update(call: Call) -> Json:
    """Change an inbox, its hours or its channel."""
    inbox, settings = _inbox(call), _settings(call.body)
    if not str(settings.get("name", inbox.name) or "").strip():
        refuse([("name", "can't be blank")])
    inboxes.update_inbox(call.core, inbox, **settings)
    _set_hours(inbox, call.body.get("working_hours"))
    if isinstance(given := call.body.get("channel"), dict):
        inbox.channel.update(_columns(inbox.channel_type, given))
    return inbox_json(call.world, inbox, call.user)


@routes.delete("/{inbox}", "admin")
def delete(call: Call) -> Json:
    """Delete an inbox, soon."""
    inbox = _inbox(call)

    async def job() -> None:
        inboxes.delete_inbox(call.world, inbox)

    call.core.jobs.soon(job)
    return {"message": "Your inbox deletion request will be processed in some time."}


@routes.post("/{inbox}/reset_secret", "admin", new_in="4.13.0")
def reset_secret(call: Call) -> Json:
    """A new secret for an API inbox; any other has none: 404 without a body."""
    inbox = _inbox(call)
    if inbox.channel_type != "Channel::Api":
        raise Refused(404)
    inbox.channel["secret"] = token()
    return inbox_json(call.world, inbox, call.user)


@routes.get("/{inbox}/agent_bot")
def agent_bot(call: Call) -> Json:
    """The bot that serves it, or nothing."""
    bot = _inbox(call).bot
    return {"agent_bot": bot_row(call.world, bot, call.user)} if bot is not None else {}


@routes.post("/{inbox}/set_agent_bot", "admin")
def set_agent_bot(call: Call) -> None:
    """Connect a bot; without one the inbox has none from now on (contract 4.2)."""
    inbox, value = _inbox(call), call.body.get("agent_bot")
    bot = call.world.bots.get(number(value))
    if value is not None and value is not False and bot is None:
        raise not_found()
    inbox.bot = bot


@routes.get("/{inbox}/assignable_agents")
def assignable_agents(call: Call) -> Json:
    """Its members and all administrators."""
    members = _by_id(_inbox(call).members)
    admins = [user for user in call.world.users.values() if user.is_admin]
    return _agents(call, list(dict.fromkeys(members + admins)))


@routes.get("/{inbox}/campaigns", "admin")
def campaigns(call: Call) -> list[Json]:
    """Campaigns: none."""
    _inbox(call)
    return []


# -- members ----------------------------------------------------------------------------------------------------


@members_routes.get("/{inbox}")
def members(call: Call) -> Json:
    """The agents who see an inbox."""
    return _agents(call, _by_id(_inbox(call).members))


@members_routes.post("", "admin")
def add_members(call: Call) -> Json:
    """Add agents."""
    inbox, users = _members_request(call)
    inbox.members = list(dict.fromkeys([*inbox.members, *users]))
    return _agents(call, _by_id(inbox.members))


@members_routes.patch("", "admin")
def set_members(call: Call) -> Json:
    """Replace the agents."""
    inbox, users = _members_request(call)
    inbox.members = users
    return _agents(call, _by_id(inbox.members))


@members_routes.delete("", "admin")
def remove_members(call: Call) -> None:
    """Take agents off."""
    inbox, users = _members_request(call)
    inbox.members = [user for user in inbox.members if user not in users]


def _members_request(call: Call) -> tuple[Inbox, list[User]]:
    inbox = call.world.inboxes.get(number(call.body.get("inbox_id")))
    if inbox is None:
        raise not_found()
    ids = call.body.get("user_ids")
    users = [call.world.users.get(number(each)) for each in (ids if isinstance(ids, list) else [])]
    refuse([("user", "must exist")] if None in users else [])
    return inbox, [user for user in users if user is not None]


# -- parts ------------------------------------------------------------------------------------------------------


def _sees(user: User, inbox: Inbox) -> bool:
    return user.is_admin or user in inbox.members


def _inbox(call: Call) -> Inbox:
    inbox = call.world.inboxes.get(call.number("inbox"))
    if inbox is None:
        raise not_found()
    if not _sees(call.user, inbox):
        raise denied()
    return inbox


def _by_id(users: list[User]) -> list[User]:
    return sorted(users, key=lambda user: user.id)


def _agents(call: Call, users: list[User]) -> Json:
    return {"payload": [agent_json(call.world, user) for user in users]}


def _settings(body: Json) -> Json:
    objects = {key: body[key] for key in OBJECTS if isinstance(body.get(key), dict)}
    return texts(body, *TEXTS) | truths(body, *TRUTHS) | objects


def _columns(channel_type: str, given: Json) -> Json:
    allowed = EDITABLE.get(channel_type, ())
    columns = {key: given[key] for key in allowed if key in given}
    return {key: text(value) if key == "webhook_url" else value for key, value in columns.items()}


def _set_hours(inbox: Inbox, week: Any) -> None:
    """Change the days that were sent; what is not sent of a day stays."""
    for given in week if isinstance(week, list) else ():
        day = next(each for each in inbox.working_hours if each["day_of_week"] == number(given.get("day_of_week")))
        day.update({key: given[key] for key in HOURS if key in given})
        if day["open_all_day"]:
            day.update(open_hour=0, open_minutes=0, close_hour=23, close_minutes=59)
