"""The people of the account (contract 5.7)."""

from __future__ import annotations

import builtins
from typing import Literal

from criabot.platform.answers.agents import Agent
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given

__all__ = ["Agents"]


class Agents(Resource):
    """The people of the account, agents and administrators (contract 5.7)."""

    name = "agents"

    async def list(self) -> builtins.list[Agent]:
        """All of them (contract 5.7)."""
        return (await self._ask("list")).read(builtins.list[Agent])

    async def create(
        self,
        name: str,
        email: str,
        *,
        role: Literal["agent", "administrator"] = "agent",
        availability: Literal["online", "busy", "offline"] | NotGiven = NOT_GIVEN,
        auto_offline: bool | NotGiven = NOT_GIVEN,
    ) -> Agent:
        """Add somebody to the account; for administrators (contract 5.7).

        Args:
            name: the full name.
            email: to sign in with.
            role: an administrator sees and may do everything in the account.
            availability: as chosen; while somebody is away, the platform shows ``offline`` all the same.
            auto_offline: whether being away is shown as ``offline``.

        Raises:
            PaymentRequired: the account has as many agents as its plan allows.
            Unprocessable: the address is invalid, or belongs to somebody of the account.
        """
        body = {"name": name, "email": email, "role": role}
        body |= given(availability=availability, auto_offline=auto_offline)
        return (await self._ask("create", json=body)).read(Agent)

    async def update(
        self,
        agent: int | Identified,
        *,
        name: str | NotGiven = NOT_GIVEN,
        role: Literal["agent", "administrator"] | NotGiven = NOT_GIVEN,
        availability: Literal["online", "busy", "offline"] | NotGiven = NOT_GIVEN,
        auto_offline: bool | NotGiven = NOT_GIVEN,
    ) -> Agent:
        """Change what is given; for administrators; the e-mail address stays (contract 5.7).

        ``availability_status`` of the answer is what the platform shows: ``offline`` for who is away.
        """
        body = given(name=name, role=role, availability=availability, auto_offline=auto_offline)
        return (await self._ask("update", agent, json=body)).read(Agent)

    async def delete(self, agent: int | Identified) -> None:
        """Take somebody out of the account; for administrators (contract 5.7)."""
        await self._ask("delete", agent)
