"""What the Application API answers, as typed models (contract 5).

As tolerant as the events, and with the same careful ``repr``.
"""

from __future__ import annotations

from pydantic import BaseModel, Field

from criabot.platform.parts import ConversationData, Id, JsonObject, MessageFields, Part, Status, Time


class MessageData(MessageFields):
    """A message as the API has it (contract 5.5).

    ``content`` is the stored text, which a webhook may show trimmed: compare by ``id`` or ``marker``.
    """

    conversation_id: Id | None = None
    inbox_id: Id | None = None
    status: str | None = None
    echo_id: object = None


class MessagePage(Part):
    """A list of messages, the oldest first by ``created_at`` (contract 5.5)."""

    shown = ()

    meta: JsonObject | None = None
    payload: list[MessageData]


class ConversationDetails(ConversationData):
    """A conversation as the API has it (contract 5.4): more than a webhook's, and without ``contact_inbox``.

    Here ``messages`` holds the last message of any kind, notes and activities included.
    """

    account_id: Id | None = None
    uuid: str | None = None
    muted: bool | None = None
    assignee_last_seen_at: Time | None = None
    last_non_activity_message: MessageData | None = None


class StatusChange(Part):
    """What became of a conversation's status (contract 4.3); there is a ``success`` key, but it tells nothing."""

    shown = ("conversation_id", "current_status")

    conversation_id: Id | None = None
    current_status: Status
    snoozed_until: Time | None = None


class StatusAnswer(Part):
    """The envelope of a :class:`StatusChange` (contract 5.2)."""

    shown = ("payload",)

    payload: StatusChange


class Labels(Part):
    """The envelope of a conversation's labels (contract 5.2)."""

    shown = ()

    payload: list[str]


class CustomAttributes(Part):
    """The envelope of a conversation's custom attributes (contract 5.4)."""

    shown = ()

    custom_attributes: JsonObject


class ServerInfo(Part):
    """What ``GET /api`` tells without a token (contract 0.1); ``version`` decides what the server can do."""

    shown = ("version",)

    version: str
    timestamp: str | None = None
    queue_services: str | None = None
    data_services: str | None = None


class Membership(BaseModel):
    """The token's owner in one account (contract 5.3)."""

    id: Id
    role: str | None = None
    name: str | None = Field(None, repr=False)


class Profile(BaseModel):
    """The owner of a user token (contract 5.3).

    Keys that are not named here are dropped: the answer holds ``access_token`` and ``pubsub_token``.
    """

    id: Id
    role: str | None = None
    account_id: Id | None = None
    accounts: list[Membership] = []
    name: str | None = Field(None, repr=False)
    email: str | None = Field(None, repr=False)
