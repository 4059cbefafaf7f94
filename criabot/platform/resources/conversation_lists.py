"""Lists of conversations (contract 5.4)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Literal, TypeAlias, Unpack

from criabot.platform.answers.conversations import (
    ConversationCounts,
    ConversationDetails,
    ConversationMatch,
    ConversationPage,
    ConversationSearchPage,
)
from criabot.platform.calls import Resource, number_of
from criabot.platform.filters import Condition, ConversationChoice, conditions_json
from criabot.platform.paging import each_row
from criabot.platform.parts import JsonObject
from criabot.platform.resources.bulk_actions import label_list

__all__ = ["ConversationLists", "Order"]

Order: TypeAlias = Literal[
    "last_activity_at_desc",
    "last_activity_at_asc",
    "created_at_desc",
    "created_at_asc",
    "priority_desc",
    "priority_asc",
    "waiting_since_desc",
    "waiting_since_asc",
    "unread",
    "latest",
]


class ConversationLists(Resource):
    """What finds conversations; all of it needs a user token (contract 5.4)."""

    name = "conversations"

    async def list(
        self, *, page: int | None = None, sort_by: Order | None = None, **choice: Unpack[ConversationChoice]
    ) -> ConversationPage:
        """A page of 25 conversations; needs a user token (contract 5.4). Without a ``status`` the open ones.

        Args:
            page: from 1 on.
            sort_by: ``last_activity_at_desc`` when not given.
            choice: see :class:`~criabot.platform.filters.ConversationChoice`.
        """
        params = _params(choice) | {"sort_by": sort_by, "page": page}
        return (await self._ask("list", params=params)).read(ConversationPage)

    async def each(
        self, *, sort_by: Order | None = None, **choice: Unpack[ConversationChoice]
    ) -> AsyncIterator[ConversationDetails]:
        """Every conversation of a list, page by page, none twice; needs a user token (contract 5.2).

        One may be missed when others before it leave the list meanwhile, or change places. With the status ``all`` and
        ``sort_by="created_at_asc"`` nothing does. ``updated_within`` gives all at once, and is better for a sweep.
        """
        if "updated_within" in choice:
            for conversation in (await self.list(sort_by=sort_by, **choice)).payload:
                yield conversation
            return

        async def page(number: int) -> Sequence[ConversationDetails]:
            return (await self.list(page=number, sort_by=sort_by, **choice)).payload

        async for conversation in each_row(page):
            yield conversation

    async def meta(self, **choice: Unpack[ConversationChoice]) -> ConversationCounts:
        """How many conversations a list has; at most 30 calls a minute; needs a user token (contract 5.4 and 5.10)."""
        return (await self._ask("meta", params=_params(choice))).read(ConversationCounts)

    async def search(self, q: str, *, page: int | None = None) -> ConversationSearchPage:
        """Conversations with a text in a message, 25 a page; needs a user token (contract 5.4)."""
        return (await self._ask("search", params={"q": q, "page": page})).read(ConversationSearchPage)

    async def each_match(self, q: str) -> AsyncIterator[ConversationMatch]:
        """Every conversation that `search` finds, page by page, none twice (contract 5.4)."""

        async def page(number: int) -> Sequence[ConversationMatch]:
            return (await self.search(q, page=number)).payload

        async for match in each_row(page):
            yield match

    async def unread_counts(self) -> JsonObject:
        """How much is unread, as plain data; needs a user token (contract 5.4).

        Raises:
            Forbidden: the feature is off.
        """
        return (await self._ask("unread_counts")).read(JsonObject)

    async def filter(self, conditions: Iterable[Condition], *, page: int | None = None) -> ConversationPage:
        """A page of 25 of the conversations that fit; needs a user token (contract 5.4).

        Args:
            conditions: none fits all conversations; joined by their ``query_operator``.
            page: from 1 on.

        Raises:
            ValueError: the conditions are not joined.
            Unprocessable: a key is unknown, or does not take the operator.
        """
        body = {"payload": conditions_json(conditions)}
        return (await self._ask("filter", json=body, params={"page": page})).read(ConversationPage)

    async def each_filtered(self, conditions: Iterable[Condition]) -> AsyncIterator[ConversationDetails]:
        """Every conversation that fits, page by page, none twice; see `filter` (contract 5.4)."""
        asked = list(conditions)

        async def page(number: int) -> Sequence[ConversationDetails]:
            return (await self.filter(asked, page=number)).payload

        async for conversation in each_row(page):
            yield conversation


def _params(choice: ConversationChoice) -> dict[str, Any]:
    params: dict[str, Any] = {**choice}
    if "inbox_id" in choice:
        params["inbox_id"] = number_of(choice["inbox_id"])
    if "team_id" in choice:
        params["team_id"] = number_of(choice["team_id"])
    if "labels" in choice:
        params["labels"] = label_list(choice["labels"])
    return params
