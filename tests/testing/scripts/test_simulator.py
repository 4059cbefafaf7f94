"""Scripts with a real bot on the simulated platform, with real HTTP and a real Valkey; no waiting for time to pass."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from criabot import Bot, F, Message, State
from criabot.testing.platform import ApiFault
from criabot.testing.scripts import ScriptFailed
from criabot.testing.simulator import Simulator
from tests.servers import ValkeyServer

bot = Bot()


class Counter(State):
    count: int = 0


@bot.message(F.text == "atendente")
async def to_a_human(message: Message) -> None:
    await message.conversation.add_labels("urgente", "loja")
    await message.conversation.set_attributes({"plano": "ouro"})
    await message.conversation.set_priority("high")
    await message.conversation.handoff("pediu um atendente", say="Já te passo para a equipe.")


@bot.message(F.text == "escolher")
async def ask(message: Message) -> None:
    items = [{"title": "Sim", "value": "s"}, {"title": "Não", "value": "n"}]
    await message.answer("Quer?", content_type="input_select", content_attributes={"items": items})


@bot.message(F.text == "pense bem")
async def think(message: Message) -> None:
    await message.answer("Pensei em tudo.")
    await asyncio.Event().wait()


@bot.message(F.text == "falhar")
async def fail(message: Message) -> None:
    raise RuntimeError("always")


@bot.message()
async def count(message: Message, counter: Counter) -> None:
    counter.count += 1
    files = "".join(f" {attachment.file_type}" for attachment in message.attachments)
    await message.answer(f"{counter.count}: {message.contact.name} {message.text}{files}")


@pytest.fixture
async def sim(valkey: ValkeyServer) -> AsyncIterator[Simulator]:
    async with Simulator(bot, valkey_url=valkey.url) as simulator:
        yield simulator


async def test_a_handoff(sim: Simulator) -> None:
    await sim.play("""
        customer: name=João
        customer: oi
        bot: 1: João oi
        customer: atendente
        bot: Já te passo para a equipe.
        bot note: ~ pediu um atendente
        status: open
        assignee: none
        labels: loja, urgente
        priority: high
        attributes: plano=ouro
        customer: alô?
        bot: (silent)
    """)


async def test_messages_on_each_others_heels_are_answered_in_their_order(sim: Simulator) -> None:
    await sim.play("""
        customer: a
        + customer: b
        + customer: c
        + customer: d
        bot: 1: Customer a
        bot: 2: Customer b
        bot: 3: Customer c
        bot: 4: Customer d
    """)


async def test_an_agent_who_takes_over_while_the_bot_thinks_is_not_talked_over(sim: Simulator) -> None:
    await sim.play("""
        customer: oi
        bot: 1: Customer oi
        customer: pense bem
        + agent Ana: eu assumo
        bot: (silent)
        customer: obrigado!
        bot: (silent)
        agent Ana: (resolves)
        status: resolved
        customer: voltei
        bot: 2: Customer voltei
    """)


async def test_what_agents_do_is_seen_in_the_inbox(sim: Simulator) -> None:
    await sim.play("""
        customer: oi
        bot: ~ oi
        agent Ana: (takes it)
        assignee: Ana
        agent Ana: (assigns Rui)
        assignee: Rui
        agent Ana: (unassigns)
        assignee: none
        agent Ana: (assigns team Suporte)
        team: suporte
        agent Ana: (labels a, b)
        labels: b, a
        agent Ana: (snoozes 1h)
        status: snoozed
        agent Ana note: volta amanhã
        agent Ana: (pending)
        status: pending
    """)


async def test_customers_do_not_hear_each_other(sim: Simulator) -> None:
    transcript = await sim.play("""
        customer Ana: oi
        + customer Rui: olá
        bot to Ana: 1: Ana oi
        bot to Rui: 1: Rui olá
    """)
    assert transcript.said("Ana") == ["1: Ana oi"]
    assert len(sim.platform.world.conversations) == 2


async def test_buttons_are_seen_and_can_be_tapped(sim: Simulator) -> None:
    await sim.play("""
        customer: escolher
        bot: Quer? [Sim | Não]
        customer: (taps) Sim
    """)
    with pytest.raises(ScriptFailed, match=r"the newest buttons are \[Sim \| Não\]"):
        await sim.play("customer: (taps) Talvez")


async def test_a_customer_sends_files(sim: Simulator) -> None:
    await sim.play("""
        customer: (sends foto.jpg) veja
        bot: 1: Customer veja image
        customer: (sends audio, contrato.pdf)
        bot: ~ audio file
        customer: (sends location)
        bot: ~ location
    """)


async def test_retries_of_a_failing_handler_take_no_real_time(sim: Simulator) -> None:
    ahead = sim.clock() - time.time()
    transcript = await sim.play("""
        customer: falhar
        bot note: ~ the bot failed on this
        status: open
    """)
    assert sim.clock() - time.time() - ahead > 2  # seconds that were skipped
    assert "note" in str(transcript)
    with pytest.raises(ScriptFailed) as caught:
        await sim.play("customer: falhar\nbot: ~ tudo certo")
    assert "left to the humans" in str(caught.value)


async def test_a_difference_shows_what_the_bot_did_and_logged(sim: Simulator) -> None:
    with pytest.raises(ScriptFailed) as caught:
        await sim.play("customer: falhar\nbot: ~ tudo certo")
    report = str(caught.value)
    assert "message_created  failed (RuntimeError in fail" in report
    assert "RuntimeError: always" in report
    assert sim.platform.bot.access_token.token not in report


async def test_a_difference_shows_who_answered_and_why_others_did_not(sim: Simulator) -> None:
    with pytest.raises(ScriptFailed) as caught:
        await sim.play("customer: oi\nbot: ~ tudo certo")
    report = str(caught.value)
    assert "message_created  handled by count (" in report
    assert "ask: filter (F.text == 'escolher') did not match" in report


async def test_what_never_ends_is_said_to_be_without_end(sim: Simulator) -> None:
    sim.platform.gateway.fault = lambda method, _path, _body: ApiFault(status=429) if method == "POST" else None
    with pytest.raises(ScriptFailed, match="there is no end to it: the bot has a conversation that goes on in"):
        await sim.play("customer: oi\nbot: ~ oi")


async def test_a_day_passes(sim: Simulator) -> None:
    before = sim.clock()
    await sim.play("customer: oi\nbot: ~ oi\nclock: +1d\nbot: (silent)\ncustomer: oi\nbot: 2: Customer oi")
    assert 86_400 <= sim.clock() - before < 86_500


async def test_a_fault_lasts_until_it_is_ended(sim: Simulator) -> None:
    told: list[object] = []

    @asynccontextmanager
    async def noisy(simulator: Simulator, arguments: Sequence[str]) -> AsyncIterator[None]:
        told.append((simulator is sim, *arguments))
        yield
        told.append("over")

    sim.faults["noisy"] = noisy
    await sim.play("fault: noisy 2\ncustomer: oi\nbot: ~ oi\nfault: none")
    assert told == [(True, "2"), "over"]
    with pytest.raises(ScriptFailed, match=r"there is no fault 'nosy'; there are: .*noisy"):
        await sim.play("fault: nosy")


@pytest.mark.parametrize("version", ["4.5.0", "4.11.2", "4.15.1"])
async def test_every_version_of_the_platform(valkey: ValkeyServer, version: str) -> None:
    async with Simulator(lambda: bot, valkey_url=valkey.url, version=version) as sim:
        await sim.play("customer: oi\nbot: 1: Customer oi\nagent Ana: oi\ncustomer: oi\nbot: (silent)")


async def test_a_simulator_starts_when_it_is_needed_and_not_before(valkey: ValkeyServer) -> None:
    sim = Simulator("bots/hello.py", valkey_url=valkey.url)
    with pytest.raises(RuntimeError, match=r"await sim\.start\(\)"):
        sim.customer()
    await sim.play("customer: oi\nbot: ~ olá")
    assert sim.customer().conversation is not None
    await sim.stop()
    assert sim.loop is None


async def test_a_printed_chat_can_be_played_again(sim: Simulator, valkey: ValkeyServer) -> None:
    first = await sim.play("customer: oi\nbot: ~ oi\ncustomer: escolher\nbot: ~ quer\nagent Ana: eu assumo")
    async with Simulator(bot, valkey_url=valkey.url) as another:
        second = await another.play(first.script())
    assert str(second.script()) == str(first.script())
