"""The labels of the account (contract 5.7)."""

from __future__ import annotations

import builtins

from criabot.platform.answers.definitions import Label
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given

__all__ = ["Labels"]


class Labels(Resource):
    """The labels of the account; what a conversation has of them is `Conversations.labels` (contract 4.5 and 5.7)."""

    name = "labels"

    async def list(self) -> builtins.list[Label]:
        """All labels, by title (contract 5.7)."""
        return (await self._ask("list")).read(builtins.list[Label])

    async def show(self, label: int | Identified) -> Label:
        """One label (contract 5.7)."""
        return (await self._ask("show", label)).read(Label)

    async def create(
        self,
        title: str,
        *,
        description: str | NotGiven | None = NOT_GIVEN,
        color: str | NotGiven = NOT_GIVEN,
        show_on_sidebar: bool | NotGiven = NOT_GIVEN,
    ) -> Label:
        """Make a label; for administrators (contract 5.7).

        Args:
            title: without blanks.
            description: for people.
            color: such as ``#1f93ff``, which it has when none is given.
            show_on_sidebar: whether agents have it beside the list of conversations.

        Raises:
            Unprocessable: the title has blanks, or is taken.
        """
        body = {"title": title} | given(description=description, color=color, show_on_sidebar=show_on_sidebar)
        return (await self._ask("create", json=body)).read(Label)

    async def update(
        self,
        label: int | Identified,
        *,
        title: str | NotGiven = NOT_GIVEN,
        description: str | NotGiven | None = NOT_GIVEN,
        color: str | NotGiven = NOT_GIVEN,
        show_on_sidebar: bool | NotGiven = NOT_GIVEN,
    ) -> Label:
        """Change what is given, as in `create`; for administrators (contract 5.7)."""
        body = given(title=title, description=description, color=color, show_on_sidebar=show_on_sidebar)
        return (await self._ask("update", label, json=body)).read(Label)

    async def delete(self, label: int | Identified) -> None:
        """Delete a label; for administrators (contract 5.7)."""
        await self._ask("delete", label)
