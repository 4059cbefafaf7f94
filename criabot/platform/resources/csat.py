"""What customers said of the service (contract 5.9)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal, TypeAlias

from criabot.platform.answers.reports import CsatMetrics, CsatResponse
from criabot.platform.calls import Identified, Resource, number_of
from criabot.platform.paging import each_row
from criabot.platform.resources.reports import Moment, epoch

__all__ = ["Csat", "Rating"]

Rating: TypeAlias = Literal[1, 2, 3, 4, 5]
"""How good it was; 5 is the best."""


class Csat(Resource):
    """What customers answered to satisfaction surveys, for administrators (contract 5.9).

    A period needs both ends, ``since`` and ``until``: epoch seconds, or datetimes that know their zone.
    """

    name = "csat"

    async def responses(
        self,
        *,
        page: int = 1,
        since: Moment | None = None,
        until: Moment | None = None,
        user_ids: Sequence[int | Identified] = (),
        inbox_id: int | Identified | None = None,
        team_id: int | Identified | None = None,
        rating: Rating | None = None,
        sort: str | None = None,
    ) -> list[CsatResponse]:
        """A page of 25 answers; past the last one it is empty (contract 5.2 and 5.9).

        Args:
            page: from 1.
            since: where the period begins.
            until: where it ends.
            user_ids: only those of conversations of these agents.
            inbox_id: only those of an inbox.
            team_id: only those of a team.
            rating: only these.
            sort: a column, such as ``created_at``, with ``-`` before it for the other way round.
        """
        params = _filters(since, until, user_ids, inbox_id, team_id, rating) | {"page": page, "sort": sort}
        return (await self._ask("responses", params=params)).read(list[CsatResponse])

    def each(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        user_ids: Sequence[int | Identified] = (),
        inbox_id: int | Identified | None = None,
        team_id: int | Identified | None = None,
        rating: Rating | None = None,
        sort: str | None = None,
    ) -> AsyncIterator[CsatResponse]:
        """All answers, page by page, none twice (contract 5.9); see `responses`."""

        async def page_of(number: int) -> Sequence[CsatResponse]:
            return await self.responses(
                page=number,
                since=since,
                until=until,
                user_ids=user_ids,
                inbox_id=inbox_id,
                team_id=team_id,
                rating=rating,
                sort=sort,
            )

        return each_row(page_of)

    async def metrics(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        user_ids: Sequence[int | Identified] = (),
        inbox_id: int | Identified | None = None,
        team_id: int | Identified | None = None,
        rating: Rating | None = None,
    ) -> CsatMetrics:
        """How many answers there are of each rating, and how many surveys were sent (contract 5.9)."""
        params = _filters(since, until, user_ids, inbox_id, team_id, rating)
        return (await self._ask("metrics", params=params)).read(CsatMetrics)


def _filters(
    since: Moment | None,
    until: Moment | None,
    user_ids: Sequence[int | Identified],
    inbox_id: int | Identified | None,
    team_id: int | Identified | None,
    rating: Rating | None,
) -> dict[str, Any]:
    """What both calls may be narrowed by.

    Raises:
        ValueError: one end of a period without the other, which the platform would ignore.
    """
    if (since is None) != (until is None):
        raise ValueError("a period of answers needs both since and until")
    return {
        "since": epoch(since) if since is not None else None,
        "until": epoch(until) if until is not None else None,
        "user_ids": [number_of(each) for each in user_ids],
        "inbox_id": number_of(inbox_id) if inbox_id is not None else None,
        "team_id": number_of(team_id) if team_id is not None else None,
        "rating": rating,
    }
