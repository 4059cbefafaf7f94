"""What docs/testing.md and the README show can be played."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import criabot.testing
from criabot.testing import Simulator
from criabot.testing.chats import ChatFile
from criabot.testing.scripts import parse
from tests.servers import ValkeyServer

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "testing.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")


def snippets(language: str, page: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert found
    return found


@pytest.mark.parametrize("chat", [*snippets("chat", PAGE), *snippets("chat", README)])
async def test_a_chat_goes_as_it_says(
    chat: str, tmp_path: Path, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    file = tmp_path / "a.chat"
    file.write_text(chat, "utf-8")
    await ChatFile(file).play(None, valkey_url=valkey.url)


@pytest.mark.parametrize("code", snippets("python", PAGE))
async def test_a_test_passes(code: str) -> None:
    names: dict[str, object] = {}
    exec(compile(code, "snippet", "exec"), names)
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        assert callable(test)
        await test()


def test_the_table_shows_lines_that_mean_something() -> None:
    table = PAGE.partition("| Line | Means |")[2].partition("\n\n")[0].replace("\\|", "|")
    lines = re.findall(r"^\| `(.+?)`", table, re.MULTILINE)
    assert len(lines) > 15
    for line in lines:
        parse(f"customer: oi\n{line}")


def test_the_names_of_the_package_are_there() -> None:
    assert criabot.testing.Simulator is Simulator
    for name in criabot.testing.__all__:
        assert getattr(criabot.testing, name).__doc__
    with pytest.raises(AttributeError, match="has no attribute 'Simulaton'"):
        criabot.testing.__getattr__("Simulaton")
