"""Search over everything (contract 5.9)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from criabot.platform.answers.contacts import ContactDetails
from criabot.platform.answers.messages import MessageData
from criabot.platform.answers.search import FoundArticle, FoundConversation, SearchResults
from criabot.platform.calls import Identified, Resource, number_of
from criabot.platform.paging import each_row

__all__ = ["Search"]


class Search(Resource):
    """What the search box of the dashboard finds, among what the token's owner may see (contract 5.9).

    Pages have 15 rows, start at 1 and are empty past the end (contract 5.2). A blank text leaves nothing out.
    A bot's token may do none of this: the platform answers 401 (contract 4.7).
    """

    name = "search"

    async def all(self, q: str, *, page: int | None = None) -> SearchResults:
        """A page of each kind: conversations, contacts, messages, articles (contract 5.9)."""
        return (await self._ask("all", params={"q": q, "page": page})).read(SearchResults)

    async def messages(
        self,
        q: str,
        *,
        page: int | None = None,
        sent_by: str | None = None,
        inbox: int | Identified | None = None,
        since: int | None = None,
        until: int | None = None,
    ) -> list[MessageData]:
        """A page of messages of the last 90 days whose content has the text, the newest first (contract 5.9).

        All but ``q`` and ``page`` take effect only on servers with the advanced search.

        Args:
            q: the text.
            page: from 1 on.
            sent_by: what the platform calls ``from``.
            inbox: only in it.
            since: epoch seconds.
            until: epoch seconds.
        """
        inbox_id = None if inbox is None else number_of(inbox)
        params = {"q": q, "page": page, "from": sent_by, "inbox_id": inbox_id, "since": since, "until": until}
        return (await self._ask("messages", params=params)).read(list[MessageData])

    async def each_message(self, q: str) -> AsyncIterator[MessageData]:
        """Every message that `messages` finds, page by page, none twice (contract 5.2)."""
        async for message in each_row(lambda page: self.messages(q, page=page)):
            yield message

    async def conversations(self, q: str, *, page: int | None = None) -> list[FoundConversation]:
        """A page of conversations whose number, or whose contact, has the text (contract 5.9)."""
        return (await self._ask("conversations", params={"q": q, "page": page})).read(list[FoundConversation])

    async def each_conversation(self, q: str) -> AsyncIterator[FoundConversation]:
        """Every conversation that `conversations` finds, page by page, none twice (contract 5.2)."""
        async for conversation in each_row(lambda page: self.conversations(q, page=page)):
            yield conversation

    async def contacts(self, q: str, *, page: int | None = None) -> list[ContactDetails]:
        """A page of contacts whose name, e-mail, phone number or identifier has the text (contract 5.9).

        Of each only those four, ``additional_attributes`` and ``last_activity_at`` are told.
        """
        return (await self._ask("contacts", params={"q": q, "page": page})).read(list[ContactDetails])

    async def each_contact(self, q: str) -> AsyncIterator[ContactDetails]:
        """Every contact that `contacts` finds, page by page, none twice (contract 5.2)."""
        async for contact in each_row(lambda page: self.contacts(q, page=page)):
            yield contact

    async def articles(self, q: str, *, page: int | None = None) -> list[FoundArticle]:
        """A page of articles whose title or content has the text (contract 5.9)."""
        return (await self._ask("articles", params={"q": q, "page": page})).read(list[FoundArticle])

    async def each_article(self, q: str) -> AsyncIterator[FoundArticle]:
        """Every article that `articles` finds, page by page, none twice (contract 5.2)."""
        async for article in each_row(lambda page: self.articles(q, page=page)):
            yield article
