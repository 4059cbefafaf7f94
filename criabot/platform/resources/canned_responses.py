"""Answers ready to use (contract 5.7)."""

from __future__ import annotations

import builtins

from criabot.platform.answers.definitions import CannedResponse
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given

__all__ = ["CannedResponses"]


class CannedResponses(Resource):
    """Answers ready to use, shared by all agents of the account (contract 5.7)."""

    name = "canned_responses"

    async def list(self, search: str | None = None) -> builtins.list[CannedResponse]:
        """All of them, or those with a text in their code or content (contract 5.7)."""
        return (await self._ask("list", params={"search": search})).read(builtins.list[CannedResponse])

    async def create(self, short_code: str, content: str) -> CannedResponse:
        """Keep an answer (contract 5.7).

        Args:
            short_code: what agents type to have it.
            content: may hold templates such as ``{{contact.name}}``, which the platform fills in.

        Raises:
            Unprocessable: the code is taken.
        """
        body = {"canned_response": {"short_code": short_code, "content": content}}
        return (await self._ask("create", json=body)).read(CannedResponse)

    async def update(
        self,
        response: int | Identified,
        *,
        short_code: str | NotGiven = NOT_GIVEN,
        content: str | NotGiven = NOT_GIVEN,
    ) -> CannedResponse:
        """Change what is given (contract 5.7)."""
        body = {"canned_response": given(short_code=short_code, content=content)}
        return (await self._ask("update", response, json=body)).read(CannedResponse)

    async def delete(self, response: int | Identified) -> None:
        """Delete an answer (contract 5.7)."""
        await self._ask("delete", response)
