"""Help centres: what their authors do, and what the public sees (contract 5.9)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict

from criabot.platform.answers.help_center import (
    Article,
    ArticlePage,
    Category,
    CategoryPage,
    Portal,
    PortalPage,
    PublicArticle,
    PublicArticlePage,
)
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given, number_given, number_of
from criabot.platform.paging import each_row

__all__ = ["ArticleStatus", "Articles", "Categories", "HelpCenter", "PortalSettings", "Portals"]

ArticleStatus: TypeAlias = Literal["draft", "published", "archived"]
"""Of an article; the public sees those that are ``published``."""


class PortalSettings(TypedDict, total=False):
    """The languages of a help centre, as they are set: plain codes, such as ``pt_BR``, where an answer has objects."""

    allowed_locales: Sequence[str]
    default_locale: str


class Portals(Resource):
    """Help centres; paths name one by its ``slug`` (contract 5.9)."""

    name = "portals"

    async def list(self) -> PortalPage:
        """The help centres of the account (contract 5.9)."""
        return (await self._ask("list")).read(PortalPage)

    async def show(self, portal: str | Portal) -> Portal:
        """A help centre, by its slug, with the numbers of its articles (contract 5.9)."""
        return (await self._ask("show", _slug(portal))).read(Portal)

    async def create(
        self,
        name: str,
        slug: str,
        *,
        color: str | NotGiven = NOT_GIVEN,
        custom_domain: str | NotGiven = NOT_GIVEN,
        header_text: str | NotGiven = NOT_GIVEN,
        homepage_link: str | NotGiven = NOT_GIVEN,
        page_title: str | NotGiven = NOT_GIVEN,
        archived: bool | NotGiven = NOT_GIVEN,
        config: PortalSettings | Mapping[str, Any] | NotGiven = NOT_GIVEN,
    ) -> Portal:
        """Create a help centre; administrators only (contract 5.9).

        Args:
            name: what visitors see.
            slug: what its address ends with; no other may have it.
            color: such as ``#1f93ff``.
            custom_domain: an address of its own, besides ``/hc/{slug}``.
            header_text: above the search.
            homepage_link: where its logo leads.
            page_title: of the browser's tab.
            archived: hides it from the public.
            config: its languages.

        Raises:
            Unprocessable: the slug is taken.
        """
        portal = given(
            name=name,
            slug=slug,
            color=color,
            custom_domain=custom_domain,
            header_text=header_text,
            homepage_link=homepage_link,
            page_title=page_title,
            archived=archived,
            config=config,
        )
        return (await self._ask("create", json={"portal": portal})).read(Portal)

    async def update(
        self,
        portal: str | Portal,
        *,
        name: str | NotGiven = NOT_GIVEN,
        slug: str | NotGiven = NOT_GIVEN,
        color: str | NotGiven | None = NOT_GIVEN,
        custom_domain: str | NotGiven | None = NOT_GIVEN,
        header_text: str | NotGiven | None = NOT_GIVEN,
        homepage_link: str | NotGiven | None = NOT_GIVEN,
        page_title: str | NotGiven | None = NOT_GIVEN,
        archived: bool | NotGiven = NOT_GIVEN,
        config: PortalSettings | Mapping[str, Any] | NotGiven = NOT_GIVEN,
    ) -> Portal:
        """Change a help centre; what is not given stays. Administrators only (contract 5.9).

        For the arguments see `create`; None clears.
        """
        body = given(
            name=name,
            slug=slug,
            color=color,
            custom_domain=custom_domain,
            header_text=header_text,
            homepage_link=homepage_link,
            page_title=page_title,
            archived=archived,
            config=config,
        )
        return (await self._ask("update", _slug(portal), json={"portal": body})).read(Portal)

    async def delete(self, portal: str | Portal) -> None:
        """Delete a help centre; administrators only (contract 5.9)."""
        await self._ask("delete", _slug(portal))


class Categories(Resource):
    """The categories of a help centre, each in one language (contract 5.9)."""

    name = "categories"

    async def list(self, portal: str | Portal, *, locale: str | None = None) -> CategoryPage:
        """The categories of a help centre (contract 5.9).

        Args:
            portal: its slug, or the help centre.
            locale: a language, such as ``pt_BR``.
        """
        return (await self._ask("list", _slug(portal), params={"locale": locale})).read(CategoryPage)

    async def create(
        self,
        portal: str | Portal,
        name: str,
        slug: str,
        *,
        locale: str | NotGiven = NOT_GIVEN,
        description: str | NotGiven = NOT_GIVEN,
        position: int | NotGiven = NOT_GIVEN,
        icon: str | NotGiven = NOT_GIVEN,
        parent_category_id: int | Identified | NotGiven = NOT_GIVEN,
        associated_category_id: int | Identified | NotGiven = NOT_GIVEN,
    ) -> Category:
        """Create a category; administrators only (contract 5.9).

        Args:
            portal: its slug, or the help centre.
            name: what visitors see.
            slug: for addresses.
            locale: its language, such as ``pt_BR``.
            description: what visitors see.
            position: among the others.
            icon: an emoji.
            parent_category_id: what it is a part of.
            associated_category_id: the same category in another language.
        """
        category = given(
            name=name,
            slug=slug,
            locale=locale,
            description=description,
            position=position,
            icon=icon,
            parent_category_id=number_given(parent_category_id),
            associated_category_id=number_given(associated_category_id),
        )
        return (await self._ask("create", _slug(portal), json={"category": category})).read(Category)


class Articles(Resource):
    """The articles of a help centre, drafts included (contract 5.9)."""

    name = "articles"

    async def list(
        self,
        portal: str | Portal,
        *,
        page: int = 1,
        locale: str | None = None,
        query: str | None = None,
        category_slug: str | None = None,
        status: ArticleStatus | None = None,
        author_id: int | Identified | None = None,
    ) -> ArticlePage:
        """A page of 25 articles; past the last one it is empty (contract 5.2 and 5.9). `each` goes through all.

        Args:
            portal: its slug, or the help centre.
            page: from 1.
            locale: a language, such as ``pt_BR``.
            query: words of title or content.
            category_slug: only of this category.
            status: only these.
            author_id: only of this agent.
        """
        params = {
            "page": page,
            "locale": locale,
            "query": query,
            "category_slug": category_slug,
            "status": status,
            "author_id": number_of(author_id) if author_id is not None else None,
        }
        return (await self._ask("list", _slug(portal), params=params)).read(ArticlePage)

    def each(
        self,
        portal: str | Portal,
        *,
        locale: str | None = None,
        query: str | None = None,
        category_slug: str | None = None,
        status: ArticleStatus | None = None,
        author_id: int | Identified | None = None,
    ) -> AsyncIterator[Article]:
        """All articles, page by page, none twice (contract 5.9); see `list`."""

        async def page_of(number: int) -> Sequence[Article]:
            page = await self.list(
                portal,
                page=number,
                locale=locale,
                query=query,
                category_slug=category_slug,
                status=status,
                author_id=author_id,
            )
            return page.payload

        return each_row(page_of)

    async def show(self, portal: str | Portal, article: int | Identified) -> Article:
        """An article; for administrators, although agents see the same in a list (contract 5.9)."""
        return (await self._ask("show", _slug(portal), article)).read(Article)

    async def create(
        self,
        portal: str | Portal,
        title: str,
        *,
        content: str | NotGiven = NOT_GIVEN,
        description: str | NotGiven = NOT_GIVEN,
        locale: str | NotGiven = NOT_GIVEN,
        status: ArticleStatus | NotGiven = NOT_GIVEN,
        category_id: int | Identified | NotGiven | None = NOT_GIVEN,
        author_id: int | Identified | NotGiven = NOT_GIVEN,
        associated_article_id: int | Identified | NotGiven = NOT_GIVEN,
        slug: str | NotGiven = NOT_GIVEN,
        position: int | NotGiven = NOT_GIVEN,
        meta: Mapping[str, Any] | NotGiven = NOT_GIVEN,
    ) -> Article:
        """Create an article; administrators only (contract 5.9).

        Args:
            portal: its slug, or the help centre.
            title: what visitors see.
            content: Markdown.
            description: of what it is about.
            locale: its language, such as ``pt_BR``.
            status: see `ArticleStatus`.
            category_id: None for none.
            author_id: an agent.
            associated_article_id: the same article in another language.
            slug: for its address; made of time and title when not given.
            position: among the others of its category; behind them when not given.
            meta: for search engines.
        """
        article = given(
            title=title,
            content=content,
            description=description,
            locale=locale,
            status=status,
            category_id=number_given(category_id),
            author_id=number_given(author_id),
            associated_article_id=number_given(associated_article_id),
            slug=slug,
            position=position,
            meta=meta,
        )
        return (await self._ask("create", _slug(portal), json={"article": article})).read(Article)

    async def update(
        self,
        portal: str | Portal,
        article: int | Identified,
        *,
        title: str | NotGiven = NOT_GIVEN,
        content: str | NotGiven | None = NOT_GIVEN,
        description: str | NotGiven | None = NOT_GIVEN,
        locale: str | NotGiven = NOT_GIVEN,
        status: ArticleStatus | NotGiven = NOT_GIVEN,
        category_id: int | Identified | NotGiven | None = NOT_GIVEN,
        author_id: int | Identified | NotGiven = NOT_GIVEN,
        associated_article_id: int | Identified | NotGiven | None = NOT_GIVEN,
        slug: str | NotGiven = NOT_GIVEN,
        position: int | NotGiven = NOT_GIVEN,
        meta: Mapping[str, Any] | NotGiven = NOT_GIVEN,
    ) -> Article:
        """Change an article; what is not given stays. Administrators only (contract 5.9).

        For the arguments see `create`; None clears.
        """
        body = given(
            title=title,
            content=content,
            description=description,
            locale=locale,
            status=status,
            category_id=number_given(category_id),
            author_id=number_given(author_id),
            associated_article_id=number_given(associated_article_id),
            slug=slug,
            position=position,
            meta=meta,
        )
        return (await self._ask("update", _slug(portal), article, json={"article": body})).read(Article)

    async def delete(self, portal: str | Portal, article: int | Identified) -> None:
        """Delete an article; administrators only (contract 5.9)."""
        await self._ask("delete", _slug(portal), article)


class HelpCenter(Resource):
    """What the public sees of a help centre: no token is sent (contract 5.9).

    All of it is ``NotFound`` where the help centre does not exist, or is archived.
    """

    name = "help_center"

    async def articles(
        self,
        portal: str | Portal,
        locale: str,
        *,
        query: str | None = None,
        page: int | None = None,
        per_page: int | None = None,
    ) -> PublicArticlePage:
        """A page of published articles in a language (contract 5.9). `each_article` goes through all.

        Args:
            portal: its slug, or the help centre.
            locale: exactly as the help centre has it, such as ``pt_BR``; another one has no articles.
            query: words of title or content. What is found is short: a snippet of the text, and the link.
            page: from 1.
            per_page: at most 100.
        """
        params = {"query": query, "page": page, "per_page": per_page}
        return (await self._ask("articles", _slug(portal), locale, params=params)).read(PublicArticlePage)

    def each_article(
        self, portal: str | Portal, locale: str, *, query: str | None = None, per_page: int = 100
    ) -> AsyncIterator[PublicArticle]:
        """All published articles in a language, page by page, none twice (contract 5.9); see `articles`."""

        async def page_of(number: int) -> Sequence[PublicArticle]:
            return (await self.articles(portal, locale, query=query, page=number, per_page=per_page)).payload

        return each_row(page_of)

    async def article_text(self, portal: str | Portal, article: str | Article | PublicArticle) -> str:
        """The text of a published article, in Markdown (contract 5.9).

        Args:
            portal: its slug, or the help centre.
            article: its slug, or the article, also one that a search found.

        Raises:
            NotFound: there is none, or it is not published.
            ValueError: the article has neither slug nor link.
        """
        answer = await self._ask("article_text", _slug(portal), _slug(article))
        return answer.raw.decode("utf-8", "replace")


def _slug(thing: str | Portal | Article | PublicArticle) -> str:
    """What a path names it by."""
    if isinstance(thing, str):
        return thing
    link = thing.link if isinstance(thing, PublicArticle) else None
    slug = thing.slug or (link or "").rpartition("/")[2]
    if not slug:
        raise ValueError(f"{thing!r} has no slug")
    return slug
