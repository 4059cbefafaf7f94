"""Account webhooks (contract 1.2 and 5.8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from criabot.platform.answers.integrations import Webhook
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given, number_given
from criabot.platform.parts import JsonObject

__all__ = ["WebhookEvent", "Webhooks"]

WebhookEvent: TypeAlias = Literal[
    "message_created",
    "message_updated",
    "conversation_created",
    "conversation_updated",
    "conversation_status_changed",
    "conversation_typing_on",
    "conversation_typing_off",
    "contact_created",
    "contact_updated",
    "inbox_created",
    "inbox_updated",
    "webwidget_triggered",
]
"""What an account webhook can subscribe to (contract 1.2).

Typing needs a server from 4.3 on; inbox events also the server's own ``ENABLE_INBOX_EVENTS``.
"""


class Webhooks(Resource):
    """Account webhooks: what the platform tells to an address of yours (contract 1.2 and 5.8). For administrators."""

    name = "webhooks"

    async def list(self) -> list[Webhook]:
        """All webhooks of the account, with the secrets that sign their deliveries (contract 1.4 and 5.8)."""
        return (await self._ask("list")).read(list[Webhook])

    async def create(
        self,
        url: str,
        subscriptions: Iterable[WebhookEvent] | NotGiven = NOT_GIVEN,
        *,
        name: str | NotGiven = NOT_GIVEN,
        inbox_id: int | Identified | NotGiven = NOT_GIVEN,
    ) -> Webhook:
        """Create a webhook; its ``secret`` is made by the server and never changes (contract 5.8).

        Args:
            url: http or https, once in an account.
            subscriptions: at least one event; all but typing and inbox events when not given.
            name: for people; kept by servers from 4.8 on.
            inbox_id: kept, but the deliveries are those of all inboxes nevertheless (contract 1.2).

        Raises:
            Unprocessable: the address is taken or none, or an event is unknown.
        """
        body = _webhook(url=url, subscriptions=subscriptions, name=name, inbox_id=inbox_id)
        return (await self._ask("create", json=body)).read(Webhook)

    async def update(
        self,
        webhook: int | Identified,
        *,
        url: str | NotGiven = NOT_GIVEN,
        subscriptions: Iterable[WebhookEvent] | NotGiven = NOT_GIVEN,
        name: str | NotGiven | None = NOT_GIVEN,
        inbox_id: int | Identified | NotGiven | None = NOT_GIVEN,
    ) -> Webhook:
        """Change a webhook; what is not given stays, and so does the secret (contract 5.8).

        Args:
            webhook: which.
            url: http or https, once in an account.
            subscriptions: all events, not only new ones.
            name: None clears it.
            inbox_id: as in `create`.

        Raises:
            Unprocessable: as in `create`.
        """
        body = _webhook(url=url, subscriptions=subscriptions, name=name, inbox_id=inbox_id)
        return (await self._ask("update", webhook, json=body)).read(Webhook)

    async def delete(self, webhook: int | Identified) -> None:
        """Delete a webhook (contract 5.8); the only way to another secret is to create it anew (contract 1.4).

        Raises:
            NotFound: there is none, perhaps no longer.
        """
        await self._ask("delete", webhook)


def _webhook(
    url: str | NotGiven,
    subscriptions: Iterable[WebhookEvent] | NotGiven,
    name: str | NotGiven | None,
    inbox_id: int | Identified | NotGiven | None,
) -> JsonObject:
    events = subscriptions if isinstance(subscriptions, NotGiven) else [*subscriptions]
    return {"webhook": given(url=url, subscriptions=events, name=name, inbox_id=number_given(inbox_id))}
