"""Events: who hears of a change, and when its payload is built (contract 1.1, 1.2, 1.7).

The agent bot's payload is built in the very moment of the change. The account's and the API inbox's is built when the
background worker gets to it, from what the record says then: usually a moment later, when the same request has gone on
to its next change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import Context
from functools import cache, partial
from typing import Any, TypeAlias

from criabot.testing.platform.attachments import in_worker
from criabot.testing.platform.csat import ListenerFailed, keep_answer
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

__all__ = ["ALL_EVENTS", "TYPING_EVENTS", "Changes", "Events", "Listener"]

Changes: TypeAlias = dict[str, tuple[Any, Any]]
Listener: TypeAlias = Callable[[str, Any, Changes], None]

LISTENER_DELAYS = (0.0, 20.0, 26.0, 46.0)  # seconds: Sidekiq's pauses with the middle of their jitter

TYPING_EVENTS = ("conversation_typing_on", "conversation_typing_off")
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
    *TYPING_EVENTS,
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
        self._unbuilt: list[Callable[[], Json]] = []
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
        webhooks = partial(self._to_webhooks, event, message.conversation.inbox, build)
        if event == "message_updated" and message.content_type == "input_csat":
            self._after_survey(message, webhooks)
        else:
            webhooks()

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
        self._to_webhooks(event, conversation.inbox, build)

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

        if self._world.since("4.3.0"):
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
        if self.inbox_events and self._world.since("4.6.0"):  # 4.5.0 was seen to send none
            self._to_account(event, build)

    def live(self, event: str, subject: Contact | Conversation | Message) -> None:
        """What no webhook tells of, only the live socket, such as ``conversation_read``."""
        for listener in self.listeners:
            listener(event, subject, {})

    def soon(self, build: Callable[[], Json]) -> Callable[[], Json]:
        """A payload as the background worker builds it: from what the record says a moment from now."""
        body = cache(partial(_as_worker, build))
        if not self._jobs.is_stopped:
            self._unbuilt.append(body)
        return body

    def rule(self, event: str, url: str, conversation: Conversation) -> None:
        """What an automation rule or macro sends to an address of its own, unsigned (contract 1.1)."""
        self._send(Sender("rule", url, None), event, conversation_data(self._world, conversation))

    def has_bot(self, conversation: Conversation) -> bool:
        """Whether a bot hears of the conversation."""
        return any(bot.outgoing_url for bot in self._bots(conversation))

    # -- who hears of it ----------------------------------------------------------------------------------------

    def _tell(self, event: str, subject: object, changes: Changes) -> None:
        if not (isinstance(subject, Message) and subject.message_type == ACTIVITY):
            self._catch_up()
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

    def _after_survey(self, message: Message, webhooks: Callable[[], None], tries: int = 0) -> None:
        """The survey's listener runs first: while it fails, the webhooks wait for the job's retries (contract 1.9)."""

        async def job() -> None:
            try:
                keep_answer(self._world, message)
            except ListenerFailed:
                if tries + 1 < len(LISTENER_DELAYS):
                    self._after_survey(message, webhooks, tries + 1)
            else:
                webhooks()

        self._jobs.later(LISTENER_DELAYS[tries], job)

    def _to_webhooks(self, event: str, inbox: Inbox, build: Callable[[], Json]) -> None:
        self._to_account(event, build)
        self._to_inbox(event, inbox, build)

    def _to_account(self, event: str, build: Callable[[], Json]) -> None:
        for webhook in self._world.webhooks.values():
            if event in webhook.subscriptions:
                self._later(Sender("account", webhook.url, webhook.secret), event, build)

    def _to_inbox(self, event: str, inbox: Inbox, build: Callable[[], Json]) -> None:
        url = inbox.channel.get("webhook_url")
        if inbox.channel_type == "Channel::Api" and url:
            self._later(Sender("api_inbox", url, inbox.channel.get("secret")), event, build)

    def _later(self, sender: Sender, event: str, build: Callable[[], Json]) -> None:
        body = self.soon(build)

        async def job() -> None:
            self._send(sender, event, body())

        self._jobs.soon(job)

    def _catch_up(self) -> None:
        """The worker gets to an event while the request that made it is about the next one: not later."""
        for body in self._unbuilt:
            Context().run(body)
        self._unbuilt.clear()

    def _send(self, sender: Sender, event: str, payload: Json) -> None:
        self._deliveries.send(sender, event, {**payload, "event": event})


def _as_worker(build: Callable[[], Json]) -> Json:
    before = in_worker.set(True)
    try:
        return build()
    finally:
        in_worker.reset(before)


def _with(build: Callable[[], Json], extra: Json) -> Json:
    return {**build(), **extra}
