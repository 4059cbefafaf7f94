"""Which versions of the platform there are to be (contract 0.2)."""

from __future__ import annotations

import re
from functools import cache

from criabot.errors import ConfigurationError

__all__ = ["NEWEST", "number_of", "release"]

NEWEST = "4.17.0"
"""The newest version whose behaviour is known."""


def number_of(version: str) -> str:
    """The version itself; ``newest`` is `NEWEST`.

    Raises:
        ConfigurationError: it is no version.
    """
    number = NEWEST if version == "newest" else version
    release(number)
    return number


@cache
def release(version: str) -> tuple[int, ...]:
    """What versions are compared by: three numbers; ``4.9`` is ``4.9.0``.

    Raises:
        ConfigurationError: it is no version.
    """
    numbers = re.fullmatch(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    if numbers is None:
        raise ConfigurationError(
            f"{version!r} is no version of the platform: give a number such as 4.15.1, or 'newest'."
        )
    return tuple(int(number or 0) for number in numbers.groups())
