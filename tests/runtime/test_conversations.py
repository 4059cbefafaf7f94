"""What customers, agents and the bot live through together, with a real bot process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from criabot.testing.platform import ApiFault
from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.servers import ValkeyServer

BOT = """
import asyncio
from criabot import Bot, F, Message, State, Conversation

bot = Bot(NAME)

class Seen(State):
    texts: list[str] = []

@bot.message("slow")
async def slow(message: Message) -> None:
    await asyncio.sleep(30)
    await message.answer("too late")

@bot.message("several")
async def several(message: Message) -> None:
    for number in range(5):
        await message.answer(str(number))
    await message.note("a note")

@bot.message("broken")
async def broken(message: Message, seen: Seen) -> None:
    seen.texts.append("must not be kept")
    await message.answer("must not be said")
    raise ValueError("of no use")

@bot.message("unknown")
async def unknown(message: Message) -> None:
    from criabot import skip
    skip()

@bot.message("{{ contact.email }}")
async def quote(message: Message) -> None:
    await message.answer(message.text)

@bot.message("after handoff")
async def after_handoff(message: Message) -> None:
    await message.conversation.handoff("why", say="last words")
    await message.answer("must not be said")

@bot.message("assign")
async def assign(message: Message) -> None:
    await message.conversation.assign(agent_id=5)
    await message.answer("an agent comes")

@bot.message("resolve")
async def resolve(message: Message) -> None:
    await message.answer("done")
    await message.conversation.set_status("resolved")

@bot.message("forgotten")
async def forgotten(message: Message) -> None:
    message.answer("the await was forgotten")

@bot.message(F.text == "skips")
async def speaks_and_skips(message: Message, seen: Seen) -> None:
    from criabot import skip
    seen.texts.append("by the one who skipped")
    await message.answer("by the one who skipped")
    skip()

@bot.message(F.text == "recovers")
async def speaks_and_fails(message: Message, seen: Seen) -> None:
    seen.texts.append("by the one who failed")
    await message.conversation.handoff("why", say="by the one who failed")
    raise LookupError("nothing")

@bot.error(LookupError)
async def recover(message: Message, error: LookupError, seen: Seen) -> None:
    await message.answer(f"recovered with {len(seen.texts)}")

@bot.message("skips")
async def goes_on(message: Message, seen: Seen) -> None:
    await message.answer(f"went on with {len(seen.texts)}")

@bot.message(F.text.startswith("number "))
async def number(message: Message) -> None:
    int(message.text.split()[1])

@bot.message_updated()
async def speaks_up(message: Message) -> None:
    await message.answer("from another kind of handler")
    await message.note("seen")

@bot.message(F.text.startswith("remember"))
async def remember(message: Message, seen: Seen) -> None:
    seen.texts.append(message.text)
    await message.answer(",".join(seen.texts))
