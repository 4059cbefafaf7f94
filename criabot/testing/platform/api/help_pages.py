"""The public help centre: JSON, markdown and pages of published articles, without a token (contract 5.9)."""

from __future__ import annotations

from html import escape

from aiohttp import web

from criabot.testing.platform.casts import number
from criabot.testing.platform.finder import page_of
from criabot.testing.platform.help_center import (
    ARTICLES,
    CATEGORIES,
    PORTALS,
    articles_of,
    categories_of,
    matches,
    snippet,
)
from criabot.testing.platform.http import Call, Routes, missing
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import Json, World

__all__ = ["routes"]

routes = Routes("/hc/{portal}")

PER_PAGE, MOST = 25, 100
PAGE = """<!DOCTYPE html>
<html lang="{locale}">
  <head>
    <meta charset="utf-8">
    <title>{title}</title>
  </head>
  <body>
    <h1>{title}</h1>
{parts}
  </body>
</html>
"""


@routes.get("", "open")
def home(call: Call) -> web.Response:
    """To the page of the default language."""
    portal = _portal(call)
    place = f"{call.world.account.attributes.get('frontend_url', '')}/hc/{portal['slug']}/{_locale(portal)}"
    return web.Response(status=302, headers={"Location": place}, content_type="text/html", charset="utf-8")


@routes.get("/sitemap.xml", "open")
def sitemap(call: Call) -> web.Response:
    """The addresses of all published articles."""
    portal = _portal(call)
    host = call.world.account.attributes.get("frontend_url", "")
    places = "".join(
        f"<url><loc>{host}{_link(portal, row)}</loc><lastmod>{iso(row['updated_at'])}</lastmod></url>"
        for row in articles_of(call.world, portal, status="published")
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"{places}</urlset>\n"
    )
    return web.Response(text=text, content_type="application/xml", charset="utf-8")


@routes.get("/articles/{article}", "open")
def article(call: Call) -> Json | web.Response:
    """One published article: a page, or JSON or markdown by the ending of its address."""
    portal = _portal(call)
    slug, dot, kind = call.request.match_info["article"].partition(".")
    published = articles_of(call.world, portal, status="published")
    row = next((each for each in published if each["slug"] == slug), None)
    if row is None:
        raise missing()
    if kind == "md":
        return web.Response(text=row["content"] or "", content_type="text/markdown", charset="utf-8")
    if dot:
        return _article(call.world, portal, row)
    return _page(row["locale"], row["title"], [snippet(row["content"])])


@routes.get("/{locale}", "open")
def front(call: Call) -> web.Response:
    """The front page of a language."""
    portal, locale = _portal(call), call.request.match_info["locale"]
    rows = articles_of(call.world, portal, locale, "published")
    return _page(locale, portal["page_title"] or portal["name"], [row["title"] for row in rows])


@routes.get("/{locale}/search", "open")
def search(call: Call) -> web.Response:
    """What a search finds, as a page."""
    portal, locale, query = _portal(call), call.request.match_info["locale"], call.query.get("query", "")
    rows = articles_of(call.world, portal, locale, "published")
    return _page(locale, query, [row["title"] for row in rows if matches(row, query)])


@routes.get("/{locale}/articles.json", "open")
def articles(call: Call) -> Json:
    """Published articles of a language, a page of them; with ``query`` only what a search shows."""
    portal, query = _portal(call), call.query
    rows = articles_of(call.world, portal, call.request.match_info["locale"], "published")
    meta = {"articles_count": len(rows)}  # of all, not of those that are found
    size = min(number(query.get("per_page")) or PER_PAGE, MOST)
    if not query.get("query"):
        payload = [_article(call.world, portal, row) for row in page_of(rows, query.get("page"), size)]
    else:
        found = [row for row in rows if matches(row, query["query"])]
        payload = [_found(portal, row) for row in page_of(found, query.get("page"), size)]
    return {"payload": payload, "meta": meta}


@routes.get("/{locale}/categories.json", "open")
def categories(call: Call) -> Json:
    """The categories of a language."""
    rows = categories_of(call.world, _portal(call), call.request.match_info["locale"])
    return {"payload": [_category(call.world, row) for row in rows]}


# -- as JSON ----------------------------------------------------------------------------------------------------


def _found(portal: Json, row: Json) -> Json:
    shown = {key: row[key] for key in ("id", "category_id", "title")}
    return {**shown, "content": snippet(row["content"]), "link": _link(portal, row)}


def _article(world: World, portal: Json, row: Json) -> Json:
    shown = ("id", "category_id", "title", "content", "description", "status", "position", "slug", "views")
    data = {
        **{key: row[key] for key in shown},
        "account_id": world.account.id,
        "last_updated_at": iso(row["updated_at"]),
        "portal": _portal_data(world, portal),
        "link": _link(portal, row).removeprefix("/"),
    }
    if (category := world.rows[CATEGORIES.kind].get(row["category_id"])) is not None:
        data["category"] = {key: category[key] for key in ("id", "slug", "locale")}
    if (author := world.users.get(row["author_id"] or 0)) is not None:
        data["author"] = {"available_name": author.available_name, "name": author.name, "thumbnail": ""}
    return data


def _portal_data(world: World, portal: Json) -> Json:
    own = categories_of(world, portal)
    shown = ("custom_domain", "header_text", "homepage_link", "name", "page_title", "slug")
    return {
        **{key: portal[key] for key in shown},
        "categories": [_category(world, row) for row in own],
        "meta": {
            "articles_count": len(articles_of(world, portal, status="published")),
            "categories_count": len(own),
            "default_locale": _locale(portal),
        },
    }


def _category(world: World, row: Json) -> Json:
    published = (each for each in ARTICLES.rows(world) if each["status"] == "published")
    count = sum(each["category_id"] == row["id"] for each in published)
    shown = {key: row[key] for key in ("name", "slug", "locale", "description", "position")}
    return {**shown, "meta": {"articles_count": count}}


# -- parts ------------------------------------------------------------------------------------------------------


def _portal(call: Call) -> Json:
    slug = call.request.match_info["portal"]
    found = (row for row in PORTALS.rows(call.world) if row["slug"] == slug and not row["archived"])
    if (portal := next(found, None)) is None:
        raise missing()
    return portal


def _locale(portal: Json) -> str:
    return portal["config"].get("default_locale") or "en"


def _link(portal: Json, row: Json) -> str:
    return f"/hc/{portal['slug']}/articles/{row['slug']}"


def _page(locale: str, title: str, parts: list[str]) -> web.Response:
    shown = "\n".join(f"    <p>{escape(part)}</p>" for part in parts)
    text = PAGE.format(locale=escape(locale.replace("_", "-")), title=escape(title), parts=shown)
    return web.Response(text=text, content_type="text/html", charset="utf-8")
