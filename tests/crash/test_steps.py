"""kill -9 between any two steps: every message is answered, by one turn, once, in order."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Any

import pytest

from criabot.testing.platform import ApiCall
from tests.bots import BotProcess
from tests.crash.outcome import COUNTING, asked, dead_letters, doomed_at, is_quiet, said, turns, until
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

LEASE = 1.0


@dataclass(frozen=True)
class Death:
    """When the process dies, and how often the first message's handler runs in all."""

    step: str
    nth: int = 1
    handler_runs: int = 1
    user_token: str | None = None

    def __str__(self) -> str:
        return f"{self.step}-{self.nth}-{'user' if self.user_token else 'bot'}-token"


DEATHS = [
    Death("claimed"),
    Death("handled", handler_runs=2),
    Death("committed"),
    Death("posted"),
    Death("sent"),
    Death("committed", user_token="a-user-token"),
    Death("posted", user_token="a-user-token"),
    Death("posted", nth=2),
    Death("posted", nth=2, user_token="a-user-token"),
    Death("sent", nth=2),
]


def first_message_is_answered_by_one_turn(platform: FakePlatform, store: ValkeyServer) -> bool:
    return len(platform.conversation(7).said) >= 2 and is_quiet(store)


async def deliver_all(platform: FakePlatform, events: list[dict[str, Any]]) -> None:
    for event in events:
        assert await platform.deliver(event) == 200


@pytest.mark.parametrize("death", DEATHS, ids=str)
async def test_a_process_that_dies_between_two_steps_loses_and_doubles_nothing(
    store: ValkeyServer, death: Death
) -> None:
    settings: dict[str, Any] = {"lease": LEASE, "user_token": death.user_token}
    async with FakePlatform(echo=False, user_token=death.user_token) as platform:
        first = platform.message(7, "a")
        async with BotProcess(
            COUNTING, platform, store.url, command=doomed_at(death.step, death.nth), **settings
        ) as doomed:
            await platform.deliver(first)
            assert await doomed.process.wait() == -signal.SIGKILL
            log = doomed.log
        async with BotProcess(COUNTING, platform, store.url, **settings) as heir:
            assert await platform.deliver(first) == 200
            await until(lambda: first_message_is_answered_by_one_turn(platform, store))
            await deliver_all(platform, [platform.message(7, text) for text in ("b", "c")])
            await until(lambda: len(platform.conversation(7).said) >= 6 and is_quiet(store))
            log += heir.log
    assert platform.conversation(7).said == said("a", "b", "c")
    assert turns(store, 7) == [(message, False) for message in asked(platform, 7)]
    assert log.count("turn of 1001 begins") == death.handler_runs
    assert dead_letters(store) == []


async def test_a_process_that_dies_while_the_platform_answers_sends_nothing_twice(store: ValkeyServer) -> None:
    """The worst moment: the platform has stored the reply, and nobody is left who could hear so."""
    async with FakePlatform(echo=False, user_token="a-user-token") as platform:
        async with BotProcess(COUNTING, platform, store.url, lease=LEASE, user_token="a-user-token") as doomed:

            def die(call: ApiCall) -> None:
                if call.action == "messages" and doomed.process.returncode is None:
                    doomed.process.kill()

            platform.simulated.gateway.on_call = die
            events = [platform.message(7, text) for text in ("a", "b", "c")]
            for event in events:
                await platform.deliver(event)
            assert await doomed.process.wait() == -signal.SIGKILL
        platform.simulated.gateway.on_call = lambda _call: None
        async with BotProcess(COUNTING, platform, store.url, lease=LEASE, user_token="a-user-token"):
            await deliver_all(platform, events)
            await until(lambda: len(platform.conversation(7).said) >= 6 and is_quiet(store))
    assert platform.conversation(7).said == said("a", "b", "c")
    assert [message for message, _ in turns(store, 7)] == asked(platform, 7)
    questions = [call for call in platform.calls if call.method == "GET" and call.action == "messages"]
    assert len(questions) == 1


async def test_the_echo_answers_the_question_before_it_is_asked(store: ValkeyServer) -> None:
    """The dead process's reply comes back as a webhook to its heir, so the platform need not be asked."""
    async with FakePlatform(echo=False) as platform:
        first = platform.message(7, "a")
        async with BotProcess(COUNTING, platform, store.url, command=doomed_at("posted", 2), lease=LEASE) as doomed:
            await platform.deliver(first)
            assert await doomed.process.wait() == -signal.SIGKILL
        echo = platform.newest(7)
        async with BotProcess(COUNTING, platform, store.url, lease=LEASE):
            assert await platform.deliver(echo) == 200
            await until(lambda: is_quiet(store))
    assert platform.conversation(7).said == said("a")
    assert [call.method for call in platform.calls] == ["POST"] * len(platform.calls)


@pytest.mark.parametrize("step", ["handled", "committed", "posted"])
async def test_a_process_that_wakes_up_after_its_lease_does_nothing_any_more(store: ValkeyServer, step: str) -> None:
    """Frozen between commit and POST it would send what its heir has sent, if it did not ask for its lease first."""
    settings: dict[str, Any] = {"lease": LEASE, "user_token": "a-user-token"}
    async with (
        FakePlatform(echo=False, user_token="a-user-token") as platform,
        BotProcess(COUNTING, platform, store.url, command=doomed_at(step, 1, "SIGSTOP"), **settings) as zombie,
        BotProcess(COUNTING, platform, store.url, **settings) as heir,
    ):
        platform.bot_url = zombie.webhook
        await platform.customer(7, "a")
        await until(lambda: len(platform.conversation(7).said) == 2 and is_quiet(store))
        zombie.process.send_signal(signal.SIGCONT)
        await zombie.until_ready()
        platform.bot_url = heir.webhook
        await platform.customer(7, "b")
        await until(lambda: len(platform.conversation(7).said) >= 4 and is_quiet(store))
        assert zombie.process.returncode is None
    assert platform.conversation(7).said == said("a", "b")
    assert turns(store, 7) == [(message, False) for message in asked(platform, 7)]


async def test_an_event_that_kills_its_process_goes_to_a_human_and_its_neighbours_are_answered(
    store: ValkeyServer,
) -> None:
    settings: dict[str, Any] = {"lease": 0.5, "max_attempts": 2}
    async with FakePlatform() as platform:
        async with BotProcess(COUNTING, platform, store.url, **settings) as victim:
            for text in ("a", "poison"):
                await platform.customer(7, text)
            assert await victim.process.wait() == -signal.SIGKILL
            await victim.start(ready=False)
            assert await victim.process.wait() == -signal.SIGKILL
        async with BotProcess(COUNTING, platform, store.url, **settings):
            await until(lambda: platform.conversation(7).status == "open" and is_quiet(store))
            assert await platform.customer(8, "b") == 200
            await until(lambda: len(platform.conversation(8).said) == 2)
    assert platform.conversation(7).said == said("a")
    assert platform.conversation(7).notes == [
        "criabot: the bot failed on this (its process died 2 times), so it is yours."
    ]
    assert dead_letters(store) == [("event", "000000001002:message_created:1002")]
