"""The server, the owner of the user token, and the account (contract 0.1 and 5.3)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal

from criabot.platform.answers.account import AccountDetails, AuditLog, AuditLogPage, Health, Profile, ServerInfo
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given, number_of
from criabot.platform.paging import each_row

__all__ = ["OwnAccount", "OwnProfile", "Server"]


class Server(Resource):
    """The server itself (contract 0.1)."""

    name = "server"

    async def info(self) -> ServerInfo:
        """The server's version and health; asked without a token (contract 0.1)."""
        found = (await self._ask("info")).read(ServerInfo)
        self._caller.learn(found.version)
        return found

    async def health(self) -> Health:
        """Whether the server answers at all; asked without a token, and not counted by its limits (contract 5.3)."""
        return (await self._ask("health")).read(Health)


class OwnProfile(Resource):
    """The owner of the user token (contract 5.3).

    A bot's token may do none of this: the platform answers 401 (contract 4.7). What comes back holds the owner's token
    and other secrets, which no ``repr`` shows.
    """

    name = "profile"

    async def get(self) -> Profile:
        """The owner of the user token; a bot's is refused (contract 4.7 and 5.3)."""
        return (await self._ask("get")).read(Profile)

    async def update(
        self,
        *,
        name: str | NotGiven = NOT_GIVEN,
        display_name: str | NotGiven | None = NOT_GIVEN,
        email: str | NotGiven = NOT_GIVEN,
        message_signature: str | NotGiven | None = NOT_GIVEN,
        phone_number: str | NotGiven | None = NOT_GIVEN,
        ui_settings: Mapping[str, Any] | NotGiven = NOT_GIVEN,
        current_password: str | NotGiven = NOT_GIVEN,
        password: str | NotGiven = NOT_GIVEN,
        password_confirmation: str | NotGiven = NOT_GIVEN,
    ) -> Profile:
        """Change what is given and leave the rest, and the profile as it then is (contract 5.3).

        Args:
            name: his full name.
            display_name: what contacts see instead of it; None clears it.
            email: where he signs in.
            message_signature: put below what he writes in the dashboard; None clears it.
            phone_number: his own; None clears it.
            ui_settings: the dashboard's, in its own words.
            current_password: needed to change the password.
            password: a new one.
            password_confirmation: the new one once more.
        """
        profile = given(
            name=name,
            display_name=display_name,
            email=email,
            message_signature=message_signature,
            phone_number=phone_number,
            ui_settings=ui_settings,
            current_password=current_password,
            password=password,
            password_confirmation=password_confirmation,
        )
        return (await self._ask("update", json={"profile": profile})).read(Profile)

    async def set_availability(
        self, availability: Literal["online", "busy", "offline"], *, account: int | Identified | None = None
    ) -> Profile:
        """Say whether he takes conversations, in one account (contract 5.3).

        Args:
            availability: what he chooses; without the dashboard open he is shown as ``offline`` all the same.
            account: the client's own when not given.
        """
        number = self._caller.account if account is None else number_of(account)
        profile = {"account_id": number, "availability": availability}
        return (await self._ask("set_availability", json={"profile": profile})).read(Profile)

    async def reset_access_token(self) -> Profile:
        """Have a new token made; ``access_token`` of what comes back is it (contract 5.3).

        The present one is void at once, for this client, too: make a new client with the new token.
        """
        return (await self._ask("reset_access_token")).read(Profile)


class OwnAccount(Resource):
    """The account of the client (contract 5.3); a bot's token may do none of this (contract 4.7)."""

    name = "account"

    async def get(self) -> AccountDetails:
        """The account with its settings and features (contract 5.3)."""
        return (await self._ask("get")).read(AccountDetails)

    async def update(
        self,
        *,
        name: str | NotGiven = NOT_GIVEN,
        locale: str | NotGiven = NOT_GIVEN,
        domain: str | NotGiven | None = NOT_GIVEN,
        support_email: str | NotGiven | None = NOT_GIVEN,
        auto_resolve_after: int | NotGiven | None = NOT_GIVEN,
        auto_resolve_message: str | NotGiven | None = NOT_GIVEN,
        auto_resolve_ignore_waiting: bool | NotGiven | None = NOT_GIVEN,
        auto_resolve_label: str | NotGiven | None = NOT_GIVEN,
        audio_transcriptions: bool | NotGiven | None = NOT_GIVEN,
        industry: str | NotGiven = NOT_GIVEN,
        company_size: str | NotGiven = NOT_GIVEN,
        timezone: str | NotGiven = NOT_GIVEN,
    ) -> AccountDetails:
        """Change what is given and leave the rest, and the account as it then is; administrators only (contract 5.3).

        Args:
            name: of the account.
            locale: such as ``pt_BR``; errors and activities of the platform are in it.
            domain: of its e-mail.
            support_email: the sender of its e-mail.
            auto_resolve_after: minutes without a message until a conversation is resolved, 10 to 1 439 856; None never.
            auto_resolve_message: said then; None nothing.
            auto_resolve_ignore_waiting: whether those that wait for an agent stay as they are.
            auto_resolve_label: set then; None none.
            audio_transcriptions: whether voice messages are written down.
            industry: of the company.
            company_size: such as ``11-50``.
            timezone: such as ``America/Recife``.

        Raises:
            Unprocessable: a value is out of its range.
        """
        body = given(
            name=name,
            locale=locale,
            domain=domain,
            support_email=support_email,
            auto_resolve_after=auto_resolve_after,
            auto_resolve_message=auto_resolve_message,
            auto_resolve_ignore_waiting=auto_resolve_ignore_waiting,
            auto_resolve_label=auto_resolve_label,
            audio_transcriptions=audio_transcriptions,
            industry=industry,
            company_size=company_size,
            timezone=timezone,
        )
        return (await self._ask("update", json=body)).read(AccountDetails)

    async def audit_logs(self, *, page: int | None = None) -> AuditLogPage:
        """A page of who changed what; administrators only (contract 5.3).

        Raises:
            NotFound: the server does not keep such a log, as the community edition does not.
        """
        return (await self._ask("audit_logs", params={"page": page})).read(AuditLogPage)

    async def each_audit_log(self) -> AsyncIterator[AuditLog]:
        """All that `audit_logs` has, page by page, none twice (contract 5.2)."""

        async def rows(page: int) -> list[AuditLog]:
            return (await self.audit_logs(page=page)).audit_logs

        async for log in each_row(rows):
            yield log
