"""Notes about contacts (contract 5.6)."""

from __future__ import annotations

import builtins

from criabot.platform.answers.contacts import Note
from criabot.platform.calls import Identified, Resource

__all__ = ["Notes"]


class Notes(Resource):
    """Notes about contacts, which only the team sees (contract 5.6).

    A bot's token may do none of this: the platform answers 401 (contract 4.7). No webhook tells of
    a note (contract 1.9).
    """

    name = "notes"

    async def list(self, contact: int | Identified) -> list[Note]:
        """All notes about a contact, the newest first (contract 5.6)."""
        return (await self._ask("list", contact)).read(builtins.list[Note])

    async def create(self, contact: int | Identified, content: str) -> Note:
        """Note something about a contact, in Markdown (contract 5.6).

        Raises:
            Unprocessable: the content is empty.
        """
        return (await self._ask("create", contact, json={"note": {"content": content}})).read(Note)

    async def show(self, contact: int | Identified, note: int | Identified) -> Note:
        """One note (contract 5.6)."""
        return (await self._ask("show", contact, note)).read(Note)

    async def update(self, contact: int | Identified, note: int | Identified, content: str) -> Note:
        """Write a note anew (contract 5.6).

        Raises:
            Unprocessable: the content is empty.
        """
        return (await self._ask("update", contact, note, json={"note": {"content": content}})).read(Note)

    async def delete(self, contact: int | Identified, note: int | Identified) -> None:
        """Delete a note (contract 5.6)."""
        await self._ask("delete", contact, note)
