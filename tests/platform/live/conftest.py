"""Live sockets do not wait long in tests, and nothing that they log tells the token."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from criabot.platform.live import socket
from tests.platform.live.listening import TOKEN


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(socket, "LONGEST_PAUSE", 0.05)


@pytest.fixture(autouse=True)
def nothing_tells_the_token(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.DEBUG):
        yield
    assert TOKEN not in caplog.text
