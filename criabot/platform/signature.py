"""The signature that proves who posted a webhook (contract 1.4)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

PREFIX = "sha256="
LONGEST_TIMESTAMP = 12
"""Digits: enough for thirty thousand years of seconds, too few to be a burden."""


def sign(secret: str, timestamp: str, raw: bytes) -> str:
    """The value of ``X-Chatwoot-Signature`` for a body sent at a timestamp (contract 1.4)."""
    return _signature(secret, _signed(timestamp, raw))


def verify_signature(
    secret: str | Sequence[str],
    timestamp: str,
    raw: bytes,
    signature: str,
    now: float,
    tolerance: float = 300.0,
) -> bool:
    """Whether one of the secrets signed these bytes, no further than ``tolerance`` seconds from ``now``.

    Pure and in constant time; any garbage in the headers is just not valid. ``now`` is in epoch seconds. Several
    secrets serve a rotation or several senders; an empty secret verifies nothing (contract 1.4).
    """
    if not _is_fresh(timestamp, now, tolerance):
        return False
    secrets = [secret] if isinstance(secret, str) else secret
    signed, given, is_valid = _signed(timestamp, raw), _bytes(signature), False
    for each in secrets:  # all of them, whichever it is
        if each and hmac.compare_digest(_signature(each, signed).encode(), given):
            is_valid = True
    return is_valid


def _is_fresh(timestamp: str, now: float, tolerance: float) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= LONGEST_TIMESTAMP):
        return False
    return abs(now - int(timestamp)) <= tolerance


def _signed(timestamp: str, raw: bytes) -> bytes:
    return _bytes(timestamp) + b"." + raw


def _signature(secret: str, signed: bytes) -> str:
    return PREFIX + hmac.digest(_bytes(secret), signed, "sha256").hex()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
