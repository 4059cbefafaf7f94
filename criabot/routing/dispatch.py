"""Dispatch: one event goes through the outer middleware to the first handler whose filters all match."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from types import CodeType

from criabot.routing.dependencies import Dependencies
from criabot.routing.filters import Filter, settled
from criabot.routing.middleware import Middleware, Run
from criabot.routing.origin import Origin
from criabot.routing.router import Skipped
from criabot.routing.scope import Scope

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler, ready to run.

    Attributes:
        origin: where it stands in the bot's code.
        filters: all must match.
        run: its inner middleware, then itself.
        is_async: whether one of the filters must be awaited.
    """

    origin: Origin
    filters: tuple[Filter, ...]
    run: Run
    is_async: bool

    def miss(self, subject: object, bound: dict[str, object]) -> Filter | None:
        """Return the first filter that does not match, or None; collect in *bound* what the filters bind."""
        for each in self.filters:
            answer = each(subject)
            if not answer:
                return each
            if isinstance(answer, dict):
                bound.update(answer)
        return None

    async def miss_later(self, subject: object, bound: dict[str, object]) -> Filter | None:
        """Do the same where a filter must be awaited."""
        for each in self.filters:
            answer = await settled(each(subject))
            if not answer:
                return each
            if isinstance(answer, dict):
                bound.update(answer)
        return None


@dataclass(slots=True)
class Handled:
    """What became of an event; true if the bot dealt with it.

    Attributes:
        by: the handler that took it, or the outer middleware that did not pass it on; None if nobody did.
        error: the exception that an error handler, then in ``by``, dealt with.
        passed: the handlers that did not take it, each with the filter that did not match, or None if it skipped.
    """

    by: Origin | None = None
    error: Exception | None = None
    passed: list[tuple[Handler, Filter | None]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.by is not None

    def reasons(self) -> list[str]:
        """Say for each handler that was asked before why it did not take the event; for a debug log."""
        return [_reason(handler, filter_) for handler, filter_ in self.passed]


class Routes:
    """A bot, checked and flattened: for each kind, its handlers in the order in which they are asked.

    Attributes:
        handlers: the handlers of each kind.
        errors: the error handlers that can run for each kind.
        outer: the outer middleware, outermost first.
        dependencies: what the bot provides.
    """

    def __init__(
        self,
        handlers: Mapping[str, tuple[Handler, ...]],
        errors: Mapping[str, tuple[Handler, ...]],
        outer: tuple[Middleware, ...],
        dependencies: Dependencies,
        codes: Mapping[CodeType, str],
    ) -> None:
        self.handlers = handlers
        self.errors = errors
        self.outer = outer
        self.dependencies = dependencies
        self._codes = codes

    async def dispatch(self, scope: Scope) -> Handled:
        """Route one event and tell what became of it.

        Raises:
            Exception: a handler, filter or middleware failed, and no error handler dealt with it.
        """
        try:
            return await (self._enter(scope) if self.outer else self._route(scope))
        except Skipped:
            return Handled()
        except Exception as error:
            handled = await self._recovered(error, scope)
            if handled is None:
                raise
            return handled

    @asynccontextmanager
    async def running(self, values: Mapping[str, object] | None = None) -> AsyncIterator[None]:
        """Make what the bot provides and run its start-up handlers; on leaving, shut down in the opposite order.

        *values* are what start-up and shutdown handlers and factories may ask for by name. Every shutdown handler
        runs, even if another fails; the failure is raised after.
        """
        async with AsyncExitStack() as stack:
            scope = Scope("startup", None, values)
            await self.dependencies.open(scope, stack)
            for handler in self.handlers.get("startup", ()):
                await handler.run(scope, {})
            for handler in reversed(self.handlers.get("shutdown", ())):
                stack.push_async_callback(handler.run, Scope("shutdown", None, values), {})
            yield

    def code_objects(self) -> dict[CodeType, str]:
        """Return the code object of every handler with its label, to recognise a handler in a stack."""
        return dict(self._codes)

    async def _route(self, scope: Scope) -> Handled:
        return await _first(self.handlers.get(scope.kind, ()), scope.subject, scope, {})

    async def _enter(self, scope: Scope) -> Handled:
        journey = _Journey()
        await self._pass(0, scope, journey)
        return journey.handled

    async def _pass(self, depth: int, scope: Scope, journey: _Journey) -> object:
        if depth == len(self.outer):
            journey.handled = await self._route(scope)
            return journey.handled
        middleware = self.outer[depth]
        journey.handled = Handled(by=middleware.origin)  # stands unless it goes on
        return await middleware.function(partial(self._pass, depth + 1, scope, journey), scope)

    async def _recovered(self, error: Exception, scope: Scope) -> Handled | None:
        scope.roll_back()
        try:
            handled = await _first(self.errors.get(scope.kind, ()), error, scope, {"error": error})
        except Exception:
            log.exception("An error handler failed while it dealt with a failed '%s' handler", scope.kind)
            return None
        handled.error = error
        return handled if handled else None


@dataclass(slots=True)
class _Journey:
    """How far an event came through the outer middleware."""

    handled: Handled = field(default_factory=Handled)


async def _first(handlers: tuple[Handler, ...], subject: object, scope: Scope, given: Mapping[str, object]) -> Handled:
    """Run the first of *handlers* that wants *subject* and does not skip."""
    handled = Handled()
    for handler in handlers:
        bound = {**given}
        try:
            missed = await handler.miss_later(subject, bound) if handler.is_async else handler.miss(subject, bound)
            if missed is None:
                await handler.run(scope, bound)
                handled.by = handler.origin
                return handled
        except Skipped:
            scope.roll_back()
            missed = None
        handled.passed.append((handler, missed))
    return handled


def _reason(handler: Handler, missed: Filter | None) -> str:
    why = "skipped" if missed is None else f"filter {missed!r} did not match"
    return f"{handler.origin.name}: {why}"
