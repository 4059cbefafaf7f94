"""Bots in trouble: that a report says what happened, shortly, and that nobody waits for it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from criabot import Bot, Message
from criabot.errors import ConfigurationError, ScriptError
from criabot.testing.chats import ChatFile, chat_files
from criabot.testing.scripts import ScriptFailed, parse
from criabot.testing.simulator import Simulator
from tests.servers import ValkeyServer

bot = Bot()
log = logging.getLogger("bot")


@bot.message("falhe")
async def fail(message: Message) -> None:
    json.loads("{")


@bot.message("espere")
async def wait_for_ever(message: Message) -> None:
    await never()


@bot.message()
async def answer(message: Message) -> None:
    log.warning("an answer")
    await message.answer("Oi.")


async def never() -> None:
    await asyncio.Event().wait()


@asynccontextmanager
async def failing(valkey: ValkeyServer, script: str, *, channel: str = "api") -> AsyncIterator[str]:
    """What is said when a script fails."""
    async with Simulator(bot, valkey_url=valkey.url, channel=channel) as sim:
        with pytest.raises(ScriptFailed) as failed:
            await sim.play(script)
        yield str(failed.value)


async def test_a_handler_that_fails_five_times_is_shown_once_and_in_its_own_code_only(valkey: ValkeyServer) -> None:
    async with failing(valkey, "customer: falhe\nbot: Oi.") as report:
        assert report.count("Traceback") == 1
        assert 'test_trouble.py", line' in report
        assert "runtime/turn.py" not in report
        assert "json/decoder.py" not in report
        assert "JSONDecodeError: Expecting" in report
        assert "message_created (4 times)  failed (JSONDecodeError in fail" in report
        assert "delivery=" not in report


async def test_a_line_of_the_log_has_the_time_of_the_chat(valkey: ValkeyServer) -> None:
    async with failing(valkey, "customer: oi\nbot: Oi.\nclock: +1d\ncustomer: oi\nbot: Tchau.") as report:
        said = next(line for line in report.splitlines() if line.startswith("▶ "))
        logged = next(line for line in report.splitlines() if line.endswith("an answer"))
        assert said.split()[1][:5] == logged.split()[0][:5]


async def test_a_handler_that_never_ends_is_named_instead_of_waited_for(
    valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("criabot.testing.simulator.PATIENCE", 0.3)
    async with failing(valkey, "customer: espere\nbot: Oi.") as report:
        assert "This cannot be done: the bot is still at work after 0.3 s of real time, at " in report
        assert "test_trouble.py:" in report
        assert "(never)." in report


async def test_a_handler_may_take_as_long_as_its_own_limit(
    valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("criabot.testing.simulator.PATIENCE", 0.01)
    async with Simulator(bot, valkey_url=valkey.url, handler_timeout=0.1) as sim:
        await sim.play("customer: espere\nbot note: ~ TimeoutError in 5 attempts")


async def test_what_a_channel_cannot_do_is_a_difference_and_no_crash(valkey: ValkeyServer) -> None:
    async with failing(valkey, "customer: oi\nbot: Oi.\ncustomer: (sends location)", channel="email") as report:
        assert "This cannot be done: the customers of 'Email inbox' cannot share places" in report
        assert "no event reached it" not in report


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"channel": "watsapp"}, "There is no channel 'watsapp'. Did you mean 'whatsapp'?"),
        ({"chanel": "whatsapp"}, "There is no setting 'chanel'. Did you mean 'channel'?"),
        ({"handler_timout": 1}, "There is no setting 'handler_timout'. Did you mean 'handler_timeout'?"),
    ],
)
def test_a_simulator_that_nobody_knows_how_to_build(given: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Simulator(bot, **given)
    assert str(refused.value) == why


UNREADABLE = {
    "customer: olá\ncustomer: n\xe3o\n".encode("latin-1"): "a.chat:1: this is not UTF-8; save the file as UTF-8.",
    b"": "a.chat has no steps: a chat begins with a line such as 'customer: oi'.",
    b"# nothing yet\nchannel: whatsapp\n": "a.chat has no steps: a chat begins with a line such as 'customer: oi'.",
}


@pytest.mark.parametrize("data", UNREADABLE)
def test_a_file_that_is_no_chat(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.chat").write_bytes(data)
    with pytest.raises(ScriptError) as refused:
        _ = ChatFile(tmp_path / "a.chat").script
    assert str(refused.value) == str(tmp_path / UNREADABLE[data])


def test_a_file_that_begins_with_a_byte_order_mark_and_a_folder_with_the_name_of_a_chat(tmp_path: Path) -> None:
    (tmp_path / "a.chat").write_text("customer: oi\r\nbot: Oi.\r\n", "utf-8-sig")
    (tmp_path / "b.chat").mkdir()
    (chat,) = chat_files([str(tmp_path)])
    assert str(chat.script) == "customer: oi\nbot: Oi.\n"


def test_a_step_that_is_indented_like_the_rest_of_a_text_is_not_swallowed() -> None:
    with pytest.raises(ScriptError) as refused:
        parse("customer: oi\n    bot: Oi.")
    assert str(refused.value) == (
        "script:2: indented deeper than line 1, 'bot: Oi.' goes on with its text; indent it like that line, "
        "or write 'bot\\:' if it is text."
    )
    text = "customer: você disse\n    bot\\: Oi.\n"
    assert str(parse(text)) == text
    assert parse(text).steps[0].act.text == "você disse\nbot: Oi."  # type: ignore[union-attr]
