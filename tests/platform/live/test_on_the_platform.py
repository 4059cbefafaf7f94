"""The live socket end to end: a platform, an agent and a contact."""

from __future__ import annotations

import asyncio
import inspect
import re
import textwrap
from typing import Any

import pytest

from criabot.errors import NotSubscribed
from criabot.platform import ApplicationClient, LiveSocket
from criabot.platform.live import (
    ConversationStatusChanged,
    ConversationTyping,
    FirstReplyCreated,
    LiveEvent,
    MessageCreated,
    MessageUpdated,
    PresenceUpdate,
)
from criabot.testing.platform import SimulatedPlatform
from tests.platform.live.cable import DEADLINE


async def until(live: LiveSocket, kind: type[LiveEvent]) -> list[Any]:
    """What is heard up to the first event of a kind."""
    told: list[Any] = []
    async with asyncio.timeout(DEADLINE):
        async for event in live:
            told.append(event)
            if isinstance(event, kind):
                break
    return told


async def test_an_agent_and_a_contact_see_a_conversation() -> None:
    async with SimulatedPlatform() as platform:
        customer, agent = platform.customer("Ana"), platform.agent("Rui")
        await customer.says("oi")
        await platform.settle()
        async with (
            ApplicationClient(platform.url, 1, user_token=agent.user.access_token) as client,
            LiveSocket(platform.url, str(agent.user.pubsub_token), user_id=agent.user.id, account_id=1) as page,
            LiveSocket(platform.url, str(customer.row.pubsub_token)) as widget,
        ):
            (presence,) = await until(page, PresenceUpdate)
            assert presence.users == {agent.user.id: "online"}
            await client.messages.create(1, "nota", private=True)
            await client.messages.create(1, "bom dia")
            *_before, first = await until(page, FirstReplyCreated)
            assert first.message.content == "bom dia"
            told = await until(widget, MessageCreated)
            assert told[-1].message.content == "bom dia"
            await customer.types()
            assert (await until(page, ConversationTyping))[-1].user.name == "Ana"
            await client.messages.delete(1, first.message.id)
            deleted = (await until(widget, MessageUpdated))[-1]
            assert deleted.changes["content"].previous == "bom dia"
            await client.conversations.toggle_status(1, "resolved")
            changed = (await until(widget, ConversationStatusChanged))[-1]
            assert changed.conversation.status == "resolved"


async def test_a_wrong_token_is_told() -> None:
    async with SimulatedPlatform() as platform:
        agent = platform.agent("Rui").user
        for token, user_id in (("wrong", agent.id), (str(agent.pubsub_token), 99)):
            live = LiveSocket(platform.url, token, user_id=user_id, account_id=1, confirm_timeout=0.2)
            with pytest.raises(NotSubscribed, match="neither yes nor no"):
                await live.__aenter__()


async def test_the_example_of_the_class_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = re.search(r"```python\n(.*?)```", inspect.getdoc(LiveSocket) or "", re.DOTALL)
    assert found is not None
    source = textwrap.dedent(found[1])
    assert source.rstrip().endswith("asyncio.run(main())")
    names: dict[str, Any] = {}
    exec(source.replace("asyncio.run(main())", ""), names)
    async with SimulatedPlatform() as platform:
        agent = platform.agent("Rui").user
        assert agent.id == 2
        monkeypatch.setenv("CRIABOT_BASE_URL", platform.url)
        monkeypatch.setenv("PUBSUB_TOKEN", str(agent.pubsub_token))
        task = asyncio.create_task(names["main"]())
        async with asyncio.timeout(DEADLINE):
            while not agent.is_online:
                await asyncio.sleep(0.005)
            await platform.customer("Ana").says("oi, tudo bem?")
            printed = ""
            while "oi, tudo bem?" not in printed:
                await asyncio.sleep(0.005)
                printed += capsys.readouterr().out
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
