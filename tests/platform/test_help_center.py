"""Help centres on the simulated platform: all pages, and what the public gets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from criabot import errors
from criabot.platform import ApplicationClient
from criabot.platform.answers.help_center import Portal, PublicArticle
from criabot.testing.platform import SimulatedPlatform
from tests.platform.conftest import Platform


@pytest.fixture
async def author() -> AsyncIterator[ApplicationClient]:
    async with (
        SimulatedPlatform() as platform,
        ApplicationClient(platform.url, 1, user_token=platform.admin.access_token, retries=0) as client,
    ):
        yield client


async def help_center(author: ApplicationClient, *titles: str) -> Portal:
    """A help centre with published articles."""
    portal = await author.portals.create("Ajuda", "ajuda", config={"allowed_locales": ["pt_BR"]})
    for title in titles:
        await author.articles.create(portal, title, content=f"**{title}**", status="published", locale="pt_BR")
    return portal


async def test_each_article_comes_once_from_all_pages(author: ApplicationClient) -> None:
    portal = await help_center(author, *(f"Artigo {number}" for number in range(30)))
    articles = [article.title async for article in author.articles.each(portal)]
    assert sorted(map(str, articles)) == sorted(f"Artigo {number}" for number in range(30))
    public = [article.id async for article in author.help_center.each_article(portal, "pt_BR", per_page=7)]
    assert len(public) == len(set(public)) == 30


async def test_each_article_that_was_asked_for(author: ApplicationClient) -> None:
    portal = await help_center(author, "Prazo de entrega", "Trocas")
    await author.articles.create(portal, "Prazo de troca", status="draft", locale="pt_BR")
    drafts = [article.title async for article in author.articles.each(portal, query="prazo", status="draft")]
    found = [article.title async for article in author.help_center.each_article(portal, "pt_BR", query="prazo")]
    assert (drafts, found) == (["Prazo de troca"], ["Prazo de entrega"])


async def test_the_text_of_what_a_search_found(author: ApplicationClient) -> None:
    portal = await help_center(author, "Prazo de entrega", "Trocas")
    [found] = (await author.help_center.articles(portal, "pt_BR", query="prazo")).payload
    assert found.slug is None
    assert await author.help_center.article_text(portal, found) == "**Prazo de entrega**"
    [shown] = [each for each in (await author.help_center.articles(portal, "pt_BR")).payload if each.id == found.id]
    assert await author.help_center.article_text(portal, shown) == "**Prazo de entrega**"


async def test_an_archived_help_center_is_gone_for_the_public(author: ApplicationClient) -> None:
    portal = await help_center(author, "Trocas")
    assert (await author.portals.update(portal, archived=True)).archived
    with pytest.raises(errors.NotFound):
        await author.help_center.articles(portal, "pt_BR")
    assert (await author.portals.list()).payload[0].slug == "ajuda"


async def test_an_article_that_says_not_where_it_is_is_not_asked_for(
    client: ApplicationClient, platform: Platform
) -> None:
    with pytest.raises(ValueError, match="no slug"):
        await client.help_center.article_text("ajuda", PublicArticle(id=7))
    assert platform.seen == []
