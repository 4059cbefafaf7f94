"""An inbox as JSON of the Application API, with what its channel adds (contract 5.7)."""

from __future__ import annotations

from typing import Any

from criabot.testing.platform import inboxes
from criabot.testing.platform.world import Inbox, Json, User, World

__all__ = ["inbox_json"]

WIDGET: Json = {
    "allowed_domains": "",
    "selected_feature_flags": ["attachments", "emoji_picker", "end_conversation"],
    "reply_time": "in_a_few_minutes",
}
PRE_CHAT: Json = {
    "pre_chat_form_enabled": False,
    "pre_chat_form_options": {
        "pre_chat_fields": [
            {
                "name": "emailAddress",
                "type": "email",
                "label": "Email Id",
                "enabled": False,
                "required": True,
                "field_type": "standard",
            },
            {
                "name": "fullName",
                "type": "text",
                "label": "Full name",
                "enabled": False,
                "required": False,
                "field_type": "standard",
            },
            {
                "name": "phoneNumber",
                "type": "text",
                "label": "Phone number",
                "enabled": False,
                "required": False,
                "field_type": "standard",
            },
        ],
        "pre_chat_message": "Share your queries or comments here.",
    },
    "continuity_via_email": True,
}
SCRIPT = """
    <script>
      (function(d,t) {
        var BASE_URL="%(host)s";
        var g=d.createElement(t),s=d.getElementsByTagName(t)[0];
        g.src=BASE_URL+"/packs/js/sdk.js";
        g.async = true;
        s.parentNode.insertBefore(g,s);
        g.onload=function(){
          window.chatwootSDK.run({
            websiteToken: '%(token)s',
            baseUrl: BASE_URL
          })
        }
      })(document,"script");
    </script>
    """


OWN: dict[str, Json] = {  # columns that only inboxes of a channel show, with their defaults
    "Channel::Api": {"webhook_url": None, "additional_attributes": {}},
    "Channel::WebWidget": PRE_CHAT,
    "Channel::Whatsapp": {"message_templates": [], "reauthorization_required": False},
    "Channel::Telegram": {"bot_name": None},
    "Channel::FacebookPage": {"page_id": None, "reauthorization_required": False},
    "Channel::Instagram": {"instagram_id": None, "reauthorization_required": False},
    "Channel::Email": {"forward_to_email": None, "email": None},
    "Channel::TwilioSms": {"medium": None},
}
SECRET = {  # for administrators only
    "Channel::Api": ("hmac_token", "secret"),
    "Channel::WebWidget": ("hmac_token",),
    "Channel::Whatsapp": ("provider_config",),
    "Channel::TwilioSms": ("account_sid", "auth_token"),
}


def inbox_json(world: World, inbox: Inbox, reader: User) -> Json:
    """An inbox; its secrets are for administrators."""
    channel = inbox.channel
    return {
        "id": inbox.id,
        "avatar_url": "",
        "channel_id": inbox.channel_id,
        "name": inbox.name,
        "channel_type": inbox.channel_type,
        **{key: inboxes.column(inbox, key) for key in inboxes.DEFAULTS},
        "working_hours": inbox.working_hours,
        "callback_webhook_url": _callback(world, inbox),
        **({"allowed_domains": _of_widget(inbox, "allowed_domains")} if world.since("4.6.0") else {}),
        **{key: channel.get(key) for key in ("widget_color", "website_url", "hmac_mandatory")},
        **{key: channel.get(key) for key in ("welcome_title", "welcome_tagline", "website_token")},
        "web_widget_script": _script(world, inbox),
        "selected_feature_flags": _of_widget(inbox, "selected_feature_flags"),
        "reply_time": _of_widget(inbox, "reply_time"),
        "messaging_service_sid": channel.get("messaging_service_sid"),
        "phone_number": channel.get("phone_number"),
        "provider": channel.get("provider"),
        **_of_channel(world, inbox, reader),
    }


def _of_widget(inbox: Inbox, key: str) -> Any:
    return inbox.channel.get(key, WIDGET[key]) if inbox.channel_type == "Channel::WebWidget" else None


def _of_channel(world: World, inbox: Inbox, reader: User) -> Json:
    """What only inboxes of its channel have."""
    kind, channel = inbox.channel_type, inbox.channel
    data = {key: channel.get(key, default) for key, default in OWN.get(kind, {}).items()}
    if kind == "Channel::Api":
        data["inbox_identifier"] = channel["identifier"]
    if kind == "Channel::Whatsapp" and world.since("4.15.0"):
        data |= {"voice_enabled": False, "inbound_calls_enabled": True}
    if reader.is_admin:
        data |= {key: channel.get(key) for key in SECRET.get(kind, ()) if key != "secret" or world.since("4.13.0")}
    return data


def _callback(world: World, inbox: Inbox) -> str | None:
    host, phone = world.account.attributes.get("frontend_url", ""), str(inbox.channel.get("phone_number"))
    match inbox.channel_type:
        case "Channel::Whatsapp":
            return f"{host}/webhooks/whatsapp/{phone}"
        case "Channel::Sms":
            return f"{host}/webhooks/sms/{phone.removeprefix('+')}"
        case "Channel::TwilioSms":
            return f"{host}/twilio/callback"
    return None


def _script(world: World, inbox: Inbox) -> str | None:
    host, website = world.account.attributes.get("frontend_url", ""), inbox.channel.get("website_token")
    return SCRIPT % {"host": host, "token": website} if website else None
