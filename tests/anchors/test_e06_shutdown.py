"""E6: the webhook was answered 200, then the process is asked to stop while the handler runs.

In aiogram's webhook server the handler was cancelled, the message lost and the client closed under it. In criabot the
handler finishes and its reply is sent; what arrives meanwhile waits for the next process; and a handler that takes
longer than the patience at shutdown is resumed by another process.
"""

from __future__ import annotations

import signal
from pathlib import Path

from tests.anchors.answers import answered, turns
from tests.anchors.waiting import until
from tests.anchors.webhooks import post
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

COUNTER = Path(__file__).parent / "bots" / "counter.py"


async def test_a_running_handler_finishes_and_its_reply_is_sent(platform: FakePlatform, store: ValkeyServer) -> None:
    async with BotProcess(COUNTER, platform, store.url) as bot:
        assert await post(bot, platform.message(7, "0.5")) == 200
        await until(lambda: turns(platform) == 1, "the handler begins")
        assert platform.conversation(7).said == []
        assert await bot.stop() == 0
    assert platform.conversation(7).said == ["turn 1"]
    assert turns(platform) == 1


async def test_what_arrives_meanwhile_is_answered_by_the_next_process(
    platform: FakePlatform, store: ValkeyServer
) -> None:
    async with BotProcess(COUNTER, platform, store.url) as stopping:
        assert await post(stopping, platform.message(7, "1")) == 200
        await until(lambda: turns(platform) == 1, "the handler begins")
        stopping.process.terminate()
        await until(lambda: "stopping" in stopping.log, "the process begins to stop")
        later, elsewhere = platform.message(7, "0"), platform.message(8, "0")
        assert await post(stopping, later) == await post(stopping, elsewhere) == 200
        assert await stopping.process.wait() == 0
    assert (platform.conversation(7).said, platform.conversation(8).said) == (["turn 1"], [])
    async with BotProcess(COUNTER, platform, store.url):
        await until(lambda: later["id"] in answered(platform, 7), "conversation 7 goes on")
        await until(lambda: elsewhere["id"] in answered(platform, 8), "conversation 8 is answered")
    assert (platform.conversation(7).said, platform.conversation(8).said) == (["turn 1", "turn 2"], ["turn 1"])


async def test_another_process_resumes_what_takes_too_long(platform: FakePlatform, store: ValkeyServer) -> None:
    stopping, other = (BotProcess(COUNTER, platform, store.url, drain=0.1) for _ in range(2))
    async with stopping, other:
        other.process.send_signal(signal.SIGSTOP)  # so that it is there, and certainly the first one begins the turn
        assert await post(stopping, platform.message(7, "2")) == 200
        await until(lambda: turns(platform) == 1, "the handler begins")
        other.process.send_signal(signal.SIGCONT)
        assert await stopping.stop() == 0
        assert "1 conversations were cut short" in stopping.log
        assert platform.conversation(7).said == []
        await until(lambda: bool(platform.conversation(7).said), "the other process finishes the turn")
        last = platform.message(7, "0")
        assert await post(other, last) == 200
        await until(lambda: last["id"] in answered(platform), "the next message is answered")
    assert platform.conversation(7).said == ["turn 1", "turn 2"]
    assert turns(platform) == 3
