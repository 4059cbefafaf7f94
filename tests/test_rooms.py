"""The walls of the house: who may import whom (docs/architecture.md), how large a file may be, what is public."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import criabot

HOUSE = Path(criabot.__file__).parent
MAP = HOUSE.parent / "docs" / "architecture.md"
FRONT_DOOR = {"__init__", "__main__"}  # the public names and `python -m criabot`: they may open any room

FILES = sorted(HOUSE.rglob("*.py"))


def room_of(file: Path) -> str:
    return file.relative_to(HOUSE).parts[0].removesuffix(".py")


ROOMS = {room_of(file) for file in FILES} - FRONT_DOOR


def walls() -> dict[str, set[str]]:
    """The table of the map: each room, and the rooms that it may import."""
    allowed: dict[str, set[str]] = {}
    for row in re.findall(r"^\| (`.+?) \|.*\| (.+?) \|$", MAP.read_text("utf-8"), re.MULTILINE):
        rooms = {name.removesuffix("/").removesuffix(".py") for name in re.findall(r"`([\w./]+)`", row[0])}
        if not rooms <= ROOMS:
            continue  # a row of another table
        words = {"nothing": set(), "everything": ROOMS, "all of the above": set(allowed)}
        may = words.get(row[1], set(row[1].split(", ")))
        allowed |= dict.fromkeys(rooms, may | rooms)
    return allowed


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """The rooms that a file imports, with the line."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: imports are absolute here"
            names = [f"{node.module}.{name}" for name in names]
        yield from ((node.lineno, name.split(".")[1]) for name in names if name.startswith("criabot."))


def test_the_map_shows_every_room() -> None:
    assert set(walls()) == ROOMS


@pytest.mark.parametrize(
    "file", [f for f in FILES if room_of(f) not in FRONT_DOOR], ids=lambda f: f"{f.parent.name}/{f.name}"
)
def test_no_import_goes_through_a_wall(file: Path) -> None:
    allowed = walls()[room_of(file)]
    through = [f"line {line}: {room}" for line, room in imports(file) if room in ROOMS and room not in allowed]
    assert through == []


@pytest.mark.parametrize("folder", [HOUSE, HOUSE.parent / "tests"], ids=lambda folder: folder.name)
def test_no_file_has_more_than_400_lines(folder: Path) -> None:
    lines = {str(file): len(file.read_text("utf-8").splitlines()) for file in folder.rglob("*.py")}
    assert len(lines) > 20
    assert {file: number for file, number in lines.items() if number > 400} == {}


def test_what_is_public_can_be_imported_and_is_documented() -> None:
    listed = set(criabot.__all__)
    tree = ast.parse((HOUSE / "__init__.py").read_text("utf-8"))
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("criabot.")
        for alias in node.names
    }
    assert listed == imported | {"__version__"}
    for name in imported:
        assert getattr(criabot, name).__doc__, f"{name} has no docstring"
