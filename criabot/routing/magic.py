"""``F``: filters written as expressions on the subject, such as ``F.text.lower() == "oi"``.

It is the magic-filter package's ``F`` with three things changed. It composes with the other filters on either side of
``&`` and ``|``. An expression that makes no sense for a subject (``F.text.lower()`` where there is no text,
``F.count > 3`` where it is None) is no match and never an exception; inside an expression such a part counts as
None, so its ``~`` is true. And it can be read: its ``repr`` is the expression.
"""

from __future__ import annotations

import inspect
import operator
import re
from collections.abc import Iterator
from functools import reduce
from types import BuiltinMethodType
from typing import Any

from magic_filter import MagicFilter
from magic_filter.exceptions import RejectOperations, SwitchModeToAll, SwitchModeToAny
from magic_filter.operations import (
    BaseOperation,
    CallOperation,
    CombinationOperation,
    ComparatorOperation,
    FunctionOperation,
    GetAttributeOperation,
    GetItemOperation,
)

from criabot.routing.filters import And, Filter, Match, Or, as_filter

_SENSELESS = (RejectOperations, AttributeError, TypeError, ValueError, LookupError, ArithmeticError)

_SYMBOLS = {
    operator.eq: "==",
    operator.ne: "!=",
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
    operator.and_: "&",
    operator.or_: "|",
}


class Magic(MagicFilter):
    """An expression on the subject; start from ``F``."""

    __slots__ = ()

    def _resolve(self, value: Any, operations: tuple[BaseOperation, ...] | None = None) -> Any:
        """Apply the operations in turn, as the package does, but let no senseless one raise."""
        subject = value
        rejected = False
        steps = self._operations if operations is None else operations
        for index, step in enumerate(steps):
            if rejected and not step.important:
                continue
            try:
                value = step.resolve(value=value, initial_value=subject)
                rejected = False
            except SwitchModeToAll:
                return all(self._resolve(item, steps[index + 1 :]) for item in value)
            except SwitchModeToAny:
                return any(self._resolve(item, steps[index + 1 :]) for item in value)
            except _SENSELESS:
                value, rejected = None, True
        return value

    def __and__(self, other: Any) -> Any:
        return And(Expression(self), as_filter(other)) if _is_filter(other) else super().__and__(other)

    def __rand__(self, other: Any) -> Any:
        return And(as_filter(other), Expression(self)) if _is_filter(other) else super().__rand__(other)

    def __or__(self, other: Any) -> Any:
        return Or(Expression(self), as_filter(other)) if _is_filter(other) else super().__or__(other)

    def __ror__(self, other: Any) -> Any:
        return Or(as_filter(other), Expression(self)) if _is_filter(other) else super().__ror__(other)

    def __repr__(self) -> str:
        return reduce(_read, self._operations, "F")


class Expression(Filter):
    """A magic expression in the place of a filter; it binds no names."""

    def __init__(self, magic: MagicFilter) -> None:
        self.magic = magic if isinstance(magic, Magic) else Magic(magic._operations)

    def __call__(self, subject: Any) -> Match:
        """Apply the expression to the subject."""
        return bool(self.magic.resolve(subject))

    def unknown(self, subject: type) -> Iterator[str]:
        """Look at the first attribute of each part: ``F.txt`` would otherwise silently never match."""
        return _unknown(self.magic, subject)

    def __repr__(self) -> str:
        return repr(self.magic)


F = Magic()
"""The subject, in an expression that is a filter: ``F.text.lower().in_({"oi", "olá"})``."""


def _unknown(magic: MagicFilter, subject: type) -> Iterator[str]:
    match magic._operations:
        case (GetAttributeOperation(name=name), *_) if name not in attributes_of(subject):
            yield name
    for step in magic._operations:
        if isinstance(step, CombinationOperation) and isinstance(step.right, MagicFilter):
            yield from _unknown(step.right, subject)


def attributes_of(subject: type) -> set[str]:
    """Everything that an instance of a class has, going by what the class declares."""
    return {*dir(subject), *(name for each in subject.__mro__ for name in inspect.get_annotations(each))}


def _is_filter(value: object) -> bool:
    """Tell a filter from an operand: ``F.flags & 4`` stays arithmetic."""
    return not isinstance(value, MagicFilter) and (isinstance(value, (str, re.Pattern)) or callable(value))


def _read(text: str, step: BaseOperation) -> str:
    match step:
        case GetAttributeOperation(name=name):
            return f"{text}.{name}"
        case GetItemOperation(key=key):
            return f"{text}[{key!r}]"
        case CallOperation(args=args, kwargs=named):
            return f"{text}({_arguments(args, named)})"
        case ComparatorOperation(comparator=function, right=right):
            return f"({text} {_SYMBOLS[function]} {right!r})"
        case CombinationOperation(combinator=function, right=right):
            return f"({text} {_symbol(function)} {right!r})"
        case FunctionOperation():
            return _read_function(text, step)
    return f"{text}.…"


def _read_function(text: str, step: FunctionOperation) -> str:
    match step.function:
        case operator.not_:
            return f"~{text}"
        case BuiltinMethodType(__self__=re.Pattern(pattern=pattern)):
            return f"{text}.regexp({pattern!r})"
        case function:
            return f"{text}.{_method(function)}({_arguments(step.args, step.kwargs)})"


def _arguments(args: tuple[object, ...], named: dict[str, object]) -> str:
    return ", ".join([*map(repr, args), *(f"{name}={value!r}" for name, value in named.items())])


def _symbol(function: Any) -> str:
    name = function.__name__.removesuffix("_op")
    return _SYMBOLS.get(function) or {"and": "&", "or": "|"}.get(name, name)


def _method(function: Any) -> str:
    name = getattr(function, "__name__", "func").removesuffix("_op")
    return {"in": "in_"}.get(name, name)


@as_filter.register
def _(value: MagicFilter) -> Filter:
    return Expression(value)
