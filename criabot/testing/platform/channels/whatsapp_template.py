"""What of a WhatsApp template's parameters reaches the provider (contract 3.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from criabot.testing.platform.channels.parts import Json

__all__ = ["components"]

PARTS = ("body", "header", "footer", "buttons")
LONGEST_VALUE = 1000


def components(params: Mapping[str, Any], templates: Iterable[Json]) -> list[Json]:
    """The components of a ``template_params``; none when no approved template has its name and language.

    Args:
        params: name, language and processed_params: either by part, or the body's values alone.
        templates: the inbox's ``message_templates``.
    """
    template = next((each for each in templates if _is_meant(each, params)), None)
    if template is None:
        return []
    values = _by_part(params.get("processed_params") or {})
    is_named = template.get("parameter_format") == "NAMED"
    parts = [
        ("header", _header(values.get("header") or {})),
        ("body", [_named(key, value) if is_named else _text(value) for key, value in _given(values.get("body"))]),
        ("footer", [_text(value) for _, value in _given(values.get("footer"))]),
    ]
    filled = [{"type": name, "parameters": parameters} for name, parameters in parts if parameters]
    return filled + _buttons(values.get("buttons") or ())


def _is_meant(template: Json, params: Mapping[str, Any]) -> bool:
    is_approved = str(template.get("status")).lower() == "approved"
    return is_approved and all(template.get(key) == params.get(key) for key in ("name", "language"))


def _by_part(values: Any) -> Json:
    if isinstance(values, list):
        return {"body": {str(number): value for number, value in enumerate(values, 1)}}
    return values if any(part in values for part in PARTS) else {"body": values}


def _given(values: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in (values or {}).items() if value not in (None, "", {}, [])]


def _header(values: Mapping[str, Any]) -> list[Json]:
    kind = values.get("media_type")
    if not (kind and values.get("media_url")):
        return [_text(value) for key, value in _given(values) if key != "media_type"]
    media = {"link": values["media_url"]}
    if kind == "document" and values.get("media_name"):
        media["filename"] = values["media_name"]
    return [{"type": kind, kind: media}]


def _buttons(buttons: Iterable[Json]) -> list[Json]:
    return [
        {"type": "button", "sub_type": button.get("type") or "url", "index": index, "parameters": [_said(button)]}
        for index, button in enumerate(buttons)
        if button and (button.get("type") == "url" or button.get("parameter"))
    ]


def _said(button: Json) -> Json:
    return {"type": "text", "text": str(button.get("parameter") or "").strip()}


def _text(value: Any) -> Json:
    return {"type": "text", "text": _clean(value)}


def _named(name: str, value: Any) -> Json:
    return {"type": "text", "parameter_name": name, "text": _clean(value)}


def _clean(value: Any) -> str:
    """Without the characters that the platform or the provider do not let pass."""
    text = re.sub(r"[<>\"']", "", str(value).strip())
    text = re.sub(r"\\[nrt]|[\n\r\t]", " ", text)
    return re.sub(r"\s{4,}", "   ", text)[:LONGEST_VALUE]
