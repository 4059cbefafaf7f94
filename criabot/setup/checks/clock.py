"""This machine's clock against the platform's: a signature is good for some minutes only (contract 1.4)."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from aiohttp import ClientError, ClientSession, ClientTimeout

from criabot.setup.checks.finding import Finding, failed, ok, warning
from criabot.setup.known import Known

__all__ = ["clocks"]

SECONDS = 10.0
NOTABLE = 10.0
"""Seconds that the clocks of two machines should not be apart."""
HALF = 0.5
"""Of the second that the header cuts off."""


async def clocks(known: Known, clock: Callable[[], float] = time.time) -> Finding:
    """Compare the clocks, by the Date header of the platform."""
    about = "clock"
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=SECONDS)) as session,
            session.get(f"{known.url}/api", allow_redirects=False) as response,
        ):
            before = clock()
            header = response.headers.get("Date", "")
    except (ClientError, OSError, TimeoutError, ValueError):
        return warning(about, "not checked: the platform cannot be asked")
    try:
        there = parsedate_to_datetime(header).timestamp() + HALF
    except ValueError:
        return warning(about, "not checked: the platform does not tell its time")
    return _judged(before - there, known.signature_tolerance)


def _judged(ahead: float, tolerance: float) -> Finding:
    about, apart = "clock", abs(ahead)
    what = f"this machine is {apart:.0f} s {'ahead of' if ahead > 0 else 'behind'} the platform"
    advice = "let both machines follow a time server (NTP)"
    if apart > tolerance:
        return failed(about, f"{what}: its signatures count as stale (CRIABOT_SIGNATURE_TOLERANCE)", advice)
    if apart > NOTABLE:
        return warning(about, f"{what}; signatures may be {tolerance:g} s old", advice)
    return ok(about, f"within {max(1, round(apart))} s of the platform's")
