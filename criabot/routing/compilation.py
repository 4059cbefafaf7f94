"""Compilation: a tree of routers becomes flat lists of handlers, and everything that is wrong is said at once."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from types import CodeType, NoneType

from pydantic import BaseModel

from criabot.errors import BotError
from criabot.routing.binding import Named, Offers, bound_by_dispatch, plan, value_of
from criabot.routing.dependencies import Dependencies
from criabot.routing.dispatch import Handler, Routes
from criabot.routing.filters import And, Filter
from criabot.routing.kinds import Kind
from criabot.routing.magic import attributes_of
from criabot.routing.middleware import Middleware, Run
from criabot.routing.origin import code_of
from criabot.routing.parameters import parameters_of
from criabot.routing.router import WIRE, Raised, Registration, Router

_LIFE = ("startup", "shutdown")


def compile_routes(root: Router, kinds: Iterable[Kind], *, state: type[BaseModel] | None = None) -> Routes:
    """Check the bot *root* and everything included in it, and make it ready to route.

    *kinds* describes every kind that a handler may be of (``startup``, ``shutdown`` and ``error`` need not be among
    them); *state* is the base of state classes.

    Raises:
        BotError: all that is wrong with the bot, one line each.
    """
    compilation = _Compilation(root, {kind.name: kind for kind in kinds}, state)
    routes = compilation.routes()
    if compilation.problems:
        raise BotError("\n".join(dict.fromkeys(compilation.problems)))
    return routes


@dataclass(frozen=True, slots=True)
class _Placed:
    """A handler with the inner middleware that surrounds it."""

    registration: Registration
    inner: tuple[Middleware, ...]


class _Compilation:
    """One run of ``compile_routes``."""

    def __init__(self, root: Router, kinds: Mapping[str, Kind], state: type[BaseModel] | None) -> None:
        self.kinds = {name: Kind(name, NoneType, {}, has_state=False) for name in _LIFE} | dict(kinds)
        self.state = state
        self.routers = list(root.walk())
        self.outer = tuple(each for router in self.routers for each in router.parts.outer)
        self.placed = _placed(root, ())
        provisions = [each for router in self.routers for each in router.parts.provisions]
        self.dependencies = Dependencies(provisions, _values(self.kinds["startup"]))
        self.problems = [*_double_routers(self.routers), *self._unused(), *self.dependencies.problems]

    def routes(self) -> Routes:
        """Compile everything, noting problems on the way."""
        handlers: dict[str, list[Handler]] = {}
        for placed in self.placed:
            kind = placed.registration.kind
            if kind != "error" and (handler := self._handler(placed)) is not None:
                handlers.setdefault(kind, []).append(handler)
        flat = {kind: tuple(each) for kind, each in handlers.items()}
        return Routes(flat, self._errors(), self.outer, self.dependencies, self._codes())

    def _handler(self, placed: _Placed) -> Handler | None:
        name = placed.registration.kind
        try:
            inner = () if name in _LIFE else placed.inner
            _check_filters(placed.registration, self._kind(name).subject)
            return _compiled(placed.registration, self._offers(self._kind(name), placed), inner)
        except BotError as error:
            self._report(placed.registration, str(error))
            return None

    def _errors(self) -> dict[str, tuple[Handler, ...]]:
        """Compile each error handler once for each kind that may fail."""
        failing = self._failing()
        errors: dict[str, list[Handler]] = {name: [] for name in failing}
        for placed in self.placed:
            if placed.registration.kind == "error":
                for name, handler in self._error_handlers(placed, failing):
                    errors[name].append(handler)
        return {name: tuple(each) for name, each in errors.items()}

    def _error_handlers(self, placed: _Placed, failing: Mapping[str, Kind]) -> list[tuple[str, Handler]]:
        """Compile one error handler for the kinds that have all that it asks for; a problem only if none has."""
        found, complaints = [], []
        for name, kind in failing.items():
            try:
                offers = _with_error(self._offers(kind, placed), placed.registration)
                found.append((name, _compiled(placed.registration, offers, ())))
            except BotError as error:
                complaints.append(str(error))
        if complaints and not found:
            self._report(placed.registration, min(complaints, key=len))
        return found

    def _failing(self) -> dict[str, Kind]:
        """Return the kinds whose handlers' errors go to error handlers; something to check against if there is none."""
        names = dict.fromkeys(placed.registration.kind for placed in self.placed)
        kinds = {name: self._kind_or_none(name) for name in names if name not in {*_LIFE, "error"}}
        known = {name: kind for name, kind in kinds.items() if kind is not None}
        return known or {"error": Kind("error", Exception, {}, has_state=False)}

    def _kind_or_none(self, name: str) -> Kind | None:
        return self.kinds.get(WIRE.rstrip(":") if name.startswith(WIRE) else name)

    def _kind(self, name: str) -> Kind:
        kind = self._kind_or_none(name)
        if kind is None:
            raise BotError(f"there are no '{name}' handlers in this bot; there are: {', '.join(sorted(self.kinds))}")
        return kind

    def _offers(self, kind: Kind, placed: _Placed) -> Offers:
        named = self._named(placed.inner)
        double = sorted(named.keys() & kind.names.keys())
        if double:
            raise BotError(f"'{double[0]}' is provided, but every '{kind.name}' handler has its own: rename the former")
        state = self.state if kind.has_state else None
        return Offers(values=_values(kind), named=named, typed=self.dependencies.typed, state=state)

    def _named(self, inner: tuple[Middleware, ...]) -> dict[str, Named]:
        named = dict(self.dependencies.named)
        for middleware in (*self.outer, *inner):
            origin = middleware.origin
            for name in named.keys() & middleware.provides.keys():
                self.problems.append(
                    f"{origin.where} middleware '{origin.name}': '{name}' is provided elsewhere, too: rename one"
                )
            named |= middleware.named()
        return named

    def _codes(self) -> dict[CodeType, str]:
        """Label the code of each handler, and of what ``functools.wraps`` put around it."""
        functions = [(placed.registration.function, placed.registration.origin) for placed in self.placed]
        layers = [(code_of(each), str(origin)) for function, origin in functions for each in _layers(function)]
        return {code: label for code, label in layers if code is not None}

    def _unused(self) -> list[str]:
        return [each for router in self.routers for each in router.parts.unused]

    def _report(self, registration: Registration, complaint: str) -> None:
        origin = registration.origin
        self.problems += [f"{origin.where} handler '{origin.name}': {line}" for line in complaint.splitlines()]


