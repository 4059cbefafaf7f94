"""What a function asks for: its parameters, with their annotations resolved."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from criabot.errors import BotError

_EMPTY = inspect.Parameter.empty
_OPEN = (_EMPTY, Any, object)
_KEYWORD = inspect.Parameter.KEYWORD_ONLY
_VARIADIC = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a handler, a factory or a start-up function.

    Attributes:
        name: its name.
        annotation: its resolved annotation, or ``inspect.Parameter.empty``.
        default: its default, or ``inspect.Parameter.empty``.
        keyword_only: whether it stands after a ``*``.
    """

    name: str
    annotation: object
    default: object
    keyword_only: bool = False

    @property
    def is_annotated(self) -> bool:
        """Whether it has an annotation."""
        return self.annotation is not _EMPTY

    @property
    def has_default(self) -> bool:
        """Whether it has a default."""
        return self.default is not _EMPTY

    def classes(self) -> tuple[type, ...]:
        """Return the classes that its annotation accepts, without None; empty if it names none."""
        return tuple(each for each in members(self.annotation) if isinstance(each, type) and each not in _OPEN)


def members(annotation: object) -> tuple[object, ...]:
    """Take an annotation apart: the members of a union without None, generics as their bare class."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return members(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        return tuple(inner for each in get_args(annotation) if each is not NoneType for inner in members(each))
    return (annotation if origin is None else origin,)


def fits(offered: object, annotation: object) -> bool:
    """Tell whether a value of type *offered* is welcome under *annotation*; in doubt, yes."""
    return all(any(_accepts(wanted, each) for wanted in members(annotation)) for each in members(offered))


def is_a(offered: object, wanted: type) -> bool:
    """Tell whether a value of type *offered* is certainly a *wanted*; in doubt, no."""
    return all(isinstance(each, type) and _is_subclass(each, wanted, doubt=False) for each in members(offered))


def _accepts(wanted: object, offered: object) -> bool:
    if wanted in _OPEN or not isinstance(wanted, type) or not isinstance(offered, type):
        return True
    return _is_subclass(offered, wanted, doubt=True) or (wanted is float and offered is int)


def _is_subclass(offered: type, wanted: type, *, doubt: bool) -> bool:
    try:
        return issubclass(offered, wanted)
    except TypeError:  # a Protocol that cannot be checked at run time
        return doubt


def parameters_of(function: Callable[..., object]) -> list[Parameter]:
    """Read the parameters of *function*, or of a class's ``__init__``.

    Raises:
        BotError: an annotation cannot be resolved, or there is a ``*args`` or ``**kwargs``.
    """
    hints = _hints(function)
    return [_parameter(each, hints) for each in inspect.signature(function).parameters.values()]


def _parameter(raw: inspect.Parameter, hints: dict[str, object]) -> Parameter:
    if raw.kind in _VARIADIC:
        raise BotError(f"parameter '{_VARIADIC[raw.kind]}{raw.name}' cannot be filled: name each value you need")
    return Parameter(raw.name, hints.get(raw.name, raw.annotation), raw.default, raw.kind is _KEYWORD)


def _hints(function: Callable[..., object]) -> dict[str, object]:
    target = inspect.getattr_static(function, "__init__") if isinstance(function, type) else function
    try:
        return get_type_hints(target, include_extras=True)
    except Exception as error:
        raise BotError(
            f"cannot resolve the annotation{_culprit(target, error)}: {error}; "
            "import or define the name at the top of the file, outside of TYPE_CHECKING"
        ) from error


def _culprit(function: Callable[..., object], error: Exception) -> str:
    """Name the parameter whose annotation, kept as text, mentions the name that *error* could not find."""
    try:
        raw = inspect.get_annotations(function)
    except NameError:  # annotations that are evaluated only when they are read, since Python 3.14
        return ""
    missing = re.compile(rf"\b{re.escape(str(getattr(error, 'name', None)))}\b")
    guilty = [name for name, text in raw.items() if isinstance(text, str) and missing.search(text)]
    return f" of parameter '{guilty[0]}'" if guilty else ""
