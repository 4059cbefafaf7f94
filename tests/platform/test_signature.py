"""The proof of who posted a webhook (contract 1.4), tried on every recorded delivery."""

from __future__ import annotations

from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criabot.platform import sign, verify_signature
from tests.recorded import Delivery, recordings

SECRET = "abc"
TIMESTAMP = "1700000000"
NOW = 1700000000.0
BODY = b'{"event":"ping"}'
SIGNATURE = "sha256=26e1ff189362f87c92e227b478af0dd1c074e8aa1116be8aa147c0483f1da541"


def signed_deliveries() -> list[tuple[Delivery, str]]:
    pairs = ((each, recording.secret_for(each)) for recording in recordings("v4.15.1") for each in recording)
    return [(delivery, secret) for delivery, secret in pairs if secret is not None]


def verifies(delivery: Delivery, secret: str, raw: bytes) -> bool:
    timestamp = delivery.headers["X-Chatwoot-Timestamp"]
    signature = delivery.headers["X-Chatwoot-Signature"]
    return verify_signature(secret, timestamp, raw, signature, now=float(timestamp))


def with_one_byte_flipped(raw: bytes) -> bytes:
    changed = bytearray(raw)
    changed[crc32(raw) % len(raw)] ^= 1 << crc32(raw) % 8
    return bytes(changed)


def test_the_contracts_own_vector() -> None:
    assert sign(SECRET, TIMESTAMP, BODY) == SIGNATURE
    assert verify_signature(SECRET, TIMESTAMP, BODY, SIGNATURE, NOW)


def test_every_recorded_signature_verifies_and_one_flipped_byte_is_refused() -> None:
    deliveries = signed_deliveries()
    assert len(deliveries) == 2929
    assert {delivery.sender for delivery, _ in deliveries} == {"account", "agent_bot", "api_inbox"}
    for delivery, secret in deliveries:
        assert verifies(delivery, secret, delivery.raw), delivery
        assert not verifies(delivery, secret, with_one_byte_flipped(delivery.raw)), delivery


def test_an_old_server_signs_nothing() -> None:
    deliveries = [(recording, each) for recording in recordings("v4.5.0") for each in recording]
    assert len(deliveries) == 910
    for recording, delivery in deliveries:
        assert "X-Chatwoot-Signature" not in delivery.headers
        assert recording.secret_for(delivery) is None


def test_during_a_rotation_the_old_and_the_new_secret_verify() -> None:
    for secrets in (["old", SECRET], [SECRET, "new"], (SECRET,)):
        assert verify_signature(secrets, TIMESTAMP, BODY, SIGNATURE, NOW)
    for strangers in (["old", "new"], [], "old"):
        assert not verify_signature(strangers, TIMESTAMP, BODY, SIGNATURE, NOW)


def test_an_empty_secret_verifies_nothing_although_anyone_can_sign_with_it() -> None:
    forged = sign("", TIMESTAMP, BODY)
    assert not verify_signature("", TIMESTAMP, BODY, forged, NOW)
    assert not verify_signature(["", SECRET], TIMESTAMP, BODY, forged, NOW)


@pytest.mark.parametrize(
    ("seconds_late", "accepted"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)]
)
def test_a_replay_is_refused_after_five_minutes(seconds_late: float, accepted: bool) -> None:
    assert verify_signature(SECRET, TIMESTAMP, BODY, SIGNATURE, NOW + seconds_late) is accepted


def test_the_tolerance_can_be_set() -> None:
    assert verify_signature(SECRET, TIMESTAMP, BODY, SIGNATURE, NOW + 900, tolerance=1000)
    assert not verify_signature(SECRET, TIMESTAMP, BODY, SIGNATURE, NOW + 2, tolerance=1)


@pytest.mark.parametrize(
    "timestamp", ["", "x", "-1700000000", "+1700000000", "1700000000.0", " 1700000000", "١٢٣", "²", "9" * 5000]
)
def test_a_timestamp_that_is_no_number_is_refused_even_when_it_was_signed(timestamp: str) -> None:
    now = float(timestamp) if timestamp.strip("-+ .0123456789") == "" and 0 < len(timestamp) < 20 else NOW
    signature = sign(SECRET, timestamp, BODY)
    assert not verify_signature(SECRET, timestamp, BODY, signature, now, tolerance=1e300)


@pytest.mark.parametrize(
    "signature", ["", "sha256=", SIGNATURE[7:], SIGNATURE.upper(), SIGNATURE + " ", "ção", "\udcff"]
)
def test_a_signature_in_any_other_form_is_refused(signature: str) -> None:
    assert not verify_signature(SECRET, TIMESTAMP, BODY, signature, NOW)


ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(
    ANY_TEXT | st.lists(ANY_TEXT), ANY_TEXT | st.integers().map(str), st.binary(), ANY_TEXT, st.floats(), st.floats()
)
def test_garbage_is_refused_and_never_an_error(
    secret: str | list[str], timestamp: str, raw: bytes, signature: str, now: float, tolerance: float
) -> None:
    assert verify_signature(secret, timestamp, raw, signature, now, tolerance) is False


@given(ANY_TEXT.filter(bool), st.integers(0, 10**11), st.binary())
def test_what_was_signed_verifies(secret: str, timestamp: int, raw: bytes) -> None:
    signature = sign(secret, str(timestamp), raw)
    assert verify_signature(secret, str(timestamp), raw, signature, now=float(timestamp))
