"""A clock that tests turn."""

from __future__ import annotations

import time

__all__ = ["VirtualClock"]


class VirtualClock:
    """Real time and what it was turned ahead: it always goes on, so nothing that waits for it can hang.

    ```python
    clock = VirtualClock()
    clock.advance(15 * 60)
    clock()  # epoch seconds, a quarter of an hour from now
    ```
    """

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        """The time it shows, in epoch seconds."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Turn it ahead; what follows it has to be told (`RunningBot.follow_clock`).

        Raises:
            ValueError: a negative number; time does not go back.
        """
        if seconds < 0:
            raise ValueError(f"A clock cannot be turned back ({seconds:g} s): time goes on only.")
        self._ahead += seconds
