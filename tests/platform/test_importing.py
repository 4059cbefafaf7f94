"""What an import costs: a script that makes one call should not wait for what it does not use."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import criabot
from criabot import platform

MEASURE = """
import sys, time
began = time.process_time()
{statement}
print(time.process_time() - began, *sys.modules)
"""
MOST_SECONDS = 0.15  # of processor time, which is not the machine's other work


def cost_of(statement: str) -> tuple[float, set[str]]:
    """Seconds of processor time in a fresh interpreter, the best of three, and the modules that it then has."""
    runs = []
    for _ in range(3):
        command = [sys.executable, "-c", MEASURE.format(statement=statement)]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        seconds, *modules = output.split()
        runs.append((float(seconds), set(modules)))
    return min(runs, key=lambda run: run[0])


def test_importing_the_platform_is_quick() -> None:
    seconds, modules = cost_of("import criabot.platform")
    assert seconds < MOST_SECONDS / 3
    assert not modules & {"aiohttp", "redis", "pydantic", "criabot.routing"}


def test_so_is_importing_a_client() -> None:
    seconds, modules = cost_of("from criabot.platform import ApplicationClient")
    assert not modules & {"aiohttp", "redis", "criabot.platform.answers", "criabot.platform.events", "criabot.routing"}
    assert seconds < 2 * MOST_SECONDS  # 0.11 s where it was written: machines differ


def test_a_client_that_sends_no_files_does_without_aiohttp() -> None:
    _, modules = cost_of(
        "from criabot.platform import ApplicationClient as Client\nClient('http://host', 1, bot_token='t').messages"
    )
    assert not modules & {"aiohttp", "redis"}


@pytest.mark.parametrize("package", [criabot, platform], ids=lambda package: package.__name__)
def test_every_public_name_is_found_where_it_is_said_to_be(package: ModuleType) -> None:
    at_home = [name for names in package.HOMES.values() for name in names.split()]
    assert sorted([*at_home, *({"__version__"} & set(package.__all__))]) == sorted(package.__all__)
    assert all(getattr(package, name) is not None for name in package.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'Nonsense'"):
        _ = package.Nonsense
