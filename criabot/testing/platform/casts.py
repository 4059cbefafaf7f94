"""What Rails makes of JSON values: text, truth and whole numbers."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["dense", "inspected", "kind", "named", "number", "scalar", "symbols", "text", "truth"]

FALSE = {False, "", "0", "f", "F", "false", "FALSE", "off", "OFF"}
DIGITS = re.compile(r"\s*([+-]?\d+)")
SYMBOL = re.compile(r"[^\W\d]\w*[?!]?", re.UNICODE)
CLASSES = {str: "String", int: "Integer", float: "Float", list: "Array", dict: "Hash"}


def text(value: Any) -> str | None:
    """A text column's value: numbers as written, booleans as one letter, anything else as Ruby prints it."""
    match value:
        case None | str():
            return value
        case bool():
            return "t" if value else "f"
    return inspected(value)


def scalar(value: Any) -> str | None:
    """A text column's value where only plain values are permitted: lists and objects are dropped."""
    return None if isinstance(value, dict | list) else text(value)


def truth(value: Any) -> bool:
    """A boolean column's value: everything but a few words is true."""
    return value is not None and (isinstance(value, dict | list) or value not in FALSE)


def number(value: Any) -> int:
    """The whole number at the beginning of a text, 0 without one."""
    found = DIGITS.match(str(value))
    return int(found[1]) if found else 0


def named(value: Any, names: tuple[str, ...]) -> str | None:
    """An enum column's value: one of the names, or its number as a number; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names):
        return names[value]
    return value if isinstance(value, str) and value in names else None


def dense(value: Any) -> Any:
    """Without the nulls inside lists, which Rails drops from every body (contract 3.1)."""
    if isinstance(value, dict):
        return {key: dense(each) for key, each in value.items()}
    if isinstance(value, list):
        return [dense(each) for each in value if each is not None]
    return value


def inspected(value: Any) -> str:
    """A value as Ruby prints it."""
    match value:
        case None:
            return "nil"
        case bool():
            return str(value).lower()
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case list():
            return f"[{', '.join(map(inspected, value))}]"
        case dict():
            return f"{{{', '.join(f'{inspected(key)} => {inspected(each)}' for key, each in value.items())}}}"
    return str(value)


def kind(value: Any) -> str:
    """What Ruby calls a value in the text of a missing method."""
    if value is None or isinstance(value, bool):
        return inspected(value)
    name = CLASSES[type(value)]
    return f"an instance of {name}"


def symbols(names: list[str]) -> str:
    """A list of names as Ruby prints symbols."""
    return f"[{', '.join(f':{name}' if SYMBOL.fullmatch(name) else f':{inspected(name)}' for name in names)}]"
