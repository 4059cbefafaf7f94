"""Interactive messages: what the server checks of their items (contract 3.2)."""

from __future__ import annotations

from typing import Any

from criabot.testing.platform.casts import kind, symbols
from criabot.testing.platform.world import Json

__all__ = ["MissingMethod", "item_problems"]

KEYS = {
    "input_select": {"title", "value"},
    "cards": {"title", "description", "media_url", "actions"},
    "form": {
        "type", "placeholder", "label", "name", "options", "default", "required", "pattern", "title", "pattern_error",
    },
    "article": {"title", "description", "link"},
}  # fmt: skip
ACTION_KEYS = {"text", "type", "payload", "uri"}


class MissingMethod(Exception):
    """The server stumbles over a value of the wrong type; its text is the answer."""

    def __init__(self, method: str, value: Any) -> None:
        super().__init__(f"undefined method '{method}' for {kind(value)}")


def item_problems(content_type: str, attributes: Json) -> list[str]:
    """What is wrong with the items, in the server's words.

    Raises:
        MissingMethod: they are no list of objects.
    """
    allowed = KEYS.get(content_type)
    if allowed is None:
        return []
    items = attributes.get("items")
    if not isinstance(items, list | dict):
        raise MissingMethod("reject", items)
    if not items:
        return ["At least one item is required."]
    problems = []
    if strange := [key for key in _keys(items) if key not in allowed]:
        problems.append(f"contains invalid keys for items : {symbols(strange)}")
    return problems + (_action_problems(items) if content_type == "cards" else [])


def _keys(items: Any) -> list[str]:
    """The keys of all objects; an object where a list should be counts as a list of pairs."""
    pairs = [list(pair) for pair in items.items()] if isinstance(items, dict) else items
    for item in pairs:
        if not isinstance(item, dict):
            raise MissingMethod("keys", item)
    return [key for item in pairs for key in item]


def _action_problems(items: Any) -> list[str]:
    if any(not item.get("actions") for item in items):
        return ["contains items missing actions"]
    keys = []
    for item in items:
        if not isinstance(item["actions"], list | dict):
            raise MissingMethod("collect", item["actions"])
        keys += _keys(item["actions"])
    strange = [key for key in keys if key not in ACTION_KEYS]
    return [f"contains invalid keys for actions:  {symbols(strange)}"] if strange else []
