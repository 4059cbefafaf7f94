"""The pytest plugin: the fixtures ``sim``, ``bot_app``, ``valkey`` and ``clock``, and ``*.chat`` files as tests.

`sim` starts in the event loop of the test that uses it, whichever plugin runs that loop, and it stops there, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from criabot.testing.clock import VirtualClock
    from criabot.testing.simulator import BotSource, Simulator

# Everything else is imported by who needs it: this file is loaded by every pytest where criabot is installed.

MARKER = "criabot(channel='api', version='4.15.1', **settings): what the simulator of the test is like"
NO_BOT = """\
criabot does not know which bot to test. Name its file in the settings of pytest:

    [tool.pytest.ini_options]
    criabot_bot = "bots/hello.py"

or define a fixture in conftest.py that returns it:

    @pytest.fixture
    def bot_app():
        return "bots/hello.py"      # or a Bot, or a function that makes one"""


class Server(Protocol):
    """A running Valkey."""

    @property
    def url(self) -> str:
        """For redis-py."""
        ...


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting ``criabot_bot``."""
    parser.addini("criabot_bot", "the bot of the tests: a file, seen from the root directory, or a module")


def pytest_configure(config: pytest.Config) -> None:
    """Add the marker ``criabot``."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Valkey server, shared by the tests of a process; each simulator keeps its data apart."""
    from criabot.engine.embedded import start_embedded

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        with _said_plainly():
            server = runner.run(start_embedded(tmp_path_factory.mktemp("valkey")))
        yield server
        runner.run(server.stop())


@pytest.fixture
def clock() -> VirtualClock:
    """The clock of `sim`."""
    from criabot.testing.clock import VirtualClock

    return VirtualClock()


@pytest.fixture
def bot_app(request: pytest.FixtureRequest) -> BotSource:
    """The bot of `sim` and of scripts that name none; override it, or set ``criabot_bot``."""
    place: str = request.config.getini("criabot_bot")
    if not place:
        pytest.fail(NO_BOT, pytrace=False)
    return str(request.config.rootpath / place) if ".py" in place else place


@pytest.fixture
def sim(request: pytest.FixtureRequest, bot_app: BotSource, valkey: Server, clock: VirtualClock) -> Simulator:
    """A simulator; its first `play` or `start` starts it."""
    from criabot.testing.simulator import Simulator

    marker = request.node.get_closest_marker("criabot")
    with _said_plainly():
        return Simulator(bot_app, valkey_url=valkey.url, clock=clock, **(marker.kwargs if marker else {}))


@contextmanager
def _said_plainly() -> Iterator[None]:
    """What has to be put right first is said without a traceback."""
    from criabot.errors import ConfigurationError

    try:
        yield
    except ConfigurationError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Stop the test's simulator while its event loop is still there."""
    try:
        return (yield)
    finally:
        _stop(pyfuncitem.funcargs.get("sim"))


def _stop(simulator: Any) -> None:
    loop = getattr(simulator, "loop", None)
    if loop is not None and not loop.is_closed():
        loop.run_until_complete(simulator.stop())


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect ``*.chat`` files."""
    return ChatCollector.from_parent(parent, path=file_path) if file_path.suffix == ".chat" else None


class ChatCollector(pytest.File):
    """A ``*.chat`` file."""

    def collect(self) -> Iterable[pytest.Item]:
        """Give its one test."""
        yield ChatTest.from_parent(self, name=self.path.stem, callobj=_play(self.path))


class ChatTest(pytest.Function):
    """A script as a test."""

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is."""
        return self.path, None, self.path.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:  # type: ignore[override]
        """Show the script's own report; there is no Python to look at."""
        from criabot.errors import ConfigurationError
        from criabot.testing.scripts import ScriptFailed

        if isinstance(excinfo.value, ScriptFailed | ConfigurationError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


def _play(path: Path) -> Callable[..., None]:
    def play(request: pytest.FixtureRequest, valkey: Server, clock: VirtualClock) -> None:
        from criabot.testing.chats import ChatFile

        here = Path.cwd()
        chat = ChatFile(path.relative_to(here) if path.is_relative_to(here) else path)
        bot = None if chat.script.bot else request.getfixturevalue("bot_app")
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            runner.run(chat.play(bot, valkey_url=valkey.url, clock=clock))

    return play
