"""The example of docs/client.md does what it says, on the simulated platform."""

from __future__ import annotations

import runpy
from pathlib import Path

from criabot.platform import ApplicationClient
from tests.platforms import FakePlatform

EXAMPLE = Path(__file__).parents[2] / "examples" / "client.py"


async def test_everybody_who_waits_is_greeted_and_handed_over() -> None:
    main = runpy.run_path(str(EXAMPLE))["main"]
    async with FakePlatform(user_token="a-user-token") as platform:
        numbers = range(1, 61)  # more than two pages
        for number in numbers:
            platform.message(number, "oi")
        async with ApplicationClient(platform.url, 1, user_token=platform.user_token) as client:
            done = await main(client)
            for number in (1, 30, 60):
                conversation = await client.conversations.show(number)
                assert conversation.status == "open"
                assert conversation.labels == ["greeted"]
    assert sorted(line.split(" with ")[0] for line in done[1:]) == sorted(f"answered {number}" for number in numbers)
    assert done[0].startswith("the server is version 4.")
