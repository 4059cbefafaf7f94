"""Agent bots (contract 4.2 and 5.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from criabot.platform.answers.integrations import AgentBot
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given

__all__ = ["AgentBots"]


class AgentBots(Resource):
    """The bots that inboxes can be given; to connect one, see ``inboxes.set_agent_bot`` (contract 4.2 and 5.8)."""

    name = "agent_bots"

    async def list(self) -> list[AgentBot]:
        """The account's bots and the system's, with their access tokens (contract 5.8).

        Secrets are only in what administrators read.
        """
        return (await self._ask("list")).read(list[AgentBot])

    async def show(self, agent_bot: int | Identified) -> AgentBot:
        """A bot (contract 5.8).

        Raises:
            NotFound: there is none with this id.
        """
        return (await self._ask("show", agent_bot)).read(AgentBot)

    async def create(
        self,
        name: str,
        *,
        description: str | NotGiven = NOT_GIVEN,
        outgoing_url: str | NotGiven = NOT_GIVEN,
        bot_type: Literal["webhook"] | NotGiven = NOT_GIVEN,
        bot_config: Mapping[str, Any] | NotGiven = NOT_GIVEN,
        avatar_url: str | NotGiven = NOT_GIVEN,
    ) -> AgentBot:
        """Create a bot; administrators only (contract 5.8).

        Args:
            name: what customers see.
            description: for people.
            outgoing_url: where its events go, at most 2048 characters. The platform checks nothing else of it.
            bot_type: there is only this one.
            bot_config: whatever is to be kept with it.
            avatar_url: of a JPEG or PNG picture.

        Raises:
            Unprocessable: the address is too long.
        """
        body = given(
            name=name,
            description=description,
            outgoing_url=outgoing_url,
            bot_type=bot_type,
            bot_config=bot_config,
            avatar_url=avatar_url,
        )
        return (await self._ask("create", json=body)).read(AgentBot)

    async def update(
        self,
        agent_bot: int | Identified,
        *,
        name: str | NotGiven = NOT_GIVEN,
        description: str | NotGiven | None = NOT_GIVEN,
        outgoing_url: str | NotGiven = NOT_GIVEN,
        bot_type: Literal["webhook"] | NotGiven = NOT_GIVEN,
        bot_config: Mapping[str, Any] | NotGiven = NOT_GIVEN,
        avatar_url: str | NotGiven = NOT_GIVEN,
    ) -> AgentBot:
        """Change a bot; what is not given stays. Administrators only (contract 5.8).

        Args:
            agent_bot: which.
            name: what customers see.
            description: None clears it.
            outgoing_url: an empty text stops the deliveries (contract 1.2).
            bot_type: as in `create`.
            bot_config: as in `create`.
            avatar_url: as in `create`.

        Raises:
            Unprocessable: the address is too long.
        """
        body = given(
            name=name,
            description=description,
            outgoing_url=outgoing_url,
            bot_type=bot_type,
            bot_config=bot_config,
            avatar_url=avatar_url,
        )
        return (await self._ask("update", agent_bot, json=body)).read(AgentBot)

    async def delete(self, agent_bot: int | Identified) -> None:
        """Delete a bot; administrators only (contract 5.8)."""
        await self._ask("delete", agent_bot)

    async def reset_access_token(self, agent_bot: int | Identified) -> AgentBot:
        """Give a bot another ``access_token``; the old one is refused from now on (contract 5.8)."""
        return (await self._ask("reset_access_token", agent_bot)).read(AgentBot)

    async def reset_secret(self, agent_bot: int | Identified) -> AgentBot:
        """Give a bot another ``secret`` to sign its deliveries with; from 4.13 on (contract 1.4 and 5.8)."""
        return (await self._ask("reset_secret", agent_bot)).read(AgentBot)
