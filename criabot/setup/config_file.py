"""``criabot.toml``: new values are put in, and what its owner wrote around them stays."""

from __future__ import annotations

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from criabot.errors import ConfigurationError

__all__ = ["Value", "as_toml", "merged", "read", "write_privately"]

Value: TypeAlias = "str | int | bool | Sequence[str]"

MODE = 0o600
"""It holds secrets: nobody but its owner may read it."""


def as_toml(values: Mapping[str, Value]) -> str:
    """Values as lines of a TOML file."""
    return "".join(f"{name} = {_written(value)}\n" for name, value in values.items())


def read(path: Path) -> tuple[str, frozenset[str]]:
    """The text of a settings file, and the names of what is in it; empty where there is none.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        text = path.read_text("utf-8") if path.exists() else ""
        return text, frozenset(tomllib.loads(text))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None


def merged(text: str, values: Mapping[str, Value]) -> str:
    """The text of a TOML file with these values in it; comments, order and everything else stay.

    Raises:
        ConfigurationError: the file is no TOML, or is written in a way in which this cannot be done.
    """
    try:
        before = tomllib.loads(text)
        lines, missing = text.splitlines(keepends=True), dict(values)
        for name in values:
            if name in before:
                lines = _replaced(lines, name, missing.pop(name))
        after = _added("".join(lines), missing)
        if tomllib.loads(after) == {**before, **_plain(values)}:
            return after
    except ValueError as error:
        raise ConfigurationError(f"criabot.toml cannot be read: {error}") from None
    raise ConfigurationError(
        "criabot.toml is written in a way that cannot be changed without loss: use --print, and put it in yourself."
    )


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner may read, all of it or nothing.

    Raises:
        ConfigurationError: it cannot be written.
    """
    place = path.resolve()
    try:
        handle, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).chmod(MODE)
            Path(name).replace(place)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror}): use --print instead.") from None


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value if isinstance(value, str | int) else list(value))


def _plain(values: Mapping[str, Value]) -> dict[str, object]:
    return {name: value if isinstance(value, str | int) else list(value) for name, value in values.items()}


def _replaced(lines: list[str], name: str, value: Value) -> list[str]:
    """The lines with one assignment changed; a comment behind it stays."""
    key = re.compile(rf"""\s*(?:{name}|"{name}"|'{name}')\s*=""")
    first = 0
    while first < len(lines) and not lines[first].lstrip().startswith("["):
        last = _end(lines, first)
        if key.match(lines[first]):
            comment = _comment(lines[first]) if last == first else ""
            return [*lines[:first], f"{name} = {_written(value)}{comment}\n", *lines[last + 1 :]]
        first = last + 1
    return lines


def _end(lines: Sequence[str], first: int) -> int:
    """The last line of the assignment that begins in a line: a list may have several."""
    for last in range(first, len(lines)):
        if _is_toml("".join(lines[first : last + 1])):
            return last
    return first


def _comment(line: str) -> str:
    """The comment at the end of an assignment, with the blanks before it."""
    for at, letter in enumerate(line):
        if letter == "#" and _is_toml(line[:at]):
            return line[len(line[:at].rstrip()) :].rstrip()
    return ""


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True


def _added(text: str, values: Mapping[str, Value]) -> str:
    """The text with more assignments, before its first table."""
    if not values:
        return text
    table = re.search(r"^\s*\[", text, re.MULTILINE)
    head, rest = (text[: table.start()], text[table.start() :]) if table else (text, "")
    line_end = "" if not head or head.endswith("\n") else "\n"
    return f"{head}{line_end}{as_toml(values)}{rest}"
