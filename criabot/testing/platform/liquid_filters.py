"""The filters of Liquid that messages use."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

__all__ = ["FILTERS", "printed"]


def printed(value: Any) -> str:
    """A value as a template prints it."""
    match value:
        case None | dict():
            return ""
        case bool():
            return str(value).lower()
        case list():
            return "".join(map(printed, value))
    return str(value)


def _text(change: Callable[[str], Any]) -> Callable[[Any], Any]:
    return lambda value: change(printed(value))


def _default(value: Any, other: Any = "") -> Any:
    return other if value is None or value is False or value in ("", []) else value


def _truncated(value: Any, length: int = 50, end: str = "...") -> str:
    text = printed(value)
    return text if len(text) <= length else text[: max(0, length - len(end))] + end


def _date(value: Any, form: str = "") -> Any:
    """A moment in another form; what is no moment stays."""
    if not form:
        return value
    moment = _moment(value)
    return moment.strftime(form) if moment else value


def _moment(value: Any) -> datetime | None:
    try:
        if isinstance(value, int | float) or str(value).isdigit():
            return datetime.fromtimestamp(float(value), UTC)
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def _divided(value: Any, other: Any) -> Any:
    return value // other if isinstance(value, int) and isinstance(other, int) else _number(value) / _number(other)


def _number(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    found = re.match(r"-?\d+(\.\d+)?", printed(value))
    return (float if found[1] else int)(found[0]) if found else 0


FILTERS: dict[str, Callable[..., Any]] = {
    "append": lambda value, other: printed(value) + printed(other),
    "capitalize": _text(str.capitalize),
    "date": _date,
    "default": _default,
    "divided_by": _divided,
    "downcase": _text(str.lower),
    "escape": _text(lambda text: html.escape(text).replace("&#x27;", "&#39;")),
    "first": lambda value: value[0] if isinstance(value, list) and value else None,
    "join": lambda value, glue=" ": printed(glue).join(map(printed, value if isinstance(value, list) else [value])),
    "last": lambda value: value[-1] if isinstance(value, list) and value else None,
    "lstrip": _text(str.lstrip),
    "minus": lambda value, other: _number(value) - _number(other),
    "newline_to_br": _text(lambda text: text.replace("\n", "<br />\n")),
    "plus": lambda value, other: _number(value) + _number(other),
    "prepend": lambda value, other: printed(other) + printed(value),
    "remove": lambda value, other: printed(value).replace(printed(other), ""),
    "replace": lambda value, old, new="": printed(value).replace(printed(old), printed(new)),
    "round": lambda value, digits=0: round(_number(value), digits) if digits else round(_number(value)),
    "rstrip": _text(str.rstrip),
    "size": lambda value: len(value) if isinstance(value, str | list) else 0,
    "split": lambda value, glue: printed(value).split(glue or None),
    "strip": _text(str.strip),
    "strip_html": _text(lambda text: re.sub(r"<[^>]*>", "", text)),
    "times": lambda value, other: _number(value) * _number(other),
    "truncate": _truncated,
    "upcase": _text(str.upper),
    "url_encode": _text(quote_plus),
}
