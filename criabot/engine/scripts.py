"""The Lua scripts of the lanes, made of the texts in ``lua/``.

A clock and ``lib.lua`` are put before each, and after each what it shares with others. The limits are the same in every
call of a bot: they are put before it, too, and not sent with each call.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from criabot.engine.wire import words

__all__ = ["SCRIPTS", "Script", "Scripts", "limited", "set_clock", "virtual_scripts"]

AFTER: Mapping[str, tuple[str, ...]] = {
    "ingest": ("grant", "step"),
    "peek": (),
    "claim": ("grant", "step"),
    "commit": ("step",),
    "sent": ("step",),
    "nack": (),
    "renew": (),
    "confirm": (),
    "alive": (),
    "spool": (),
    "spooled": (),
    "unspool": (),
}


@dataclass(frozen=True, slots=True)
class Script:
    """One script.

    Attributes:
        source: its text.
        by_sha: how a command that runs it begins when the server knows it, after its number of words.
        by_text: the same for a server that does not.
    """

    source: str
    by_sha: bytes
    by_text: bytes


Scripts = Mapping[str, Script]


def limited(scripts: Scripts, limits: Mapping[str, int]) -> Scripts:
    """The scripts with these numbers for the names in capitals that they use."""
    names = f"local {', '.join(limits)} = {', '.join(map(str, limits.values()))}\n"
    return {name: _script(names + script.source) for name, script in scripts.items()}


def _text(name: str) -> str:
    return (resources.files(__package__) / "lua" / f"{name}.lua").read_text("utf-8")


def _load(clock: Literal["now", "virtual_now"]) -> Scripts:
    return {name: _script("\n".join(map(_text, (clock, "lib", name, *after)))) for name, after in AFTER.items()}


def _script(source: str) -> Script:
    sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
    return Script(source, words(("EVALSHA", sha)), words(("EVAL", source)))


SCRIPTS = _load("now")


@cache
def virtual_scripts() -> Scripts:
    """The same scripts on a clock that tests turn; see `engine.store.Store.follow_clock`."""
    return _load("virtual_now")


@cache
def set_clock() -> str:
    """The text of the script that turns that clock."""
    return _text("set_clock")
