"""Signed webhooks as the platforms send them, each about 2.8 kB: of CriaChat, Telegram and Slack."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any, Literal

from benchmarks.common import HOST, SECRET, marker

Kind = Literal["criachat", "telegram", "slack"]

LOREM = (
    "I ordered two items last week and one of them has not arrived yet, could you please check the status of the "
    "delivery for me? The tracking page says it is in transit. "
)
MOMENT = 1795341600
TIMESTAMP = "2026-11-22T10:00:00.000Z"


def request(kind: Kind, path: str, event: int, conversation: int, number: int, wish: str = "") -> bytes:
    """One complete HTTP/1.1 request.

    Args:
        kind: whose webhook.
        path: where to.
        event: the number of the event, and of its message.
        conversation: its number.
        number: of the message in this conversation, from 0.
        wish: what the handler is to do besides, such as ``(sleep 1)``.
    """
    text = " ".join(filter(None, [marker(event, conversation, number), wish, LOREM]))
    payload = {"criachat": _criachat, "telegram": _telegram, "slack": _slack}[kind](event, conversation, text)
    body = json.dumps(payload, separators=(",", ":")).encode()
    headers = {
        "Host": HOST,
        "User-Agent": "bench",
        "Accept": "*/*",
        "Content-Type": "application/json",
        **_signature(kind, event, body),
        "Content-Length": str(len(body)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def _signature(kind: Kind, event: int, body: bytes) -> dict[str, str]:
    now, key = str(int(time.time())), SECRET.encode()
    if kind == "telegram":
        return {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    if kind == "slack":
        signature = hmac.new(key, b"v0:" + now.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": f"v0={signature}"}
    signature = hmac.new(key, now.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {
        "X-Chatwoot-Timestamp": now,
        "X-Chatwoot-Signature": f"sha256={signature}",
        "X-Chatwoot-Delivery": f"d-{event}",
    }


def _criachat(event: int, conversation: int, text: str) -> dict[str, Any]:
    contact = {
        "additional_attributes": {"city": "Lisbon", "country": "Portugal", "created_at_ip": "203.0.113.7"},
        "custom_attributes": {"plan": "gold", "crm_id": "crm-0001"},
        "email": "visitor@example.com",
        "id": conversation + 10,
        "identifier": f"user-{conversation}",
        "name": "Wandering Visitor 042",
        "phone_number": "+351000000000",
        "thumbnail": "",
        "type": "contact",
        "blocked": False,
    }
    account = {"id": 1, "name": "Acme Support"}
    return {
        "account": account,
        "additional_attributes": {},
        "content_attributes": {},
        "content_type": "text",
        "content": text,
        "conversation": _criachat_conversation(event, conversation, text, contact),
        "created_at": TIMESTAMP,
        "id": event,
        "inbox": {"id": 3, "name": "Website live chat"},
        "message_type": "incoming",
        "private": False,
        "sender": {"account": account, **contact},
        "source_id": None,
        "event": "message_created",
    }


def _criachat_conversation(event: int, conversation: int, text: str, contact: dict[str, Any]) -> dict[str, Any]:
    browser = {
        "device_name": "Unknown",
        "browser_name": "Chrome",
        "platform_name": "Linux",
        "browser_version": "126.0.0.0",
        "platform_version": "x86_64",
    }
    message = {
        "id": event,
        "content": text,
        "account_id": 1,
        "inbox_id": 3,
        "conversation_id": conversation,
        "message_type": 0,
        "created_at": MOMENT,
        "updated_at": TIMESTAMP,
        "private": False,
        "status": "sent",
        "source_id": None,
        "content_type": "text",
        "content_attributes": {},
        "sender_type": "Contact",
        "sender_id": conversation + 10,
        "external_source_ids": {},
        "additional_attributes": {},
        "sentiment": {},
    }
    return {
        "additional_attributes": {
            "browser": browser,
            "referer": "https://shop.example.com/orders/1042",
            "initiated_at": {"timestamp": "Sun Nov 22 2026 10:00:00 GMT+0000"},
            "browser_language": "en",
        },
        "can_reply": True,
        "channel": "Channel::WebWidget",
        "contact_inbox": {
            "id": conversation + 100,
            "contact_id": conversation + 10,
            "inbox_id": 3,
            "source_id": "7bd0c1d2-5c1e-4a55-9c3e-1f1b0c9aaf01",
            "created_at": TIMESTAMP,
            "updated_at": TIMESTAMP,
            "hmac_verified": False,
            "pubsub_token": "x9Xk3Yc3oG5tTn1M4uQ2bVwZ",
        },
        "id": conversation,
        "inbox_id": 3,
        "messages": [message],
        "labels": ["orders"],
        "meta": {"sender": contact, "assignee": None, "team": None, "hmac_verified": False},
        "status": "open",
        "custom_attributes": {},
        "snoozed_until": None,
        "unread_count": 1,
        "first_reply_created_at": None,
        "priority": None,
        "waiting_since": MOMENT,
        "agent_last_seen_at": 0,
        "contact_last_seen_at": MOMENT - 10,
        "last_activity_at": MOMENT,
        "timestamp": MOMENT,
        "created_at": MOMENT - 600,
    }


def _telegram(event: int, conversation: int, text: str) -> dict[str, Any]:
    person = {"id": conversation + 1, "first_name": "Wandering", "last_name": "Visitor 042"}
    user = {**person, "is_bot": False, "username": f"user_{conversation}", "language_code": "en", "is_premium": True}
    chat = {**person, "username": f"user_{conversation}", "type": "private"}
    entities = [{"offset": 0, "length": 5, "type": "bold"}, {"offset": 60, "length": 12, "type": "italic"}]
    buttons = [
        {"text": "Track my order", "callback_data": "track:1042"},
        {"text": "Talk to a human", "callback_data": "human:1042"},
    ]
    earlier = {
        "message_id": max(1, event - 1),
        "from": {"id": 123456789, "is_bot": True, "first_name": "Bench", "username": "bench_bot"},
        "chat": chat,
        "date": MOMENT - 100,
        "text": (LOREM * 6)[:1100],
        "entities": entities,
        "reply_markup": {"inline_keyboard": [buttons]},
    }
    message = {
        "message_id": event,
        "from": user,
        "chat": chat,
        "date": MOMENT,
        "text": text,
        "entities": entities,
        "reply_to_message": earlier,
        "link_preview_options": {"is_disabled": True},
        "quote": {"text": LOREM[:150], "position": 0, "entities": entities},
    }
    return {"update_id": event, "message": message}


def _slack(event: int, conversation: int, text: str) -> dict[str, Any]:
    moment = f"{MOMENT}.{event % 1000000:06d}"

    def block(number: int) -> dict[str, Any]:
        said = [
            {"type": "text", "text": LOREM if number else text},
            {"type": "text", "text": LOREM[:120], "style": {"bold": True}},
        ]
        section = {"type": "rich_text_section", "elements": said}
        return {"type": "rich_text", "block_id": f"b{number}", "elements": [section]}

    authorization = {
        "enterprise_id": None,
        "team_id": "T0000001",
        "user_id": "UBOT00001",
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "verificationtoken0000000",
        "team_id": "T0000001",
        "api_app_id": "A0000001",
        "context_team_id": "T0000001",
        "context_enterprise_id": None,
        "event": {
            "type": "message",
            "client_msg_id": "7bd0c1d2-5c1e-4a55-9c3e-1f1b0c9aaf01",
            "text": text,
            "user": "U0000042",
            "ts": moment,
            "team": "T0000001",
            "channel": f"D{conversation:08d}",
            "event_ts": moment,
            "channel_type": "im",
            "blocks": [block(number) for number in range(4)],
        },
        "type": "event_callback",
        "event_id": f"Ev{event:010d}",
        "event_time": MOMENT,
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": "4-eyJldCI6Im1lc3NhZ2UiLCJ0aWQiOiJUMDAwMDAwMSJ9",
    }
