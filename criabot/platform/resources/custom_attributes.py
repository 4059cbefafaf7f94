"""The account's own fields (contract 5.7)."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import Literal, TypeAlias

from criabot.platform.answers.definitions import CustomAttributeDefinition
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given

__all__ = ["CustomAttributeDefinitions"]

DisplayType: TypeAlias = Literal["text", "number", "currency", "percent", "link", "date", "list", "checkbox"]
Model: TypeAlias = Literal["conversation_attribute", "contact_attribute"]

NUMBERS: dict[Model, int] = {"conversation_attribute": 0, "contact_attribute": 1}


class CustomAttributeDefinitions(Resource):
    """The account's own fields of conversations and contacts (contract 5.7)."""

    name = "custom_attribute_definitions"

    async def list(self, attribute_model: Model | None = None) -> builtins.list[CustomAttributeDefinition]:
        """The definitions, of conversations or of contacts (contract 5.7)."""
        params = {"attribute_model": None if attribute_model is None else NUMBERS[attribute_model]}
        return (await self._ask("list", params=params)).read(builtins.list[CustomAttributeDefinition])

    async def show(self, definition: int | Identified) -> CustomAttributeDefinition:
        """One definition (contract 5.7)."""
        return (await self._ask("show", definition)).read(CustomAttributeDefinition)

    async def create(
        self,
        attribute_key: str,
        attribute_display_name: str,
        *,
        attribute_model: Model,
        attribute_display_type: DisplayType = "text",
        attribute_description: str | NotGiven | None = NOT_GIVEN,
        attribute_values: Iterable[str] | NotGiven = NOT_GIVEN,
        regex_pattern: str | NotGiven | None = NOT_GIVEN,
        regex_cue: str | NotGiven | None = NOT_GIVEN,
    ) -> CustomAttributeDefinition:
        """Define a field; for administrators (contract 5.7).

        Args:
            attribute_key: under which ``custom_attributes`` has it.
            attribute_display_name: what agents see.
            attribute_model: what has it.
            attribute_display_type: how agents see and edit it.
            attribute_description: for people.
            attribute_values: what can be chosen of a ``list``.
            regex_pattern: what a ``text`` must match.
            regex_cue: what agents are told when it does not.

        Raises:
            Unprocessable: the key is taken.
        """
        body = {
            "attribute_key": attribute_key,
            "attribute_display_name": attribute_display_name,
            "attribute_model": attribute_model,
            "attribute_display_type": attribute_display_type,
        } | given(
            attribute_description=attribute_description,
            attribute_values=_texts(attribute_values),
            regex_pattern=regex_pattern,
            regex_cue=regex_cue,
        )
        return (await self._ask("create", json={"custom_attribute_definition": body})).read(CustomAttributeDefinition)

    async def update(
        self,
        definition: int | Identified,
        *,
        attribute_display_name: str | NotGiven = NOT_GIVEN,
        attribute_display_type: DisplayType | NotGiven = NOT_GIVEN,
        attribute_description: str | NotGiven | None = NOT_GIVEN,
        attribute_values: Iterable[str] | NotGiven = NOT_GIVEN,
        regex_pattern: str | NotGiven | None = NOT_GIVEN,
        regex_cue: str | NotGiven | None = NOT_GIVEN,
    ) -> CustomAttributeDefinition:
        """Change what is given, as in `create`; for administrators (contract 5.7)."""
        body = given(
            attribute_display_name=attribute_display_name,
            attribute_display_type=attribute_display_type,
            attribute_description=attribute_description,
            attribute_values=_texts(attribute_values),
            regex_pattern=regex_pattern,
            regex_cue=regex_cue,
        )
        answer = await self._ask("update", definition, json={"custom_attribute_definition": body})
        return answer.read(CustomAttributeDefinition)

    async def delete(self, definition: int | Identified) -> None:
        """Delete a definition; for administrators (contract 5.7)."""
        await self._ask("delete", definition)


def _texts(values: Iterable[str] | NotGiven) -> list[str] | NotGiven:
    """The values as a list.

    Raises:
        TypeError: one text instead of several.
    """
    if isinstance(values, str):
        raise TypeError("attribute_values takes a list of texts, not one text")
    return values if isinstance(values, NotGiven) else list(values)
