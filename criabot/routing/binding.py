"""Binding: which value each parameter of a function gets, decided once, when the bot is loaded.

A parameter that is called like something at hand (a value of the kind, one that a filter binds, one that middleware
or the bot provides under a name) gets that, and its annotation must agree. Any other is looked for by its class: a
value of the kind, a state, something that the bot provides. Then it takes its default, unless its name is nearly that
of something at hand: a slip of the pen would silently keep the default. A parameter that nothing explains is an error
at load with a "did you mean", never a None at run time. Classes of everyday data (``str``, ``int``, ``list`` …) say
too little to be looked for by class; those are bound by name alone.
"""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pydantic import BaseModel

from criabot.errors import BotError
from criabot.routing.parameters import Parameter, fits, is_a
from criabot.routing.scope import Scope

Bound: TypeAlias = Mapping[str, object]
"""What the filters of one handler bound for one event."""

Getter: TypeAlias = Callable[[Scope, Bound], object]

ALMOST = 0.8
"""From which likeness on (of 1) a name with a default is taken for a misspelt one: ``nunber`` for ``number``."""


@dataclass(frozen=True, slots=True)
class Named:
    """A value that may be asked for by its name.

    Attributes:
        type: the class of the value.
        get: fetches it.
    """

    type: object
    get: Getter


@dataclass(frozen=True, slots=True)
class Offers:
    """Everything that one function may ask for.

    Attributes:
        values: what its kind gives, by name; may be asked for by class, too.
        named: what middleware and the bot provide, by name.
        typed: what the bot provides, by class.
        filters: the names that its filters bind.
        state: the base of state classes, or None where there is no conversation.
    """

    values: Mapping[str, Named] = field(default_factory=dict)
    named: Mapping[str, Named] = field(default_factory=dict)
    typed: Mapping[type, Getter] = field(default_factory=dict)
    filters: frozenset[str] = frozenset()
    state: type[BaseModel] | None = None

    def getter(self, parameter: Parameter) -> Getter:
        """Decide where *parameter*'s value comes from.

        Raises:
            BotError: nothing explains it, its annotation contradicts its name, or its state class is unusable.
        """
        found = self._by_name(parameter) or self._by_class(parameter)
        if found is None and (not parameter.has_default or self._near(parameter, ALMOST)):
            raise BotError(self._unknown(parameter))
        return found or _default(parameter)

    def _by_name(self, parameter: Parameter) -> Getter | None:
        if parameter.name in self.filters:
            return _bound(parameter)
        offer = self.values.get(parameter.name) or self.named.get(parameter.name)
        if offer is None:
            return None
        if not fits(offer.type, parameter.annotation):
            raise BotError(
                f"parameter '{parameter.name}' is annotated {_called(parameter.annotation)}, "
                f"but '{parameter.name}' is {_called(offer.type)} here: correct the annotation or rename it"
            )
        return offer.get

    def _by_class(self, parameter: Parameter) -> Getter | None:
        for wanted in parameter.classes():
            if (found := self._of_class(parameter, wanted)) is not None:
                return found
        return None

    def _of_class(self, parameter: Parameter, wanted: type) -> Getter | None:
        if is_everyday(wanted):
            return None
        if self.state is not None and issubclass(wanted, self.state):
            return _state(parameter, wanted)
        return self._value_of(parameter, wanted) or self.typed.get(wanted)

    def _value_of(self, parameter: Parameter, wanted: type) -> Getter | None:
        exact = {name: offer for name, offer in self.values.items() if offer.type is wanted}
        able = exact or {name: offer for name, offer in self.values.items() if is_a(offer.type, wanted)}
        if len(able) > 1:
            raise BotError(
                f"parameter '{parameter.name}': several values are a {wanted.__name__} here; "
                f"name it {' or '.join(repr(name) for name in sorted(able))}"
            )
        return next((offer.get for offer in able.values()), None)

    def _near(self, parameter: Parameter, cutoff: float = 0.6) -> list[str]:
        return difflib.get_close_matches(parameter.name, self._names(), n=1, cutoff=cutoff)

    def _names(self) -> list[str]:
        return sorted({*self.values, *self.named, *self.filters})

    def _unknown(self, parameter: Parameter) -> str:
        names, near = self._names(), self._near(parameter)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        known = [*names, *sorted(each.__name__ for each in self.typed)]
        known += [f"any {self.state.__name__}"] if self.state is not None else []
        return f"unknown parameter '{parameter.name}'.{hint} Known here: {', '.join(known) or 'nothing'}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the value of each parameter of one function comes from."""

    positional: tuple[Getter, ...]
    keyword: tuple[tuple[str, Getter], ...]

    def runner(self, function: Callable[..., Awaitable[object]]) -> Callable[[Scope, Bound], Awaitable[object]]:
        """Return *function* as a function of the event and of what the filters bound."""
        positional, keyword = self.positional, self.keyword
        if not keyword:
            return lambda scope, bound: function(*[get(scope, bound) for get in positional])
        return lambda scope, bound: function(*self.arguments(scope, bound), **self.keywords(scope, bound))

    def arguments(self, scope: Scope, bound: Bound) -> list[object]:
        """Fetch the values of all parameters but the keyword-only ones."""
        return [get(scope, bound) for get in self.positional]

    def keywords(self, scope: Scope, bound: Bound) -> dict[str, object]:
        """Fetch the values of the keyword-only parameters."""
        return {name: get(scope, bound) for name, get in self.keyword}


def plan(parameters: list[Parameter], offers: Offers) -> Plan:
    """Decide where the value of each of *parameters* comes from.

    Raises:
        BotError: one line for each parameter that cannot be bound.
    """
    getters: dict[str, Getter] = {}
    problems = []
    for parameter in parameters:
        try:
            getters[parameter.name] = offers.getter(parameter)
        except BotError as error:
            problems.append(str(error))
    if problems:
        raise BotError("\n".join(problems))
    positional = tuple(getters[each.name] for each in parameters if not each.keyword_only)
    return Plan(positional, tuple((each.name, getters[each.name]) for each in parameters if each.keyword_only))


def value_of(name: str, kind: type) -> Named:
    """Offer the scope's value called *name*."""
    return Named(kind, lambda scope, bound: scope.get(name))


def bound_by_dispatch(name: str, kind: object) -> Named:
    """Offer a value that comes with the filters' values rather than from the scope."""
    return Named(kind, lambda scope, bound: bound[name])


def is_everyday(kind: type) -> bool:
    """Tell whether a class is too common to say which value is meant."""
    return kind.__module__ == "builtins"


def _state(parameter: Parameter, state: type[BaseModel]) -> Getter:
    required = [name for name, each in state.model_fields.items() if each.is_required()]
    if required:
        raise BotError(
            f"parameter '{parameter.name}': state {state.__name__} needs a default for "
            f"{', '.join(repr(name) for name in required)}: a new conversation starts with the defaults"
        )
    return lambda scope, bound: scope.state(state)


def _bound(parameter: Parameter) -> Getter:
    name = parameter.name

    def get(scope: Scope, bound: Bound) -> object:
        if name in bound:
            return bound[name]
        if parameter.has_default:
            return parameter.default
        raise BotError(f"a filter lists '{name}' in its names, but its answer has no '{name}': return it in the dict")

    return get


def _default(parameter: Parameter) -> Getter:
    return lambda scope, bound: parameter.default


def _called(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
