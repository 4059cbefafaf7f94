"""What a turn wants done on the platform: collected while the handler runs, carried out after its commit.

Each effect is a small model that travels as JSON through the outbox.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic_core import to_json

__all__ = [
    "Assign",
    "Change",
    "Collected",
    "Effect",
    "Effects",
    "Labels",
    "Priority",
    "Say",
    "SetAttributes",
    "SetPriority",
    "SetStatus",
    "Status",
    "WhenUnknown",
    "decode_effect",
    "encode_effect",
    "yields_to_human",
]

logger = logging.getLogger("criabot.conversation")

WhenUnknown: TypeAlias = Literal["resend", "drop", "handoff"]
"""What to do with a message of which nobody can tell whether it arrived (see `Say.when_unknown`)."""

Status: TypeAlias = Literal["open", "resolved", "pending", "snoozed"]

Priority: TypeAlias = Literal["low", "medium", "high", "urgent"]


class _Effect(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Say(_Effect):
    """A message: public, or a private note (contract 3.4).

    Attributes:
        text: as it is sent (Liquid already escaped).
        private: a note for the team; notes do not yield.
        reply_to: id of the message that it quotes.
        content_type: of an interactive message (contract 3.2).
        content_attributes: what belongs to it.
        attachments: files to send with it, by path; read when it is sent, by whichever process sends it.
        when_unknown: ``resend`` (rather twice than never), ``drop`` (rather never than twice: a payment, a
            one-time code) or ``handoff``.
    """

    do: Literal["say"] = "say"
    text: str
    private: bool = False
    reply_to: int | None = None
    content_type: str | None = None
    content_attributes: dict[str, Any] | None = None
    attachments: tuple[Path, ...] = ()
    when_unknown: WhenUnknown = "resend"


class SetStatus(_Effect):
    """Another status of the conversation (contract 4.3)."""

    do: Literal["status"] = "status"
    status: Status


class Assign(_Effect):
    """An agent or a team for the conversation (contract 4.4)."""

    do: Literal["assign"] = "assign"
    agent_id: int | None = None
    team_id: int | None = None


class Labels(_Effect):
    """Labels to add and to remove; the others stay (contract 4.5: the platform only knows replacing all)."""

    do: Literal["labels"] = "labels"
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class SetPriority(_Effect):
    """A priority, or None for none (contract 4.5)."""

    do: Literal["priority"] = "priority"
    priority: Priority | None


class SetAttributes(_Effect):
    """Custom attributes to set; the others stay (contract 4.5: the platform only knows replacing all)."""

    do: Literal["attributes"] = "attributes"
    attributes: dict[str, Any]


Change: TypeAlias = SetStatus | Assign | Labels | SetPriority | SetAttributes
Effect: TypeAlias = Say | Change

_ADAPTER: TypeAdapter[Effect] = TypeAdapter(Annotated[Effect, Field(discriminator="do")])


def encode_effect(effect: Effect) -> bytes:
    """What ``effect.model_dump_json()`` writes, at half the cost: there is nothing in an effect but plain values."""
    return to_json(effect.__dict__, inf_nan_mode="null")


decode_effect: Callable[[bytes], Effect] = _ADAPTER.validator.validate_json
"""The effect that `encode_effect` wrote; a ValueError where it did not."""


def yields_to_human(effect: Effect) -> bool:
    """Whether the effect is dropped when a human takes over first: what the customer would see, who owns the talk."""
    return (isinstance(effect, Say) and not effect.private) or isinstance(effect, SetStatus | Assign)


class Collected:
    """What `Conversation.answer` and its like give: awaited in handlers, as everything there.

    The effect counts from the call on, so that a forgotten ``await`` leaves nobody waiting.
    """

    def __await__(self) -> Generator[None, None, None]:
        """Nothing is left to wait for."""
        yield from ()


class Effects:
    """The effects of one turn, in the order in which the handler asked for them.

    Args:
        typing: shows or hides the typing indicator now; it is not an effect, because it is for the time *before*
            the commit.
    """

    def __init__(self, typing: Callable[[bool], Awaitable[None]]) -> None:
        self.typing = typing
        self.items: list[Effect] = []
        self.handed_over = False
        self._kept = (0, False)

    def add(self, effect: Effect) -> Collected:
        """Put an effect at the end. Nothing public is said after a handoff: it would be said over a human."""
        if self.handed_over and isinstance(effect, Say) and not effect.private:
            logger.warning("a public message after handoff() in the same turn was dropped: say it in handoff(say=…)")
        else:
            self.items.append(effect)
        return Collected()

    def keep(self) -> None:
        """Keep what was asked for so far, whatever `forget` does later."""
        self._kept = (len(self.items), self.handed_over)

    def forget(self) -> None:
        """Undo what was asked for since `keep`."""
        kept, self.handed_over = self._kept
        del self.items[kept:]
