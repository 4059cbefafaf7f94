"""Conversations, as the Application API has them (contract 5.4)."""

from __future__ import annotations

from criabot.platform.answers.contacts import ContactDetails
from criabot.platform.answers.inboxes import InboxSummary
from criabot.platform.answers.messages import AnySenderDetails, MessageData
from criabot.platform.answers.teams import TeamDetails
from criabot.platform.parts import (
    Assignee,
    Attachment,
    ConversationData,
    Id,
    JsonObject,
    MessageType,
    Meta,
    Part,
    Status,
    Time,
)

__all__ = [
    "AssigneeDetails",
    "AttachmentCount",
    "AttachmentPage",
    "ConversationAttachment",
    "ConversationCounts",
    "ConversationDetails",
    "ConversationMatch",
    "ConversationMeta",
    "ConversationPage",
    "ConversationSearchPage",
    "Draft",
    "MatchingMessage",
    "StatusChange",
]


class AssigneeDetails(Assignee):
    """The agent or bot that a conversation is assigned to (contract 5.4); each has some of these keys.

    Attributes:
        role: of an agent; a bot has none.
        outgoing_url: of a bot, where the platform sends its events.
    """

    account_id: Id | None = None
    availability_status: str | None = None
    auto_offline: bool | None = None
    confirmed: bool | None = None
    email: str | None = None
    provider: str | None = None
    available_name: str | None = None
    role: str | None = None
    custom_role_id: Id | None = None
    thumbnail: str | None = None
    description: str | None = None
    outgoing_url: str | None = None
    bot_type: str | None = None


class ConversationMeta(Meta):
    """Who takes part in a conversation (contract 5.4); ``assignee`` and ``team`` are absent when there is none."""

    sender: ContactDetails | None = None
    assignee: AssigneeDetails | None = None
    team: TeamDetails | None = None
    channel: str | None = None


class ConversationDetails(ConversationData):
    """A conversation as the API has it (contract 5.4): more than a webhook's, and without ``contact_inbox``.

    Here ``messages`` holds the last message of any kind, notes and activities included, and
    ``first_reply_created_at`` is in epoch seconds.
    """

    meta: ConversationMeta | None = None
    account_id: Id | None = None
    uuid: str | None = None
    muted: bool | None = None
    assignee_last_seen_at: Time | None = None
    last_non_activity_message: MessageData | None = None
    sla_policy_id: Id | None = None
    applied_sla: JsonObject | None = None
    sla_events: list[JsonObject] | None = None


class ConversationCounts(Part):
    """How many conversations fit: of the token's owner, assigned, unassigned and all (contract 5.2).

    With ``q`` and in a search they count the page only. A filter does not tell ``assigned_count``.
    """

    shown = ("mine_count", "assigned_count", "unassigned_count", "all_count")

    mine_count: int | None = None
    assigned_count: int | None = None
    unassigned_count: int | None = None
    all_count: int | None = None


class ConversationPage(Part):
    """A page of conversations, at most 25 (contract 5.2)."""

    shown = ("meta",)

    meta: ConversationCounts | None = None
    payload: list[ConversationDetails]


class MatchingMessage(Part):
    """A message in which a search found its text (contract 5.4)."""

    id: Id
    content: str | None = None
    sender_name: str | None = None
    message_type: MessageType | None = None
    created_at: Time | None = None


class ConversationMatch(Part):
    """A conversation that a search found, in short, with the messages that fit (contract 5.4)."""

    id: Id
    uuid: str | None = None
    account_id: Id | None = None
    contact: ContactDetails | None = None
    created_at: Time | None = None
    inbox: InboxSummary | None = None
    messages: list[MatchingMessage] | None = None


class ConversationSearchPage(Part):
    """A page of what a search found, at most 25; the counts are of the page (contract 5.2)."""

    shown = ("meta",)

    meta: ConversationCounts | None = None
    payload: list[ConversationMatch]


class StatusChange(Part):
    """What became of a conversation's status (contract 4.3); there is a ``success`` key, but it tells nothing."""

    shown = ("conversation_id", "current_status")

    success: bool | None = None
    conversation_id: Id | None = None
    current_status: Status
    snoozed_until: Time | None = None


class ConversationAttachment(Attachment):
    """A file of a conversation, with who sent it; ``created_at`` is in epoch seconds (contract 5.4)."""

    created_at: Time | None = None
    sender: AnySenderDetails | None = None


class AttachmentCount(Part):
    """How many files a conversation has."""

    shown = ("total_count",)

    total_count: int | None = None


class AttachmentPage(Part):
    """A page of a conversation's files, at most 100 (contract 5.2)."""

    shown = ("meta",)

    meta: AttachmentCount | None = None
    payload: list[ConversationAttachment]


class Draft(Part):
    """What an agent has begun to write in a conversation (contract 4.5); without ``has_draft`` there is no message."""

    shown = ("has_draft",)

    has_draft: bool = False
    message: str | None = None
