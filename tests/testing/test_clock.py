"""The clock that tests turn."""

from __future__ import annotations

import time

import pytest

from criabot.testing.clock import VirtualClock


def test_it_shows_real_time_and_what_it_was_turned_ahead() -> None:
    clock = VirtualClock()
    assert clock() == pytest.approx(time.time(), abs=1)
    clock.advance(3600)
    clock.advance(60)
    assert clock() == pytest.approx(time.time() + 3660, abs=1)


def test_it_always_goes_on() -> None:
    clock = VirtualClock()
    before = clock()
    while clock() <= before:
        pass


def test_it_cannot_be_turned_back() -> None:
    with pytest.raises(ValueError, match="cannot be turned back"):
        VirtualClock().advance(-1)
