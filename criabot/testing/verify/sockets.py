"""The live sockets of a recording, opened again, and what then differs in their frames (contract 6.2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from criabot.testing.platform import SimulatedPlatform
from criabot.testing.verify.comparison import MISSING, Difference, differences
from criabot.testing.verify.names import Names
from criabot.testing.verify.pairing import is_unsure_presence, races
from criabot.testing.verify.scenarios import Hook, Json, Step

__all__ = ["Frame", "Sockets", "frame_differences"]

AGENT = 2  # the user whose page the recording's agent socket is
PING = "ping"
WRONG = "contact-with-a-wrong-token"


@dataclass(eq=False, slots=True)
class Frame:
    """What one socket got, in which step."""

    subscription: str
    step: int
    frame: Json

    @property
    def kind(self) -> tuple[str, str]:
        """Who got what."""
        return self.subscription, str(self.frame.get("type") or self.frame["message"]["event"])

    @property
    def subject(self) -> Any:
        """The id of what it is about."""
        message = self.frame.get("message")
        return message["data"].get("id") if isinstance(message, dict) else None


@dataclass(slots=True)
class Sockets:
    """Clients of ``/cable``.

    Attributes:
        frames: what they got, in order, of the pings only the first of each socket.
    """

    session: ClientSession
    platform: SimulatedPlatform
    frames: list[Frame] = field(default_factory=list)
    _open: dict[str, ClientWebSocketResponse] = field(default_factory=dict)
    _identifiers: dict[str, str] = field(default_factory=dict)

    async def subscribe(self) -> None:
        """Connect the newest contact, the agent, and one with a wrong token."""
        world = self.platform.world
        agent = world.users[AGENT]
        tokens: dict[str, Json] = {
            "contact": {"pubsub_token": world.contact_inboxes[max(world.contact_inboxes)].pubsub_token},
            "agent": {"pubsub_token": agent.pubsub_token, "account_id": world.account.id, "user_id": agent.id},
            WRONG: {"pubsub_token": "wrong"},
        }
        for name, given in tokens.items():
            self._identifiers[name] = json.dumps({"channel": "RoomChannel", **given}, separators=(",", ":"))
            address = f"{self.platform.url}/cable"
            self._open[name] = await self.session.ws_connect(address, protocols=["actioncable-v1-json"], autoping=False)
            await self._command(name, "subscribe")

    async def present(self, name: str) -> None:
        """Give a sign of life."""
        await self._command(name, "message", data=json.dumps({"action": "update_presence"}))

    async def unsubscribe(self, name: str) -> None:
        """Write to a channel that does not exist, then end the subscription."""
        await self._open[name].send_json({"command": "message", "identifier": '{"channel":"Nowhere"}', "data": "{}"})
        await self._command(name, "unsubscribe")

    async def read(self, step: int) -> None:
        """Take what has been sent so far: all that comes before the answer to a ping of the protocol."""
        for name, socket in self._open.items():
            await socket.ping()
            while (got := await socket.receive()).type is not WSMsgType.PONG:
                frame = Frame(name, step, json.loads(got.data))
                if frame.kind[1] != PING or frame.kind not in {each.kind for each in self.frames}:
                    self.frames.append(frame)

    async def close(self) -> None:
        """Hang up."""
        for socket in self._open.values():
            await socket.close()

    async def _command(self, name: str, command: str, **more: str) -> None:
        await self._open[name].send_json({"command": command, "identifier": self._identifiers[name], **more})


def frame_differences(
    steps: list[Step], sent: list[Frame], hooks: list[Hook], names: Names
) -> Iterator[tuple[Step, Difference]]:
    """What differs between the recorded frames and those sent; their order is chance on the recorded server.

    Args:
        steps: of the recording.
        sent: by the simulator.
        hooks: the webhooks that the simulator sent meanwhile; what they show of a conversation may be in frames, too.
        names: of the recording and of the replay.
    """
    missing = [Frame(raw["subscription"], step.number, raw["frame"]) for step in steps for raw in step.frames]
    extra = list(sent)
    for recorded in list(missing):
        group, number = steps[recorded.step].group, names.number("messages", recorded.subject)
        same = [each for each in extra if each.kind == recorded.kind]
        if recorded.kind[1] != PING:
            same = [each for each in same if steps[each.step].group == group]
        exact = [each for each in same if each.subject in (number, recorded.subject)]
        if best := _best(recorded, exact or same, names):
            missing.remove(recorded)
            extra.remove(best)
            found = differences(recorded.frame, best.frame, names, f"cable {' '.join(recorded.kind)}")
            if isinstance(data := best.frame.get("message"), dict):
                found = races(found, data["data"], [hook for hook in hooks if steps[hook.step].group == group], names)
            yield from ((steps[recorded.step], each) for each in found if not _is_by_chance(each))
    for frame in missing:
        yield steps[frame.step], Difference(f"cable {' '.join(frame.kind)}", f"#{frame.subject}", MISSING)
    for frame in extra:
        yield steps[frame.step], Difference(f"cable {' '.join(frame.kind)}", MISSING, f"#{frame.subject}")


def _is_by_chance(found: Difference) -> bool:
    is_time = found.where.endswith(f" {PING}.message") and type(found.recorded) is type(found.simulated)
    return is_time or is_unsure_presence(found)


def _best(recorded: Frame, candidates: list[Frame], names: Names) -> Frame | None:
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    return min(candidates, key=lambda each: len(differences(recorded.frame, each.frame, names, learns=False)))
