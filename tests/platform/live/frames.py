"""The frames of the live socket that a real server sent."""

from __future__ import annotations

from typing import Any

from tests.recorded import recording

__all__ = ["frames_of", "messages_of"]


def frames_of(subscription: str) -> list[dict[str, Any]]:
    """What the contact, the agent or the contact with a wrong token got, in order."""
    frames = [each for step in recording("22_actioncable").steps for each in step.get("cable", ())]
    return [each["frame"] for each in frames if each["subscription"] == subscription]


def messages_of(subscription: str) -> list[dict[str, Any]]:
    """The events among them, as they are on the wire."""
    return [frame["message"] for frame in frames_of(subscription) if isinstance(frame.get("message"), dict)]
