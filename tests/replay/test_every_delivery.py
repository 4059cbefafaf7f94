"""Every webhook that was ever recorded, to a running bot: 200, and nothing of anybody in the log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.crash.outcome import is_quiet, until
from tests.platforms import FakePlatform
from tests.recorded import VERSIONS, Delivery, recordings
from tests.replay.player import Player, answering
from tests.servers import ValkeyServer

AT_ONCE = 20
SHORTEST_TELLING_TEXT = 12
PRIVATE = {"email", "phone_number", "identifier", "pubsub_token", "hmac_token", "access_token", "secret", "source_id"}
SAID = {"content", "processed_message_content"}


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
async def test_every_recorded_webhook_is_taken(signed: bool) -> None:
    played = [recording for version in VERSIONS for recording in recordings(version)]
    chosen = [each for recording in played for each in recording if bool(recording.secret_for(each)) is signed]
    with ValkeyServer() as store:
        async with (
            FakePlatform(echo=False) as platform,
            answering(platform, store.url, played if signed else [], log_level="debug") as bot,
            ClientSession() as session,
        ):
            player, room = Player(session, bot), asyncio.Semaphore(AT_ONCE)

            async def status_of(delivery: Delivery) -> int:
                async with room:
                    return await player.deliver(delivery)

            for number in {conversation_of(each.body) for each in chosen} - {None}:
                platform.conversation(number)
            statuses = await asyncio.gather(*map(status_of, chosen))
            await until(lambda: is_quiet(store))
            log = bot.log
    assert len(statuses) == (2929 if signed else 917)
    assert set(statuses) == {200}
    assert "Traceback" not in log
    assert [secret for secret in private_texts(chosen) if secret in log] == []


def conversation_of(body: Any) -> Any:
    return body["conversation"].get("id") if "conversation" in body else body.get("id")


def private_texts(deliveries: list[Delivery]) -> set[str]:
    """What people said, who they are and what keeps them safe, as far as it is long enough to be told from chance."""
    found = {text for delivery in deliveries for text in texts_of(delivery.body)}
    return {text for text in found if len(text) >= SHORTEST_TELLING_TEXT}


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from texts_of(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in PRIVATE | SAID and isinstance(each, str):
                yield each
            yield from texts_of(each)
