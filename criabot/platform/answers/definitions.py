"""What an account defines for its conversations and contacts (contract 5.7)."""

from __future__ import annotations

from typing import Any

from criabot.platform.parts import Id, JsonObject, Part, Time

__all__ = ["CannedResponse", "CustomAttributeDefinition", "CustomFilter", "Label"]


class Label(Part):
    """A label that conversations and contacts can have; its ``title`` is what they hold (contract 5.7)."""

    id: Id
    title: str | None = None
    description: str | None = None
    color: str | None = None
    show_on_sidebar: bool | None = None


class CannedResponse(Part):
    """An answer ready to use, which agents call up by its ``short_code`` (contract 5.7); times are ISO-8601."""

    id: Id
    account_id: Id | None = None
    short_code: str | None = None
    content: str | None = None
    created_at: Time | None = None
    updated_at: Time | None = None


class CustomFilter(Part):
    """A filter that the token's owner has saved; ``query`` is what the filter calls take (contract 5.4 and 5.7)."""

    shown = ("id", "filter_type")

    id: Id
    name: str | None = None
    filter_type: str | None = None
    query: JsonObject | None = None
    created_at: Time | None = None
    updated_at: Time | None = None


class CustomAttributeDefinition(Part):
    """A field of the account's own (contract 5.7); times are ISO-8601.

    Attributes:
        attribute_key: under which ``custom_attributes`` has it.
        attribute_display_type: ``text``, ``number``, ``currency``, ``percent``, ``link``, ``date``, ``list``,
            ``checkbox`` or a later server's text.
        attribute_model: ``conversation_attribute``, ``contact_attribute`` or a later server's text.
        attribute_values: what can be chosen of a ``list``.
    """

    shown = ("id", "attribute_key")

    id: Id
    attribute_key: str | None = None
    attribute_display_name: str | None = None
    attribute_display_type: str | None = None
    attribute_description: str | None = None
    attribute_model: str | None = None
    attribute_values: list[Any] | None = None
    default_value: object = None
    regex_pattern: str | None = None
    regex_cue: str | None = None
    created_at: Time | None = None
    updated_at: Time | None = None
