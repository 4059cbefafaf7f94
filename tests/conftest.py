"""Fixtures that all tests share: one real Valkey per test process, a namespace of its own per test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.servers import ValkeyServer


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """A real Valkey server, shared by the tests of one process."""
    with ValkeyServer() as server:
        yield server


@pytest.fixture
def namespace() -> str:
    """A namespace nobody else uses."""
    return f"test-{uuid.uuid4().hex[:12]}"
