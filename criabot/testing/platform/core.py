"""What every part of the simulated platform works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from criabot.testing.platform.channels.providers import Providers
from criabot.testing.platform.events import Changes, Events
from criabot.testing.platform.jobs import Jobs
from criabot.testing.platform.world import Contact, Conversation, Message, World

__all__ = ["Core", "changed"]


@dataclass(slots=True)
class Core:
    """The world, what tells of its changes, and what runs in the background.

    Attributes:
        after_message: called for each stored message but activities, with whether it is the contact's first: the
            channel that sends it, templates, automation.
        after_status: called when a conversation's status has changed: the satisfaction survey, auto-assignment.
        providers: whom the channels send to.
    """

    world: World
    events: Events
    jobs: Jobs
    after_message: list[Callable[[Message, bool], None]] = field(default_factory=list)
    after_status: list[Callable[[Conversation], None]] = field(default_factory=list)
    providers: Providers = field(default_factory=Providers)

    @property
    def now(self) -> float:
        """The clock's epoch seconds."""
        return self.world.clock()


def changed(record: Conversation | Contact | Message, values: dict[str, Any]) -> Changes:
    """Set what differs; the old and new values of it."""
    changes: Changes = {}
    for key, value in values.items():
        if (old := getattr(record, key)) != value:
            changes[key] = (old, value)
            setattr(record, key, value)
    return changes
