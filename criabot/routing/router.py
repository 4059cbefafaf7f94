"""The router: where a bot's author registers handlers, middleware and what handlers may ask for."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias, TypeVar, overload

from criabot.errors import BotError
from criabot.routing.dependencies import Provision
from criabot.routing.filters import Filter, FilterLike, Predicate, as_filter
from criabot.routing.middleware import Middleware, MiddlewareFunction
from criabot.routing.origin import Origin

HandlerFunction: TypeAlias = Callable[..., Awaitable[object]]
H = TypeVar("H", bound=HandlerFunction)
M = TypeVar("M", bound=MiddlewareFunction)
T = TypeVar("T")

WIRE = "event:"
"""What the kinds of ``Router.event(…)`` start with: ``event:inbox_updated``."""


class Skipped(BaseException):
    """A handler declined; not an ``Exception``, so that a handler's own ``except`` cannot swallow it."""


def skip() -> NoReturn:
    """Decline from inside a handler: the next handler whose filters match goes on."""
    raise Skipped


@dataclass(frozen=True, slots=True)
class Registration:
    """One handler as it was registered.

    Attributes:
        kind: the kind's name; ``event:<wire name>`` for a handler of ``Router.event``.
        function: the handler.
        filters: all must match.
        origin: where it stands in the bot's code.
    """

    kind: str
    function: HandlerFunction
    filters: tuple[Filter, ...]
    origin: Origin


@dataclass(slots=True)
class Parts:
    """What a router holds, in the order in which it was registered."""

    handlers: list[Registration] = field(default_factory=list)
    inner: list[Middleware] = field(default_factory=list)
    outer: list[Middleware] = field(default_factory=list)
    provisions: list[Provision] = field(default_factory=list)
    routers: list[Router] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


