"""An office at the simulated platform: its administrator and an agent ask over real HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession

from criabot.testing.clock import VirtualClock
from criabot.testing.platform import AgentBot, SimulatedPlatform, User

NOWHERE = "http://127.0.0.1:9/nowhere"  # nobody listens: what is sent there is read in the log of deliveries


@dataclass
class Office:
    platform: SimulatedPlatform
    clock: VirtualClock
    http: ClientSession
    agent: User

    async def ask(
        self, method: str, path: str, body: Any = None, *, by: User | AgentBot | None = None
    ) -> tuple[int, Any]:
        """Status and body of a call of the Application API; the administrator asks unless told otherwise."""
        place = path if path.startswith(("/hc", "/api")) else f"/api/v1/accounts/1{path}"
        key = (by or self.platform.admin).access_token
        headers = {"Api-Access-Token": key if isinstance(key, str) else key.token}
        async with self.http.request(method, self.platform.url + place, json=body, headers=headers) as response:
            text = await response.text()
        return response.status, json.loads(text) if response.content_type == "application/json" and text else text

    def sent(self, event: str) -> list[dict[str, Any]]:
        """The bodies of the deliveries of an event."""
        return [json.loads(each.body) for each in self.platform.deliveries.log if each.event == event]


@asynccontextmanager
async def open_office(version: str = "4.15.1") -> AsyncIterator[Office]:
    clock = VirtualClock()
    async with SimulatedPlatform(version=version, clock=clock) as platform, ClientSession() as http:
        yield Office(platform, clock, http, platform.agent("Rui").user)
