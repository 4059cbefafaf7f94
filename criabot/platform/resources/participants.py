"""Who follows a conversation, and what is about to be written in it (contract 4.5)."""

from __future__ import annotations

import builtins
from collections.abc import Iterable

from criabot.platform.answers.agents import Agent
from criabot.platform.answers.conversations import Draft
from criabot.platform.calls import Identified, Resource, number_of
from criabot.platform.parts import JsonObject

__all__ = ["Drafts", "Participants"]


class Participants(Resource):
    """Who follows a conversation; needs a user token (contract 4.5)."""

    name = "participants"

    async def list(self, conversation: int | Identified) -> builtins.list[Agent]:
        """The agents who follow a conversation (contract 5.4)."""
        return (await self._ask("list", conversation)).read(builtins.list[Agent])

    async def add(self, conversation: int | Identified, agents: Iterable[int | Identified]) -> builtins.list[Agent]:
        """Let more agents follow a conversation, and who was added (contract 5.4)."""
        return (await self._ask("add", conversation, json=_people(agents))).read(builtins.list[Agent])

    async def set(self, conversation: int | Identified, agents: Iterable[int | Identified]) -> builtins.list[Agent]:
        """Replace *all* agents who follow a conversation, and who now does (contract 5.4)."""
        return (await self._ask("set", conversation, json=_people(agents))).read(builtins.list[Agent])

    async def remove(self, conversation: int | Identified, agents: Iterable[int | Identified]) -> None:
        """Let agents follow a conversation no longer (contract 5.4)."""
        await self._ask("remove", conversation, json=_people(agents))


def _people(agents: Iterable[int | Identified]) -> JsonObject:
    return {"user_ids": [number_of(agent) for agent in agents]}


class Drafts(Resource):
    """What agents have begun to write; one for each conversation; needs a user token (contract 4.5)."""

    name = "drafts"

    async def get(self, conversation: int | Identified) -> Draft:
        """The draft of a conversation, or that there is none (contract 5.4)."""
        return (await self._ask("get", conversation)).read(Draft)

    async def set(self, conversation: int | Identified, message: str) -> None:
        """Replace the draft of a conversation (contract 5.4)."""
        await self._ask("set", conversation, json={"draft_message": {"message": message}})

    async def delete(self, conversation: int | Identified) -> None:
        """Drop the draft of a conversation (contract 5.4)."""
        await self._ask("delete", conversation)
