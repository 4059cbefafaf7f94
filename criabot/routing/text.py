"""Filters on what somebody wrote: the subject's ``text``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import PydanticUserError, TypeAdapter

from criabot.errors import BotError
from criabot.routing.filters import NO_NAMES, Filter, Match, as_filter
from criabot.routing.parameters import Parameter


class Text(Filter):
    """The whole text is this one, whatever its case and surrounding blanks; a plain ``str`` as a filter is this."""

    def __init__(self, text: str) -> None:
        self.text = _plain(text)

    def __call__(self, subject: Any) -> Match:
        """Compare the subject's text."""
        text = _text_of(subject)
        return text is not None and _plain(text) == self.text

    def __repr__(self) -> str:
        return repr(self.text)


class Regex(Filter):
    r"""The text matches a pattern; named groups become parameters of the handler.

    The *whole* text must match, surrounding blanks aside; with ``search=True`` the pattern may stand anywhere in it.
    Case is ignored unless *flags* say otherwise; a compiled pattern keeps its own flags. A compiled pattern used
    directly as a filter is searched for.

    A named group is converted to the type that the handler's parameter of that name is annotated with: ``int``,
    ``Decimal``, ``date``, an ``Enum`` by its exact value, and so on. A text that does not convert is no match. A group
    that took no part in the match leaves the parameter its default:

    ```python
    @bot.message(Regex(r"pedido (?P<number>\d+)"))
    async def order(message: Message, number: int) -> None: ...
    ```

    Raises:
        BotError: the pattern is not a valid regular expression.
    """

    def __init__(
        self, pattern: str | re.Pattern[str], *, search: bool = False, flags: int | re.RegexFlag = re.IGNORECASE
    ) -> None:
        self.pattern = _compiled(pattern, flags)
        self.search = search
        self.names = frozenset(self.pattern.groupindex) or NO_NAMES
        self._converters: Mapping[str, Callable[[str | None], object]] = {}

    def __call__(self, subject: Any) -> Match:
        """Match the subject's text."""
        text = _text_of(subject)
        if text is None:
            return False
        found = self.pattern.search(text) if self.search else self.pattern.fullmatch(text.strip())
        if found is None:
            return False
        return self._converted(found.groupdict()) if self.names else True

    def _converted(self, groups: dict[str, Any]) -> Match:
        try:
            return groups | {name: convert(groups[name]) for name, convert in self._converters.items()}
        except ValueError:  # pydantic's ValidationError is one
            return False

    def typed(self, parameters: Mapping[str, Parameter]) -> Filter:
        """Return the same filter, with its groups converted to what *parameters* are annotated with.

        Raises:
            BotError: no text can be converted to an annotation.
        """
        copy = Regex(self.pattern, search=self.search)
        copy._converters = {name: _converter(parameters[name]) for name in self.names & parameters.keys()}
        return copy

    def __repr__(self) -> str:
        return f"Regex({self.pattern.pattern!r})"


def _plain(text: str) -> str:
    return text.strip().casefold()


def _text_of(subject: object) -> str | None:
    text = getattr(subject, "text", None)
    return text if isinstance(text, str) else None


def _compiled(pattern: str | re.Pattern[str], flags: int | re.RegexFlag) -> re.Pattern[str]:
    if isinstance(pattern, re.Pattern):
        return pattern
    try:
        return re.compile(pattern, flags)
    except re.error as error:
        raise BotError(f"{pattern!r} is not a regular expression: {error}") from error


def _converter(parameter: Parameter) -> Callable[[str | None], object]:
    wanted: Any = parameter.annotation if parameter.is_annotated else str
    try:
        adapter = TypeAdapter(wanted)
    except PydanticUserError as error:
        raise BotError(
            f"parameter '{parameter.name}': a text cannot become {wanted!r}; use str or a type like int or date"
        ) from error

    def convert(text: str | None) -> object:
        if text is None:
            return parameter.default if parameter.has_default else adapter.validate_python(None)
        return adapter.validate_strings(text)

    return convert


@as_filter.register
def _(value: str) -> Filter:
    return Text(value)


@as_filter.register
def _(value: re.Pattern) -> Filter:  # type: ignore[type-arg]  # dispatch needs the bare class
    return Regex(value, search=True)
