"""Filters that agents have saved (contract 5.7)."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any, Literal

from criabot.platform.answers.definitions import CustomFilter
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given

__all__ = ["CustomFilters"]


class CustomFilters(Resource):
    """The filters that the token's owner has saved; nobody sees those of others (contract 5.7)."""

    name = "custom_filters"

    async def list(
        self, filter_type: Literal["conversation", "contact", "report"] | None = None
    ) -> builtins.list[CustomFilter]:
        """The owner's filters of a type (contract 5.7)."""
        return (await self._ask("list", params={"filter_type": filter_type})).read(builtins.list[CustomFilter])

    async def show(self, custom_filter: int | Identified) -> CustomFilter:
        """One filter (contract 5.7)."""
        return (await self._ask("show", custom_filter)).read(CustomFilter)

    async def create(
        self, name: str, filter_type: Literal["conversation", "contact", "report"], query: Mapping[str, Any]
    ) -> CustomFilter:
        """Save a filter for the token's owner (contract 5.7).

        Args:
            name: for its owner.
            filter_type: what it finds.
            query: ``{"payload": […]}``, as the filter calls take it (contract 5.4).
        """
        body = {"custom_filter": {"name": name, "filter_type": filter_type, "query": dict(query)}}
        return (await self._ask("create", json=body)).read(CustomFilter)

    async def update(
        self,
        custom_filter: int | Identified,
        *,
        name: str | NotGiven = NOT_GIVEN,
        query: Mapping[str, Any] | NotGiven = NOT_GIVEN,
    ) -> CustomFilter:
        """Change what is given; a ``query`` replaces the whole one (contract 5.7)."""
        body = {"custom_filter": given(name=name, query=query if isinstance(query, NotGiven) else dict(query))}
        return (await self._ask("update", custom_filter, json=body)).read(CustomFilter)

    async def delete(self, custom_filter: int | Identified) -> None:
        """Delete a filter (contract 5.7)."""
        await self._ask("delete", custom_filter)
