"""What the Client API answers to a contact (contract 6.1)."""

from __future__ import annotations

from criabot.platform.answers.inboxes import WorkingHours
from criabot.platform.parts import Id, JsonObject, MessageFields, Part, Status, Time

__all__ = [
    "PublicContact",
    "PublicContactRecord",
    "PublicConversation",
    "PublicInbox",
    "PublicMessage",
    "Survey",
    "SurveyAnswer",
]


class PublicInbox(Part):
    """What a contact may know of the inbox (contract 6.1).

    With ``identity_validation_enabled`` every call about a contact needs its ``identifier_hash``.
    """

    shown = ()

    identifier: str | None = None
    name: str | None = None
    identity_validation_enabled: bool | None = None
    timezone: str | None = None
    working_hours: list[WorkingHours] | None = None
    working_hours_enabled: bool | None = None
    csat_survey_enabled: bool | None = None
    greeting_enabled: bool | None = None


class PublicContact(Part):
    """A contact with its place in the inbox (contract 6.1).

    ``source_id`` opens all that the contact has said: only its owner may learn it. So does ``pubsub_token``, which the
    live socket subscribes with.
    """

    id: Id
    source_id: str
    pubsub_token: str | None = None
    name: str | None = None
    email: str | None = None
    phone_number: str | None = None


class PublicContactRecord(Part):
    """A contact as the platform has stored it, without its place in the inbox (contract 6.1)."""

    id: Id
    account_id: Id | None = None
    company_id: Id | None = None
    contact_type: str | None = None
    name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone_number: str | None = None
    identifier: str | None = None
    location: str | None = None
    country_code: str | None = None
    blocked: bool | None = None
    label_list: list[str] | None = None
    additional_attributes: JsonObject | None = None
    custom_attributes: JsonObject | None = None
    last_activity_at: Time | None = None
    created_at: Time | None = None
    updated_at: Time | None = None


class PublicMessage(MessageFields):
    """A message as the contact sees it (contract 6.1).

    ``status``, ``private``, ``source_id`` and ``echo_id`` are not told; private notes are not shown at all.
    """

    conversation_id: Id | None = None


class PublicConversation(Part):
    """A conversation as the contact sees it, with all its messages (contract 6.1).

    ``id`` is the number that people see; ``uuid`` is what surveys go by.
    """

    shown = ("id", "status")

    id: Id
    uuid: str | None = None
    inbox_id: Id | None = None
    status: Status | None = None
    contact_last_seen_at: Time | None = None
    agent_last_seen_at: Time | None = None
    messages: list[PublicMessage] | None = None
    contact: PublicContactRecord | None = None


class SurveyAnswer(Part):
    """The answer to a survey, as stored; ``rating`` is 1 to 5 (contract 6.1)."""

    shown = ("id", "rating")

    id: Id | None = None
    account_id: Id | None = None
    conversation_id: Id | None = None
    message_id: Id | None = None
    contact_id: Id | None = None
    assigned_agent_id: Id | None = None
    rating: int | None = None
    feedback_message: str | None = None
    csat_review_notes: str | None = None
    review_notes_updated_at: Time | None = None
    review_notes_updated_by_id: Id | None = None
    created_at: Time | None = None
    updated_at: Time | None = None


class Survey(Part):
    """A satisfaction survey (contract 6.1).

    ``id`` is its message's; ``csat_survey_response`` is None until it is answered.
    """

    shown = ("id", "conversation_id")

    id: Id
    conversation_id: Id | None = None
    csat_survey_response: SurveyAnswer | None = None
    display_type: str | None = None
    content: str | None = None
    inbox_name: str | None = None
    inbox_avatar_url: str | None = None
    locale: str | None = None
    created_at: Time | None = None