"""


async def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture
async def platform() -> AsyncIterator[FakePlatform]:
    async with FakePlatform() as platform:
        yield platform


@pytest.fixture
async def bot(
    platform: FakePlatform, valkey: ValkeyServer, namespace: str, tmp_path: Path
) -> AsyncIterator[BotProcess]:
    file = tmp_path / "bot.py"
    file.write_text(BOT.replace("NAME", repr(namespace)), "utf-8")
    async with BotProcess(file, platform, valkey.url) as process:
        yield process


async def test_the_bot_is_silent_while_a_human_has_the_conversation(platform: FakePlatform, bot: BotProcess) -> None:
    await platform.customer(1, "remember a")
    await until(lambda: platform.conversation(1).said == ["remember a"])
    await platform.set_status(1, "open")
    await platform.customer(1, "remember b")
    await platform.customer(1, "remember c")
    await until(lambda: bot.log.count("left to the humans") == 2)
    await platform.set_status(1, "pending")
    await platform.customer(1, "remember d")
    await until(lambda: len(platform.conversation(1).said) == 2)
    assert platform.conversation(1).said[-1] == "remember a,remember d"


async def test_an_agent_who_writes_takes_over_although_the_status_stays_pending(
    platform: FakePlatform, bot: BotProcess
) -> None:
    await platform.agent(1, "I take this")
    await platform.customer(1, "remember a")
    await until(lambda: "left to the humans: a human wrote" in bot.log)
    await platform.set_status(1, "resolved")
    platform.conversation(1).status = "pending"  # the customer's next message reopens it for the bot
    await platform.customer(1, "remember b")
    await until(lambda: platform.conversation(1).said[1:] == ["remember b"])


async def test_a_takeover_cancels_the_running_handler(platform: FakePlatform, bot: BotProcess) -> None:
    await platform.customer(1, "slow")
    await platform.agent(1, "I take this")
    await until(lambda: "left to the humans" in bot.log, seconds=5)
    assert platform.conversation(1).said == ["I take this"]


async def test_a_takeover_drops_the_replies_that_wait_but_not_the_notes(
    platform: FakePlatform, bot: BotProcess
) -> None:
    on_its_way = asyncio.Event()

    def slow_down(_method: str, _path: str, body: dict[str, object]) -> ApiFault | None:
        if body.get("content") != "1":
            return None
        on_its_way.set()
        return ApiFault(delay=0.5)

    platform.fault = slow_down
    await platform.customer(1, "several")
    await on_its_way.wait()
    await platform.agent(1, "I take this")
    await until(lambda: platform.conversation(1).notes == ["a note"])
    assert platform.conversation(1).said == ["0", "I take this", "1"]


async def test_a_message_that_no_handler_takes_goes_to_the_humans(platform: FakePlatform, bot: BotProcess) -> None:
    for number, text in ((1, "something else"), (2, "unknown")):
        await platform.customer(number, text)
        await until(lambda number=number: platform.conversation(number).status == "open")  # type: ignore[misc]
        assert platform.conversation(number).said == []
        [note] = platform.conversation(number).notes
        assert "no handler" in note


async def test_a_handler_that_keeps_failing_goes_to_the_humans(platform: FakePlatform, bot: BotProcess) -> None:
    await platform.customer(1, "remember a")
    await platform.customer(1, "broken")
    await until(lambda: platform.conversation(1).status == "open", seconds=30)
    assert platform.conversation(1).said == ["remember a"]
    assert "ValueError in 5 attempts" in platform.conversation(1).notes[0]
    assert bot.log.count("message_created failed (ValueError in broken (") == 5
    assert bot.log.count("tried again") == 4
    assert bot.log.count("Traceback") == 2, "at the first and the last failure"
    await platform.set_status(1, "pending")
    await platform.customer(1, "remember b")
    await until(lambda: len(platform.conversation(1).said) == 2)
    assert platform.conversation(1).said[-1] == "remember a,remember b"


async def test_a_customers_text_is_not_run_as_a_template(platform: FakePlatform, bot: BotProcess) -> None:
    await platform.customer(1, "{{ contact.email }}")
    await until(lambda: len(platform.conversation(1).said) == 1)
    [said] = platform.conversation(1).said
    assert "{{" not in said
    assert said.replace("\u200b", "") == "{{ contact.email }}"


async def test_nothing_public_is_said_after_a_handoff(platform: FakePlatform, bot: BotProcess) -> None:
    await platform.customer(1, "after handoff")
    await until(lambda: platform.conversation(1).status == "open")
    assert platform.conversation(1).said == ["last words"]
    assert platform.conversation(1).notes == ["why"]
    assert "was dropped" in bot.log


async def test_the_bots_own_assignment_and_status_are_no_takeover(platform: FakePlatform, bot: BotProcess) -> None:
    await platform.customer(1, "assign")
    await until(lambda: platform.conversation(1).said == ["an agent comes"])
    await platform.customer(2, "resolve")
    await until(lambda: platform.conversation(2).status == "resolved")
    assert platform.conversation(2).said == ["done"]
    platform.conversation(2).status = "pending"
    await platform.customer(2, "remember again")
    await until(lambda: platform.conversation(2).said == ["done", "remember again"])


async def test_a_message_that_waits_while_the_bot_resolves_is_answered(platform: FakePlatform, bot: BotProcess) -> None:
    platform.fault = lambda _m, path, _b: ApiFault(delay=0.3) if path.endswith("toggle_status") else None
    await platform.customer(1, "resolve")
    await platform.customer(1, "remember me")
    await until(lambda: platform.conversation(1).said == ["done", "remember me"])
    assert platform.conversation(1).status == "resolved"


async def test_no_kind_of_handler_speaks_over_a_human(platform: FakePlatform, bot: BotProcess) -> None:
    await platform.customer(1, "remember a")
    await until(lambda: len(platform.conversation(1).said) == 1)
    await platform.deliver({**platform.newest(1), "event": "message_updated"})
    await until(lambda: platform.conversation(1).notes == ["seen"])
    assert platform.conversation(1).said[1:] == ["from another kind of handler"]
    await platform.set_status(1, "open")
    update = {**platform.newest(1), "event": "message_updated", "content": "changed again"}
    await platform.deliver(update)
    await until(lambda: platform.conversation(1).notes == ["seen", "seen"])
    assert len(platform.conversation(1).said) == 2
    assert "a public message was dropped" in bot.log


async def test_a_message_waits_when_the_platform_cannot_be_asked_who_has_it(
    platform: FakePlatform, bot: BotProcess
) -> None:
    await platform.set_status(1, "open")
    await until(lambda: "conversation_updated noted" in bot.log)
    platform.conversation(1).status = "pending"  # given back, but the webhook was lost
    platform.fault = lambda method, _p, _b: ApiFault(status=502) if method == "GET" else None
    await platform.customer(1, "remember a")
    await until(lambda: "put off" in bot.log)
    platform.fault = lambda _m, _p, _b: None
    await until(lambda: platform.conversation(1).said == ["remember a"], seconds=20)


async def test_a_failed_handler_does_not_put_the_customers_words_into_the_log(
    platform: FakePlatform, bot: BotProcess
) -> None:
    await platform.customer(1, "number quatrocentos")
    await until(lambda: "tried again" in bot.log)
    assert "ValueError: invalid literal" in bot.log
    assert "quatrocentos" not in bot.log


async def test_what_a_handler_did_before_it_skipped_or_failed_is_undone(
    platform: FakePlatform, bot: BotProcess
) -> None:
    await platform.customer(1, "skips")
    await until(lambda: platform.conversation(1).said == ["went on with 0"])
    await platform.customer(2, "recovers")
    await until(lambda: platform.conversation(2).said == ["recovered with 0"])
    assert platform.conversation(2).status == "pending"
    assert platform.conversation(2).notes == []


async def test_events_of_another_account_are_dropped_with_one_warning(platform: FakePlatform, bot: BotProcess) -> None:
    for number in (1, 2):
        event = platform.message(number, "remember a")
        assert await platform.deliver({**event, "account": {"id": 9, "name": "Another"}}) == 200
    await platform.customer(3, "remember b")
    await until(lambda: platform.conversation(3).said == ["remember b"])
    assert bot.log.count("events of account 9 come in and are dropped: this bot is for account 1") == 1
    assert platform.conversation(1).said == platform.conversation(2).said == []


async def test_a_forgotten_await_leaves_nobody_waiting(platform: FakePlatform, bot: BotProcess) -> None:
    await platform.customer(1, "forgotten")
    await until(lambda: platform.conversation(1).said == ["the await was forgotten"])


async def test_a_log_line_of_an_event_and_of_a_reply_have_all_identifiers(
    platform: FakePlatform, bot: BotProcess
) -> None:
    await platform.deliver(platform.message(1, "remember a"), delivery="the-delivery")
    await until(lambda: "reply sent" in bot.log)
    for text, message in (("handled by remember", 1001), ("reply sent", 1002)):
        [line] = [line for line in bot.log.splitlines() if text in line]
        for name, value in {"account": 1, "inbox": 1, "contact": 101, "conversation": 1, "message": message}.items():
            assert json.loads(line)[name] == value
        assert json.loads(line)["delivery"] == "the-delivery"
