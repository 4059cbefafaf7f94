"""Middleware: code around every event (outer) or around the handler that was picked (inner)."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from criabot.errors import BotError
from criabot.routing.binding import Bound, Named
from criabot.routing.origin import Origin
from criabot.routing.scope import Scope

CallNext: TypeAlias = Callable[[], Awaitable[object]]
"""Goes on to the next middleware or to the handler, and returns what that returned."""

MiddlewareFunction: TypeAlias = Callable[[CallNext, Scope], Awaitable[object]]

Run: TypeAlias = Callable[[Scope, Bound], Awaitable[object]]
"""Binds a handler's parameters and runs it, given the event and the values that its filters bound."""


@dataclass(frozen=True, slots=True)
class Middleware:
    """One middleware as it was registered.

    Attributes:
        function: ``async def name(call_next, scope)``.
        provides: the values that it promises to set on the scope, each with its class.
        origin: where it stands in the bot's code.
    """

    function: MiddlewareFunction
    provides: Mapping[str, type]
    origin: Origin

    @classmethod
    def of(cls, function: MiddlewareFunction, provides: Mapping[str, type] | None = None) -> Middleware:
        """Take *function* as a middleware.

        Raises:
            BotError: it is not an async function that takes two arguments.
        """
        origin = Origin.of(function)
        if not inspect.iscoroutinefunction(function):
            raise BotError(f"{origin.where} middleware '{origin.name}' must be an 'async def'")
        try:
            inspect.signature(function).bind(None, None)
        except TypeError:
            raise BotError(f"{origin.where} middleware '{origin.name}' must take (call_next, scope)") from None
        return cls(function, dict(provides or {}), origin)

    def named(self) -> dict[str, Named]:
        """Return the values that it provides, as things that a handler may ask for."""
        return {name: Named(kind, self._getter(name)) for name, kind in self.provides.items()}

    def around(self, inner: Run) -> Run:
        """Return a run that goes through this middleware first."""
        function = self.function

        async def run(scope: Scope, bound: Bound) -> object:
            return await function(lambda: inner(scope, bound), scope)

        return run

    def _getter(self, name: str) -> Callable[[Scope, Bound], object]:
        def get(scope: Scope, bound: Bound) -> object:
            try:
                return scope.get(name)
            except BotError:
                raise BotError(
                    f"{self.origin.where} middleware '{self.origin.name}' provides '{name}' but did not set it: "
                    f"call scope.set('{name}', …) before call_next()"
                ) from None

        return get
