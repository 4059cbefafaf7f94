"""The help centre as its authors see it (contract 5.9)."""

from __future__ import annotations

from typing import Any

from criabot.testing.platform.casts import number
from criabot.testing.platform.finder import page_of
from criabot.testing.platform.help_center import (
    ARTICLES,
    CATEGORIES,
    PORTALS,
    articles_of,
    categories_of,
    matches,
    slug_of,
)
from criabot.testing.platform.http import Call, Routes, fault, not_found
from criabot.testing.platform.shapes import agent_json
from criabot.testing.platform.tables import Table, refuse, texts, truths, wrapped
from criabot.testing.platform.times import epoch
from criabot.testing.platform.world import Json, World

__all__ = ["routes"]

routes = Routes("/api/v1/accounts/{account}/portals")

STATUSES = ("draft", "published", "archived")
PORTAL_TEXTS = ("name", "slug", "color", "page_title", "header_text", "custom_domain", "homepage_link")
CATEGORY_TEXTS = ("name", "slug", "locale", "description", "icon", "icon_color")
ARTICLE_TEXTS = ("title", "content", "description", "locale")


# -- portals ----------------------------------------------------------------------------------------------------


@routes.get("")
def portals(call: Call) -> Json:
    """All portals."""
    rows = PORTALS.rows(call.world)
    meta = {"current_page": _page(call), "portals_count": len(rows)}
    return {"payload": [_portal(call.world, row) for row in rows], "meta": meta}


@routes.get("/{portal}")
def show_portal(call: Call) -> Json:
    """One portal, with the numbers of its articles."""
    row = portal_of(call)
    return _portal(call.world, row, articles_of(call.world, row, call.query.get("locale")))


@routes.post("", "admin")
def create_portal(call: Call) -> Json:
    """A new portal."""
    columns: Json = dict.fromkeys(PORTAL_TEXTS) | {"archived": False, "config": {}}
    return _portal(call.world, PORTALS.insert(call.core, **columns | _portal_values(call, {})))


@routes.patch("/{portal}", "admin")
def update_portal(call: Call) -> Json:
    """Change a portal; an archived one is gone for the public."""
    row = portal_of(call)
    return _portal(call.world, PORTALS.update(call.core, row, **_portal_values(call, row["config"])))


@routes.delete("/{portal}", "admin")
def delete_portal(call: Call) -> None:
    """Delete a portal with all that is in it."""
    row = portal_of(call)
    for table, rows in ((ARTICLES, articles_of(call.world, row)), (CATEGORIES, categories_of(call.world, row))):
        for each in rows:
            table.delete(call.world, each)
    PORTALS.delete(call.world, row)


def portal_of(call: Call) -> Json:
    """The portal of the path.

    Raises:
        Refused: 404, there is none.
    """
    slug = call.request.match_info["portal"]
    found = next((row for row in PORTALS.rows(call.world) if row["slug"] == slug), None)
    if found is None:
        raise not_found()
    return found


def _portal_values(call: Call, config: Json) -> Json:
    given = wrapped(call, "portal")
    values = texts(given, *PORTAL_TEXTS) | truths(given, "archived")
    if isinstance(given.get("config"), dict):
        values["config"] = {**config, **given["config"]}
    return values


def _portal(world: World, row: Json, articles: list[Json] | None = None) -> Json:
    config = row["config"]
    locale = config.get("default_locale") or "en"
    shown = {key: row[key] for key in ("id", *PORTAL_TEXTS, "archived")}
    return {
        **shown,
        "account_id": world.account.id,
        "config": {
            "allowed_locales": [_locale(world, row, each) for each in config.get("allowed_locales") or [locale]],
            "default_locale": locale,
            "layout": config.get("layout", "classic"),
            "social_profiles": config.get("social_profiles", {}),
            "locale_translations": config.get("locale_translations", {}),
        },
        "meta": {
            "all_articles_count": len(articles or ()),
            "archived_articles_count": _count(articles, "archived"),
            "published_count": _count(articles, "published"),
            "draft_articles_count": _count(articles, "draft"),
            "categories_count": len(categories_of(world, row)),
            "default_locale": locale,
        },
    }


def _locale(world: World, row: Json, code: str) -> Json:
    return {
        "code": code,
        "articles_count": len(articles_of(world, row, code)),
        "categories_count": len(categories_of(world, row, code)),
        "draft": code in (row["config"].get("draft_locales") or ()),
    }


def _count(articles: list[Json] | None, status: str) -> int | None:
    return None if articles is None else sum(row["status"] == status for row in articles)


# -- categories -------------------------------------------------------------------------------------------------


@routes.get("/{portal}/categories")
def categories(call: Call) -> Json:
    """A portal's categories."""
    rows = categories_of(call.world, portal_of(call), call.query.get("locale"))
    meta = {"current_page": _page(call), "categories_count": len(rows)}
    return {"payload": [_category(call.world, row) for row in rows], "meta": meta}


@routes.get("/{portal}/categories/{id}")
def show_category(call: Call) -> Json:
    """One category."""
    return {"payload": _category(call.world, _inside(call, CATEGORIES))}


@routes.post("/{portal}/categories", "admin")
def create_category(call: Call) -> Json:
    """A new category."""
    portal = portal_of(call)
    columns: Json = dict.fromkeys(CATEGORY_TEXTS) | {"icon": "", "icon_color": "", "position": None}
    columns |= {"locale": portal["config"].get("default_locale") or "en", "portal_id": portal["id"]}
    return {"payload": _category(call.world, CATEGORIES.insert(call.core, **columns | _category_values(call)))}


