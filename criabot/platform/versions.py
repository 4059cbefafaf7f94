"""What a server can do, by its version (contract 0.2)."""

from __future__ import annotations

import re

__all__ = ["can"]

SINCE = {
    "keep_markers": (4, 9, 0),  # unknown keys of content_attributes survive
    "sign_bot_deliveries": (4, 13, 0),
    "bot_reads_conversation": (4, 14, 2),
}


def can(version: str | None, ability: str) -> bool:
    """Whether a server of a version has an ability of `SINCE`; one that does not tell counts as the newest."""
    numbers = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version or "")
    return numbers is None or tuple(int(n or 0) for n in numbers.groups()) >= SINCE[ability]
