"""A conversation, as handlers see it: what it is, and what can be done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from criabot.conversation.contact import Contact
from criabot.conversation.effects import (
    Assign,
    Collected,
    Effects,
    Labels,
    Priority,
    Say,
    SetAttributes,
    SetPriority,
    SetStatus,
    Status,
    WhenUnknown,
)
from criabot.platform import Assignee, ContactData, ConversationData, Team
from criabot.platform.liquid import escape_liquid

__all__ = ["Conversation"]


class Conversation:
    """A conversation (contract 2.1.5), as the event showed it.

    Its methods take effect after the handler is done, in the order in which they were called, each once: they are
    stored together with the state in one atomic step. When the handler fails none of them happens. Only `typing`
    acts at once.
    """

    data: ConversationData

    def __init__(self, data: ConversationData, effects: Effects) -> None:
        self.data = data
        self._effects = effects

    @property
    def id(self) -> int:
        """The number that people see and every API path uses."""
        return self.data.id

    @property
    def inbox_id(self) -> int | None:
        """The inbox it came in by."""
        return self.data.inbox_id

    @property
    def channel(self) -> str:
        """``Channel::WebWidget``, ``Channel::Whatsapp``, ``Channel::Api`` …; empty when unknown."""
        return self.data.channel or ""

    @property
    def status(self) -> str:
        """``pending``, ``open``, ``resolved`` or ``snoozed``, when the event was built; empty when unknown."""
        return self.data.status or ""

    @property
    def priority(self) -> str | None:
        """``low``, ``medium``, ``high``, ``urgent`` or None."""
        return self.data.priority

    @property
    def can_reply(self) -> bool:
        """False when the channel's window for answers is closed (contract 3.8)."""
        return self.data.can_reply is not False

    @property
    def labels(self) -> list[str]:
        """Its labels, when the event was built."""
        return list(self.data.labels or ())

    @property
    def custom_attributes(self) -> dict[str, Any]:
        """The team's own fields, when the event was built."""
        return self.data.custom_attributes or {}

    @property
    def additional_attributes(self) -> dict[str, Any]:
        """What the channel knows: browser, referer, mail subject."""
        return self.data.additional_attributes or {}

    @property
    def assignee(self) -> Assignee | None:
        """The agent or bot it is assigned to."""
        return self.data.meta.assignee if self.data.meta is not None else None

    @property
    def team(self) -> Team | None:
        """The team it is assigned to."""
        return self.data.meta.team if self.data.meta is not None else None

    @property
    def contact(self) -> Contact:
        """The customer."""
        sender = self.data.meta.sender if self.data.meta is not None else None
        return Contact(sender or ContactData(id=self.data.contact_id or 0))

    def answer(
        self,
        text: str,
        *,
        reply_to: int | None = None,
        content_type: str | None = None,
        content_attributes: Mapping[str, Any] | None = None,
        attachments: Sequence[str | Path] = (),
        liquid: bool = False,
        when_unknown: WhenUnknown = "resend",
    ) -> Collected:
        """Say something to the customer.

        Args:
            text: Markdown, at most 150 000 characters (contract 3.1 and 3.8 for each channel's own limit).
            reply_to: id of the message to quote.
            content_type: of an interactive message, such as ``input_select`` (contract 3.2).
            content_attributes: what belongs to it.
            attachments: paths of files, readable by every process that runs the bot.
            liquid: True lets the platform render ``{{…}}`` and ``{%…%}`` in the text (contract 3.7).
            when_unknown: if nobody can tell whether it arrived: ``resend``, ``drop`` or ``handoff``.
        """
        more: dict[str, Any] = {}  # what is usual costs nothing when it is left out
        if reply_to is not None:
            more["reply_to"] = reply_to
        if content_type is not None:
            more["content_type"] = content_type
        if content_attributes is not None:
            more["content_attributes"] = dict(content_attributes)
        if attachments != ():
            more["attachments"] = tuple(map(Path, attachments))
        if when_unknown != "resend":
            more["when_unknown"] = when_unknown
        return self._effects.add(Say(text=text if liquid else escape_liquid(text), **more))

    def note(self, text: str) -> Collected:
        """Leave a private note for the team; the customer never sees it."""
        return self._effects.add(Say(text=escape_liquid(text), private=True))

    async def typing(self, on: bool = True) -> None:
        """Show or hide "is typing", at once; only the web widget shows it. A failure is ignored (contract 4.5)."""
        await self._effects.typing(on)

    def set_status(self, status: Status) -> Collected:
        """Set ``open``, ``resolved``, ``pending`` or ``snoozed`` (contract 4.3).

        With a status that is not the bot's the bot is silent in this conversation from the end of this turn on.
        """
        return self._effects.add(SetStatus(status=status))

    def handoff(self, reason: str, *, say: str | None = None) -> Collected:
        """Give the conversation to the humans: last words, a private note that says why, status open.

        Nothing public can be said after it in the same turn.
        """
        if say is not None:
            self.answer(say)
        self.note(reason)
        self._effects.handed_over = True
        return self.set_status("open")

    def assign(self, *, agent_id: int | None = None, team_id: int | None = None) -> Collected:
        """Assign an agent, or a team (contract 4.4).

        Raises:
            ValueError: neither or both were given.
        """
        if (agent_id is None) == (team_id is None):
            raise ValueError("assign() takes either agent_id or team_id: the platform ignores the team otherwise.")
        return self._effects.add(Assign(agent_id=agent_id, team_id=team_id))

    def add_labels(self, *labels: str) -> Collected:
        """Add labels; the others stay (contract 4.5; needs a server ≥ 4.14.2 or a user token)."""
        return self._effects.add(Labels(add=labels))

    def remove_labels(self, *labels: str) -> Collected:
        """Remove labels; the others stay (contract 4.5; needs a server ≥ 4.14.2 or a user token)."""
        return self._effects.add(Labels(remove=labels))

    def set_priority(self, priority: Priority | None) -> Collected:
        """Set the priority; None for none (contract 4.5)."""
        return self._effects.add(SetPriority(priority=priority))

    def set_attributes(self, attributes: Mapping[str, Any]) -> Collected:
        """Set custom attributes of the conversation; the others stay (contract 4.5)."""
        return self._effects.add(SetAttributes(attributes=dict(attributes)))

    def __repr__(self) -> str:
        return f"Conversation(id={self.id}, status={self.status!r})"
