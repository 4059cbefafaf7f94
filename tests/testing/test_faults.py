"""Every fault does what its name says, and a right bot gets over it."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import pytest

from criabot import Bot, Message, State
from criabot.testing import Simulator
from criabot.testing.bot import Step
from criabot.testing.faults import FAULTS
from criabot.testing.platform import Delivery
from criabot.testing.platform.delivery import Post
from criabot.testing.scripts import ScriptFailed
from tests.servers import ValkeyServer

STEPS: tuple[str, ...] = get_args(Step)
bot = Bot()


class Count(State):
    turns: int = 0


@bot.message()
async def count(message: Message, state: Count) -> None:
    state.turns += 1
    await message.answer(f"{state.turns}: {message.text}")
    if message.text == "fim":
        await message.conversation.handoff("acabou")
    else:
        await message.answer("Mais?")


class Arrivals:
    """What really comes to the bot, in its order."""

    def __init__(self, sim: Simulator) -> None:
        self.bodies: list[dict[str, Any]] = []
        sim.platform.deliveries.between = self._pass

    async def _pass(self, delivery: Delivery, post: Post) -> None:
        self.bodies.append(json.loads(delivery.body))
        await post(delivery)

    def messages(self, kind: str) -> list[str]:
        return [body["content"] for body in self.bodies if body.get("message_type") == kind]

    def events(self) -> set[str]:
        return {body["event"] for body in self.bodies}


@pytest.fixture
async def sim(valkey: ValkeyServer) -> AsyncIterator[Simulator]:
    async with Simulator(bot, valkey_url=valkey.url) as simulator:
        yield simulator


TWO_TURNS = """\
customer: a
bot: 1: a
bot: Mais?
customer: b
bot: 2: b
bot: Mais?
"""


@pytest.mark.parametrize(("fault", "ids"), [("duplicate", 1), ("redelivered", 3)])
async def test_every_delivery_comes_three_times(sim: Simulator, fault: str, ids: int) -> None:
    await sim.play(f"fault: {fault}\n{TWO_TURNS}")
    sent = Counter((delivery.event, delivery.body) for delivery in sim.platform.deliveries.log)
    assert set(sent.values()) == {3}
    assert len({d.id for d in sim.platform.deliveries.log}) == ids * len(sent)


async def test_reordered_messages_are_put_in_order_again(sim: Simulator) -> None:
    arrivals = Arrivals(sim)
    await sim.play("""
        fault: reordered
        customer: (writes quickly a | b | c)
        bot: 1: a
        bot: Mais?
        bot: 2: b
        bot: Mais?
        bot: 3: c
        bot: Mais?
    """)
    assert arrivals.messages("incoming") == ["a", "c", "b"]


@pytest.mark.parametrize(("fault", "length"), [("delayed", 5), ("delayed 1m", 60)])
async def test_what_is_delayed_comes_when_the_clock_gets_there(sim: Simulator, fault: str, length: int) -> None:
    ahead = sim.clock() - time.time()
    await sim.play(f"fault: {fault}\n{TWO_TURNS}")
    assert sim.clock() - time.time() - ahead >= 2 * length - 1


async def test_dropped_is_what_the_bot_did_itself_and_nothing_of_the_humans(sim: Simulator) -> None:
    arrivals = Arrivals(sim)
    await sim.play("fault: dropped\ncustomer: a\nbot: 1: a\nbot: Mais?\ncustomer: fim\nbot: 2: fim\nbot note: acabou")
    assert arrivals.events() == {"message_created"}
    assert arrivals.messages("outgoing") == []
    await sim.play("agent Ana: resolvido\nagent Ana: (resolves)\ncustomer: oi\nbot: 3: oi\nbot: Mais?")
    assert arrivals.messages("outgoing") == ["resolvido"]
    assert "conversation_resolved" in arrivals.events()


async def test_a_dropped_message_is_lost(sim: Simulator) -> None:
    await sim.play(
        "fault: dropped message\ncustomer: a\nbot: (silent)\nfault: none\ncustomer: b\nbot: 1: b\nbot: Mais?"
    )


async def test_the_nested_message_is_not_the_one_of_the_event(sim: Simulator) -> None:
    arrivals = Arrivals(sim)
    await sim.play(f"fault: stale nested message\n{TWO_TURNS}")
    messages = [body for body in arrivals.bodies if body["event"] == "message_created"]
    assert len(messages) == 6
    assert all(body["conversation"]["messages"][0]["id"] < body["id"] for body in messages[1:])


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        ("error before", [500, 200] * 4),
        ("error after saving", [500] * 4),
        ("lost answer", [200] * 4),
        ("too many requests", [429, 200] * 4),
    ],
)
async def test_a_call_that_goes_wrong_is_made_good(sim: Simulator, fault: str, statuses: list[int]) -> None:
    await sim.play(f"fault: {fault}\n{TWO_TURNS}")
    assert [call.status for call in sim.platform.gateway.calls if call.action == "messages"] == statuses


async def test_on_a_slow_platform_the_echo_comes_before_the_answer(sim: Simulator) -> None:
    happened = []

    async def note_echo(delivery: Delivery, post: Post) -> None:
        await post(delivery)
        if json.loads(delivery.body).get("message_type") == "outgoing":
            happened.append("echo")

    sim.platform.deliveries.between = note_echo
    sim.bot.on_step = lambda step, _lane: happened.append(step)
    await sim.play(f"fault: slow platform\n{TWO_TURNS}")
    assert [what for what in happened if what in ("echo", "posted")] == ["echo", "posted"] * 4


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_is_survived_at_every_step(sim: Simulator, step: str, nth: int) -> None:
    transcript = await sim.play(f"fault: crash at {step} {nth}\n{TWO_TURNS}")
    assert f"the bot's process dies ({step})" in str(transcript)


async def test_what_comes_while_the_bot_is_dead_waits_for_it(sim: Simulator) -> None:
    await sim.play("""
        fault: crash at claimed
        customer: (writes quickly a | b | c)
        bot: 1: a
        bot: Mais?
        bot: 2: b
        bot: Mais?
        bot: 3: c
        bot: Mais?
        status: pending
    """)


@pytest.mark.parametrize(
    ("step", "said"), [("claimed", []), ("handled", []), ("committed", []), ("posted", ["1: a"]), ("sent", ["1: a"])]
)
async def test_when_an_agent_joins_the_bot_says_nothing_more(sim: Simulator, step: str, said: list[str]) -> None:
    lines = "".join(f"bot: {line}\n" for line in said) or "bot: (silent)\n"
    transcript = await sim.play(f"fault: agent joins at {step}\ncustomer: a\n{lines}customer: b\nbot: (silent)")
    assert f"agent Joana writes ({step})" in str(transcript)


async def test_faults_come_together_and_end_together(sim: Simulator) -> None:
    hooks = sim.platform.deliveries.between, sim.platform.gateway.fault, sim.bot.on_step
    await sim.play(f"fault: lost answer\nfault: redelivered\nfault: crash at posted 2\n{TWO_TURNS}\nfault: none")
    assert (sim.platform.deliveries.between, sim.platform.gateway.fault, sim.bot.on_step) == hooks


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("duplicates", "there is no fault 'duplicates'; there are: agent joins at, crash at, delayed"),
        ("duplicate twice", "the fault takes no 'twice'"),
        ("delayed much", "'delayed' takes a duration such as 5s, not 'much'"),
        ("crash at home", "'crash at' takes a step (claimed, handled, committed, posted, sent) and perhaps a number"),
        ("crash at", "as in 'crash at posted 2'"),
        ("agent joins at sent 0", "'agent joins at' takes a step"),
    ],
)
async def test_a_line_that_means_no_fault_says_what_there_is(sim: Simulator, line: str, why: str) -> None:
    with pytest.raises(ScriptFailed) as caught:
        await sim.play(f"fault: {line}")
    assert why in str(caught.value)


def test_every_fault_says_what_it_does_and_where_the_platform_does_it() -> None:
    for name, fault in FAULTS.items():
        assert fault.__doc__, name
        assert "(contract " in fault.__doc__ or name == "crash at", name


def test_the_page_has_every_fault() -> None:
    page = (Path(__file__).parents[2] / "docs" / "testing.md").read_text("utf-8")
    assert [name for name in FAULTS if not re.search(rf"^\|.*`{name}\b", page, re.MULTILINE)] == []
