"""Filters: the questions that decide whether a handler wants a subject.

A filter is called with the subject. Anything falsy is "no"; a dict is "yes" and binds its values to the handler's
parameters of those names. Most filters need not wait for anything, so they are plain functions and cost no ``await``;
a filter that has to ask somebody is ``async``, and only the handlers that use it pay for that.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import singledispatch
from typing import Any, ClassVar, TypeAlias

from magic_filter import MagicFilter

from criabot.errors import BotError
from criabot.routing.origin import Origin
from criabot.routing.parameters import Parameter

Match: TypeAlias = bool | dict[str, object]
NO_NAMES: frozenset[str] = frozenset()


class Filter:
    """A question to a subject: subclass it, with ``def`` or ``async def`` ``__call__``.

    Filters compose with ``&``, ``|`` and ``~``, from left to right and no further than needed. ``a & b`` binds the
    names of both, ``a | b`` those that both bind, ``~a`` none:

    ```python
    class Vip(Filter):
        names = frozenset({"tier"})

        async def __call__(self, message: Message) -> bool | dict[str, object]:
            tier = await tier_of(message.contact)
            return {"tier": tier} if tier else False
    ```

    Attributes:
        names: the parameters that it binds: the keys of the dict that it returns.
        is_async: whether the answer must be awaited; known from how ``__call__`` is defined.
    """

    names: frozenset[str] = NO_NAMES
    is_async: bool = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.is_async = inspect.iscoroutinefunction(cls.__call__)

    def __call__(self, subject: Any) -> Match | Awaitable[Match]:
        """Answer for *subject*: False or anything falsy for no, True or a non-empty dict for yes."""
        raise NotImplementedError(f"{type(self).__name__} needs a __call__(self, subject)")

    def typed(self, parameters: Mapping[str, Parameter]) -> Filter:
        """Return a filter that binds values of the types that *parameters* ask for; by default this one."""
        return self

    def unknown(self, subject: type) -> Iterator[str]:
        """Name the attributes that it asks of a subject of this class in vain; by default none."""
        yield from ()

    def __and__(self, other: FilterLike) -> Filter:
        return And(self, as_filter(other))

    def __rand__(self, other: FilterLike) -> Filter:
        return And(as_filter(other), self)

    def __or__(self, other: FilterLike) -> Filter:
        return Or(self, as_filter(other))

    def __ror__(self, other: FilterLike) -> Filter:
        return Or(as_filter(other), self)

    def __invert__(self) -> Filter:
        return Not(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


FilterLike: TypeAlias = Filter | MagicFilter | str | re.Pattern[str] | Callable[..., object]


class _Pair(Filter):
    """Two filters under one operator."""

    symbol: ClassVar[str]

    def __init__(self, left: Filter, right: Filter) -> None:
        self.left = left
        self.right = right
        self.is_async = left.is_async or right.is_async

    def typed(self, parameters: Mapping[str, Parameter]) -> Filter:
        return type(self)(self.left.typed(parameters), self.right.typed(parameters))

    def unknown(self, subject: type) -> Iterator[str]:
        """Ask both."""
        yield from self.left.unknown(subject)
        yield from self.right.unknown(subject)

    def __repr__(self) -> str:
        return f"({self.left!r} {self.symbol} {self.right!r})"


class And(_Pair):
    """Both say yes; the right one is asked only if the left one does."""

    symbol = "&"

    def __init__(self, left: Filter, right: Filter) -> None:
        super().__init__(left, right)
        self.names = frozenset(left.names | right.names)

    def __call__(self, subject: Any) -> Match | Awaitable[Match]:
        """Ask the left filter, then the right one."""
        if self.is_async:
            return self._later(subject)
        left = self.left(subject)
        return _joined(left, self.right(subject)) if left else False

    async def _later(self, subject: Any) -> Match:
        left = await settled(self.left(subject))
        return _joined(left, await settled(self.right(subject))) if left else False


class Or(_Pair):
    """One of the two says yes; the right one is asked only if the left one does not."""

    symbol = "|"

    def __init__(self, left: Filter, right: Filter) -> None:
        super().__init__(left, right)
        self.names = frozenset(left.names & right.names)

    def __call__(self, subject: Any) -> Match | Awaitable[Match]:
        """Ask the left filter, then the right one."""
        if self.is_async:
            return self._later(subject)
        return self._shared(self.left(subject)) or self._shared(self.right(subject))

    async def _later(self, subject: Any) -> Match:
        return self._shared(await settled(self.left(subject))) or self._shared(await settled(self.right(subject)))

    def _shared(self, answer: object) -> Match:
        # A name that only one side binds must not hide another filter's value.
        if isinstance(answer, dict) and answer:
            return {name: answer[name] for name in self.names if name in answer} or True
        return bool(answer)


class Not(Filter):
    """The other filter says no."""

    def __init__(self, inner: Filter) -> None:
        self.inner = inner
        self.is_async = inner.is_async

    def __call__(self, subject: Any) -> Match | Awaitable[Match]:
        """Ask the other filter."""
        return self._later(subject) if self.is_async else not self.inner(subject)

    async def _later(self, subject: Any) -> Match:
        return not await settled(self.inner(subject))

    def unknown(self, subject: type) -> Iterator[str]:
        """Ask the other filter."""
        return self.inner.unknown(subject)

    def __invert__(self) -> Filter:
        return self.inner

    def __repr__(self) -> str:
        return f"~{self.inner!r}"


class Predicate(Filter):
    """A plain function of the subject, ``def`` or ``async def``; it binds no names."""

    def __init__(self, function: Callable[..., object]) -> None:
        self.function = function
        self.is_async = inspect.iscoroutinefunction(function)

    def __call__(self, subject: Any) -> Match | Awaitable[Match]:
        """Ask the function."""
        if self.is_async:
            return self._later(subject)
        answer = self.function(subject)
        if inspect.iscoroutine(answer):
            answer.close()
            raise BotError(f"filter {Origin.of(self.function)} returned a coroutine: define it with 'async def'")
        return bool(answer)

    async def _later(self, subject: Any) -> Match:
        return bool(await settled(self.function(subject)))

    def __repr__(self) -> str:
        return str(Origin.of(self.function))


async def settled(answer: object) -> object:
    """Return a filter's answer, waiting for it if it is to be awaited."""
    return await answer if isinstance(answer, Awaitable) else answer


def _joined(left: object, right: object) -> Match:
    if not right:
        return False
    bound = (left if isinstance(left, dict) else {}) | (right if isinstance(right, dict) else {})
    return bound or True


@singledispatch
def as_filter(value: FilterLike) -> Filter:
    """Make a filter of anything that a decorator takes; each kind of filter adds its own rule.

    Raises:
        BotError: it is neither a filter nor something that stands for one.
    """
    if isinstance(value, type):
        raise BotError(f"{value.__name__} is a class, not a filter: write {value.__name__}(…)")
    if not callable(value):
        raise BotError(
            f"a value of type {type(value).__name__} is not a filter; use F.…, Regex(…), a text, "
            "a compiled pattern, a Filter or a function of the subject"
        )
    return Predicate(value)


@as_filter.register
def _(value: Filter) -> Filter:
    return value