class Router:
    """A group of handlers; the bot is one, and others may be included in it.

    For an event, the router's own handlers are asked in order of registration, then the included routers in order. The
    first whose filters all match runs; ``skip()`` passes on to the next. Decorators return the function unchanged.
    Filters are described at ``Filter``.

    Attributes:
        name: for messages and logs.
        parts: what was registered.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name or type(self).__name__.lower()
        self.parts = Parts()

    def message(self, *filters: FilterLike) -> Callable[[H], H]:
        """Handle an incoming public message of a contact, while the bot owns the conversation (contract 2.14)."""
        return self._on("message", filters)

    def message_created(self, *filters: FilterLike) -> Callable[[H], H]:
        """Handle every new message but our own echo, agents' messages and private notes included (contract 2.2)."""
        return self._on("message_created", filters)

    def message_updated(self, *filters: FilterLike) -> Callable[[H], H]:
        """Handle a change of a message: its receipt, its attributes, an answer to a choice (contract 2.3)."""
        return self._on("message_updated", filters)

    def conversation_created(self, *filters: FilterLike) -> Callable[[H], H]:
        """Handle a new conversation; agent bots are not told of it (contract 2.4)."""
        return self._on("conversation_created", filters)

    def updated(self, *filters: FilterLike) -> Callable[[H], H]:
        """Handle a change of a conversation: assignee, team, labels; its status may be stale (contract 2.5)."""
        return self._on("updated", filters)

    def status_changed(self, *filters: FilterLike) -> Callable[[H], H]:
        """Handle a conversation's change to open, pending, snoozed or resolved (contract 2.6)."""
        return self._on("status_changed", filters)

    def opened(self, *filters: FilterLike) -> Callable[[H], H]:
        """Handle a conversation that was opened by an update, not at its creation (contract 2.7)."""
        return self._on("opened", filters)

    def resolved(self, *filters: FilterLike) -> Callable[[H], H]:
        """Handle a conversation that was resolved (contract 2.7)."""
        return self._on("resolved", filters)

    def typing(self, *filters: FilterLike) -> Callable[[H], H]:
        """Handle somebody starting or ceasing to type; agent bots are not told of it (contract 2.8)."""
        return self._on("typing", filters)

    def contact_created(self, *filters: FilterLike) -> Callable[[H], H]:
        """Handle a new contact; account webhooks only (contract 2.9)."""
        return self._on("contact_created", filters)

    def contact_updated(self, *filters: FilterLike) -> Callable[[H], H]:
        """Handle a change of a contact, which every message of theirs is; account webhooks only (contract 2.9)."""
        return self._on("contact_updated", filters)

    def widget_opened(self, *filters: FilterLike) -> Callable[[H], H]:
        """Handle a visitor who opens the web widget, maybe without a conversation (contract 2.11)."""
        return self._on("widget_opened", filters)

    def event(self, name: str, *filters: FilterLike) -> Callable[[H], H]:
        """Handle any event of the platform by its name on the wire, such as ``inbox_updated`` (contract 1.2)."""
        return self._on(WIRE + name, filters)

    def error(self, *filters: type[Exception] | FilterLike) -> Callable[[H], H]:
        """Handle an exception of a handler, a filter or a middleware; exception classes narrow it to any of these.

        The handler may ask for ``error`` and for what a handler of the failed kind may ask for; it is passed over for
        kinds that lack something it asks for without a default. If it returns, the event is handled. If it raises, or
        if every one skips, the original exception counts.
        """
        kinds = tuple(each for each in filters if isinstance(each, type))
        others = tuple(each for each in filters if not isinstance(each, type))
        return self._on("error", (Raised(kinds), *others) if kinds else others)

    def startup(self) -> Callable[[H], H]:
        """Run when the bot starts, after what it provides was made; every start-up handler runs."""
        return self._on("startup", ())

    def shutdown(self) -> Callable[[H], H]:
        """Run when the bot stops, before what it provides is closed; every shutdown handler runs."""
        return self._on("shutdown", ())

    def include(self, *routers: Router) -> None:
        """Ask *routers*, in this order, after this router's own handlers.

        Raises:
            BotError: a router would be included in itself, or twice.
        """
        for router in routers:
            mine = [id(each) for each in self.walk()]
            double = next((each for each in router.walk() if id(each) in mine), None)
            if double is not None:
                raise BotError(f"router '{double.name}' is already part of '{self.name}': include each router once")
            self.parts.routers.append(router)

    @overload
    def provide(self, key: type[T], source: T | Callable[..., T | Awaitable[T] | AsyncIterator[T]]) -> None: ...
    @overload
    def provide(self, key: str, source: object) -> None: ...
    def provide(self, key: type | str, source: object) -> None:
        """Let every handler of the bot ask for a value, by its class or by a name.

        By class, a function or class as *source* makes the value when the bot starts; a function may be ``async``, may
        ask for other provided values, and may ``yield`` the value and close it after. Anything else as *source*, and
        every *source* by name, is the value itself:

        ```python
        bot.provide(Database, open_database)
        bot.provide("greeting", "Olá")
        ```

        Raises:
            BotError: *source* neither is nor makes a *key*, or *key* is a class like ``str`` that says too little.
        """
        self.parts.provisions.append(Provision.of(key, source))

    @overload
    def middleware(self, function: M, /) -> M: ...
    @overload
    def middleware(self, /, *, provides: Mapping[str, type]) -> Callable[[M], M]: ...
    def middleware(
        self, function: MiddlewareFunction | None = None, /, *, provides: Mapping[str, type] | None = None
    ) -> object:
        """Run around each picked handler of this router and of those included in it, outermost router first.

        It gets ``call_next`` and the ``Scope``. Values that it sets on the scope for handlers to ask for by name are
        declared: ``@bot.middleware(provides={"customer": Customer})``.
        """
        return _registered(self.parts.inner, function, provides)

    @overload
    def outer_middleware(self, function: M, /) -> M: ...
    @overload
    def outer_middleware(self, /, *, provides: Mapping[str, type]) -> Callable[[M], M]: ...
    def outer_middleware(
        self, function: MiddlewareFunction | None = None, /, *, provides: Mapping[str, type] | None = None
    ) -> object:
        """Run around the routing of every event of the bot, before any filter; see ``middleware``.

        An outer middleware that does not call ``call_next`` has dealt with the event itself.
        """
        return _registered(self.parts.outer, function, provides)

    def kinds_handled(self) -> frozenset[str]:
        """Return the kinds that have a handler here or in an included router; other events may be dropped."""
        return frozenset(each.kind for router in self.walk() for each in router.parts.handlers)

    def walk(self) -> Iterator[Router]:
        """Go through this router and all that are included in it, in the order in which they are asked."""
        yield self
        for router in self.parts.routers:
            yield from router.walk()

    def _on(self, kind: str, likes: tuple[FilterLike, ...]) -> Callable[[H], H]:
        filters = tuple(as_filter(each) for each in likes)
        unused = _unused(kind, filters)
        self.parts.unused.append(unused)

        def register(function: H) -> H:
            if unused in self.parts.unused:
                self.parts.unused.remove(unused)
            self.parts.handlers.append(Registration(kind, function, filters, _origin_of(function)))
            return function

        return register


class Raised(Filter):
    """An exception is of one of these classes."""

    def __init__(self, kinds: tuple[type, ...]) -> None:
        for kind in kinds:
            if not issubclass(kind, Exception):
                raise BotError(f"error handlers take subclasses of Exception, and {kind.__name__} is none")
        self.kinds = kinds

    def __call__(self, subject: object) -> bool:
        """Look at the exception's class."""
        return isinstance(subject, self.kinds)

    def __repr__(self) -> str:
        return " | ".join(kind.__name__ for kind in self.kinds)


def _registered(
    place: list[Middleware], function: MiddlewareFunction | None, provides: Mapping[str, type] | None
) -> object:
    def register(function: M) -> M:
        place.append(Middleware.of(function, provides))
        return function

    return register if function is None else register(function)


def _origin_of(function: HandlerFunction) -> Origin:
    origin = Origin.of(function)
    if not inspect.iscoroutinefunction(function):
        raise BotError(f"{origin.where} handler '{origin.name}' must be an 'async def'")
    return origin


def _unused(kind: str, filters: tuple[Filter, ...]) -> str:
    """Say what is wrong if a decorator is never put on a function, above all ``@bot.message`` without ``()``."""
    functions = [Origin.of(each.function) for each in filters if isinstance(each, Predicate)]
    if not functions:
        return f"'{kind}' was called but decorates no handler: write it as '@' above an 'async def'"
    where, name = functions[0].where, functions[0].name
    return f"{where} handler '{name}' was never registered: write '@….{kind}()', with parentheses"
