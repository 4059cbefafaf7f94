"""All checks, each with a deadline of its own and none in another's way."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass

from criabot.errors import SettingsError
from criabot.settings import load_settings, unknown_settings
from criabot.setup.addresses import Addresses, place_of
from criabot.setup.checks.bots import bot_file
from criabot.setup.checks.clock import clocks
from criabot.setup.checks.credentials import credentials
from criabot.setup.checks.facts import Asked, Facts, gather
from criabot.setup.checks.finding import Finding, failed, ok, warning
from criabot.setup.checks.hooks import hooks
from criabot.setup.checks.probe import probe
from criabot.setup.checks.store import store
from criabot.setup.known import Known, text_of

__all__ = ["Examination", "examine"]

SECONDS = 45.0
"""For one group of checks; each of its calls has a shorter limit."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found.

    Attributes:
        findings: in a fixed order.
        secrets: what must not be shown of them.
    """

    findings: list[Finding]
    secrets: list[str]


async def examine(
    known: Known, *, root: str = "", bot: str = "", clock: Callable[[], float] = time.time
) -> Examination:
    """Check everything.

    Args:
        known: the settings.
        root: of the bot's addresses; where its agent bot posts to when not given.
        bot: a file or module with the bot, empty for none.
        clock: epoch seconds, of this machine.
    """
    stored = asyncio.create_task(_within("Redis", store(known)))
    clocked = asyncio.create_task(_within("clock", _one(clocks(known, clock))))
    facts = await _facts(known)
    addresses = addresses_of(known, facts, root)
    groups = [
        await _within("settings", _each(_settings())),
        await _within("platform", _each(credentials(known, facts))),
        await _within("agent bot", _each(hooks(known, facts, addresses))),
        await _within("URL", _probed(known, facts, addresses)),
        await clocked,
        await stored,
        await _within("bot file", bot_file(bot, known, facts, addresses)) if bot else (),
    ]
    return Examination([finding for group in groups for finding in group], known.secrets + facts.secrets)


async def _facts(known: Known) -> Facts:
    try:
        return await gather(known)
    except Exception as error:  # what the platform says must not hide the other checks
        return Facts(server=Asked(reason=f"its answers cannot be read ({type(error).__name__})"))


def addresses_of(known: Known, facts: Facts, root: str) -> Addresses | None:
    """Where webhooks should come in; None when nobody has told."""
    path_secret = text_of(known.webhook_path_secret)
    if root:
        return Addresses(root, path_secret)
    bot = facts.bot(known, None)
    place = place_of(bot.outgoing_url) if bot is not None else None
    return Addresses(place.root, path_secret or place.path_secret) if place is not None else None


def _settings() -> Iterator[Finding]:
    about = "settings"
    try:
        load_settings()
    except SettingsError as error:
        for line in str(error).splitlines():
            yield failed(about, line, "see docs/settings.md, or let `criabot connect` write them")
    else:
        yield ok(about, "complete")
    for line in unknown_settings(os.environ):
        yield warning(about, line)


async def _probed(known: Known, facts: Facts, addresses: Addresses | None) -> AsyncIterator[Finding]:
    if addresses is None:
        yield warning("URL", "not checked: where the platform reaches the bot is not known", "give --url")
    elif not addresses.path_secret:
        yield failed("URL", "CRIABOT_WEBHOOK_PATH_SECRET is missing, so nothing can be posted", "`criabot connect`")
    else:
        async for finding in probe(known, facts, addresses):
            yield finding


async def _one(check: Awaitable[Finding]) -> AsyncIterator[Finding]:
    yield await check


async def _each(findings: Iterable[Finding]) -> AsyncIterator[Finding]:
    for finding in findings:
        yield finding


async def _within(about: str, checks: AsyncIterator[Finding]) -> Iterable[Finding]:
    """What a group of checks finds; a check that fails itself is a finding, too."""
    found: list[Finding] = []
    try:
        async with asyncio.timeout(SECONDS):
            async for finding in checks:
                found.append(finding)  # noqa: PERF401 - what was found before a deadline counts
    except TimeoutError:
        found.append(failed(about, f"no answer within {SECONDS:g} s", "try again, and look what is slow"))
    except Exception as error:  # a check must not hide the others
        found.append(
            failed(about, f"this check itself failed ({type(error).__name__})", "report it as a fault of criabot")
        )
    return found
