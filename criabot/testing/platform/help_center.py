"""The help centre's rows: portals, categories and articles, and how both of its interfaces find them (contract 5.9)."""

from __future__ import annotations

import re
import unicodedata

from criabot.testing.platform.tables import Table
from criabot.testing.platform.world import Json, World

__all__ = ["ARTICLES", "CATEGORIES", "PORTALS", "articles_of", "categories_of", "matches", "slug_of", "snippet"]

PORTALS = Table("portal", required=("name", "slug"), unique=("slug",))
CATEGORIES = Table("category", required=("name", "slug"), unique=("slug", "locale", "portal_id"))
ARTICLES = Table("article", required=("title",))

MARKS = re.compile(r"[*_`#>]+|!?\[([^\]]*)\]\([^)]*\)")


def categories_of(world: World, portal: Json, locale: str | None = None) -> list[Json]:
    """A portal's categories by position, of a language if told."""
    own = [row for row in CATEGORIES.rows(world) if row["portal_id"] == portal["id"]]
    return sorted((row for row in own if locale in (None, row["locale"])), key=lambda row: row["position"] or 0)


def articles_of(world: World, portal: Json, locale: str | None = None, status: str | None = None) -> list[Json]:
    """A portal's articles by position, of a language and status if told."""
    own = [row for row in ARTICLES.rows(world) if row["portal_id"] == portal["id"]]
    found = (row for row in own if locale in (None, row["locale"]) and status in (None, row["status"]))
    return sorted(found, key=lambda row: row["position"])


def matches(article: Json, query: str) -> bool:
    """Whether every word of the query begins a word of the article."""
    known = _words(" ".join(str(article[key] or "") for key in ("title", "description", "content")))
    return all(any(word.startswith(wanted) for word in known) for wanted in _words(query))


def snippet(content: str | None) -> str:
    """The text without markdown, on one line."""
    return " ".join(MARKS.sub(r"\1", content or "").split())


def slug_of(title: str, now: float) -> str:
    """An article's address: the second, and the title in plain letters."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "-".join([str(int(now)), *re.findall(r"[a-z0-9_]+", plain)])


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.findall(r"\w+", plain)
