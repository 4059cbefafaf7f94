"""What a lane remembers of its conversation: who owns it and its states, as one JSON text."""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json, to_json

from criabot.conversation.ownership import Owner, Ownership
from criabot.conversation.state import States
from criabot.errors import StateError

__all__ = ["LARGEST", "Memory"]

LARGEST = 64 * 1024


class Memory:
    """A conversation's memory during a turn; `dump` says what to store.

    Args:
        raw: as it was stored, empty for a new conversation.

    Raises:
        StateError: another version of criabot wrote it.
    """

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        try:
            data: dict[str, Any] = from_json(raw) if raw else {}
            own = data.get("own")
            self.ownership = Ownership(Owner(own[0]), *own[1:]) if own else None
            self.states = States(data.get("states", {}))
        except (ValueError, TypeError, AttributeError):
            raise StateError("The conversation's memory was written by another version of criabot.") from None

    def dump(self, *, keep_states: bool = True) -> bytes | None:
        """The new text; None when it is the old one.

        Args:
            keep_states: False forgets what the handler changed: it failed.

        Raises:
            StateError: larger than `LARGEST` bytes.
        """
        states = self.states.dump() if keep_states else self.states.before
        data: dict[str, Any] = {"states": states} if states else {}
        if self.ownership is not None:
            data["own"] = [self.ownership.owner.value, *self.ownership[1:]]
        raw = to_json(data) if data else b""
        if keep_states and len(raw) > LARGEST:  # what is stored already never stands in the way of giving up
            raise StateError(
                f"The conversation's state has {len(raw)} bytes, more than {LARGEST}: keep only what the next turn "
                "needs, and the rest in your own database."
            )
        return None if raw == self._raw else raw
