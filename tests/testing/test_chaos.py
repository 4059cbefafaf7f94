"""Chaos: a right bot shows its customers the same chat whatever goes wrong, and a wrong one is found out."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from criabot import Bot, Message, State
from criabot.cli import main
from criabot.errors import ScriptError
from criabot.platform import ApplicationClient
from criabot.runtime import intake
from criabot.runtime.delivery import Delivery
from criabot.testing import Simulator
from criabot.testing.chaos import EVERYWHERE, ChaosFailed
from criabot.testing.chats import ChatFile
from criabot.testing.faults import FAULTS
from criabot.testing.scripts import ScriptFailed
from tests.servers import ValkeyServer

CHATS = Path(__file__).parent / "chats"
FORGETFUL = """
from criabot import Bot, Message

bot = Bot()
heard = {}

@bot.message()
async def number(message: Message) -> None:
    heard[message.conversation.id] = heard.get(message.conversation.id, 0) + 1
    await message.answer(f"{heard[message.conversation.id]}: {message.text}")
"""
CHAT = """\
customer: a
bot: ~ a
customer: b
bot: ~ b
"""


class Count(State):
    turns: int = 0


def right_bot() -> Bot:
    bot = Bot()

    @bot.message()
    async def number(message: Message, state: Count) -> None:
        state.turns += 1
        await message.answer(f"{state.turns}: {message.text}")
        await message.answer(f"até já, {message.text}")

    return bot


RIGHT = """\
customer: a
bot: 1: a
bot: até já, a
customer: b
bot: 2: b
bot: até já, b
"""


async def test_a_form_with_mistakes_buttons_a_photo_and_a_handover_is_the_same_under_every_fault(
    valkey: ValkeyServer,
) -> None:
    report = await ChatFile(CHATS / "returns.chat").chaos(None, valkey_url=valkey.url)
    faults = [each.fault for each in report.reruns]
    assert faults[: len(EVERYWHERE)] == list(EVERYWHERE)
    assert {"crash at handled 1", "crash at posted 7", "agent joins at committed 1"} < set(faults)
    assert len(faults) > 30


def test_chaos_runs_every_fault_but_the_loss_of_a_message() -> None:
    assert {*EVERYWHERE, "crash at", "agent joins at", "dropped message"} == {"none", *FAULTS}


@pytest.mark.parametrize("chat", ["e2", "e3"])
async def test_quick_messages_are_in_order_whatever_happens(valkey: ValkeyServer, chat: str) -> None:
    faults = ["duplicate", "reordered", "lost answer", "crash at claimed 2", "crash at handled 2", "crash at posted 1"]
    await ChatFile(CHATS / f"{chat}.chat").chaos(None, faults, valkey_url=valkey.url)


@pytest.mark.parametrize("chat", sorted(CHATS.glob("*.chat")), ids=lambda path: path.stem)
def test_the_scripts_of_the_experiments_are_short(chat: Path) -> None:
    assert len(chat.read_text("utf-8").splitlines()) < 15 or chat.stem == "returns"


# -- wrong bots -------------------------------------------------------------------------------------------------


async def found_out(make: Callable[[], Bot], valkey: ValkeyServer, script: str = CHAT, *faults: str) -> set[str]:
    with pytest.raises(ChaosFailed) as caught:
        await Simulator(make, valkey_url=valkey.url).chaos(script, faults)
    return {each.fault for each in caught.value.results.failed}


async def test_a_handler_that_posts_by_itself_does_so_twice(valkey: ValkeyServer) -> None:
    def make() -> Bot:
        bot = Bot()

        @bot.message()
        async def direct(message: Message, client: ApplicationClient) -> None:
            await client.messages.create(message.conversation.id, f"eco {message.text}")

        return bot

    faults = "error before", "error after saving", "lost answer", "crash at handled 1"
    assert await found_out(make, valkey, CHAT, *faults) == {*faults[1:]}


async def test_a_bot_that_leaves_something_behind_is_another_in_the_second_run(valkey: ValkeyServer) -> None:
    numbers = count()

    def make() -> Bot:
        bot = Bot()

        @bot.message()
        async def number(message: Message) -> None:
            await message.answer(f"{next(numbers)}: {message.text}")

        return bot

    assert await found_out(make, valkey, CHAT, "none") == {"none"}


async def test_a_bot_that_counts_what_is_no_message_is_found_out_by_agents(valkey: ValkeyServer) -> None:
    def make() -> Bot:
        bot = right_bot()

        @bot.message_created()
        async def chat_on(message: Message, client: ApplicationClient) -> None:
            if message.sender is not None and message.sender.kind == "user":
                await client.messages.create(message.conversation.id, "Também acho!")

        return bot

    assert await found_out(make, valkey, RIGHT, "none", "agent joins at handled") == {"agent joins at handled"}


# -- a wrong engine ---------------------------------------------------------------------------------------------


async def test_an_engine_that_forgets_what_it_has_seen_is_found_out(
    valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = count()
    monkeypatch.setattr(intake, "id_of", lambda *_: f"{next(numbers):012d}")
    assert await found_out(right_bot, valkey, RIGHT, "none", "duplicate", "redelivered") == {"duplicate", "redelivered"}


async def test_an_engine_that_sends_again_without_looking_is_found_out(
    valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_there(*_: object) -> bool:
        return False

    monkeypatch.setattr(Delivery, "_arrived", not_there)
    monkeypatch.setattr(intake.Sorter, "_confirm", not_confirmed)
    faults = "none", "error before", "error after saving", "lost answer", "crash at posted 3"
    assert await found_out(right_bot, valkey, RIGHT, *faults) == {*faults[2:]}


async def not_confirmed(*_: object) -> intake.Accepted:
    return intake.Accepted.ECHO


async def test_an_engine_that_keeps_talking_is_found_out(valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "takes_over", lambda *_: False)
    faults = "none", "agent joins at committed 1", "agent joins at posted 1"
    assert await found_out(right_bot, valkey, RIGHT, *faults) == {*faults[1:]}


async def test_an_engine_that_does_not_wait_for_stragglers_is_found_out(valkey: ValkeyServer) -> None:
    script = "customer: (writes quickly a | b | c)\n" + "".join(
        f"bot: {n}: {text}\nbot: até já, {text}\n" for n, text in enumerate("abc", 1)
    )
    await Simulator(right_bot, valkey_url=valkey.url).chaos(script, ["reordered"])
    with pytest.raises(ChaosFailed, match="fault: reordered: The bot said something else"):
        await Simulator(right_bot, valkey_url=valkey.url, hold=0).chaos(script, ["reordered"])


# -- what it says -----------------------------------------------------------------------------------------------


@pytest.fixture
def forgetful(tmp_path: Path) -> Path:
    (tmp_path / "forgetful.py").write_text(FORGETFUL)
    chat = tmp_path / "a.chat"
    chat.write_text(f"bot: forgetful.py\n{CHAT}")
    return chat


def test_a_handler_with_a_memory_of_its_own_is_told_apart_and_the_command_shows_it_again(
    forgetful: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test", "--chaos", str(forgetful)]) == 1
    out = capsys.readouterr().out
    assert re.search(r"a\.chat, fault: crash at \w+ 2: The customer sees another chat\.", out)
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "without it with it" in lines
    assert "▶ bot: 2: b bot: 1: b" in lines
    command = next(line for line in lines if line.startswith("criabot test --fault"))
    assert main(shlex.split(command)[1:]) == 1
    assert "▶ bot: 2: b" in capsys.readouterr().out
    assert main(["test", "--fault", "duplicate", str(forgetful)]) == 0


def test_the_command_tells_each_fault_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", "-v", "--fault", "duplicate", "--fault", "crash at sent 2", f"{CHATS}/e2.chat"]) == 0
    out = capsys.readouterr().out
    assert "✓ duplicate" in out
    assert "✓ crash at sent 2" in out


async def test_a_fault_that_cannot_be_is_no_success(valkey: ValkeyServer) -> None:
    sim = Simulator(right_bot, valkey_url=valkey.url)
    with pytest.raises(ScriptError, match="fault: nonsense: there is no fault 'nonsense'"):
        await sim.chaos(RIGHT, ["nonsense"])
    with pytest.raises(ChaosFailed, match="fault: crash at sent 99: It never comes to that"):
        await sim.chaos(RIGHT, ["crash at sent 99"])


async def test_a_script_that_fails_anyway_is_told_so(valkey: ValkeyServer) -> None:
    with pytest.raises(ScriptFailed, match="The bot said something else"):
        await Simulator(right_bot, valkey_url=valkey.url).chaos("customer: a\nbot: 2: a")


async def test_a_script_with_faults_of_its_own_is_played_twice(valkey: ValkeyServer) -> None:
    report = await Simulator(right_bot, valkey_url=valkey.url).chaos(f"fault: duplicate\n{RIGHT}")
    assert [each.fault for each in report.reruns] == ["none"]


async def test_chaos_needs_no_server() -> None:
    report = await Simulator(right_bot).chaos(RIGHT, ["lost answer"])
    assert str(report).startswith("✓ lost answer ")
