"""A store of its own for each test: what a crash leaves behind is nobody else's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import ValkeyServer


@pytest.fixture
def store() -> Iterator[ValkeyServer]:
    """A server that has everything on disk before it answers."""
    with ValkeyServer("--appendfsync", "always") as server:
        yield server
