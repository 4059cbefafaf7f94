"""Recorded conversations, played to a running bot: it answers what it has to, once, in order, and nothing else.

What has to be answered is written down by hand from the contract: a public message of a contact (2.14) while the
conversation is pending and nobody else's (4.1). A human who took over silences the bot; once the conversation was
resolved and the contact writes again it is the bot's again, although the agent of old is still assigned (4.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from aiohttp import ClientSession

from tests.crash.outcome import is_quiet, until
from tests.platforms import FakePlatform
from tests.recorded import Delivery, Version, recording
from tests.replay.player import Player, answering, answers, calls_after_start
from tests.servers import ValkeyServer


@dataclass(frozen=True)
class Replay:
    """A recording, and the messages that the bot has to answer: conversation and message, in order."""

    scenario: str
    version: Version
    answered: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        return f"{self.scenario}-{self.version}"


REPLAYS = [
    # Not answered: 161 and 163, written while the conversation was open and an agent had it.
    Replay("09_handoff", "v4.15.1", ((22, 152), (22, 154), (22, 167), (22, 170))),
    Replay("09_handoff", "v4.5.0", ((20, 144), (20, 146), (20, 158), (20, 161))),
    # Empty texts, pictures and form-encoded messages are messages as well.
    Replay("02_client_api", "v4.15.1", (*((5, message) for message in range(13, 25)), (5, 28))),
    Replay("02_client_api", "v4.5.0", (*((3, message) for message in range(6, 18)), (3, 21))),
    # A chosen option comes as an update of the bot's own message (3.3): it is no message of the contact.
    Replay("05_input_select", "v4.15.1", ((8, 68), (9, 70))),
    Replay("05_input_select", "v4.5.0", ((5, 54), (6, 56))),
    # Not answered: 484, whose conversation was born resolved, and 489, written into a muted one; updates by a merge.
    Replay(
        "21_merge_block_mute",
        "v4.15.1",
        (
            *((71, 473), (72, 474), (71, 475), (72, 476), (71, 477), (72, 478), (72, 480)),
            *((73, 481), (73, 482), (74, 485), (75, 486), (75, 491)),
        ),
    ),
    # Greetings, out-of-office texts and an automation's message are nobody's question, and no human's answer.
    Replay(
        "20_templates",
        "v4.15.1",
        (*((67, 449), (67, 452), (68, 454), (68, 457), (69, 458), (69, 461), (69, 465)), *((70, 469), (70, 472))),
    ),
]


def deliveries(replay: Replay, senders: frozenset[str], times: int) -> Iterator[Delivery]:
    for delivery in recording(replay.scenario, replay.version):
        if delivery.sender in senders:
            yield from [delivery] * times


async def calls_of(replay: Replay, senders: frozenset[str], times: int) -> list[tuple[str, str, object]]:
    """What the bot asks of the platform when these senders deliver each webhook `times`, and then all of them again.

    It gets the time that it had: the next webhook comes when it is done with the one before.
    """
    played = recording(replay.scenario, replay.version)
    with ValkeyServer() as store:
        async with (
            FakePlatform(echo=False) as platform,
            answering(platform, store.url, [played]) as bot,
            ClientSession() as session,
        ):
            for conversation, _ in replay.answered:
                platform.conversation(conversation)
            player = Player(session, bot)
            for _ in range(times):
                for delivery in deliveries(replay, senders, times):
                    assert await player.deliver(delivery) == 200
                    await until(lambda: is_quiet(store))
            return calls_after_start(platform)


@pytest.mark.parametrize("replay", REPLAYS, ids=str)
async def test_the_bot_answers_each_question_once_and_in_order(replay: Replay) -> None:
    calls = await calls_of(replay, frozenset({"agent_bot"}), times=1)
    assert calls == answers(FakePlatform(), replay.answered)


@pytest.mark.parametrize("replay", REPLAYS, ids=str)
async def test_three_senders_and_every_webhook_twice_change_nothing(replay: Replay) -> None:
    calls = await calls_of(replay, frozenset({"agent_bot", "account", "api_inbox"}), times=2)
    assert calls == answers(FakePlatform(), replay.answered)
