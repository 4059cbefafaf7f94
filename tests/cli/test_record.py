"""`criabot record` as its user sees it: webhooks are captured, and become scripts that can be played."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from criabot.cli import main
from criabot.platform import sign
from criabot.testing.record import read_captures, stories
from tests.recorded import Recording, recording
from tests.testing.captured import captures, conversation, message, scripts

SECRET = "a-secret-of-the-bot"
GREETER = """
from criabot import Bot, Message
bot = Bot()

@bot.message()
async def greet(message: Message) -> None:
    await message.answer(f"Olá, {message.contact.name}!")
"""


def lines(*bodies: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(body)}\n" for body in bodies)


CHAT = lines(message(1, "oi"), message(2, "Olá, Beto Siqueira!", "bot"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "captured.jsonl").write_text(CHAT)
    (tmp_path / "greeter.py").write_text(GREETER)
    return tmp_path


def test_a_captured_chat_becomes_a_script_that_plays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "captured.jsonl"]) == 0
    assert "✓ chats/conversation-7.chat" in capsys.readouterr().out
    assert "bot: Olá, Carla Souza!" in (folder / "chats" / "conversation-7.chat").read_text()
    assert main(["test", "chats", "--bot", "greeter.py"]) == 0


def test_a_script_that_is_there_is_not_lost(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = folder / "mine" / "conversation-7.chat"
    there.parent.mkdir()
    there.write_text("mine")
    assert main(["record", "captured.jsonl", "-o", "mine"]) == 2
    assert "There is already mine/conversation-7.chat: add --force" in capsys.readouterr().err
    assert there.read_text() == "mine"
    assert main(["record", "captured.jsonl", "-o", "mine", "--force"]) == 0
    assert "customer: oi" in there.read_text()


def test_two_accounts_have_conversations_of_the_same_number(folder: Path) -> None:
    (folder / "more.json").write_text(json.dumps([message(9, "hi", conversation=conversation(inbox_id=4))]))
    assert main(["record", "captured.jsonl", "more.json"]) == 0
    names = sorted(path.name for path in (folder / "chats").iterdir())
    assert names == ["conversation-7-inbox-3.chat", "conversation-7-inbox-4.chat"]


def test_a_recording_is_read_as_it_is(folder: Path) -> None:
    webhooks = [{"raw_body": line} for line in CHAT.splitlines()]
    (folder / "recording.json").write_text(json.dumps({"steps": [{"webhooks": webhooks}, {"webhooks": []}]}))
    assert read_captures([folder / "recording.json"]) == read_captures([folder / "captured.jsonl"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"{CHAT}{{oops\n", "wrong.jsonl:3: this is not JSON (Expecting property name"),
        (f'{CHAT}{{"hello": 1}}\n', "wrong.jsonl:3: this is JSON, but no webhook's body"),
        (lines({"event": "message_created", "id": "x"}), "wrong.jsonl: message_created: 'id' must be a whole number"),
        (lines({"event": "conversation_created", **conversation()}), "There is no message in wrong.jsonl"),
        ("", "There is no message in wrong.jsonl"),
    ],
)
def test_what_is_no_capture_is_named(folder: Path, text: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "wrong.jsonl").write_text(text)
    assert main(["record", "wrong.jsonl"]) == 2
    assert why in capsys.readouterr().err
    assert not (folder / "chats").exists()


def test_a_file_that_is_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "nowhere.jsonl"]) == 2
    assert "nowhere.jsonl cannot be read: [Errno 2]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "give files of captured webhooks, or --listen PORT together with --out FILE"),
        (["--listen", "8080"], "together with --out FILE"),
        (["--listen", "8080", "--out", "a", "captured.jsonl"], "together with --out FILE"),
        (["captured.jsonl", "--out", "a"], "together with --out FILE"),
        (["--listen", "web", "--out", "a"], "'web' is no port"),
    ],
)
def test_arguments_that_do_not_go_together(
    folder: Path, arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["record", *arguments])
    assert ended.value.code == 2
    assert why in capsys.readouterr().err


# -- capturing --------------------------------------------------------------------------------------------------


@contextmanager
def endpoint(folder: Path, **environment: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """``criabot record --listen``, and where it listens."""
    command = [sys.executable, "-m", "criabot", "record", "--listen", "0", "--out", "live.jsonl"]
    known = {name: value for name, value in os.environ.items() if not name.startswith("CRIABOT_")}
    with subprocess.Popen(
        command, cwd=folder, env={**known, "PYTHONUNBUFFERED": "1", **environment}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            url = re.search(r"http://[\d.:]+", process.stdout.readline())
            assert url is not None
            yield url[0], process
        finally:
            process.terminate()


async def post(session: aiohttp.ClientSession, url: str, raw: bytes, secret: str = SECRET) -> int:
    stamp = str(int(time.time()))
    headers = {"X-Chatwoot-Timestamp": stamp, "X-Chatwoot-Signature": sign(secret, stamp, raw)}
    async with session.post(f"{url}/webhooks/any/agent-bot", data=raw, headers=headers) as response:
        return response.status


@pytest.mark.parametrize("scenario", ["09_handoff", "05_form", "24_whatsapp_outgoing", "28_email"])
async def test_what_is_captured_live_becomes_the_same_script(folder: Path, scenario: str) -> None:
    each = recording(scenario)
    with endpoint(folder, CRIABOT_AGENT_BOT_SECRET=f"old,{SECRET}") as (url, _process):
        async with aiohttp.ClientSession() as session:
            assert {await post(session, url, delivery.raw) for delivery in each} == {200}
    assert scripts(read_captures([folder / "live.jsonl"])) == scripts(captures(*(delivery.body for delivery in each)))


async def test_a_capture_has_no_secret_and_belongs_to_its_owner(folder: Path) -> None:
    each: Recording = recording("28_email")
    with endpoint(folder) as (url, process):
        async with aiohttp.ClientSession() as session:
            assert {await post(session, url, delivery.raw) for delivery in each} == {200}
        process.terminate()
        assert process.stdout is not None
        assert "Unsigned ones, too" in process.stdout.readline()
    captured = (folder / "live.jsonl").read_text()
    emails = set(re.findall(r"[\w.+-]+@[\w-]+\.\w+", captured))
    assert emails
    assert {email for email in emails if not re.fullmatch(r"person\d+@example\.com", email)} == set()
    tokens = {body["contact_inbox"]["pubsub_token"] for body in bodies(each) if "contact_inbox" in body}
    assert tokens
    assert [token for token in tokens if token and token in captured] == []
    assert "99999-0001" not in captured
    assert (folder / "live.jsonl").stat().st_mode & 0o777 == 0o600
    assert stories(read_captures([folder / "live.jsonl"]))


def bodies(each: Recording) -> list[dict[str, Any]]:
    return [delivery.body.get("conversation", delivery.body) for delivery in each]


async def test_what_is_not_signed_or_no_event_is_refused_and_not_written(folder: Path) -> None:
    with endpoint(folder, CRIABOT_ACCOUNT_SECRET=SECRET) as (url, process):
        async with aiohttp.ClientSession() as session:
            assert await post(session, url, CHAT.splitlines()[0].encode(), "another") == 401
            assert await post(session, url, b"{") == 400
            assert await post(session, url, b'{"event": "inbox_created", "channel": {"token": "x"}}') == 200
            assert (folder / "live.jsonl").read_text() == ""
            assert await post(session, url, CHAT.splitlines()[0].encode()) == 200
        assert process.stdout is not None
        assert "● message_created conversation=7" in process.stdout.readline()
    assert len(read_captures([folder / "live.jsonl"])) == 1
    assert process.returncode == 0


def test_a_port_that_is_taken(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with endpoint(folder) as (url, _process):
        assert main(["record", "--listen", url.removeprefix("http://"), "--out", "other.jsonl"]) == 2
    assert re.search(r"Nothing can listen on 127\.0\.0\.1:\d+", capsys.readouterr().err)


def test_a_file_that_cannot_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "--listen", "0", "--out", "no/such/folder.jsonl"]) == 2
    assert "no/such/folder.jsonl cannot be written: No such file or directory." in capsys.readouterr().err
