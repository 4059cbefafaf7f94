"""E7: two bots share one Redis, and their conversations have the same numbers.

With aiogram's default keys bot 2 read the state of bot 1. In criabot every bot has keys of its own, by its name and
account; and a bot that takes another one's name does not start.
"""

from __future__ import annotations

from pathlib import Path

from tests.anchors.starts import start
from tests.anchors.waiting import until
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

TWO = Path(__file__).parent / "bots" / "two.py"
NORTH, SOUTH = Path(f"{TWO}:north"), Path(f"{TWO}:south")


async def test_two_bots_do_not_see_each_other(store: ValkeyServer) -> None:
    async with FakePlatform() as here, FakePlatform(token="the-south-token") as there:
        async with BotProcess(NORTH, here, store.url), BotProcess(SOUTH, there, store.url):
            for platform, words in ((here, ("one", "two")), (there, ("um", "dois"))):
                for word in words:
                    assert await platform.customer(7, word) == 200
            await until(lambda: len(here.conversation(7).said) >= 2, "the first bot answers")
            await until(lambda: len(there.conversation(7).said) >= 2, "the second bot answers")
        assert here.conversation(7).said == ["one", "one two"]
        assert there.conversation(7).said == ["um", "um dois"]
        ids = [
            [message.id for message in each.conversation(7).messages if message.is_visible] for each in (here, there)
        ]
        assert ids[0] == ids[1], "the two platforms number their messages alike, or the experiment shows nothing"


async def test_a_bot_with_another_ones_name_does_not_start(platform: FakePlatform, store: ValkeyServer) -> None:
    elsewhere = platform.url.replace("127.0.0.1", "localhost")
    async with BotProcess(NORTH, platform, store.url):
        status, log = await start(NORTH, platform, store.url, base_url=elsewhere)
    assert status == 2
    assert "The data of north.1 in this Redis is of 127.0.0.1, account 1, not of localhost" in log
