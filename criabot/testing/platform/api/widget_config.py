"""What the widget's page asks for first: how it looks, who the visitor is (contract 2.11)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from criabot.testing.platform.api.inbox_shape import PRE_CHAT, WIDGET
from criabot.testing.platform.hours import zone_of
from criabot.testing.platform.inboxes import column, working_hours
from criabot.testing.platform.world import ContactInbox, Inbox, Json, World

__all__ = ["config_answer"]

LANGUAGES = {
    "en": "English (en)",
    "ar": "العربية (ar)",
    "nl": "Nederlands (nl) ",
    "fr": "Français (fr)",
    "de": "Deutsch (de)",
    "it": "Italiano (it)",
    "ja": "日本語 (ja)",
    "ko": "한국어 (ko)",
    "pt": "Português (pt)",
    "ru": "русский (ru)",
    "es": "Español (es)",
    "ml": "മലയാളം (ml)",
    "ca": "Català (ca)",
    "el": "ελληνικά (el)",
    "pt_BR": "Português Brasileiro (pt-BR)",
    "ro": "Română (ro)",
    "ta": "தமிழ் (ta)",
    "fa": "فارسی (fa)",
    "zh_TW": "中文 (台湾) (zh-TW)",
    "vi": "Tiếng Việt (vi)",
    "da": "dansk (da)",
    "tr": "Türkçe (tr)",
    "cs": "čeština (cs)",
    "fi": "suomi, suomen kieli (fi)",
    "id": "Bahasa Indonesia (id)",
    "sv": "Svenska (sv)",
    "hu": "magyar nyelv (hu)",
    "no": "norsk (no)",
    "zh_CN": "中文 (zh-CN)",
    "pl": "język polski (pl)",
    "sk": "slovenčina (sk)",
    "uk": "украї́нська мо́ва (uk)",
    "th": "ภาษาไทย (th)",
    "lv": "latviešu valoda (lv)",
    "is": "íslenska (is)",
    "he": "עִברִית (he)",
    "lt": "lietuvių (lt)",
    "sr": "Српски (sr)",
    "bg": "български (bg)",
    "et": "Eesti keel (et)",
}
NEWER_LANGUAGES = {"et"}
LARGEST_FILE = 40  # megabytes


def config_answer(world: World, row: ContactInbox, auth_token: str) -> Json:
    """The configuration of the widget, for one visitor."""
    contact = row.contact
    plain = ("id", "name", "email", "identifier", "phone_number")
    return {
        "website_channel_config": _channel(world, row.inbox, auth_token),
        "contact": {**{key: getattr(contact, key) for key in plain}, "pubsub_token": row.pubsub_token},
        "global_config": _global(world),
    }


def _channel(world: World, inbox: Inbox, auth_token: str) -> Json:
    plain = ("welcome_tagline", "welcome_title", "website_token", "widget_color")
    columns = ("allow_messages_after_resolved", "csat_survey_enabled", "out_of_office_message", "timezone")
    return {
        **{key: column(inbox, key) for key in (*columns, "working_hours_enabled")},
        "api_host": world.account.attributes["frontend_url"],
        "auth_token": auth_token,
        "avatar_url": "",
        "disable_branding": False,
        "enabled_features": _own(inbox, "selected_feature_flags", WIDGET),
        "enabled_languages": _languages(world),
        "locale": world.account.locale,
        "portal": None,
        **{key: _own(inbox, key, PRE_CHAT) for key in ("pre_chat_form_enabled", "pre_chat_form_options")},
        "reply_time": _own(inbox, "reply_time", WIDGET),
        "utc_off_set": datetime.fromtimestamp(world.clock(), zone_of(inbox)).isoformat()[-6:],
        "website_name": inbox.name,
        **{key: inbox.channel.get(key) for key in plain},
        "working_hours": working_hours(world, inbox),
    }


def _own(inbox: Inbox, key: str, defaults: Json) -> Any:
    return inbox.channel.get(key, defaults[key])


def _languages(world: World) -> list[Json]:
    names = {code: name for code, name in LANGUAGES.items() if code not in NEWER_LANGUAGES or world.since("4.6.0")}
    return [{"name": name, "iso_639_1_code": code} for code, name in names.items()]


def _global(world: World) -> Json:
    limit = {"MAXIMUM_FILE_UPLOAD_SIZE": LARGEST_FILE} if world.since("4.6.0") else {}
    return {
        "LOGO_THUMBNAIL": "/brand-assets/logo_thumbnail.svg",
        "BRAND_NAME": "Chatwoot",
        "WIDGET_BRAND_URL": "https://www.chatwoot.com",
        **limit,
        **({"INSTALLATION_NAME": "Chatwoot"} if limit else {}),
    }
