"""What the documentation shows works: every Python snippet is a bot that loads, every setting is in the table."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest

from criabot import Bot, State
from criabot.routing import compile_routes
from criabot.runtime.subjects import KINDS
from criabot.settings import Settings

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SNIPPETS = [
    pytest.param(code, id=f"{page.name}-{number}")
    for page in PAGES
    for number, code in enumerate(
        re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    )
]


@pytest.mark.parametrize("code", SNIPPETS)
def test_a_snippet_is_a_bot_that_loads(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("snippet")
    monkeypatch.setitem(sys.modules, "snippet", module)
    exec(compile(code, "snippet", "exec"), module.__dict__)
    bots = [value for value in vars(module).values() if isinstance(value, Bot)]
    assert bots, "a snippet shows a bot"
    for bot in bots:
        compile_routes(bot, KINDS, state=State)


def test_there_are_snippets() -> None:
    assert len(SNIPPETS) >= 8


def test_the_settings_page_has_every_setting_and_no_other() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    named = {name for row in re.findall(r"^\| (`.*?) \|", page, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named == set(Settings.model_fields)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
