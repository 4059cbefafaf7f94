"""Account webhooks (contract 1.2, 5.8)."""

from __future__ import annotations

import re

from criabot.testing.platform import seed
from criabot.testing.platform.casts import number
from criabot.testing.platform.events import ALL_EVENTS, TYPING_EVENTS
from criabot.testing.platform.http import Call, Routes, not_found
from criabot.testing.platform.payloads import inbox_data
from criabot.testing.platform.tables import refuse, texts, wrapped
from criabot.testing.platform.world import Json, Webhook, World

__all__ = ["routes"]

routes = Routes("/api/v1/accounts/{account}/webhooks")

URL = re.compile(r"https?://\S+", re.IGNORECASE)
LONGEST_URL = 255
DEFAULT_EVENTS = ALL_EVENTS[:8]  # typing and inbox events only who asks for them gets


def webhook_json(world: World, webhook: Webhook) -> Json:
    """A webhook, with its inbox if it was given one."""
    data: Json = {
        "id": webhook.id,
        "url": webhook.url,
        "account_id": world.account.id,
        "subscriptions": webhook.subscriptions,
    }
    if world.since("4.8.0"):
        data["name"] = webhook.name
    if world.since("4.11.2"):
        data["secret"] = webhook.secret
    if inbox := world.inboxes.get(webhook.inbox_id or 0):
        data["inbox"] = inbox_data(inbox)
    return data


@routes.get("", "admin")
def index(call: Call) -> Json:
    """All webhooks."""
    return {"payload": {"webhooks": [webhook_json(call.world, each) for each in call.world.webhooks.values()]}}


@routes.post("", "admin")
def create(call: Call) -> Json:
    """A new webhook."""
    values = _values(call, None)
    events = values.pop("subscriptions", list(DEFAULT_EVENTS))
    return _answer(call, seed.add_webhook(call.core, values.pop("url"), events, **values))


@routes.patch("/{id}", "admin")
def update(call: Call) -> Json:
    """Change a webhook; its secret stays."""
    webhook = _webhook(call)
    for key, value in _values(call, webhook).items():
        setattr(webhook, key, value)
    return _answer(call, webhook)


@routes.delete("/{id}", "admin")
def delete(call: Call) -> None:
    """Delete a webhook."""
    del call.world.webhooks[_webhook(call).id]


def _webhook(call: Call) -> Webhook:
    webhook = call.world.webhooks.get(call.number("id"))
    if webhook is None:
        raise not_found()
    return webhook


def _answer(call: Call, webhook: Webhook) -> Json:
    return {"payload": {"webhook": webhook_json(call.world, webhook)}}


def _values(call: Call, webhook: Webhook | None) -> Json:
    given = wrapped(call, "webhook")
    values = texts(given, "name", "url")
    if isinstance(given.get("subscriptions"), list):
        values["subscriptions"] = given["subscriptions"]
    if given.get("inbox_id") is not None:
        values["inbox_id"] = number(given["inbox_id"])
    _check(call.world, values, webhook)
    return values


def _check(world: World, values: Json, webhook: Webhook | None) -> None:
    url = values.get("url") if webhook is None or "url" in values else webhook.url
    events = values.get("subscriptions", DEFAULT_EVENTS)
    problems = []
    if not URL.fullmatch(url or ""):
        problems.append(("url", "is invalid"))
    if any(each.url == url and each is not webhook for each in world.webhooks.values()):
        problems.append(("url", "has already been taken"))
    if len(url or "") > LONGEST_URL and not world.since("4.10.1"):
        problems.append(("url", f"is too long (maximum is {LONGEST_URL} characters)"))
    known = set(ALL_EVENTS) - (set() if world.since("4.3.0") else set(TYPING_EVENTS))
    if not events or not set(map(str, events)) <= known:
        problems.append(("subscriptions", "Invalid events"))
    refuse(problems)
