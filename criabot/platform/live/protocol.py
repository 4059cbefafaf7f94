"""ActionCable's side of a subscription, without any input or output (contract 6.2).

The server says ``welcome`` and then ``ping`` every three seconds. The client subscribes, is confirmed, and from then on
hears events. Time is told to a `Subscription` in seconds of any clock that only goes forward.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from math import inf
from typing import Any

from pydantic_core import from_json

from criabot.errors import NotSubscribed
from criabot.platform.live.events import LiveEvent, event_of

__all__ = ["CABLE", "PROTOCOL", "Ended", "Subscription", "Unconfirmed", "Viewer", "not_subscribed"]

PROTOCOL = "actioncable-v1-json"
CABLE = "GET /cable"
AGENT_SECONDS, CONTACT_SECONDS = 20.0, 60.0  # between two signs of life
LATE = 1.0  # seconds after which being called in time is out of the question
EARLY = 100  # events that are kept until the confirmation; what they show can be read through the API, too


class Ended(Exception):
    """The connection is of no use any more; the text says why."""


class Unconfirmed(Ended):
    """The subscription was neither confirmed nor rejected in time, though the server was there."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: a contact, or, with both numbers, an agent.

    Attributes:
        token: the pubsub token.
        user_id: the agent's.
        account_id: the agent's.
    """

    token: str = field(repr=False)
    user_id: int | None = None
    account_id: int | None = None

    @property
    def identifier(self) -> str:
        """The subscription's name, which holds the token."""
        wanted: dict[str, Any] = {"channel": "RoomChannel", "pubsub_token": self.token}
        if self.user_id is not None:
            wanted |= {"account_id": self.account_id, "user_id": self.user_id}
        return json.dumps(wanted, separators=(",", ":"))

    @property
    def presence_seconds(self) -> float:
        """How often a sign of life is given."""
        return CONTACT_SECONDS if self.user_id is None else AGENT_SECONDS

    def __str__(self) -> str:
        return "a contact" if self.user_id is None else f"user {self.user_id} of account {self.account_id}"


class Subscription:
    """One subscription on one connection.

    Args:
        viewer: who looks.
        confirm_timeout: seconds from now until the confirmation.
        silence_limit: seconds without anything from the server after which the connection is dead.
        now: the time.

    Attributes:
        to_send: commands for the server; whoever sends them takes them out.
        is_confirmed: whether events are heard.
    """

    def __init__(self, viewer: Viewer, *, confirm_timeout: float, silence_limit: float, now: float) -> None:
        self.to_send: list[str] = []
        self.is_confirmed = False
        self._viewer = viewer
        self._confirm_timeout = confirm_timeout
        self._silence_limit = silence_limit
        self._is_welcome = False
        self._confirmed_until = now + confirm_timeout
        self._silent_at = now + silence_limit
        self._present_at = inf
        self._early: deque[LiveEvent] = deque(maxlen=EARLY)

    @property
    def due(self) -> float:
        """When `pass_time` has to be called, unless something is heard before."""
        return min(self._confirmed_until, self._silent_at, self._present_at)

    def pass_time(self, now: float) -> None:
        """Do what is due by now.

        Raises:
            Ended: the server has been silent for too long.
            Unconfirmed: it has welcomed the client, but not confirmed the subscription in time.
        """
        if now - self.due > LATE:  # this process stood still: what the server said meanwhile has yet to be heard
            self._confirmed_until = max(self._confirmed_until, now + LATE)
            self._silent_at = max(self._silent_at, now + LATE)
        if now >= self._confirmed_until:
            raise self._unconfirmed()
        if now >= self._silent_at:
            raise Ended(f"the server was silent for {self._silence_limit:g} s")
        if now >= self._present_at:
            self._present_at = now + self._viewer.presence_seconds
            self._command("message", data='{"action":"update_presence"}')

    def hear(self, text: str, now: float) -> list[LiveEvent]:
        """Take a frame; the events that it lets through, usually one or none.

        Raises:
            Ended: the server hangs up, but may be called again.
            NotSubscribed: it does not want this subscription, or this client.
        """
        self._silent_at = now + self._silence_limit
        frame = _object(text)
        match frame.get("type"):
            case None if "message" in frame:
                return self._told(event_of(frame["message"]))
            case "welcome" if not self._is_welcome:
                self._is_welcome = True
                self._command("subscribe")
            case "confirm_subscription" if not self.is_confirmed:
                return self._confirmed(now)
            case "reject_subscription":
                raise not_subscribed(f"the platform rejected it: {ADVICE}")
            case "disconnect":
                _disconnect(frame)
        return []

    def _told(self, event: LiveEvent) -> list[LiveEvent]:
        """The real server tells who is there before it confirms: not every stream may be listened to yet."""
        if self.is_confirmed:
            return [event]
        self._early.append(event)
        return []

    def _confirmed(self, now: float) -> list[LiveEvent]:
        self.is_confirmed = True
        self._confirmed_until = inf
        self._present_at = now + self._viewer.presence_seconds
        early = list(self._early)
        self._early.clear()
        return early

    def _command(self, command: str, **more: str) -> None:
        self.to_send.append(json.dumps({"command": command, "identifier": self._viewer.identifier, **more}))

    def _unconfirmed(self) -> Ended:
        within = f"within {self._confirm_timeout:g} s"
        if not self._is_welcome:
            return Ended(
                f"nothing at this address spoke ActionCable {within}; check the base URL and the proxy before it"
            )
        return Unconfirmed(
            f"{within} the platform said neither yes nor no, "
            f"which is how it answers a pubsub token that it does not know (contract 6.2): {ADVICE}"
        )


ADVICE = (
    "check that the token was copied whole and was not reset; an agent's goes with his user_id and his account_id, "
    "a contact's goes without them, and a bot has none"
)


def not_subscribed(what: str) -> NotSubscribed:
    """The error that nothing is heard."""
    return NotSubscribed(f"{CABLE}: not subscribed: {what}", endpoint=CABLE)


def _disconnect(frame: dict[str, Any]) -> None:
    reason = str(frame.get("reason") or "no reason given")[:100]
    if frame.get("reconnect") is False:
        raise not_subscribed(f"the platform hung up ({reason}) and wants nobody to come back. {ADVICE}")
    raise Ended(f"the platform hung up ({reason})")


def _object(text: str) -> dict[str, Any]:
    """The JSON object of a frame; an empty one where it is none, which then means nothing but a sign of life."""
    try:
        found = from_json(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
