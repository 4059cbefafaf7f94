"""Interactive messages: what the server checks (contract 3.2)."""

from __future__ import annotations

from criabot.testing.platform.http import Refused
from criabot.testing.platform.world import Json

__all__ = ["checked_attributes"]

KEYS = {
    "input_select": {"title", "value"},
    "cards": {"title", "description", "media_url", "actions"},
    "form": {
        "type", "placeholder", "label", "name", "options", "default", "required", "pattern", "title", "pattern_error",
    },
    "article": {"title", "description", "link"},
}  # fmt: skip


def checked_attributes(content_type: str, attributes: Json) -> Json:
    """The attributes, if the items of an interactive message are right.

    Raises:
        Refused: 422.
    """
    keys = KEYS.get(content_type)
    if keys is None:
        return attributes
    items = attributes.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Refused(422, {"error": "undefined method 'reject' for nil"})
    if not items:
        raise Refused(422, {"error": "Validation failed: Content attributes At least one item is required."})
    if any(set(item) - keys for item in items):
        raise Refused(422, {"error": "Validation failed: Content attributes contains invalid keys for items."})
    return attributes
