"""The help centre: the public reads what is published, in its language."""

from __future__ import annotations

from tests.testing.platform.office import Office, open_office


async def portal(office: Office) -> None:
    config = {"allowed_locales": ["pt_BR", "en"], "default_locale": "pt_BR"}
    await office.ask("POST", "/portals", {"portal": {"name": "Ajuda", "slug": "ajuda", "config": config}})
    for title, status in (("Prazo de entrega", "published"), ("Segredo", "draft"), ("Trocas", "published")):
        article = {"title": title, "content": f"**{title}**: [veja](https://example.com)", "status": status}
        made, _ = await office.ask("POST", "/portals/ajuda/articles", {"article": article})
        assert made == 200


async def test_search_finds_words_by_their_beginning_and_only_what_is_published() -> None:
    async with open_office() as office:
        await portal(office)
        _, found = await office.ask("GET", "/hc/ajuda/pt_BR/articles.json?query=ENTREG")
        assert [each["title"] for each in found["payload"]] == ["Prazo de entrega"]
        assert found["payload"][0]["content"] == "Prazo de entrega: veja"
        assert found["meta"] == {"articles_count": 2}
        _, found = await office.ask("GET", "/hc/ajuda/pt_BR/articles.json?query=segredo")
        assert found["payload"] == []


async def test_pages_of_articles_and_other_languages() -> None:
    async with open_office() as office:
        await portal(office)
        _, second = await office.ask("GET", "/hc/ajuda/pt_BR/articles.json?per_page=1&page=2")
        assert [each["title"] for each in second["payload"]] == ["Trocas"]
        _, english = await office.ask("GET", "/hc/ajuda/en/articles.json")
        assert english["payload"] == []


async def test_an_archived_portal_is_gone_for_the_public_only() -> None:
    async with open_office() as office:
        await portal(office)
        await office.ask("PATCH", "/portals/ajuda", {"portal": {"archived": True}})
        assert (await office.ask("GET", "/hc/ajuda/pt_BR"))[0] == 404
        assert (await office.ask("GET", "/portals/ajuda"))[0] == 200
