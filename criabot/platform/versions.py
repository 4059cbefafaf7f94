"""What a server can do, by its version (contract 0.2)."""

from __future__ import annotations

import re

__all__ = ["at_least", "can", "surely_can"]

SINCE = {
    "keep_markers": "4.9.0",  # unknown keys of content_attributes survive
    "sign_bot_deliveries": "4.13.0",
    "bot_reads_conversation": "4.14.2",
    "merge_attributes": "4.17.0",  # and perhaps 4.16: the contract leaves it open
}


def can(version: str | None, ability: str) -> bool:
    """Whether a server of a version has an ability of `SINCE`; one that does not tell counts as the newest."""
    return at_least(version, SINCE[ability])


def surely_can(version: str | None, ability: str) -> bool:
    """The same, but one that does not tell counts as the oldest: for what does harm where it is not understood."""
    return _numbers(version or "") is not None and can(version, ability)


def at_least(version: str | None, since: str) -> bool:
    """Whether a version is not older than another; one that does not tell counts as the newest."""
    numbers = _numbers(version or "")
    return numbers is None or numbers >= (_numbers(since) or (0, 0, 0))


def _numbers(version: str) -> tuple[int, ...] | None:
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(number or 0) for number in found.groups()) if found is not None else None
