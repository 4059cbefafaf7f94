"""Lists that come in pages (contract 5.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

from criabot.platform.calls import Identified

__all__ = ["each_row"]

Row = TypeVar("Row", bound=Identified)


async def each_row(page: Callable[[int], Awaitable[Sequence[Row]]]) -> AsyncIterator[Row]:
    """Every row of all pages, from page 1 to the first empty one; none twice, though rows move between pages.

    A row that moves to a page that was read already, because those before it went away, is not seen.
    """
    number, seen = 1, set[int | None]()
    while rows := await page(number):
        for row in rows:
            if row.id not in seen:
                seen.add(row.id)
                yield row
        number += 1
