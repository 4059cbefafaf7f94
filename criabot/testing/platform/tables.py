"""Rows that are only kept, listed and edited: canned responses, rules, articles and the like."""

from __future__ import annotations

from typing import Any

from criabot.testing.platform.casts import text, truth
from criabot.testing.platform.core import Core
from criabot.testing.platform.http import Call, not_found
from criabot.testing.platform.validation import Invalid
from criabot.testing.platform.world import Json, World

__all__ = ["Table", "refuse", "texts", "truths", "wrapped"]

BLANK = "can't be blank"


class Table:
    """One kind of rows of the world; times are epoch seconds.

    Args:
        kind: the name of its ids, such as ``canned_response``.
        required: columns that must not be blank.
        unique: columns of which no two rows have the same values; the first of them is blamed.
    """

    def __init__(self, kind: str, *, required: tuple[str, ...] = (), unique: tuple[str, ...] = ()) -> None:
        self.kind = kind
        self._required = required
        self._unique = unique

    def rows(self, world: World) -> list[Json]:
        """All rows, oldest first."""
        return list(world.rows[self.kind].values())

    def row(self, call: Call, name: str = "id") -> Json:
        """The row whose id is in the path.

        Raises:
            Refused: 404, there is none.
        """
        found = call.world.rows[self.kind].get(call.number(name))
        if found is None:
            raise not_found()
        return found

    def insert(self, core: Core, **columns: Any) -> Json:
        """Store a new row.

        Raises:
            Refused: 422, a column is blank or taken.
        """
        self._check(core.world, columns, None)
        row = {"id": core.world.new_id(self.kind), **columns, "created_at": core.now, "updated_at": core.now}
        core.world.rows[self.kind][row["id"]] = row
        return row

    def update(self, core: Core, row: Json, **columns: Any) -> Json:
        """Change a row.

        Raises:
            Refused: 422, a column is blank or taken.
        """
        self._check(core.world, {**row, **columns}, row["id"])
        if any(row.get(key) != value for key, value in columns.items()):
            row.update(columns, updated_at=core.now)
        return row

    def delete(self, world: World, row: Json) -> None:
        """Remove a row."""
        del world.rows[self.kind][row["id"]]

    def _check(self, world: World, columns: Json, number: int | None) -> None:
        problems = [(key, BLANK) for key in self._required if columns.get(key) in (None, "")]
        others = (row for row in self.rows(world) if row["id"] != number)
        if self._unique and any(all(row[key] == columns[key] for key in self._unique) for row in others):
            problems.append((self._unique[0], "has already been taken"))
        refuse(problems)


def refuse(problems: list[tuple[str, str]]) -> None:
    """Answer 422 if there are problems, each an attribute and what is wrong with it.

    Raises:
        Invalid: there are.
    """
    if problems:
        raise Invalid(problems)


def wrapped(call: Call, name: str) -> Json:
    """The object of that name in the body; Rails takes the body itself where the name is missing."""
    value = call.body.get(name)
    return value if isinstance(value, dict) else call.body


def texts(values: Json, *names: str) -> Json:
    """Those of the text columns that were sent."""
    return {key: text(values[key]) for key in names if key in values and not isinstance(values[key], list | dict)}


def truths(values: Json, *names: str) -> Json:
    """Those of the boolean columns that were sent."""
    return {key: truth(values[key]) for key in names if key in values}
