"""What a turn was, for whoever asks why the bot did what it did."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TurnReport"]


@dataclass(frozen=True, slots=True)
class TurnReport:
    """One turn that has ended, however it ended.

    Attributes:
        lane: such as ``c154``.
        kind: the event's name on the wire, such as ``message_created``.
        event_id: the same for every attempt at the event.
        what: what happened, in the words of the log.
        handler: name, file and line of the handler that took it or failed; empty when there was none.
        reasons: why the handlers asked before it did not take it.
        error: what was raised; an error handler may have dealt with it.
    """

    lane: str
    kind: str
    event_id: str
    what: str
    handler: str
    reasons: tuple[str, ...]
    error: Exception | None
