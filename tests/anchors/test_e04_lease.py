"""E4: a handler outlives the time for which its conversation is reserved.

With aiogram's lock the key expires under the running handler, a second one starts, and the error comes when both have
done their work. In criabot the lease of a living process is renewed for as long as its handler runs. A process that
slept through its lease finds the conversation taken, whatever it was about to do: its turn is not committed a second
time, and its reply is neither lost nor sent twice, because its marker is looked up on the platform.
"""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.anchors.answers import answered, turns
from tests.anchors.freezing import FROZEN
from tests.anchors.waiting import until
from tests.anchors.webhooks import post
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

HERE = Path(__file__).parent
COUNTER = HERE / "bots" / "counter.py"
LEASE = 1.0
ENDS = ("reply sent", "reply found on the platform")


@pytest.fixture
async def platform() -> AsyncIterator[FakePlatform]:
    """A platform that shows no echo: what became of a reply has to be looked up."""
    async with FakePlatform(echo=False) as platform:
        yield platform


async def test_the_lease_of_a_long_turn_is_renewed(platform: FakePlatform, store: ValkeyServer) -> None:
    one, two = (BotProcess(COUNTER, platform, store.url, lease=LEASE) for _ in range(2))
    async with one, two:
        assert await post(one, platform.message(7, str(3 * LEASE))) == 200
        await until(lambda: bool(platform.conversation(7).said), "the turn ends")
        assert await one.stop() == await two.stop() == 0
    assert platform.conversation(7).said == ["turn 1"]
    assert turns(platform) == 1


async def taken_over(platform: FakePlatform, frozen: BotProcess, other: BotProcess) -> list[str]:
    """The other process takes the conversation over and goes on; then the first one wakes up and works again."""
    said = platform.conversation(7)
    async with other:
        await until(lambda: any(end in other.log for end in ENDS), "the other process finishes the turn")
        assert await post(other, platform.message(7, "0")) == 200
        await until(lambda: said.said == ["turn 1", "turn 2"], "the other process handles the next message")
        frozen.process.send_signal(signal.SIGCONT)
        await frozen.until_ready()
        last = platform.message(7, "0")
        assert await post(frozen, last) == 200
        await until(lambda: last["id"] in answered(platform), "the process that was frozen works again")
        assert await frozen.stop() == await other.stop() == 0
    return said.said


@pytest.mark.parametrize("step", ["handled", "committed", "posted"])
async def test_a_frozen_holder_is_fenced_off(platform: FakePlatform, store: ValkeyServer, step: str) -> None:
    command = (str(HERE / "freezing.py"), step)
    other = BotProcess(COUNTER, platform, store.url, lease=LEASE)
    async with BotProcess(COUNTER, platform, store.url, lease=LEASE, command=command) as frozen:
        assert await post(frozen, platform.message(7, "0")) == 200
        await until(lambda: f"{FROZEN} {step}" in frozen.log, "the process freezes")
        assert await taken_over(platform, frozen, other) == ["turn 1", "turn 2", "turn 3"]
    assert turns(platform) == (4 if step == "handled" else 3)  # a turn that was not committed runs again


async def test_a_user_token_finds_the_reply_behind_newer_messages(store: ValkeyServer) -> None:
    async with FakePlatform(echo=False, user_token="a-user-token") as platform:
        command = (str(HERE / "freezing.py"), "posted")
        frozen = BotProcess(COUNTER, platform, store.url, lease=LEASE, user_token="a-user-token", command=command)
        other = BotProcess(COUNTER, platform, store.url, lease=LEASE, user_token="a-user-token")
        async with frozen:
            assert await post(frozen, platform.message(7, "0")) == 200
            await until(lambda: f"{FROZEN} posted" in frozen.log, "the process freezes")
            async with other:
                assert await post(other, platform.message(7, "0")) == 200
                await until(lambda: "turn 2" in platform.conversation(7).said, "the other process goes on")
                assert await other.stop() == 0
        assert platform.conversation(7).said == ["turn 1", "turn 2"]


async def test_a_turn_that_was_frozen_in_its_handler_is_given_up(platform: FakePlatform, store: ValkeyServer) -> None:
    other = BotProcess(COUNTER, platform, store.url, lease=LEASE)
    async with BotProcess(COUNTER, platform, store.url, lease=LEASE) as frozen:
        assert await post(frozen, platform.message(7, "0.5")) == 200
        await until(lambda: turns(platform) == 1, "the turn begins")
        frozen.process.send_signal(signal.SIGSTOP)
        assert await taken_over(platform, frozen, other) == ["turn 1", "turn 2", "turn 3"]
        assert "the lease was lost while its turn ran" in frozen.log
    assert turns(platform) == 4
