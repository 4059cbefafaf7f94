"""Teams and their agents (contract 5.7)."""

from __future__ import annotations

import builtins
from collections.abc import Iterable

from criabot.platform.answers.agents import Agent
from criabot.platform.answers.teams import TeamDetails
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given, number_of
from criabot.platform.parts import JsonObject

__all__ = ["TeamMembers", "Teams"]


class Teams(Resource):
    """Teams, to which conversations are assigned (contract 4.4 and 5.7)."""

    name = "teams"

    async def list(self) -> builtins.list[TeamDetails]:
        """All teams of the account (contract 5.7)."""
        return (await self._ask("list")).read(builtins.list[TeamDetails])

    async def show(self, team: int | Identified) -> TeamDetails:
        """One team (contract 5.7)."""
        return (await self._ask("show", team)).read(TeamDetails)

    async def create(
        self,
        name: str,
        *,
        description: str | NotGiven | None = NOT_GIVEN,
        allow_auto_assign: bool | NotGiven = NOT_GIVEN,
    ) -> TeamDetails:
        """Make a team; for administrators (contract 5.7).

        Args:
            name: is kept in lower case.
            description: for people.
            allow_auto_assign: whether its conversations are given to its members by the platform.

        Raises:
            Unprocessable: the name is taken.
        """
        body = {"name": name} | given(description=description, allow_auto_assign=allow_auto_assign)
        return (await self._ask("create", json=body)).read(TeamDetails)

    async def update(
        self,
        team: int | Identified,
        *,
        name: str | NotGiven = NOT_GIVEN,
        description: str | NotGiven | None = NOT_GIVEN,
        allow_auto_assign: bool | NotGiven = NOT_GIVEN,
    ) -> TeamDetails:
        """Change what is given, as in `create`; for administrators (contract 5.7)."""
        body = given(name=name, description=description, allow_auto_assign=allow_auto_assign)
        return (await self._ask("update", team, json=body)).read(TeamDetails)

    async def delete(self, team: int | Identified) -> None:
        """Delete a team; for administrators (contract 5.7)."""
        await self._ask("delete", team)


class TeamMembers(Resource):
    """The agents of teams (contract 5.7)."""

    name = "team_members"

    async def list(self, team: int | Identified) -> builtins.list[Agent]:
        """The agents of a team (contract 5.7)."""
        return (await self._ask("list", team)).read(builtins.list[Agent])

    async def add(self, team: int | Identified, agents: Iterable[int | Identified]) -> builtins.list[Agent]:
        """Add agents; for administrators (contract 5.7).

        Raises:
            Unprocessable: one of them is unknown.
        """
        return (await self._ask("add", team, json=_members(agents))).read(builtins.list[Agent])

    async def set(self, team: int | Identified, agents: Iterable[int | Identified]) -> builtins.list[Agent]:
        """Replace *all* agents, and the agents the team then has; for administrators (contract 5.7).

        Raises:
            Unprocessable: one of them is unknown.
        """
        return (await self._ask("set", team, json=_members(agents))).read(builtins.list[Agent])

    async def remove(self, team: int | Identified, agents: Iterable[int | Identified]) -> None:
        """Take agents off a team; for administrators (contract 5.7)."""
        await self._ask("remove", team, json=_members(agents))


def _members(agents: Iterable[int | Identified]) -> JsonObject:
    return {"user_ids": [number_of(agent) for agent in agents]}
