"""What the demo learns of an event: reports of the bot process and of the platform, on one clock."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from typing import Self

__all__ = ["Report"]


@dataclass(frozen=True, slots=True)
class Report:
    """Something that happened.

    Attributes:
        what: ``ready``, ``obeyed``, ``accepted``, ``step``, ``event`` and ``reply`` come from the bot process;
            ``answered``, ``call``, ``killed`` and ``started`` from the demo around it.
        name: of the command, the `Accepted`, the step, the event, the effect; the method of a call.
        text: more about it.
        at: seconds of the machine's monotonic clock, the same for all processes.
    """

    what: str
    name: str = ""
    text: str = ""
    at: float = field(default_factory=time.monotonic)

    def encode(self) -> bytes:
        """As a line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Self:
        """From a line."""
        return cls(**json.loads(line))
