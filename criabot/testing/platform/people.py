"""The people of a test: customers who write, agents who answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from criabot.testing.platform import assignment
from criabot.testing.platform.channels.handset import Handset, identity
from criabot.testing.platform.channels.registry import has_provider
from criabot.testing.platform.contacts import create_in_inbox
from criabot.testing.platform.conversations import create_conversation, toggle_typing
from criabot.testing.platform.core import Core
from criabot.testing.platform.lifecycle import change, create_message, set_status, update_message
from criabot.testing.platform.receipts import contact_saw
from criabot.testing.platform.world import (
    INCOMING,
    Attachment,
    Contact,
    ContactInbox,
    Conversation,
    Message,
    Team,
    User,
)

__all__ = ["Agent", "Customer"]


class Customer:
    """A contact in one inbox, who writes into the newest conversation or begins one."""

    def __init__(self, core: Core, row: ContactInbox) -> None:
        self._core = core
        self.row = row
        self._handset = Handset(core, row) if has_provider(row.inbox) else None

    @property
    def contact(self) -> Contact:
        """The contact's record."""
        return self.row.contact

    @property
    def conversation(self) -> Conversation | None:
        """The newest conversation."""
        own = self._core.world.conversations_of(self.row)
        return own[-1] if own else None

    async def says(
        self, text: str | None, attachments: Sequence[Attachment] = (), reply_to: Message | None = None
    ) -> Message | None:
        """Write a message, the way of the inbox's channel; None while the platform holds it back."""
        if self._handset is not None:
            return await self._handset.writes(text, attachments, reply_to, self.conversation)
        is_widget = self.row.inbox.channel_type == "Channel::WebWidget"  # its script always tells what is quoted
        attributes = {"in_reply_to": reply_to.id if reply_to else None} if reply_to or is_widget else {}
        conversation = self.conversation or create_conversation(self._core, self.row)
        return create_message(
            self._core,
            conversation,
            text,
            message_type=INCOMING,
            sender=self.contact,
            attachments=list(attachments),
            content_attributes=attributes,
        )

    async def taps(self, title: str) -> Message | None:
        """Choose a button of the newest question, as the inbox's channel tells it (contract 3.3).

        Raises:
            LookupError: no question offers it, or the channel shows no buttons.
        """
        question, item = self._offered(title)
        if self._handset is not None:
            return await self._handset.taps(question, item)
        update_message(
            self._core, question, content_attributes={**question.content_attributes, "submitted_values": [item]}
        )
        return question

    async def types(self, on: bool = True) -> None:
        """Begin or end typing; providers do not tell of it."""
        if self._handset is None and (conversation := self.conversation) is not None:
            toggle_typing(self._core, conversation, self.contact, "on" if on else "off", private=False)

    async def reads(self) -> None:
        """See the conversation: outgoing messages become read (contract 6.1)."""
        if (conversation := self.conversation) is None:
            return
        if self._handset is not None:
            await self._handset.reads(conversation)
        else:
            contact_saw(self._core, conversation)

    def _offered(self, title: str) -> tuple[Message, dict[str, Any]]:
        conversation = self.conversation
        for message in reversed(conversation.messages if conversation else ()):
            for item in message.content_attributes.get("items") or () if message.content_type == "input_select" else ():
                if item.get("title") == title:
                    return message, item
        raise LookupError(f"no question offers {title!r}")


class Agent:
    """A human of the support team."""

    def __init__(self, core: Core, user: User) -> None:
        self._core = core
        self.user = user

    async def says(self, conversation: Conversation, text: str) -> Message:
        """Answer the customer."""
        return create_message(self._core, conversation, text, sender=self.user)

    async def notes(self, conversation: Conversation, text: str) -> Message:
        """Leave a private note."""
        return create_message(self._core, conversation, text, sender=self.user, private=True)

    async def sets_status(self, conversation: Conversation, status: str, snoozed_until: float | None = None) -> None:
        """Open, resolve, give back to the bot (pending) or snooze."""
        values = {"snoozed_until": snoozed_until} if snoozed_until is not None else {}
        set_status(self._core, conversation, status, by=self.user, **values)

    async def assigns(self, conversation: Conversation, to: Agent | Team | None) -> None:
        """Assign an agent, a team or nobody."""
        if isinstance(to, Team):
            assignment.assign_team(self._core, conversation, to, by=self.user)
        else:
            assignment.assign(self._core, conversation, to.user if to else None, by=self.user)

    async def labels(self, conversation: Conversation, labels: Sequence[str]) -> None:
        """Replace the labels."""
        change(self._core, conversation, by=self.user, labels=list(labels))

    async def sets_priority(self, conversation: Conversation, priority: str | None) -> None:
        """Set or clear the priority."""
        change(self._core, conversation, by=self.user, priority=priority)


def new_customer(core: Core, inbox: Any, name: str, source_id: str | None = None, **values: Any) -> Customer:
    """A customer who is known in an inbox."""
    name_there, known = identity(core, inbox, name, values)
    return Customer(core, create_in_inbox(core, inbox, source_id or name_there, **known))
