"""Test bots without a platform: a simulated CriaChat, chats as scripts, faults on demand and a clock to turn."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from criabot.testing.clock import VirtualClock
    from criabot.testing.platform import SimulatedPlatform
    from criabot.testing.scripts import ScriptFailed, Transcript
    from criabot.testing.simulator import Simulator

__all__ = ["ScriptFailed", "SimulatedPlatform", "Simulator", "Transcript", "VirtualClock"]

PLACES = {
    "ScriptFailed": "scripts",
    "SimulatedPlatform": "platform",
    "Simulator": "simulator",
    "Transcript": "scripts",
    "VirtualClock": "clock",
}


def __getattr__(name: str) -> Any:
    # Imported when asked for: pytest loads the plugin of this package in every project, and is not to be slowed down.
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{PLACES[name]}"), name)
