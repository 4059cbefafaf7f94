"""Fixtures that all tests share: one real Valkey per test process, a namespace of its own per test."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import hypothesis
import pytest

from tests.servers import ValkeyServer

# The same examples in every run, so that a change fails for its own faults; STORIES=5000 looks for new ones.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.register_profile("search", max_examples=1000, deadline=None)
hypothesis.settings.load_profile("search" if "STORIES" in os.environ else "steady")


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """A real Valkey server, shared by the tests of one process."""
    with ValkeyServer() as server:
        yield server


@pytest.fixture
def namespace() -> str:
    """A namespace nobody else uses."""
    return f"test-{uuid.uuid4().hex[:12]}"
