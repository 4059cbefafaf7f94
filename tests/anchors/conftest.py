"""Each experiment has a store of its own, so that it may stop or freeze it, and a platform of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.platforms import FakePlatform
from tests.servers import ValkeyServer


@pytest.fixture
def store() -> Iterator[ValkeyServer]:
    """A real Valkey server for one test."""
    with ValkeyServer() as server:
        yield server


@pytest.fixture
async def platform() -> AsyncIterator[FakePlatform]:
    """The platform, for one test."""
    async with FakePlatform() as platform:
        yield platform
