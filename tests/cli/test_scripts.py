"""`criabot test` as its user sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from criabot.cli import main
from tests.cli.test_demo import assert_nothing_is_left, processes_in

HELLO = str(Path(__file__).parents[2] / "bots" / "hello.py")
RIGHT = "customer: oi\nbot: ~ posso ajudar\ncustomer: quero devolver\nbot: ~ equipe\nbot note: ~\nstatus: open\n"
WRONG = "customer: oi\nbot: Oi!\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "right.chat").write_text(f"bot: {HELLO}\n{RIGHT}")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "wrong.chat").write_text(f"bot: {HELLO}\n{WRONG}")
    return tmp_path


def test_a_folder_of_scripts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(folder)]) == 1
    out = capsys.readouterr().out
    assert f"✗ {folder}/more/wrong.chat" in out
    assert f"✓ {folder}/right.chat" in out
    assert f"{folder}/more/wrong.chat:3: The bot said something else." in out
    assert f"criabot test {folder}/more/wrong.chat::3" in out
    assert "1 went well, 1 did not" in out


def test_one_that_goes_well(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(folder), "-k", "right"]) == 0
    assert "quero devolver" not in capsys.readouterr().out
    assert main(["test", "-v", str(folder / "right.chat")]) == 0
    assert "customer  quero devolver" in capsys.readouterr().out


def test_up_to_a_line_the_chat_is_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", f"{folder}/more/wrong.chat::2"]) == 0
    assert "bot       Olá" in capsys.readouterr().out


def test_a_bot_for_scripts_that_name_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chat = tmp_path / "a.chat"
    chat.write_text(WRONG)
    assert main(["test", str(chat), "--bot", HELLO]) == 1
    assert f"criabot test --bot {HELLO} {chat}::2" in capsys.readouterr().out
    assert main(["test", str(chat)]) == 1
    assert "names no bot: begin it with a line such as 'bot: bots/hello.py'." in capsys.readouterr().out


def test_a_script_that_means_nothing_is_named_and_the_others_are_played(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "worse.chat").write_text("custmer: oi")
    assert main(["test", str(folder)]) == 1
    out = capsys.readouterr().out
    assert f"{folder}/worse.chat:1: 'custmer' is nobody" in out
    assert "1 went well, 2 did not" in out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nowhere"], "There is no script nowhere"),
        (["{folder}/right.chat::x"], "There is no script"),
        (["{folder}", "-k", "none"], "There is no *.chat file"),
        (["{folder}/bare.chat", "--bot", "no_such.py"], "There is no file no_such.py"),
    ],
)
def test_what_cannot_be_played_ends_with_2(
    folder: Path, arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bare.chat").write_text(WRONG)
    assert main(["test", *(argument.format(folder=folder) for argument in arguments)]) == 2
    assert why in " ".join(capsys.readouterr().err.split())


STARTUP = """
@bot.startup()
async def connect() -> None:
    raise ConnectionError("no database")
"""
EXIT = """
@bot.message()
async def leave(message: Message) -> None:
    raise SystemExit(3)
"""
ODD_BOTS = {
    "raise OSError('no file')": "OSError: no file",
    STARTUP: "ConnectionError: no database",
    EXIT: "the bot ended the process (SystemExit)",
}


@pytest.mark.parametrize("code", ODD_BOTS)
def test_a_script_whose_bot_does_not_run_is_named_and_the_others_are_played(
    code: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "odd.py").write_text(f"from criabot import Bot, Message\n\nbot = Bot()\n{code}")
    (folder / "odd.chat").write_text("bot: odd.py\ncustomer: oi\n")
    assert main(["test", f"{folder}/odd.chat", f"{folder}/right.chat"]) == 1
    out = capsys.readouterr().out
    assert f"{folder}/odd.chat: " in out
    assert ODD_BOTS[code] in out
    assert "asyncio/runners.py" not in out
    assert f"✓ {folder}/right.chat" in out


def test_a_chat_is_shown_without_blanks_at_the_ends_of_its_lines(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test", "-v", str(folder / "right.chat")]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line.endswith(" ")] == []


HANGING = """import asyncio
from criabot import Bot, Message

bot = Bot()


@bot.message()
async def hang(message: Message) -> None:
    print("hangs", flush=True)
    await asyncio.sleep(60)
"""


def test_who_is_terminated_leaves_no_server_behind(folder: Path) -> None:
    (folder / "hanging.py").write_text(HANGING)
    (folder / "hanging.chat").write_text("bot: hanging.py\ncustomer: oi\n")
    (folder / "tmp").mkdir()
    command = [sys.executable, "-m", "criabot", "test", "hanging.chat"]
    environment = {**os.environ, "TMPDIR": str(folder / "tmp")}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE) as playing:
        assert playing.stdout is not None
        assert playing.stdout.readline() == b"hangs\n"
        assert processes_in(folder / "tmp"), "its server runs"
        playing.terminate()
        playing.wait(20)
    assert_nothing_is_left(folder)