@routes.patch("/{portal}/categories/{id}", "admin")
def update_category(call: Call) -> Json:
    """Change a category."""
    row = CATEGORIES.update(call.core, _inside(call, CATEGORIES), **_category_values(call))
    return {"payload": _category(call.world, row)}


@routes.delete("/{portal}/categories/{id}", "admin")
def delete_category(call: Call) -> None:
    """Delete a category; its articles have none then."""
    row = _inside(call, CATEGORIES)
    CATEGORIES.delete(call.world, row)
    for article in ARTICLES.rows(call.world):
        article["category_id"] = None if article["category_id"] == row["id"] else article["category_id"]


def _category_values(call: Call) -> Json:
    given = wrapped(call, "category")
    values = texts(given, *CATEGORY_TEXTS)
    return values | ({"position": number(given["position"])} if given.get("position") is not None else {})


def _category(world: World, row: Json) -> Json:
    shown = {key: row[key] for key in ("id", *CATEGORY_TEXTS, "position")}
    count = sum(each["category_id"] == row["id"] for each in ARTICLES.rows(world))
    return {**shown, "account_id": world.account.id, "meta": {"articles_count": count}}


# -- articles ---------------------------------------------------------------------------------------------------


@routes.get("/{portal}/articles")
def articles(call: Call) -> Json:
    """A portal's articles, the newest change first; within a category by position."""
    portal, query = portal_of(call), call.query
    found = _found(call.world, portal, query)
    if "category_slug" not in query:
        found.sort(key=lambda row: (row["updated_at"], row["id"]), reverse=True)
    meta = {
        "all_articles_count": len(articles_of(call.world, portal)),
        "archived_articles_count": _count(found, "archived"),
        "articles_count": len(found),
        "current_page": _page(call),
        "draft_articles_count": _count(found, "draft"),
        "mine_articles_count": sum(row["author_id"] == call.user.id for row in found),
        "published_count": _count(found, "published"),
    }
    return {"payload": [_article(call.world, row) for row in page_of(found, _page(call))], "meta": meta}


@routes.get("/{portal}/articles/{id}", "admin")
def show_article(call: Call) -> Json:
    """One article; agents may only list them."""
    return {"payload": _article(call.world, _inside(call, ARTICLES))}


@routes.post("/{portal}/articles", "admin")
def create_article(call: Call) -> Json:
    """A new article, behind the others of its category."""
    portal, values = portal_of(call), _article_values(call)
    columns: Json = dict.fromkeys(ARTICLE_TEXTS) | {"status": "draft", "category_id": None, "meta": {}, "views": None}
    columns |= {"locale": portal["config"].get("default_locale") or "en", "author_id": call.user.id, **values}
    columns |= {"portal_id": portal["id"], "slug": slug_of(columns["title"] or "", call.core.now)}
    others = [row for row in articles_of(call.world, portal) if row["category_id"] == columns["category_id"]]
    columns["position"] = max((row["position"] for row in others), default=0) + 10
    return {"payload": _article(call.world, ARTICLES.insert(call.core, **columns))}


@routes.patch("/{portal}/articles/{id}", "admin")
def update_article(call: Call) -> Json:
    """Change an article."""
    row = ARTICLES.update(call.core, _inside(call, ARTICLES), **_article_values(call))
    return {"payload": _article(call.world, row)}


@routes.delete("/{portal}/articles/{id}", "admin")
def delete_article(call: Call) -> None:
    """Delete an article."""
    ARTICLES.delete(call.world, _inside(call, ARTICLES))


def _found(world: World, portal: Json, query: dict[str, str]) -> list[Json]:
    rows = articles_of(world, portal, query.get("locale"), _status(query.get("status")))
    if "category_slug" in query:
        own = [row["id"] for row in categories_of(world, portal) if row["slug"] == query["category_slug"]]
        rows = [row for row in rows if row["category_id"] in own]
    if "author_id" in query:
        rows = [row for row in rows if row["author_id"] == number(query["author_id"])]
    return [row for row in rows if matches(row, query.get("query", ""))]


def _article_values(call: Call) -> Json:
    given = wrapped(call, "article")
    values = texts(given, *ARTICLE_TEXTS)
    for key in ("category_id", "author_id"):
        if key in given:
            values[key] = number(given[key]) if given[key] is not None else None
    if given.get("status") is not None:
        values["status"] = _status(given["status"])
    if isinstance(given.get("meta"), dict):
        values["meta"] = given["meta"]
    if "title" in values and not values["title"]:
        refuse([("title", "can't be blank")])
    return values


def _status(value: Any) -> str | None:
    if value is None or value in STATUSES:
        return None if value is None else str(value)
    if str(value).isdigit() and int(value) < len(STATUSES):
        return STATUSES[int(value)]
    raise fault()


def _article(world: World, row: Json) -> Json:
    shown = ("id", "slug", "title", "content", "description", "status", "position", "meta", "views")
    category = world.rows[CATEGORIES.kind].get(row["category_id"], {})
    data = {
        **{key: row[key] for key in shown},
        "account_id": world.account.id,
        "updated_at": epoch(row["updated_at"]),
        "category": {key: category.get(key) for key in ("id", "name", "slug", "locale", "icon", "icon_color")},
    }
    author = world.users.get(row["author_id"] or 0)
    return {**data, "author": agent_json(world, author)} if author else data


# -- parts ------------------------------------------------------------------------------------------------------


def _page(call: Call) -> int:
    return max(1, number(call.query.get("page", "1")))


def _inside(call: Call, table: Table) -> Json:
    portal, row = portal_of(call), table.row(call)
    if row["portal_id"] != portal["id"]:
        raise not_found()
    return row
