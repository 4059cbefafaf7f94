"""One call, or several, of each operation, by its name in the table: what it is tested with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from criabot.platform import ApplicationClient, ContactClient, PlatformClient

__all__ = ["CASES", "Call", "Case", "Clients"]


class Clients(NamedTuple):
    """The clients that a case may call, all of one server."""

    app: ApplicationClient
    contact: ContactClient
    platform: PlatformClient


Call = Callable[[Clients], Awaitable[Any]]


class Case(NamedTuple):
    """One call and what must be sent.

    Attributes:
        call: of a client's method.
        json: the body that is sent, None for none.
        query: what is asked for in the query, as the server reads it.
        places: what stands in the path, in its order, the account left out.
    """

    call: Call
    json: Any = None
    query: Mapping[str, str | list[str]] = {}
    places: Sequence[int | str] = ()


from tests.platform.cases import contacts, conversations, integrations, messages, people, reports  # noqa: E402 - they need what is above

CASES: dict[str, list[Case]] = {
    **conversations.CASES,
    **messages.CASES,
    **contacts.CASES,
    **people.CASES,
    **integrations.CASES,
    **reports.CASES,
}
