from __future__ import annotations

import copy
from functools import cache

from criabot.testing.verify import Scenario, load
from tests.recorded import ARCHIVES


@cache
def scenarios(version: str) -> list[Scenario]:
    return load(ARCHIVES, version)


def scenario(name: str, version: str = "4.15") -> Scenario:
    """A copy that a test may change."""
    found = next(each for each in scenarios(version) if each.name == name)
    return Scenario(copy.deepcopy(found.raw), name)
