"""Reports, what they are made of, and the answers to satisfaction surveys (contract 5.9).

All durations are in seconds. A count is of the period that was asked for; an average is None where nothing happened.
"""

from __future__ import annotations

from typing import TypeAlias

from pydantic import Field, StrictFloat, StrictInt, StrictStr

from criabot.platform.answers.agents import Agent
from criabot.platform.answers.contacts import ContactDetails
from criabot.platform.parts import Id, Part, Time

__all__ = [
    "AgentLoad",
    "BotMetrics",
    "BotSummary",
    "ChannelSummary",
    "ConversationLoad",
    "CsatMetrics",
    "CsatResponse",
    "FirstResponseTimes",
    "GroupSummary",
    "GroupedLoad",
    "InboxLabelMatrix",
    "MatrixInbox",
    "MatrixLabel",
    "OutgoingMessages",
    "ReportPoint",
    "ReportSummary",
    "ReportingEvent",
    "ReportingEventMeta",
    "ReportingEventPage",
]

Value: TypeAlias = StrictInt | StrictFloat | StrictStr
"""A count or an average, as the wire has it."""


class ReportPoint(Part):
    """A metric in one step of a report over time; ``timestamp`` is where the step begins, epoch seconds."""

    shown = ("timestamp", "value")

    timestamp: int
    value: Value | None = None


class ReportSummary(Part):
    """All metrics of a period, and in ``previous`` those of the equally long one before it."""

    shown = ("conversations_count", "resolutions_count")

    conversations_count: int | None = None
    incoming_messages_count: int | None = None
    outgoing_messages_count: int | None = None
    avg_first_response_time: float | None = None
    avg_resolution_time: float | None = None
    resolutions_count: int | None = None
    reply_time: float | None = None
    previous: ReportSummary | None = None


class BotSummary(Part):
    """What bots resolved and handed over in a period, and in ``previous`` in the one before it."""

    shown = ("bot_resolutions_count", "bot_handoffs_count")

    bot_resolutions_count: int | None = None
    bot_handoffs_count: int | None = None
    previous: BotSummary | None = None


class BotMetrics(Part):
    """How bots did in a period; the rates are whole percents of ``conversation_count``."""

    shown = ("conversation_count", "resolution_rate", "handoff_rate")

    conversation_count: int | None = None
    message_count: int | None = None
    resolution_rate: int | None = None
    handoff_rate: int | None = None


class ConversationLoad(Part):
    """The open conversations of now; those ``pending`` are not among them."""

    shown = ("open", "unattended", "unassigned", "pending")

    open: int | None = None
    unattended: int | None = None
    unassigned: int | None = None
    pending: int | None = None


class GroupedLoad(ConversationLoad):
    """The open conversations of one assignee or team; of nobody when the id is None."""

    shown = ("assignee_id", "team_id", "open", "unattended")

    assignee_id: Id | None = None
    team_id: Id | None = None


class AgentLoad(Part):
    """The open conversations that one agent has now."""

    id: Id
    name: str | None = None
    email: str | None = None
    thumbnail: str | None = None
    availability: str | None = None
    metric: ConversationLoad | None = None


class GroupSummary(Part):
    """A period of one agent, team, inbox or label; only a label's has a ``name``."""

    shown = ("id", "conversations_count")

    id: Id
    name: str | None = None
    conversations_count: int | None = None
    resolved_conversations_count: int | None = None
    avg_resolution_time: float | None = None
    avg_first_response_time: float | None = None
    avg_reply_time: float | None = None


class ChannelSummary(Part):
    """A channel's conversations of a period, by the status that they have now."""

    shown = ("total",)

    open: int | None = None
    resolved: int | None = None
    pending: int | None = None
    snoozed: int | None = None
    total: int | None = None


class FirstResponseTimes(Part):
    """How many conversations of a channel got their first answer after how many hours, each counted once."""

    shown = ("from_0h", "from_1h", "from_4h", "from_8h", "from_24h")

    from_0h: int | None = Field(None, alias="0-1h")
    from_1h: int | None = Field(None, alias="1-4h")
    from_4h: int | None = Field(None, alias="4-8h")
    from_8h: int | None = Field(None, alias="8-24h")
    from_24h: int | None = Field(None, alias="24h+")


class MatrixInbox(Part):
    """A row of an :class:`InboxLabelMatrix`."""

    id: Id
    name: str | None = None


class MatrixLabel(Part):
    """A column of an :class:`InboxLabelMatrix`."""

    id: Id
    title: str | None = None


class InboxLabelMatrix(Part):
    """How many conversations of each inbox have each label: ``matrix[inbox][label]``, in the order of the lists."""

    shown = ()

    inboxes: list[MatrixInbox]
    labels: list[MatrixLabel]
    matrix: list[list[int]]


class OutgoingMessages(Part):
    """How many messages went out by an agent, by a team, from an inbox or under a label."""

    shown = ("id", "outgoing_messages_count")

    id: Id
    name: str | None = None
    outgoing_messages_count: int | None = None


class ReportingEvent(Part):
    """A measurement that reports are made of: ``name``, such as ``first_response``, took ``value`` seconds."""

    shown = ("id", "name")

    id: Id
    name: str | None = None
    value: float | None = None
    value_in_business_hours: float | None = None
    event_start_time: Time | None = None
    event_end_time: Time | None = None
    account_id: Id | None = None
    conversation_id: Id | None = None
    inbox_id: Id | None = None
    user_id: Id | None = None
    created_at: Time | None = None
    updated_at: Time | None = None


class ReportingEventMeta(Part):
    """Where a page of measurements is among all."""

    shown = ("count", "current_page", "total_pages")

    count: int | None = None
    current_page: int | None = None
    total_pages: int | None = None


class ReportingEventPage(Part):
    """A page of measurements."""

    shown = ("meta",)

    meta: ReportingEventMeta | None = None
    payload: list[ReportingEvent]


class CsatResponse(Part):
    """A customer's answer to a satisfaction survey; ``rating`` is 1 to 5."""

    shown = ("id", "rating", "conversation_id")

    id: Id
    rating: int | None = None
    feedback_message: str | None = None
    csat_review_notes: str | None = None
    review_notes_updated_at: Time | None = None
    account_id: Id | None = None
    message_id: Id | None = None
    conversation_id: Id | None = None
    contact: ContactDetails | None = None
    assigned_agent: Agent | None = None
    created_at: Time | None = None


class CsatMetrics(Part):
    """How surveys were answered; ``ratings_count`` is by rating, as text from ``"1"`` to ``"5"``."""

    shown = ("total_count", "total_sent_messages_count")

    total_count: int | None = None
    ratings_count: dict[str, int] | None = None
    total_sent_messages_count: int | None = None
