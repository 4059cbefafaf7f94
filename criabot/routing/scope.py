"""Everything that is at hand while one event is routed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from criabot.errors import BotError

S = TypeVar("S")


# A loader may insist on its own base of state classes, which routing does not know.
StateLoader: TypeAlias = Callable[[type[Any]], Any]
"""Gives the conversation's state as an instance of the class asked for; the same instance within a turn."""


class Scope:
    """One event on its way to a handler: its subject, the values by name, and its conversation's state.

    Attributes:
        kind: the kind of handler that is looked for, such as ``message``.
        subject: what filters see.
        roll_back: undoes what a handler did that failed or skipped, before another one goes on.
    """

    __slots__ = ("_state", "_values", "kind", "roll_back", "subject")

    def __init__(
        self,
        kind: str,
        subject: object,
        values: Mapping[str, object] | None = None,
        *,
        state: StateLoader | None = None,
        roll_back: Callable[[], None] = lambda: None,
    ) -> None:
        self.kind = kind
        self.subject = subject
        self.roll_back = roll_back
        self._values = dict(values or {})
        self._state = state

    def get(self, name: str) -> object:
        """Return the value called *name*.

        Raises:
            BotError: nothing has that name here.
        """
        try:
            return self._values[name]
        except KeyError:
            known = ", ".join(sorted(self._values)) or "nothing"
            raise BotError(f"there is no value '{name}' in a '{self.kind}' scope; it has: {known}") from None

    def set(self, name: str, value: object) -> None:
        """Give handlers *value* as *name*; the middleware that does so declares it with ``provides=``."""
        self._values[name] = value

    def state(self, state: type[S]) -> S:
        """Return the conversation's state as a *state*.

        Raises:
            BotError: there is no conversation, hence no state.
            StateError: what is stored does not fit the class.
        """
        if self._state is None:
            raise BotError(f"a '{self.kind}' scope has no conversation, hence no state {state.__name__}")
        loaded: S = self._state(state)
        return loaded
