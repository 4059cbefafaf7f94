"""What WhatsApp and Telegram refuse: their documented limits, which the platform does not check (contract 3.3)."""

from __future__ import annotations

import json
from typing import Any

from criabot.testing.platform.channels.parts import Json, ProviderAnswer, ProviderRequest

__all__ = ["refused"]

LONGEST_TEXT = 4096
LONGEST_BUTTON = 20
LONGEST_ROW = 24
MOST_ROWS = 10
LONGEST_VALUE = 64  # bytes of a Telegram button


def refused(request: ProviderRequest) -> ProviderAnswer | None:
    """The provider's refusal of a message, None if it takes it."""
    if request.host == "api.telegram.org" and request.path.endswith("/sendMessage"):
        return _telegram(request.body["form"])
    if isinstance(request.body, dict) and request.body.get("messaging_product") == "whatsapp":
        return _whatsapp(request.body)
    return None


def _whatsapp(body: Json) -> ProviderAnswer | None:
    if body.get("type") == "text":
        text = body["text"]["body"]
        if not text:
            return _meta(100, "(#100) The parameter text['body'] is required.", "text['body'] is required")
        if len(text) > LONGEST_TEXT:
            told = f"Param text['body'] must be at most {LONGEST_TEXT} characters long."
            return _meta(100, "(#100) Invalid parameter", told)
    elif body.get("type") == "interactive" and (told := _wrong_choice(json.loads(body["interactive"]["action"]))):
        return _meta(131009, "(#131009) Parameter value is not valid", told)
    return None


def _wrong_choice(action: Json) -> str:
    buttons = [button["reply"] for button in action.get("buttons", ())]
    rows = [row for section in action.get("sections", ()) for row in section["rows"]]
    if any(not 1 <= len(_title(button)) <= LONGEST_BUTTON for button in buttons):
        return f"Button title length invalid. Min length: 1, Max length: {LONGEST_BUTTON}"
    if len(rows) > MOST_ROWS:
        return f"Total row count exceed max allowed count: {MOST_ROWS}"
    if any(len(_title(row)) > LONGEST_ROW for row in rows):
        return f"Row title is too long. Max length is {LONGEST_ROW}"
    return ""


def _title(item: Json) -> str:
    return str(item.get("title") or "")


def _meta(code: int, message: str, details: str) -> ProviderAnswer:
    data = {"messaging_product": "whatsapp", "details": details}
    error = {"message": message, "type": "OAuthException", "code": code, "error_data": data}
    return ProviderAnswer(400, {"error": error})


def _telegram(form: Json) -> ProviderAnswer | None:
    if len(form["text"]) > LONGEST_TEXT:
        return _bad_request("message is too long")
    keyboard: Any = json.loads(form["reply_markup"] or "{}")
    values = [str(button["callback_data"]) for row in keyboard.get("inline_keyboard", ()) for button in row]
    if any(len(value.encode()) > LONGEST_VALUE for value in values):
        return _bad_request("BUTTON_DATA_INVALID")
    return None


def _bad_request(what: str) -> ProviderAnswer:
    return ProviderAnswer(400, {"ok": False, "error_code": 400, "description": f"Bad Request: {what}"})
