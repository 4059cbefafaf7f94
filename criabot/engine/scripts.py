"""The Lua scripts of the lanes, as they lie in ``lua/``: ``lib.lua`` is put before each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources

__all__ = ["SCRIPTS", "Script"]

LANE = ("sched", "m", "q", "e", "ob")


@dataclass(frozen=True, slots=True)
class Script:
    """One script: its source, its SHA-1 for EVALSHA, and the parts of a lane that it takes as keys."""

    name: str
    source: str
    sha: str
    parts: tuple[str, ...]


def _load(name: str, parts: tuple[str, ...]) -> Script:
    folder = resources.files(__package__) / "lua"
    source = (folder / "lib.lua").read_text("utf-8") + "\n" + (folder / f"{name}.lua").read_text("utf-8")
    return Script(name, source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest(), parts)


SCRIPTS = {
    name: _load(name, parts)
    for name, parts in {
        "ingest": ("sched", "m", "q", "e", "dd", "ob"),
        "peek": ("sched",),
        "claim": LANE,
        "commit": (*LANE, "dlq"),
        "sent": (*LANE, "dlq"),
        "nack": ("sched", "m", "q", "ob"),
        "renew": ("sched", "m", "q"),
        "confirm": ("sched", "m", "q", "ob"),
    }.items()
}
