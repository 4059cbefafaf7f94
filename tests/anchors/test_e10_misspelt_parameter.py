"""E10: a parameter of a handler is misspelt.

In Slack's Bolt the handler silently got None for a name that nothing explains, even in place of its declared default.
In criabot the bot does not start, and says which parameter, where, and what was probably meant; a declared default
stands.
"""

from __future__ import annotations

from pathlib import Path

from tests.anchors.starts import start
from tests.anchors.waiting import until
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

BOTS = Path(__file__).parent / "bots"


async def test_the_bot_does_not_start(platform: FakePlatform, store: ValkeyServer) -> None:
    status, log = await start(BOTS / "misspelt.py", platform, store.url)
    assert status == 2
    assert "misspelt.py:8 handler 'look_up': unknown parameter 'nmber'. Did you mean 'number'?" in log
    assert "Traceback" not in log
    with store.client() as client:
        assert client.dbsize() == 0, "it stopped before it touched its store, so it never listened"


async def test_a_misspelt_name_with_a_default_is_an_error_too(platform: FakePlatform, store: ValkeyServer) -> None:
    status, log = await start(BOTS / "misspelt_default.py", platform, store.url)
    assert status == 2
    assert "unknown parameter 'nunber'. Did you mean 'number'?" in log


async def test_a_declared_default_stands(platform: FakePlatform, store: ValkeyServer) -> None:
    async with BotProcess(BOTS / "defaults.py", platform, store.url):
        assert await platform.customer(7, "oi") == 200
        await until(lambda: bool(platform.conversation(7).said), "the bot answers")
    assert platform.conversation(7).said == ["hello!"]
