"""Times as the platform writes them (contract 2.1.8)."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["epoch", "iso"]


def iso(moment: float | None) -> str | None:
    """ISO-8601 with milliseconds and Z, cut off, not rounded."""
    if moment is None:
        return None
    whole = int(moment)
    text = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{int((moment - whole) * 1000):03d}Z"


def epoch(moment: float | None) -> int:
    """Whole epoch seconds, 0 for never."""
    return int(moment or 0)
