"""Plays recorded webhooks to a running bot: the original bytes and headers, in the order of their arrival."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from tests.bots import PATH_SECRET, BotProcess
from tests.platforms import FakePlatform
from tests.recorded import Delivery, Recording

ANSWERING = Path(__file__).with_name("answering.py")
PATHS = {"agent_bot": "agent-bot", "account": "account", "api_inbox": "api-inbox"}
FOR_EVER = 10**12  # seconds that a recorded signature stays valid


def answering(platform: FakePlatform, redis_url: str, played: Iterable[Recording], **settings: object) -> BotProcess:
    """The answering bot, with the secrets of these recordings; without any it takes unsigned webhooks."""
    secrets: dict[str, set[str]] = {sender: set() for sender in PATHS}
    for recording in played:
        for delivery in recording:
            if secret := recording.secret_for(delivery):
                secrets[delivery.sender].add(secret)
    given: dict[str, Any] = {f"{sender}_secret": ",".join(sorted(each)) or None for sender, each in secrets.items()}
    given |= {"allow_unsigned": None if any(given.values()) else True, "signature_tolerance": FOR_EVER, **settings}
    return BotProcess(ANSWERING, platform, redis_url, **given)


class Player:
    """Delivers recorded webhooks to a bot."""

    def __init__(self, session: ClientSession, bot: BotProcess) -> None:
        self._session = session
        self._root = f"{bot.url}/webhooks/{PATH_SECRET}"

    async def deliver(self, delivery: Delivery) -> int:
        """The status of the answer. Automations and macros have no URL of their own: they come with the bot's."""
        url = f"{self._root}/{PATHS.get(delivery.sender, 'agent-bot')}"
        headers = {name: value for name, value in delivery.headers.items() if name != "Host"}
        async with self._session.post(url, data=delivery.raw, headers=headers) as response:
            return response.status


def calls_after_start(platform: FakePlatform) -> list[tuple[str, str, object]]:
    """What the bot asked of the platform since its token was checked: method, path, text."""
    return [
        (call.method, call.path, call.body.get("content"))
        for call in platform.calls
        if not call.path.endswith("/conversations/0/toggle_priority")
    ]


def answers(platform: FakePlatform, expected: Iterable[tuple[int, int]]) -> list[tuple[str, str, object]]:
    """The calls that answer these messages (conversation, message)."""
    root = f"/api/v1/accounts/{platform.account}/conversations"
    return [("POST", f"{root}/{conversation}/messages", f"answer to {message}") for conversation, message in expected]
