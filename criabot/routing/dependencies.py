"""Dependencies: what the bot provides to its handlers, made when it starts and closed when it stops."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from criabot.errors import BotError
from criabot.routing.binding import Bound, Getter, Named, Offers, Plan, is_everyday, plan
from criabot.routing.origin import Origin
from criabot.routing.parameters import Parameter, parameters_of
from criabot.routing.scope import Scope


@dataclass(frozen=True, slots=True)
class Provision:
    """One ``Router.provide(…)``.

    Attributes:
        key: the class to ask for, or the name of a parameter.
        source: the value, or the function or class that makes it.
    """

    key: type | str
    source: object

    @classmethod
    def of(cls, key: type | str, source: object) -> Provision:
        """Take what was provided.

        Raises:
            BotError: the key is a class of everyday data, or the source can neither be nor make one of it.
        """
        if isinstance(key, type) and is_everyday(key):
            raise BotError(f"provide({key.__name__}, …): {key.__name__} says too little; provide it by a name instead")
        if isinstance(key, type) and not _is_factory(source) and not _is_instance(source, key):
            raise BotError(
                f"provide({key.__name__}, …): got a value of type {type(source).__name__}; "
                f"give a {key.__name__}, or a function or class that makes one"
            )
        return cls(key, source)

    def factory(self) -> Callable[..., object] | None:
        """Return what makes the value, or None if the source is the value."""
        by_class = isinstance(self.key, type) and _is_factory(self.source)
        return self.source if by_class and callable(self.source) else None


@dataclass(frozen=True, slots=True)
class Factory:
    """A function or class that makes a provided value."""

    key: type
    function: Callable[..., object]
    parameters: list[Parameter]
    origin: Origin

    def needs(self) -> set[type]:
        """Return the classes that it asks for."""
        return {each for parameter in self.parameters for each in parameter.classes()}


class Dependencies:
    """All that a bot provides: checked when it is loaded, made when it starts, closed when it stops.

    Attributes:
        named: what is provided by name.
        typed: what is provided by class.
        problems: what is wrong with it, one line each.
    """

    def __init__(self, provisions: list[Provision], startup: Mapping[str, Named]) -> None:
        self.problems = _doubles(provisions)
        self._values = {each.key: each.source for each in provisions if each.factory() is None}
        self.named = {key: self._named(key) for key in self._values if isinstance(key, str)}
        self.typed = {each.key: self._getter(each.key) for each in provisions if isinstance(each.key, type)}
        offers = Offers(values=startup, named=self.named, typed=self.typed)
        factories = self._in_order([factory for each in provisions if (factory := self._read(each))])
        self._plans = [(factory, made) for factory in factories if (made := self._plan(factory, offers))]

    async def open(self, scope: Scope, stack: AsyncExitStack) -> None:
        """Make every value, each after those that it needs; *stack* closes them in the opposite order.

        Raises:
            BotError: a factory returned something of another class.
        """
        for factory, made in self._plans:
            value = await _made(factory, made, scope, stack)
            if not _is_instance(value, factory.key):
                raise BotError(
                    f"{factory.origin.where} '{factory.origin.name}' makes {factory.key.__name__}, "
                    f"but it returned a value of type {type(value).__name__}"
                )
            self._values[factory.key] = value
            stack.callback(self._values.pop, factory.key)

    def _read(self, provision: Provision) -> Factory | None:
        function = provision.factory()
        if function is None or not isinstance(provision.key, type):
            return None
        origin = Origin.of(function)
        try:
            return Factory(provision.key, function, parameters_of(function), origin)
        except BotError as error:
            self._report(origin, error)
            return None

    def _plan(self, factory: Factory, offers: Offers) -> Plan | None:
        try:
            return plan(factory.parameters, offers)
        except BotError as error:
            self._report(factory.origin, error)
            return None

    def _report(self, origin: Origin, error: BotError) -> None:
        self.problems += [f"{origin.where} factory '{origin.name}': {line}" for line in str(error).splitlines()]

    def _in_order(self, factories: list[Factory]) -> list[Factory]:
        by_key = {each.key: each for each in factories}
        graph = {each.key: each.needs() & by_key.keys() for each in factories}
        try:
            return [by_key[key] for key in TopologicalSorter(graph).static_order()]
        except CycleError as error:
            circle: list[type] = error.args[1][::-1]
            chain = " needs ".join(each.__name__ for each in circle)
            origin = by_key[circle[0]].origin
            self.problems.append(f"{origin.where} factory '{origin.name}': {chain}: break the circle")
            return []

    def _named(self, name: str) -> Named:
        return Named(type(self._values[name]), self._getter(name))

    def _getter(self, key: type | str) -> Getter:
        def get(scope: Scope, bound: Bound) -> object:
            try:
                return self._values[key]
            except KeyError:
                raise BotError(f"{_label(key)} is provided, but only while the bot runs: start it first") from None

        return get


async def _made(factory: Factory, made: Plan, scope: Scope, stack: AsyncExitStack) -> object:
    value = factory.function(*made.arguments(scope, {}), **made.keywords(scope, {}))
    if isinstance(value, AsyncGenerator):
        stack.push_async_callback(_finish, value, factory.origin)
        return await anext(value)
    return await value if inspect.isawaitable(value) else value


async def _finish(generator: AsyncGenerator[object, None], origin: Origin) -> None:
    """Run what stands after the ``yield``; it runs after an error, too, so it needs no ``finally``."""
    try:
        await anext(generator)
    except StopAsyncIteration:
        return
    await generator.aclose()
    raise BotError(f"{origin.where} factory '{origin.name}' yielded twice: yield the value once, then close it")


def _doubles(provisions: list[Provision]) -> list[str]:
    keys = [each.key for each in provisions]
    doubles = {_label(key) for key in keys if keys.count(key) > 1}
    return [f"{label} is provided twice: keep one provide({label}, …)" for label in sorted(doubles)]


def _is_instance(value: object, kind: type) -> bool:
    try:
        return isinstance(value, kind)
    except TypeError:  # a Protocol that cannot be checked at run time
        return True


def _is_factory(value: object) -> bool:
    return inspect.isroutine(value) or isinstance(value, type)


def _label(key: type | str) -> str:
    return key if isinstance(key, str) else key.__name__
