"""Inboxes of every channel, users and bots, with the columns that the real server gives them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from criabot.testing.platform.core import Core
from criabot.testing.platform.world import AccessToken, AgentBot, Inbox, Json, Team, User, Webhook, token

__all__ = ["add_bot", "add_inbox", "add_team", "add_user", "add_webhook"]

CHANNELS = {
    "api": "Channel::Api",
    "widget": "Channel::WebWidget",
    "whatsapp": "Channel::Whatsapp",
    "telegram": "Channel::Telegram",
    "messenger": "Channel::FacebookPage",
    "instagram": "Channel::Instagram",
    "email": "Channel::Email",
    "sms": "Channel::Sms",
    "twilio": "Channel::TwilioSms",
}


COLUMNS: dict[str, Json] = {
    "api": {"identifier": token, "webhook_url": None, "secret": token, "additional_attributes": {}},
    "widget": {"website_token": token, "website_url": "https://example.com", "widget_color": "#1f93ff"},
    "whatsapp": {
        "phone_number": "+5511900000001",
        "provider": "whatsapp_cloud",
        "provider_config": {"phone_number_id": "106540352242922", "business_account_id": "102290129340398"},
    },
    "telegram": {"bot_name": "example_bot", "bot_token": "700100200:throw-away"},
    "messenger": {"page_id": "210987654321"},
    "instagram": {"instagram_id": "17841400000000000"},
    "email": {"email": "loja@example.com", "forward_to_email": lambda: f"{token()}@example.com"},
    "sms": {
        "phone_number": "+5511400000003",
        "provider": "default",
        "provider_config": {"application_id": "app-1", "account_id": "1"},
    },
    "twilio": {"phone_number": "whatsapp:+5511400000004", "account_sid": "AC0", "medium": "whatsapp"},
}


def add_inbox(core: Core, channel: str = "api", *, name: str = "", id: int | None = None, **columns: Any) -> Inbox:  # noqa: A002
    """An inbox of a channel: api, widget, whatsapp, telegram, messenger, instagram, email, sms or twilio."""
    world, now = core.world, core.now
    kind = CHANNELS[channel]
    row: Json = {**_defaults(channel), **columns}
    number = id if id is not None else world.new_id("inbox")
    world.taken("inbox", number)
    inbox = Inbox(
        number, name or f"{channel.capitalize()} inbox", kind, world.new_id(kind), row,
        working_hours=_week(), created_at=now, updated_at=now,
    )  # fmt: skip
    world.inboxes[number] = inbox
    return inbox


def _defaults(channel: str) -> Json:
    row = {key: value() if callable(value) else deepcopy(value) for key, value in COLUMNS[channel].items()}
    if channel in ("api", "widget"):
        row |= {"hmac_token": token(), "hmac_mandatory": False}
    return row


def _week() -> list[Json]:
    """Closed at the weekend, 9 to 17 on the other days."""
    return [_day(number, closed=number in (0, 6)) for number in range(7)]


def _day(number: int, *, closed: bool) -> Json:
    hours = (None, None, None, None) if closed else (9, 0, 17, 0)
    names = ("open_hour", "open_minutes", "close_hour", "close_minutes")
    return {
        "day_of_week": number,
        "closed_all_day": closed,
        **dict(zip(names, hours, strict=True)),
        "open_all_day": False,
    }


def add_user(core: Core, name: str, *, role: str = "agent", id: int | None = None, **values: Any) -> User:  # noqa: A002
    """An agent or administrator."""
    world = core.world
    number = id if id is not None else world.new_id("user")
    world.taken("user", number)
    values.setdefault("email", f"{name.lower().replace(' ', '.')}@example.com")
    world.users[number] = User(number, name, role=role, **values)
    return world.users[number]


def add_bot(core: Core, name: str, *, id: int | None = None, access_token: str = "", **values: Any) -> AgentBot:  # noqa: A002
    """An agent bot."""
    world = core.world
    number = id if id is not None else world.new_id("bot")
    world.taken("bot", number)
    key = AccessToken(access_token or token(), world.new_id("access_token"), core.now)
    world.bots[number] = AgentBot(number, name, access_token=key, account_id=world.account.id, **values)
    return world.bots[number]


def add_team(core: Core, name: str, members: list[User] | None = None, *, id: int | None = None) -> Team:  # noqa: A002
    """A team."""
    world, now = core.world, core.now
    number = id if id is not None else world.new_id("team")
    world.taken("team", number)
    world.teams[number] = Team(number, name.lower(), members=list(members or ()), created_at=now, updated_at=now)
    return world.teams[number]


def add_webhook(core: Core, url: str, events: list[str], *, id: int | None = None, **values: Any) -> Webhook:  # noqa: A002
    """An account webhook."""
    world = core.world
    number = id if id is not None else world.new_id("webhook")
    world.taken("webhook", number)
    world.webhooks[number] = Webhook(number, url, events, **values)
    return world.webhooks[number]
