"""Help centres: as their authors see them, and as the public does (contract 5.9)."""

from __future__ import annotations

from criabot.platform.answers.agents import Agent
from criabot.platform.answers.inboxes import InboxDetails
from criabot.platform.parts import Id, JsonObject, Part, Time

__all__ = [
    "Article",
    "ArticleCategory",
    "ArticleCounts",
    "ArticlePage",
    "Category",
    "CategoryCounts",
    "CategoryPage",
    "ListPosition",
    "Portal",
    "PortalConfig",
    "PortalCounts",
    "PortalLocale",
    "PortalLogo",
    "PortalPage",
    "PublicArticle",
    "PublicArticleCounts",
    "PublicArticlePage",
    "PublicAuthor",
    "PublicPortal",
]


class PortalLocale(Part):
    """A language of a help centre; ``draft`` hides it from the public."""

    shown = ("code",)

    code: str | None = None
    articles_count: int | None = None
    categories_count: int | None = None
    draft: bool | None = None


class PortalConfig(Part):
    """The settings of a help centre; to change it, languages are given as plain codes."""

    shown = ("default_locale",)

    allowed_locales: list[PortalLocale] | None = None
    default_locale: str | None = None
    layout: str | None = None
    social_profiles: JsonObject | None = None
    locale_translations: JsonObject | None = None


class PortalCounts(Part):
    """The numbers of a help centre. Those of articles are right only where one is asked for: elsewhere 0 or null."""

    shown = ("all_articles_count",)

    all_articles_count: int | None = None
    archived_articles_count: int | None = None
    published_count: int | None = None
    draft_articles_count: int | None = None
    categories_count: int | None = None
    default_locale: str | None = None


class PortalLogo(Part):
    """The logo of a help centre; never recorded."""

    id: Id | None = None
    portal_id: Id | None = None
    file_type: str | None = None
    account_id: Id | None = None
    file_url: str | None = None
    blob_id: int | str | None = None
    filename: str | None = None


class Portal(Part):
    """A help centre (contract 5.9); ``slug`` is what paths name it by, an ``archived`` one is gone for the public."""

    shown = ("id", "slug")

    id: Id
    slug: str
    name: str | None = None
    account_id: Id | None = None
    archived: bool | None = None
    color: str | None = None
    custom_domain: str | None = None
    header_text: str | None = None
    homepage_link: str | None = None
    page_title: str | None = None
    config: PortalConfig | None = None
    inbox: InboxDetails | None = None
    logo: PortalLogo | None = None
    meta: PortalCounts | None = None


class ListPosition(Part):
    """Where a list stands; ``current_page`` may come as text (contract 5.2)."""

    shown = ("current_page",)

    current_page: int | str | None = None
    portals_count: int | None = None
    categories_count: int | None = None


class PortalPage(Part):
    """All help centres of the account (contract 5.9)."""

    shown = ("meta",)

    payload: list[Portal]
    meta: ListPosition | None = None


class CategoryCounts(Part):
    """The numbers of a category."""

    shown = ("articles_count",)

    articles_count: int | None = None


class Category(Part):
    """A category of a help centre (contract 5.9); the public's has no ``id``."""

    shown = ("id", "slug", "locale")

    id: Id | None = None
    name: str | None = None
    slug: str | None = None
    locale: str | None = None
    description: str | None = None
    position: int | None = None
    account_id: Id | None = None
    portal_id: Id | None = None
    parent_category_id: Id | None = None
    associated_category_id: Id | None = None
    icon: str | None = None
    icon_color: str | None = None
    meta: CategoryCounts | None = None


class CategoryPage(Part):
    """The categories of a help centre (contract 5.9)."""

    shown = ("meta",)

    payload: list[Category]
    meta: ListPosition | None = None


class ArticleCategory(Part):
    """The category of an article; all is null where it has none."""

    shown = ("id", "slug")

    id: Id | None = None
    name: str | None = None
    slug: str | None = None
    locale: str | None = None
    icon: str | None = None
    icon_color: str | None = None


class Article(Part):
    """An article as its authors see it (contract 5.9).

    Attributes:
        slug: made by the platform of time and title; the public address ends with it.
        content: Markdown.
        status: ``draft``, ``published`` or ``archived``.
        position: among the articles of its category.
        updated_at: epoch seconds.
        views: null until somebody looked.
        meta: for search engines.
    """

    shown = ("id", "slug", "status")

    id: Id
    slug: str | None = None
    title: str | None = None
    content: str | None = None
    description: str | None = None
    status: str | None = None
    position: int | None = None
    locale: str | None = None
    account_id: Id | None = None
    portal_id: Id | None = None
    category_id: Id | None = None
    author_id: Id | None = None
    folder_id: Id | None = None
    associated_article_id: Id | None = None
    updated_at: Time | None = None
    views: int | None = None
    meta: JsonObject | None = None
    category: ArticleCategory | None = None
    author: Agent | None = None


class ArticleCounts(Part):
    """Where a list of articles stands.

    Only ``all_articles_count`` is of the whole help centre; the other numbers are of what was asked for.
    """

    shown = ("current_page", "articles_count")

    current_page: int | str | None = None
    articles_count: int | None = None
    all_articles_count: int | None = None
    mine_articles_count: int | None = None
    published_count: int | None = None
    draft_articles_count: int | None = None
    archived_articles_count: int | None = None


class ArticlePage(Part):
    """A page of articles, at most 25 (contract 5.2 and 5.9)."""

    shown = ("meta",)

    payload: list[Article]
    meta: ArticleCounts | None = None


class PublicAuthor(Part):
    """Who wrote an article, as the public sees it."""

    shown = ()

    name: str | None = None
    available_name: str | None = None
    thumbnail: str | None = None


class PublicPortal(Part):
    """A help centre as the public sees it."""

    shown = ("slug",)

    slug: str | None = None
    name: str | None = None
    custom_domain: str | None = None
    header_text: str | None = None
    homepage_link: str | None = None
    page_title: str | None = None
    categories: list[Category] | None = None
    meta: JsonObject | None = None


class PublicArticle(Part):
    """A published article (contract 5.9); what a search finds has only the first five fields.

    Attributes:
        content: Markdown; plain text, perhaps cut, where it was searched for.
        link: the path of its page, with a leading ``/`` only where it was searched for.
        last_updated_at: ISO 8601.
    """

    shown = ("id", "slug")

    id: Id
    category_id: Id | None = None
    title: str | None = None
    content: str | None = None
    link: str | None = None
    slug: str | None = None
    description: str | None = None
    status: str | None = None
    position: int | None = None
    account_id: Id | None = None
    last_updated_at: Time | None = None
    views: int | None = None
    category: ArticleCategory | None = None
    portal: PublicPortal | None = None
    author: PublicAuthor | None = None


class PublicArticleCounts(Part):
    """The number of published articles in the language; of all, also where only some were searched for."""

    shown = ("articles_count",)

    articles_count: int | None = None


class PublicArticlePage(Part):
    """A page of published articles (contract 5.9)."""

    shown = ("meta",)

    payload: list[PublicArticle]
    meta: PublicArticleCounts | None = None
