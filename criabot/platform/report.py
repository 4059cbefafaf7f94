"""What is told of a call when it has ended (contract 8.30): for metrics and traces."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CallReport"]


@dataclass(frozen=True, slots=True)
class CallReport:
    """One try of a call, for metrics and traces; nothing of it tells about people.

    Attributes:
        operation: its name in the table, such as ``messages.create``.
        endpoint: verb and path without ids: a label with few values.
        began: epoch seconds.
        seconds: until it was answered or lost; waiting for the platform's limits does not count.
        status: of the answer, None without one.
        error: the name of the error's class, empty when all went well.
        attempt: 1 for the first.
        request_id: the platform's own, where it told one; to find it in the platform's logs.
    """

    operation: str
    endpoint: str
    began: float
    seconds: float
    status: int | None
    error: str
    attempt: int
    request_id: str
