"""Clients of the live socket."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType

from tests.testing.platform.office import Office

PROTOCOL = "actioncable-v1-json"


class Page:
    """A page that is open somewhere, subscribed with a token."""

    def __init__(self, office: Office, socket: ClientWebSocketResponse, subscription: dict[str, Any]) -> None:
        self._office = office
        self._socket = socket
        self.identifier = json.dumps({"channel": "RoomChannel", **subscription})

    async def command(self, command: str, **more: Any) -> None:
        await self._socket.send_json({"command": command, "identifier": self.identifier, **more})

    async def got(self) -> list[dict[str, Any]]:
        """All frames that came since the last time: those before the answer to a ping of the protocol."""
        await self._office.platform.settle()
        await self._socket.ping()
        frames = []
        while (frame := await self._socket.receive()).type is not WSMsgType.PONG:
            frames.append(json.loads(frame.data))
        return frames

    async def heard(self) -> list[tuple[str, dict[str, Any]]]:
        """The events among them, with their data."""
        told = [frame["message"] for frame in await self.got() if frame.get("identifier") == self.identifier]
        return [(each["event"], each["data"]) for each in told if each["event"] != "presence.update"]


@asynccontextmanager
async def opened(office: Office, **subscription: Any) -> AsyncIterator[Page]:
    """A page that has subscribed."""
    url = f"{office.platform.url}/cable"
    async with office.http.ws_connect(url, protocols=[PROTOCOL], autoping=False) as socket:
        page = Page(office, socket, subscription)
        await page.command("subscribe")
        yield page


def agent_of(office: Office) -> dict[str, Any]:
    """The subscription of the office's agent."""
    return {"pubsub_token": office.agent.pubsub_token, "account_id": 1, "user_id": office.agent.id}
