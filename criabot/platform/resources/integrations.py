"""Integrations with other services (contract 5.8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from criabot.platform.answers.integrations import IntegrationApp, IntegrationHook
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given, number_given

__all__ = ["Integrations"]


class Integrations(Resource):
    """Integrations with other services, in the account or in one inbox (contract 5.8).

    Of these calls only `apps` was ever recorded; the others follow the platform's own description.
    """

    name = "integrations"

    async def apps(self) -> list[IntegrationApp]:
        """What the server can be connected with, and the hooks that do so (contract 5.8)."""
        return (await self._ask("apps")).read(list[IntegrationApp])

    async def create_hook(
        self,
        app_id: str,
        *,
        inbox_id: int | Identified | NotGiven = NOT_GIVEN,
        status: Literal[0, 1] | NotGiven = NOT_GIVEN,
        settings: Mapping[str, Any] | NotGiven = NOT_GIVEN,
    ) -> IntegrationHook:
        """Connect an integration; administrators only (the swagger only: contract 5.8 lists the apps).

        Args:
            app_id: the app's ``id``, such as ``dialogflow``.
            inbox_id: for an integration that works in an inbox.
            status: 1 on, 0 off.
            settings: what the app needs, such as another service's keys.
        """
        body = given(app_id=app_id, inbox_id=number_given(inbox_id), status=status, settings=settings)
        return (await self._ask("create_hook", json=body)).read(IntegrationHook)

    async def update_hook(
        self,
        hook: int | Identified,
        *,
        status: Literal[0, 1] | NotGiven = NOT_GIVEN,
        settings: Mapping[str, Any] | NotGiven = NOT_GIVEN,
    ) -> IntegrationHook:
        """Change an integration; administrators only (see contract 5.8).

        Args:
            hook: which.
            status: 1 on, 0 off.
            settings: all of them.
        """
        body = given(status=status, settings=settings)
        return (await self._ask("update_hook", hook, json=body)).read(IntegrationHook)

    async def delete_hook(self, hook: int | Identified) -> None:
        """Disconnect an integration; administrators only (see contract 5.8)."""
        await self._ask("delete_hook", hook)
