"""`criabot demo` as a newcomer sees it: a real process, in a pipe and in a terminal."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from criabot.cli.demo.frame import HELLO
from criabot.loading import load_bot
from tests.cli.terminal import Terminal

DEMO = ("-m", "criabot", "demo")
PROMPT = "Ana ▸"
COLOUR = re.compile(r"\x1b\[[0-9;]*\b(3[1-6]|9[1-6])\b[0-9;]*m")

STORY = [
    "criabot demo",
    *("1  A greeting", "hi", "its signature is right", "answered 200", "claimed", "greet ran"),
    *("event done + 1 reply", "POST", "sent", "Hello, Ana!"),
    *("2  State", "add coffee", "add ran", "event done + state + 1 reply", 'Cart(items=["coffee"])'),
    *("In your cart: coffee.",),
    *("3  The same webhook again", "duplicate", "(no second answer)"),
    *("4  A crash", "add cake", "committed", 'Cart(items=["coffee", "cake"])', "kill -9", "1 reply waits in Redis"),
    *("restarted", "claimed", "did the reply arrive?", "not on the platform, sent again", "the reply → 200"),
    *("In your cart: coffee, cake.",),
    *("5  Nobody handles it", "my parcel", "no handler took it", "the note → 200", "status open → 200"),
    *("note for the team",),
    *("6  A human writes", "the bot is silent from here on", "add tea", "left to the humans", "the bot says nothing"),
    *("What next", "bots/hello.py", "docs/architecture.md"),
]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """That of somebody who has a bot already, with a temporary directory that is the demo's alone."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "criabot.toml").write_text('base_url = "http://127.0.0.1:9"\nnonsense = true\n')
    dropped = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    own = {"BASE_URL": "http://127.0.0.1:9", "REDIS_URL": "redis://127.0.0.1:9", "NONSENSE": "1"}
    own_settings = {f"CRIABOT_{name}": value for name, value in own.items()}
    return kept | own_settings | {"TMPDIR": str(tmp_path / "tmp"), "TERM": "xterm-256color"}


def processes_in(folder: Path) -> list[str]:
    """The processes that run in a folder or below: the demo does, and whatever it starts."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "cwd").readlink()).startswith(str(folder)):
                found.append(process.joinpath("cmdline").read_text("utf-8", errors="replace"))
        except OSError:  # it ended meanwhile, or is another user's
            continue
    return found


def assert_nothing_is_left(folder: Path) -> None:
    deadline = time.monotonic() + 10
    while processes_in(folder):
        assert time.monotonic() < deadline, f"still running: {processes_in(folder)}"
        time.sleep(0.01)
    assert list((folder / "tmp").iterdir()) == []


def assert_in_order(text: str, words: list[str]) -> None:
    at = 0
    for each in words:
        found = text.find(each, at)
        assert found >= 0, f"{each!r} is missing after:\n{text[:at][-500:]}\n--- in:\n{text}"
        at = found + len(each)


def test_plays_by_itself_in_a_pipe(tmp_path: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, *DEMO],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=90,
    )
    text = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert_in_order(text, STORY)
    assert text.count("In your cart: coffee.") == 1
    assert text.count("In your cart: coffee, cake.") == 1
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert_nothing_is_left(tmp_path)


def test_whoever_sits_at_the_terminal_is_the_customer(tmp_path: Path, environment: dict[str, str]) -> None:
    with Terminal(*DEMO, "--fast", folder=tmp_path, environment=environment) as terminal:
        terminal.until(PROMPT)
        running = processes_in(tmp_path)
        assert [any(word in each for each in running) for word in ("demo.child", "valkey")] == [True, True]
        for line, *answers in [
            ("/twice", "Write something first."),
            ("/dance", "/quit"),
            ("add [bold]tea", 'Cart(items=["[bold]tea"])', "In your cart: [bold]tea."),
            ("/twice", "duplicate", "(no second answer)"),
            ("/crash add milk", "kill -9", "restarted", "In your cart: [bold]tea, milk."),
            ("/agent let me see", "let me see", "the bot is silent from here on"),
            ("add rum", "left to the humans", "(the bot says nothing)"),
            ("/new", "has not seen before"),
            ("olá", "greet ran", "Hello, Ana!"),
        ]:
            terminal.enter(line)
            for answer in answers:
                terminal.until(answer)
            terminal.until(PROMPT)
        terminal.enter("/quit")
        assert terminal.end() == 0
        assert_in_order(terminal.text, ["/new", "/quit", "What next"])
        assert COLOUR.search(terminal.raw)
    assert_nothing_is_left(tmp_path)


@pytest.mark.parametrize(
    ("words", "number", "status"),
    [
        ("criabot demo", signal.SIGINT, 130),
        ("1  A greeting", signal.SIGTERM, 143),
        ("kill -9", signal.SIGINT, 130),
        ("restarted", signal.SIGHUP, 129),
        (PROMPT, signal.SIGINT, 130),
    ],
)
def test_stops_cleanly_at_any_time(
    tmp_path: Path, environment: dict[str, str], words: str, number: signal.Signals, status: int
) -> None:
    with Terminal(*DEMO, "--fast", folder=tmp_path, environment=environment) as terminal:
        terminal.until(words)
        terminal.process.send_signal(number)
        terminal.process.send_signal(number)  # somebody is impatient
        assert terminal.end() == status
        assert "Traceback" not in terminal.text
    assert_nothing_is_left(tmp_path)


def test_without_colours_and_up_to_the_end_of_the_input(tmp_path: Path, environment: dict[str, str]) -> None:
    with Terminal(*DEMO, "--fast", folder=tmp_path, environment=environment | {"NO_COLOR": "1"}) as terminal:
        terminal.until(PROMPT)
        terminal.enter("\x04")
        assert terminal.end() == 0
        assert not COLOUR.search(terminal.raw)
        assert_in_order(terminal.text, STORY)
    assert_nothing_is_left(tmp_path)


def test_a_reader_that_goes_away_leaves_nothing_behind(tmp_path: Path, environment: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, *DEMO], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as demo:
        assert demo.stdout is not None
        demo.stdout.readline()
        demo.stdout.close()
        assert demo.stderr is not None
        assert "Traceback" not in demo.stderr.read().decode()
        demo.wait(60)
    assert_nothing_is_left(tmp_path)


def test_the_bot_that_it_shows_at_the_end_is_one(tmp_path: Path) -> None:
    file = tmp_path / "shown.py"
    file.write_text(HELLO)
    assert load_bot(str(file)).kinds_handled() == {"message"}
