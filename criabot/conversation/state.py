"""Typed state of a conversation: loaded before the handler, stored with the turn."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from criabot.errors import StateError

__all__ = ["State", "States"]

S = TypeVar("S", bound="State")


class State(BaseModel):
    """Base of your state classes: one instance per conversation and class, all fields with defaults.

    ```python
    class Cart(State):
        items: list[str] = []

    @bot.message(F.text.startswith("quero "))
    async def add(message: Message, cart: Cart) -> None:
        cart.items.append(message.text.removeprefix("quero "))
    ```

    A changed instance is stored in the same atomic step that ends the turn and queues its replies; when the
    handler fails nothing is stored. Give new fields defaults, and rename with a validator: what is stored by the
    old class is read by the new one.
    """

    model_config = ConfigDict(extra="ignore")


class States:
    """The states of one conversation during a turn.

    Attributes:
        before: by class name, as JSON objects, as they were before the turn.
    """

    def __init__(self, stored: dict[str, Any]) -> None:
        self.before = stored
        self._kept = stored
        self._loaded: dict[str, State] = {}

    def load(self, kind: type[S]) -> S:
        """The conversation's instance of a state class; a fresh one when none is stored.

        Raises:
            StateError: what is stored does not fit the class.
        """
        name = kind.__name__
        if name not in self._loaded:
            try:
                self._loaded[name] = kind.model_validate(self._kept.get(name, {}))
            except ValidationError as error:
                places = ", ".join(".".join(map(str, e["loc"])) for e in error.errors(include_input=False))
                raise StateError(
                    f"The stored state {name} does not fit its class (fields: {places}): give new fields a default, "
                    "or bring old values into the new shape with a validator."
                ) from None
        loaded = self._loaded[name]
        if not isinstance(loaded, kind):
            raise StateError(f"Two state classes are both called {name}: rename one of them.")
        return loaded

    def dump(self) -> dict[str, Any]:
        """All states as JSON objects, with what the handler changed; an untouched fresh one is not stored."""
        states = dict(self._kept)
        for name, state in self._loaded.items():
            value = state.model_dump(mode="json")
            if name in states or value != type(state)().model_dump(mode="json"):
                states[name] = value
        return states

    def keep(self) -> None:
        """Keep what was changed so far, whatever `forget` does later."""
        if self._loaded:
            self._kept, self._loaded = self.dump(), {}

    def forget(self) -> None:
        """Undo what was changed since `keep`."""
        self._loaded = {}
