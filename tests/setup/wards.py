"""A bot that is set up right, for tests that put one thing wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from criabot.setup.checks import Finding, Verdict, examine
from criabot.setup.known import read_known
from criabot.testing.platform import SimulatedPlatform
from tests.bots import PATH_SECRET, BotProcess
from tests.platforms import FakePlatform

__all__ = ["Ward", "worst"]


@dataclass
class Ward:
    """A bot that is set up right, and the settings with which it is looked at.

    Attributes:
        platform: its platform.
        bot: its process.
        settings: of the doctor, as `CRIABOT_*`; a test may change them.
        root: the URL that the doctor is told.
        file: the bot file that it is told.
        clock: of the doctor's machine.
    """

    platform: FakePlatform
    bot: BotProcess
    settings: dict[str, str]
    patch: pytest.MonkeyPatch
    root: str = ""
    file: str = ""
    clock: Callable[[], float] = field(default=time.time)

    @property
    def world(self) -> SimulatedPlatform:
        return self.platform.simulated

    def change(self, thing: Any, **values: Any) -> None:
        """Change something of the platform until the test's end."""
        for name, value in values.items():
            self.patch.setattr(thing, name, value)

    def unshared(self) -> None:
        """Let what is added to the platform be gone after the test."""
        world = self.world.world
        self.change(world, **{name: dict(getattr(world, name)) for name in ("bots", "webhooks", "inboxes")})

    def set(self, **values: str) -> None:
        """Change the doctor's settings; empty for none."""
        self.settings |= {f"CRIABOT_{name.upper()}": value for name, value in values.items()}

    async def examined(self) -> list[Finding]:
        """What the doctor finds; no secret is in it."""
        for name, value in self.settings.items():
            self.patch.setenv(name, value)
        examination = await examine(read_known(is_strict=False), root=self.root, bot=self.file, clock=self.clock)
        words = " ".join(finding.what + finding.advice for finding in examination.findings)
        secrets = {*examination.secrets, PATH_SECRET, self.platform.secret, self.platform.token}
        assert [secret for secret in secrets if secret in words] == []
        return examination.findings


def worst(findings: list[Finding]) -> dict[str, Verdict]:
    """The worst verdict of each check."""
    order = list(Verdict)
    found: dict[str, Verdict] = {}
    for finding in findings:
        found[finding.about] = max(found.get(finding.about, Verdict.OK), finding.verdict, key=order.index)
    return found
