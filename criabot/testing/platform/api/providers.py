"""The webhooks that the channels' providers call; what they bring is stored in the background (contract 3.9)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from criabot.testing.platform.channels.arrivals import arrive_soon
from criabot.testing.platform.channels.parts import ProviderWebhook
from criabot.testing.platform.channels.registry import INSTAGRAM, MESSENGER, TELEGRAM, TWILIO, WHATSAPP
from criabot.testing.platform.http import Call, Refused, Routes, respond
from criabot.testing.platform.world import Inbox, Json

__all__ = ["routes"]

routes = Routes("")


@routes.get("/webhooks/whatsapp/{phone}", "open")
def verify(call: Call) -> web.Response:
    """Meta asks whether the address is ours."""
    inbox, query = _inbox(call, WHATSAPP, phone_number=call.request.match_info["phone"]), call.query
    config = inbox.channel["provider_config"] if inbox else {}
    if not inbox or query.get("hub.verify_token") != config.get("webhook_verify_token"):
        raise Refused(401, {"error": "Error; wrong verify token"})
    return web.Response(text=query.get("hub.challenge", ""), content_type="application/json", charset="utf-8")


@routes.post("/webhooks/whatsapp/{phone}", "open")
def whatsapp(call: Call) -> web.Response:
    """What Meta tells of a WhatsApp number; of an unknown number it would have to be signed."""
    inbox = _inbox(call, WHATSAPP, phone_number=call.request.match_info["phone"])
    if inbox is None:
        return _page(401)
    return _taken(call, inbox, call.body)


@routes.post("/webhooks/telegram/{token}", "open")
def telegram(call: Call) -> web.Response:
    """An update of Telegram."""
    return _taken(call, _inbox(call, TELEGRAM, bot_token=call.request.match_info["token"]), call.body)


@routes.post("/webhooks/sms/{phone}", "open")
def sms(call: Call) -> web.Response:
    """Events of Bandwidth."""
    phone = "+" + call.request.match_info["phone"].removeprefix("+")
    return _taken(call, _inbox(call, "Channel::Sms", phone_number=phone), call.json)


@routes.post("/bot", "open")
def messenger(call: Call) -> web.Response:
    """Events of Facebook pages."""
    for entry in call.body.get("entry") or ():
        _taken(call, _inbox(call, MESSENGER, page_id=entry.get("id")), {**call.body, "entry": [entry]})
    return web.Response()


@routes.post("/webhooks/instagram", "open")
def instagram(call: Call) -> web.Response:
    """Events of Instagram accounts."""
    for entry in call.body.get("entry") or ():
        _taken(call, _inbox(call, INSTAGRAM, instagram_id=entry.get("id")), {**call.body, "entry": [entry]})
    return respond("ok")


@routes.post("/twilio/callback", "open")
def twilio(call: Call) -> web.Response:
    """A message that Twilio got."""
    body = call.body
    inbox = _inbox(call, TWILIO, phone_number=body.get("To"), account_sid=body.get("AccountSid"))
    _taken(call, inbox, body)
    return web.Response(status=204)


def _inbox(call: Call, kind: str, **columns: Any) -> Inbox | None:
    inboxes = (inbox for inbox in call.world.inboxes.values() if inbox.channel_type == kind)
    return next((i for i in inboxes if all(i.channel.get(key) == value for key, value in columns.items())), None)


def _taken(call: Call, inbox: Inbox | None, body: Json | Any) -> web.Response:
    if inbox is not None:
        arrive_soon(call.core, inbox, ProviderWebhook("POST", call.request.path, body, call.request.content_type))
    return _page(200)


def _page(status: int) -> web.Response:
    return web.Response(status=status, content_type="text/html")
