"""What the search over everything finds (contract 5.9)."""

from __future__ import annotations

from pydantic import Field

from criabot.platform.answers.agents import Agent
from criabot.platform.answers.contacts import ContactDetails
from criabot.platform.answers.inboxes import InboxSummary
from criabot.platform.answers.messages import MessageData
from criabot.platform.parts import Id, JsonObject, Part, Time

__all__ = ["FoundArticle", "FoundConversation", "SearchResults"]


class FoundConversation(Part):
    """A conversation in short (contract 5.9): ``additional_attributes`` only when conversations alone are searched."""

    id: Id
    account_id: Id | None = None
    additional_attributes: JsonObject | None = None
    agent: Agent | None = None
    contact: ContactDetails | None = None
    created_at: Time | None = None
    inbox: InboxSummary | None = None
    message: MessageData | None = None


class FoundArticle(Part):
    """An article in short (contract 5.9)."""

    id: Id
    content: str | None = None
    locale: str | None = None
    slug: str | None = None
    title: str | None = None


class SearchResults(Part):
    """A page of each kind, at most 15 of each (contract 5.2 and 5.9)."""

    shown = ()

    articles: list[FoundArticle] = Field(default_factory=list)
    contacts: list[ContactDetails] = Field(default_factory=list)
    conversations: list[FoundConversation] = Field(default_factory=list)
    messages: list[MessageData] = Field(default_factory=list)
