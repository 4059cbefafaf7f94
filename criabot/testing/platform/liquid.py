"""Liquid, as far as support teams use it in messages: values, filters, conditions, raw text (contract 3.7).

Like the real one it is forgiving inside a tag and strict about tags: one that is unknown or not closed makes the whole
text stay as it is.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from typing import Any

from criabot.testing.platform.liquid_filters import FILTERS, printed

__all__ = ["CLOCK", "LiquidError", "render"]

CLOCK = "\0clock"  # the value that `"now"` is, under a name that no template can write
TOKENS = re.compile(r"(\{%.*?%\}|\{\{.*?\}\}?|\{\{|\{%)", re.DOTALL)
TAG = re.compile(r"\{%-?\s*(\w+)\s*(.*?)\s*-?%\}", re.DOTALL)
OUTPUT = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
FRAGMENT = r"""(?:"[^"]*"|'[^']*'|[^\s,|'"]+)"""
FILTER = re.compile(rf"\s*(\w+)\s*(?::\s*({FRAGMENT}(?:\s*,\s*{FRAGMENT})*))?")
CONDITION = re.compile(rf"\s*({FRAGMENT})\s*(?:(==|!=|<>|<=|>=|<|>|contains)\s*({FRAGMENT}))?")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
WORDS = {"true": True, "false": False, "nil": None, "null": None, "blank": "", "empty": ""}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "contains": operator.contains,
}


class LiquidError(Exception):
    """A text that the server does not take for a template."""


def render(text: str, values: dict[str, Any]) -> str:
    """The text with its values filled in.

    Raises:
        LiquidError: a tag is unknown or not closed.
    """
    tokens = iter(TOKENS.split(text))
    output, end = _block(tokens, dict(values), is_shown=True)
    if end:
        raise LiquidError(end)
    return output


def _block(tokens: Iterator[str], values: dict[str, Any], *, is_shown: bool) -> tuple[str, str]:
    """What a block prints up to a tag that is not its own, and that tag with its markup."""
    parts: list[str] = []
    for token in tokens:
        if token.startswith("{{"):
            parts.append(_output(token, values))
        elif token.startswith("{%"):
            name, markup = _tag(token)
            if name in ("else", "elsif") or name.startswith("end"):
                return "".join(parts) if is_shown else "", f"{name} {markup}"
            parts.append(_tagged(name, markup, tokens, values, is_shown=is_shown))
        else:
            parts.append(token)
    return "".join(parts) if is_shown else "", ""


def _tag(token: str) -> tuple[str, str]:
    found = TAG.fullmatch(token)
    if found is None:
        raise LiquidError(token)
    return found[1], found[2]


def _tagged(name: str, markup: str, tokens: Iterator[str], values: dict[str, Any], *, is_shown: bool) -> str:
    match name:
        case "raw":
            return "".join(_until(tokens, "endraw"))
        case "comment":
            _until(tokens, "endcomment")
        case "assign":
            target, _, expression = markup.partition("=")
            if is_shown:
                values[target.strip()] = _filtered(expression, values)
        case "if" | "unless":
            holds = _holds(markup, values) == (name == "if")
            return _branches(tokens, values, f"end{name}", holds=holds, is_shown=is_shown)
        case _:
            raise LiquidError(name)
    return ""


def _until(tokens: Iterator[str], end: str) -> list[str]:
    """The tokens up to a closing tag, as they are."""
    inside: list[str] = []
    for token in tokens:
        if (found := TAG.fullmatch(token)) and found[1] == end:
            return inside
        inside.append(token)
    raise LiquidError(end)


def _branches(tokens: Iterator[str], values: dict[str, Any], close: str, *, holds: bool, is_shown: bool) -> str:
    """The first branch that holds."""
    text, is_done = "", False
    while True:
        now = is_shown and holds and not is_done
        shown, end = _block(tokens, values, is_shown=now)
        text, is_done = text + shown, is_done or holds
        name, _, markup = end.partition(" ")
        if name == close:
            return text
        if name not in ("else", "elsif"):
            raise LiquidError(close)
        holds = name == "else" or _holds(markup, values)


def _output(token: str, values: dict[str, Any]) -> str:
    found = OUTPUT.fullmatch(token)
    if found is None:
        raise LiquidError(token)
    return printed(_filtered(found[1], values))


def _filtered(markup: str, values: dict[str, Any]) -> Any:
    """A value after its filters; an unknown filter does nothing."""
    first, *filters = re.findall(rf"(?:{FRAGMENT}|[\s,]+|['\"])+", markup) or [""]
    found = re.match(rf"\s*({FRAGMENT})", first)
    value = _value(found[1], values) if found else None
    for each in filters:
        if (called := FILTER.match(each)) and called[1] in FILTERS:
            arguments = [_value(text, values) for text in re.findall(FRAGMENT, called[2] or "")]
            value = _applied(called[1], values[CLOCK] if value in ("now", "today") else value, arguments)
    return value


def _applied(name: str, value: Any, arguments: list[Any]) -> Any:
    try:
        return FILTERS[name](value, *arguments)
    except (TypeError, ValueError, ArithmeticError) as error:
        return f"Liquid error: {error}"


def _value(text: str, values: dict[str, Any]) -> Any:
    if text[0] in "'\"":
        return text[1:-1]
    if text in WORDS:
        return WORDS[text]
    if NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    value: Any = values
    for name in re.findall(r"""[\w-]+""", text):
        value = len(value) if name == "size" and isinstance(value, str | list) else _member(value, name)
    return value


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _holds(markup: str, values: dict[str, Any]) -> bool:
    """A condition; ``and`` and ``or`` are taken from the right."""
    parts = re.split(r"\s+(and|or)\s+", markup)
    result = _compares(parts[-1], values)
    for word, condition in zip(reversed(parts[1::2]), reversed(parts[:-1:2]), strict=True):
        this = _compares(condition, values)
        result = (this and result) if word == "and" else (this or result)
    return result


def _compares(condition: str, values: dict[str, Any]) -> bool:
    found = CONDITION.match(condition)
    if found is None:
        raise LiquidError(condition)
    left = _value(found[1], values)
    if found[2] is None:
        return left is not None and left is not False
    right = _value(found[3], values)
    if found[3] in ("blank", "empty"):
        left = left or ""
    try:
        return COMPARISONS[found[2]](left, right)
    except TypeError:
        return False
