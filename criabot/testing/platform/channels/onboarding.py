"""What the platform asks a provider when an inbox is made (contract 5.7)."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from criabot.testing.platform.channels.parts import Json, ProviderAnswer, ProviderRequest
from criabot.testing.platform.channels.providers import Providers
from criabot.testing.platform.channels.registry import INSTAGRAM, MESSENGER, TELEGRAM, WHATSAPP
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import Inbox

__all__ = ["introduce", "subscribe"]

GRAPH = "graph.facebook.com"
BEARER = {"authorization": "Bearer <provider-token>", "content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
TOKEN = "access_token=<provider-token>"  # noqa: S105 - what a recording has instead
HEALTH = (
    "id", "quality_rating", "messaging_limit_tier", "code_verification_status", "account_mode", "display_phone_number",
    "name_status", "verified_name", "webhook_configuration", "throughput", "last_onboarded_time", "platform_type",
    "certificate",
)  # fmt: skip
PAGE = ["messages", "message_deliveries", "message_echoes", "message_reads", "standby", "messaging_handovers"]
INSTAGRAM_FIELDS = ("messages", "message_reactions", "messaging_seen")
TEMPLATE_READS = 3  # to check the key, and twice to fetch them


def introduce(providers: Providers, inbox: Inbox, now: float) -> None:
    """Read what the inbox shows of its provider: WhatsApp's templates, the name of a Telegram bot."""
    channel = inbox.channel
    if inbox.channel_type == WHATSAPP:
        account = channel["provider_config"].get("business_account_id")
        path = f"/v14.0/{account}/message_templates?{TOKEN}"
        for _ in range(TEMPLATE_READS):
            found = _json(providers.ask(ProviderRequest(GRAPH, "GET", path, {}, None)))
        channel["message_templates"] = found.get("data", [])
        channel["message_templates_last_updated"] = iso(now)
    elif inbox.channel_type == TELEGRAM:
        me = _json(providers.ask(_telegram("GET", "getMe")))
        channel["bot_name"] = (me.get("result") or {}).get("username")


def subscribe(providers: Providers, inbox: Inbox, callback: str) -> None:
    """Ask to be told of what happens; `callback` is the platform's own address."""
    for request in _subscriptions(inbox, callback):
        providers.ask(request)


def _subscriptions(inbox: Inbox, callback: str) -> list[ProviderRequest]:
    match inbox.channel_type:
        case kind if kind == WHATSAPP:
            return _whatsapp(inbox.channel, callback)
        case kind if kind == TELEGRAM:
            url = f"{callback}/webhooks/telegram/{inbox.channel['bot_token']}"
            return [_telegram("POST", "deleteWebhook"), _telegram("POST", "setWebhook", {"form": {"url": url}})]
        case kind if kind == MESSENGER:
            body = {"access_token": inbox.channel.get("page_access_token"), "subscribed_fields": PAGE}
            headers = {"content-type": "application/json"}
            return [ProviderRequest(GRAPH, "POST", "/v3.2/me/subscribed_apps", headers, body)]
        case kind if kind == INSTAGRAM:
            return _instagram(f"/v22.0/{inbox.channel['instagram_id']}/subscribed_apps")
    return []


def _whatsapp(channel: Json, callback: str) -> list[ProviderRequest]:
    config, phone = channel["provider_config"], channel["phone_number"]
    number, apps = config.get("phone_number_id"), f"/v22.0/{config.get('business_account_id')}/subscribed_apps"
    body = {
        "override_callback_uri": f"{callback}/webhooks/whatsapp/{phone}",
        "verify_token": config.get("webhook_verify_token"),
        "subscribed_fields": ["messages", "smb_message_echoes"],
    }
    fields = quote(",".join(HEALTH), safe="")
    return [
        ProviderRequest(GRAPH, "GET", f"/v22.0/{number}", BEARER, None),
        ProviderRequest(GRAPH, "GET", f"/v22.0/{number}?fields={fields}&{TOKEN}", {}, None),
        ProviderRequest(GRAPH, "POST", apps, BEARER, None),
        ProviderRequest(GRAPH, "POST", apps, BEARER, body),
    ]


def _instagram(path: str) -> list[ProviderRequest]:
    fields = urlencode([("subscribed_fields[]", field) for field in INSTAGRAM_FIELDS])
    return [
        ProviderRequest("graph.instagram.com", "DELETE", f"{path}?{TOKEN}", {}, None),
        ProviderRequest("graph.instagram.com", "POST", f"{path}?{fields}&{TOKEN}", FORM, None),
    ]


def _telegram(verb: str, method: str, body: Json | None = None) -> ProviderRequest:
    headers = FORM if verb == "POST" else {}
    return ProviderRequest("api.telegram.org", verb, f"/bot<provider-token>/{method}", headers, body)


def _json(answer: ProviderAnswer) -> Json:
    return answer.body if isinstance(answer.body, dict) else {}
