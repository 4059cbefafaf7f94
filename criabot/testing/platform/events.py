"""Events: who hears of a change, and when its payload is built (contract 1.1, 1.2, 1.7).

The agent bot's payload is built in the very moment of the change. The account's and the API inbox's is built when the
background worker gets to it, from what the record says then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeAlias

from criabot.testing.platform.delivery import Deliveries, Sender
from criabot.testing.platform.jobs import Jobs
from criabot.testing.platform.payloads import (
    account_data,
    changes_data,
    contact_data,
    conversation_data,
    inbox_data,
    message_data,
    sender_data,
)
from criabot.testing.platform.world import (
    ACTIVITY,
    AgentBot,
    Contact,
    ContactInbox,
    Conversation,
    Inbox,
    Json,
    Message,
    Principal,
    World,
)

__all__ = ["ALL_EVENTS", "Changes", "Events", "Listener"]

Changes: TypeAlias = dict[str, tuple[Any, Any]]
Listener: TypeAlias = Callable[[str, Any, Changes], None]

ALL_EVENTS = (
    "conversation_status_changed",
    "conversation_updated",
    "conversation_created",
    "contact_created",
    "contact_updated",
    "message_created",
    "message_updated",
    "webwidget_triggered",
    "inbox_created",
    "inbox_updated",
    "conversation_typing_on",
    "conversation_typing_off",
)


class Events:
    """Tells the senders what happened.

    Attributes:
        listeners: told first, in process: automation rules, the live socket.
        inbox_events: the server's ``ENABLE_INBOX_EVENTS``.
    """

    def __init__(self, world: World, jobs: Jobs, deliveries: Deliveries) -> None:
        self._world = world
        self._jobs = jobs
        self._deliveries = deliveries
        self.listeners: list[Listener] = []
        self.inbox_events = False

    # -- what happened ------------------------------------------------------------------------------------------

    def message(self, event: str, message: Message, changes: Changes | None = None) -> None:
        """``message_created`` or ``message_updated``; activities have no webhook."""
        self._tell(event, message, changes or {})
        if message.message_type == ACTIVITY:
            return
        build = partial(message_data, self._world, message)
        self._to_bots(event, message.conversation, build)
        self._to_account(event, build)
        self._to_inbox(event, message.conversation.inbox, build)

    def conversation(self, event: str, conversation: Conversation, changes: Changes | None = None) -> None:
        """Any ``conversation_…`` event but typing."""
        self._tell(event, conversation, changes or {})
        extra: Json = {}
        if event == "conversation_updated":
            extra = {"changed_attributes": changes_data(changes or {})}
        elif event == "conversation_status_changed":
            extra = {"changed_attributes": None}
        build = partial(_with, partial(conversation_data, self._world, conversation), extra)
        if event in ("conversation_opened", "conversation_resolved"):
            self._to_bots(event, conversation, build)
            return
        if event != "conversation_created" and self._world.since("4.13.0"):
            self._to_bots(event, conversation, build)
        self._to_account(event, build)
        self._to_inbox(event, conversation.inbox, build)

    def typing(self, conversation: Conversation, who: Principal | Contact, *, on: bool, private: bool) -> None:
        """Somebody begins or ends typing; bots never hear of it (contract 2.8)."""
        event = f"conversation_typing_{'on' if on else 'off'}"
        self._tell(event, conversation, {"user": (None, who), "is_private": (None, private)})

        def build() -> Json:
            return {
                "user": sender_data(self._world, who),
                "conversation": conversation_data(self._world, conversation),
                "is_private": private,
            }

        self._to_account(event, build)
        self._to_inbox(event, conversation.inbox, build)

    def contact(self, event: str, contact: Contact, changes: Changes | None = None) -> None:
        """``contact_created`` or ``contact_updated`` (contract 2.9)."""
        self._tell(event, contact, changes or {})
        extra = {"changed_attributes": changes_data(changes or {})} if event == "contact_updated" else {}
        self._to_account(event, partial(_with, partial(contact_data, self._world, contact), extra))

    def widget_opened(self, row: ContactInbox, conversation: Conversation | None, info: Json) -> None:
        """``webwidget_triggered`` (contract 2.11)."""

        def build() -> Json:
            return {
                "id": row.id,
                "contact": contact_data(self._world, row.contact),
                "inbox": inbox_data(row.inbox),
                "account": account_data(self._world),
                "current_conversation": conversation_data(self._world, conversation) if conversation else None,
                "source_id": row.source_id,
                "event_info": info,
            }

        if row.inbox.bot is not None:
            self._to_bot("webwidget_triggered", row.inbox.bot, build())
        self._to_account("webwidget_triggered", build)

    def inbox(self, event: str, build: Callable[[], Json]) -> None:
        """``inbox_created`` or ``inbox_updated``, if the server sends them (contract 2.10)."""
        if self.inbox_events:
            self._to_account(event, build)

    # -- who hears of it ----------------------------------------------------------------------------------------

    def _tell(self, event: str, subject: object, changes: Changes) -> None:
        for listener in self.listeners:
            listener(event, subject, changes)

    def _to_bots(self, event: str, conversation: Conversation, build: Callable[[], Json]) -> None:
        for bot in self._bots(conversation):
            self._to_bot(event, bot, build())

    def _bots(self, conversation: Conversation) -> Iterable[AgentBot]:
        bots = [conversation.assignee_bot if self._world.since("4.8.0") else None, conversation.inbox.bot]
        return dict.fromkeys(bot for bot in bots if bot is not None)

    def _to_bot(self, event: str, bot: AgentBot, payload: Json) -> None:
        if bot.outgoing_url:
            self._send(Sender("agent_bot", bot.outgoing_url, bot.secret), event, payload)

    def _to_account(self, event: str, build: Callable[[], Json]) -> None:
        for webhook in self._world.webhooks.values():
            if event in webhook.subscriptions:
                self._later(Sender("account", webhook.url, webhook.secret), event, build)

    def _to_inbox(self, event: str, inbox: Inbox, build: Callable[[], Json]) -> None:
        url = inbox.channel.get("webhook_url")
        if inbox.channel_type == "Channel::Api" and url:
            self._later(Sender("api_inbox", url, inbox.channel.get("secret")), event, build)

    def _later(self, sender: Sender, event: str, build: Callable[[], Json]) -> None:
        async def job() -> None:
            self._send(sender, event, build())

        self._jobs.soon(job)

    def _send(self, sender: Sender, event: str, payload: Json) -> None:
        self._deliveries.send(sender, event, {**payload, "event": event})


def _with(build: Callable[[], Json], extra: Json) -> Json:
    return {**build(), **extra}
