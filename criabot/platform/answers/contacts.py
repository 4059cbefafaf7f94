"""Contacts, as the Application API has them (contract 5.6)."""

from __future__ import annotations

from criabot.platform.answers.agents import Agent
from criabot.platform.answers.inboxes import InboxDetails, InboxSummary
from criabot.platform.parts import ContactData, Id, Part, Time

__all__ = [
    "ContactDetails",
    "ContactPage",
    "ContactPageMeta",
    "CreatedContact",
    "InboxPlace",
    "NewInboxPlace",
    "Note",
]


class InboxPlace(Part):
    """Where a contact is, or can be, known: an inbox and what he is called there (contract 0.3 and 5.6)."""

    shown = ("inbox",)

    inbox: InboxSummary | None = None
    source_id: str | None = None


class NewInboxPlace(InboxPlace):
    """The same for a contact just created; both are None when he was created without an inbox (contract 5.6)."""

    inbox: InboxDetails | None = None


class ContactDetails(ContactData):
    """A contact as the API has him (contract 5.6): times in epoch seconds, there is no ``account`` and no ``avatar``.

    ``contact_inboxes`` is absent in the answer to a merge, in search results, and where a list was asked for without.
    ``last_activity_at`` is absent or None for somebody who never wrote.
    """

    availability_status: str | None = None
    company_id: Id | None = None
    contact_inboxes: list[InboxPlace] | None = None
    created_at: Time | None = None
    last_activity_at: Time | None = None


class ContactPageMeta(Part):
    """Where in a list a page is (contract 5.2).

    ``current_page`` is a number or text, as it was asked for. ``count`` is of all contacts in a list and a filter, but
    of this page only in a search by servers from 4.11.2 on, which have ``has_more`` for it.
    """

    shown = ("current_page", "count", "has_more")

    count: int | None = None
    current_page: int | str | None = None
    has_more: bool | None = None


class ContactPage(Part):
    """A page of contacts, at most 15 (contract 5.2)."""

    shown = ("meta",)

    meta: ContactPageMeta
    payload: list[ContactDetails]


class CreatedContact(Part):
    """A contact just created, and what he is called in the inbox that was named (contract 5.6)."""

    contact: ContactDetails
    contact_inbox: NewInboxPlace | None = None

    @property
    def id(self) -> int:
        """The contact's."""
        return self.contact.id


class Note(Part):
    """What an agent has noted about a contact (contract 5.6); the platform leaves its two outer ids empty."""

    id: Id
    account_id: Id | None = None
    contact_id: Id | None = None
    content: str | None = None
    created_at: Time | None = None
    updated_at: Time | None = None
    user: Agent | None = None
