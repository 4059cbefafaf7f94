"""The Lua scripts of the lanes, as they lie in ``lua/``: a clock and ``lib.lua`` are put before each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

__all__ = ["SCRIPTS", "Script", "Scripts", "set_clock", "virtual_scripts"]

LANE = ("sched", "m", "q", "e", "ob")
PARTS = {
    "ingest": ("sched", "m", "q", "e", "dd", "ob"),
    "peek": ("sched",),
    "claim": LANE,
    "commit": (*LANE, "dlq"),
    "sent": (*LANE, "dlq"),
    "nack": ("sched", "m", "q", "ob"),
    "renew": ("sched", "m", "q"),
    "confirm": ("sched", "m", "q", "ob"),
}


@dataclass(frozen=True, slots=True)
class Script:
    """One script: its source, its SHA-1 for EVALSHA, and the parts of a lane that it takes as keys."""

    name: str
    source: str
    sha: str
    parts: tuple[str, ...]


Scripts = Mapping[str, Script]


def _text(name: str) -> str:
    return (resources.files(__package__) / "lua" / f"{name}.lua").read_text("utf-8")


def _load(clock: Literal["now", "virtual_now"]) -> Scripts:
    before = f"{_text(clock)}\n{_text('lib')}\n"
    return {name: _script(name, before + _text(name), parts) for name, parts in PARTS.items()}


def _script(name: str, source: str, parts: tuple[str, ...]) -> Script:
    return Script(name, source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest(), parts)


SCRIPTS = _load("now")


@cache
def virtual_scripts() -> Scripts:
    """The same scripts on a clock that tests turn; see `engine.store.Store.follow_clock`."""
    return _load("virtual_now")


@cache
def set_clock() -> str:
    """The text of the script that turns that clock."""
    return _text("set_clock")