def _compiled(registration: Registration, offers: Offers, inner: tuple[Middleware, ...]) -> Handler:
    parameters = parameters_of(registration.function)
    names = frozenset(name for each in registration.filters for name in each.names)
    if taken := sorted(names & (offers.values.keys() | offers.named.keys())):
        raise BotError(f"a filter binds '{taken[0]}', but something else has that name here: rename the filter's")
    run: Run = plan(parameters, replace(offers, filters=names)).runner(registration.function)
    for middleware in reversed(inner):
        run = middleware.around(run)
    typed = [each.typed({p.name: p for p in parameters if p.name in names}) for each in registration.filters]
    filters = tuple(part for each in typed for part in _parts(each))
    return Handler(registration.origin, filters, run, is_async=any(each.is_async for each in filters))


def _check_filters(registration: Registration, subject: type) -> None:
    """Refuse an expression that asks for what its subject never has; an event may have any key."""
    if issubclass(subject, BaseModel):
        return
    for name in (name for each in registration.filters for name in each.unknown(subject)):
        near = difflib.get_close_matches(name, attributes_of(subject), n=1)
        hint = f" Did you mean F.{near[0]}?" if near else ""
        raise BotError(f"a {subject.__name__} has no '{name}', so F.{name} never matches.{hint}")


def _parts(filter_: Filter) -> list[Filter]:
    """Take a conjunction apart, so that a miss names the part that did not match."""
    return [*_parts(filter_.left), *_parts(filter_.right)] if isinstance(filter_, And) else [filter_]


def _with_error(offers: Offers, registration: Registration) -> Offers:
    kinds = next((each.kinds for each in registration.filters if isinstance(each, Raised)), (Exception,))
    error = bound_by_dispatch("error", reduce(operator.or_, kinds))
    return replace(offers, values={**offers.values, "error": error})


def _values(kind: Kind) -> dict[str, Named]:
    return {name: value_of(name, each) for name, each in kind.names.items()}


def _placed(router: Router, around: tuple[Middleware, ...]) -> list[_Placed]:
    inner = (*around, *router.parts.inner)
    own = [_Placed(each, inner) for each in router.parts.handlers]
    return own + [placed for each in router.parts.routers for placed in _placed(each, inner)]


def _double_routers(routers: list[Router]) -> list[str]:
    doubles = {id(each): each.name for each in routers if sum(other is each for other in routers) > 1}
    return [f"router '{name}' is included twice: include each router once" for name in doubles.values()]


def _layers(function: Callable[..., object]) -> list[Callable[..., object]]:
    inner = getattr(function, "__wrapped__", None)
    return [function] if inner is None else [function, *_layers(inner)]
