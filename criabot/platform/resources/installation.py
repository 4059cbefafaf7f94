"""The Platform API: accounts, users and bots of the whole installation (contract 4.7).

It takes the token of a platform app, which does for nothing else. Nothing of it was ever recorded: the calls follow the
platform's own description.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from criabot.platform.answers.account import Profile
from criabot.platform.answers.installation import AccountUser, PlatformAccount
from criabot.platform.answers.integrations import AgentBot
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given, number_given, number_of

__all__ = ["AccountUsers", "PlatformAccounts", "PlatformAgentBots", "Users"]


class PlatformAccounts(Resource):
    """The accounts of the installation (contract 4.7)."""

    name = "platform_accounts"

    async def create(
        self,
        name: str,
        *,
        locale: str | NotGiven = NOT_GIVEN,
        domain: str | NotGiven = NOT_GIVEN,
        support_email: str | NotGiven = NOT_GIVEN,
        status: Literal["active", "suspended"] | NotGiven = NOT_GIVEN,
        limits: Mapping[str, Any] | NotGiven = NOT_GIVEN,
        custom_attributes: Mapping[str, Any] | NotGiven = NOT_GIVEN,
    ) -> PlatformAccount:
        """Create an account (contract 4.7).

        Args:
            name: of the account.
            locale: such as ``pt_BR``.
            domain: of the account.
            support_email: of the account.
            status: tokens of a suspended account are refused (contract 5.1).
            limits: of the account.
            custom_attributes: whatever is to be kept with it.
        """
        body = given(
            name=name,
            locale=locale,
            domain=domain,
            support_email=support_email,
            status=status,
            limits=limits,
            custom_attributes=custom_attributes,
        )
        return (await self._ask("create", json=body)).read(PlatformAccount)

    async def show(self, account: int | Identified) -> PlatformAccount:
        """An account (contract 4.7)."""
        return (await self._ask("show", account)).read(PlatformAccount)

    async def update(
        self,
        account: int | Identified,
        *,
        name: str | NotGiven = NOT_GIVEN,
        locale: str | NotGiven = NOT_GIVEN,
        domain: str | NotGiven | None = NOT_GIVEN,
        support_email: str | NotGiven | None = NOT_GIVEN,
        status: Literal["active", "suspended"] | NotGiven = NOT_GIVEN,
        limits: Mapping[str, Any] | NotGiven = NOT_GIVEN,
        custom_attributes: Mapping[str, Any] | NotGiven = NOT_GIVEN,
    ) -> PlatformAccount:
        """Change an account; what is not given stays (contract 4.7). For the arguments see `create`."""
        body = given(
            name=name,
            locale=locale,
            domain=domain,
            support_email=support_email,
            status=status,
            limits=limits,
            custom_attributes=custom_attributes,
        )
        return (await self._ask("update", account, json=body)).read(PlatformAccount)

    async def delete(self, account: int | Identified) -> None:
        """Delete an account (contract 4.7)."""
        await self._ask("delete", account)


class AccountUsers(Resource):
    """Who belongs to an account (contract 4.7)."""

    name = "account_users"

    async def list(self, account: int | Identified) -> list[AccountUser]:
        """The users of an account, with their roles (contract 4.7)."""
        return (await self._ask("list", account)).read(list[AccountUser])

    async def add(
        self, account: int | Identified, user_id: int | Identified, role: Literal["agent", "administrator"]
    ) -> AccountUser:
        """Make a user agent or administrator of an account (contract 4.7)."""
        body = {"user_id": number_of(user_id), "role": role}
        return (await self._ask("add", account, json=body)).read(AccountUser)

    async def remove(self, account: int | Identified, user_id: int | Identified) -> None:
        """Take a user out of an account (contract 4.7).

        That the user is named in the body, as in `add`, is not in the platform's own description, which names nobody.
        """
        await self._ask("remove", account, json={"user_id": number_of(user_id)})


class PlatformAgentBots(Resource):
    """The bots of the installation (contract 4.2 and 4.7)."""

    name = "platform_agent_bots"

    async def list(self) -> list[AgentBot]:
        """All bots (contract 4.7)."""
        return (await self._ask("list")).read(list[AgentBot])

    async def create(
        self,
        name: str,
        *,
        description: str | NotGiven = NOT_GIVEN,
        outgoing_url: str | NotGiven = NOT_GIVEN,
        account_id: int | Identified | NotGiven = NOT_GIVEN,
        avatar_url: str | NotGiven = NOT_GIVEN,
    ) -> AgentBot:
        """Create a bot (contract 4.7).

        Args:
            name: what customers see.
            description: for people.
            outgoing_url: where its events go.
            account_id: whose it is; without one it is a system bot, which all accounts see (contract 4.2).
            avatar_url: of a JPEG or PNG picture.
        """
        body = given(
            name=name,
            description=description,
            outgoing_url=outgoing_url,
            account_id=number_given(account_id),
            avatar_url=avatar_url,
        )
        return (await self._ask("create", json=body)).read(AgentBot)

    async def show(self, agent_bot: int | Identified) -> AgentBot:
        """A bot (contract 4.7)."""
        return (await self._ask("show", agent_bot)).read(AgentBot)

    async def update(
        self,
        agent_bot: int | Identified,
        *,
        name: str | NotGiven = NOT_GIVEN,
        description: str | NotGiven | None = NOT_GIVEN,
        outgoing_url: str | NotGiven = NOT_GIVEN,
        account_id: int | Identified | NotGiven | None = NOT_GIVEN,
        avatar_url: str | NotGiven = NOT_GIVEN,
    ) -> AgentBot:
        """Change a bot; what is not given stays (contract 4.7). For the arguments see `create`."""
        body = given(
            name=name,
            description=description,
            outgoing_url=outgoing_url,
            account_id=number_given(account_id),
            avatar_url=avatar_url,
        )
        return (await self._ask("update", agent_bot, json=body)).read(AgentBot)

    async def delete(self, agent_bot: int | Identified) -> None:
        """Delete a bot (contract 4.7)."""
        await self._ask("delete", agent_bot)


class Users(Resource):
    """The users of the installation, whatever accounts they belong to (contract 4.7)."""

    name = "users"

    async def create(
        self,
        name: str,
        email: str,
        *,
        password: str | NotGiven = NOT_GIVEN,
        display_name: str | NotGiven = NOT_GIVEN,
        custom_attributes: Mapping[str, Any] | NotGiven = NOT_GIVEN,
    ) -> Profile:
        """Create a user (contract 4.7); he belongs to no account until `AccountUsers.add`.

        Args:
            name: of the person.
            email: to log in with.
            password: with upper and lower case, a digit and a special character.
            display_name: what customers see.
            custom_attributes: whatever is to be kept with him.

        Returns:
            The user, with his own ``access_token``.
        """
        body = given(
            name=name, email=email, password=password, display_name=display_name, custom_attributes=custom_attributes
        )
        return (await self._ask("create", json=body)).read(Profile)

    async def show(self, user: int | Identified) -> Profile:
        """A user, with his own ``access_token`` (contract 4.7)."""
        return (await self._ask("show", user)).read(Profile)

    async def update(
        self,
        user: int | Identified,
        *,
        name: str | NotGiven = NOT_GIVEN,
        email: str | NotGiven = NOT_GIVEN,
        password: str | NotGiven = NOT_GIVEN,
        display_name: str | NotGiven | None = NOT_GIVEN,
        custom_attributes: Mapping[str, Any] | NotGiven = NOT_GIVEN,
    ) -> Profile:
        """Change a user; what is not given stays (contract 4.7). For the arguments see `create`."""
        body = given(
            name=name, email=email, password=password, display_name=display_name, custom_attributes=custom_attributes
        )
        return (await self._ask("update", user, json=body)).read(Profile)

    async def delete(self, user: int | Identified) -> None:
        """Delete a user (contract 4.7)."""
        await self._ask("delete", user)

    async def login_url(self, user: int | Identified) -> str:
        """An address that logs in whoever opens it as this user: a secret (contract 4.7)."""
        return (await self._ask("login_url", user)).read(str)
