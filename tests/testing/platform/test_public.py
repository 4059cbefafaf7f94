"""The Client API, beside what was recorded."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator

import pytest

from criabot.testing.clock import VirtualClock
from criabot.testing.platform import SimulatedPlatform
from criabot.testing.platform.lifecycle import create_message
from tests.testing.platform.calls import public

SURVEY = {"submitted_values": {"csat_survey_response": {"rating": 5, "feedback_message": "bom", "other": 1}}}


@pytest.fixture
async def platform() -> AsyncIterator[SimulatedPlatform]:
    async with SimulatedPlatform() as platform:
        yield platform


async def test_an_inbox_may_demand_a_proof_of_identity(platform: SimulatedPlatform) -> None:
    platform.inbox.channel["hmac_mandatory"] = True
    key = platform.inbox.channel["hmac_token"].encode()
    proof = hmac.new(key, b"cliente-1", hashlib.sha256).hexdigest()
    assert (await public(platform, "POST", "contacts", {"identifier": "cliente-1"}))[0] == 500
    status, contact = await public(
        platform, "POST", "contacts", {"identifier": "cliente-1", "identifier_hash": proof, "source_id": "s"}
    )
    assert status == 200
    assert (await public(platform, "GET", "contacts/s"))[0] == 500
    assert (await public(platform, "GET", f"contacts/s?identifier=cliente-1&identifier_hash={proof}")) == (200, contact)
    row = platform.world.contact_inbox(platform.inbox, "s")
    assert row is not None
    assert row.hmac_verified


async def test_a_contact_who_turns_out_to_be_known_becomes_the_known_one(platform: SimulatedPlatform) -> None:
    await public(platform, "POST", "contacts", {"source_id": "old", "name": "Ana", "email": "Ana@example.com"})
    await public(platform, "POST", "contacts", {"source_id": "new", "name": "visitante"})
    status, row = await public(platform, "PATCH", "contacts/new", {"email": "ana@example.com", "name": "Ana Lima"})
    assert (status, row["id"], row["name"]) == (200, 1, "Ana Lima")
    assert list(platform.world.contacts) == [1]
    assert (await public(platform, "GET", "contacts/new"))[1]["id"] == 1


async def test_a_bad_address_is_refused_by_attribute(platform: SimulatedPlatform) -> None:
    answer = await public(platform, "POST", "contacts", {"email": "nobody", "phone_number": "12"})
    assert answer == (
        422,
        {
            "message": "Email Invalid email, Phone number should be in e164 format",
            "attributes": ["email", "phone_number"],
        },
    )
    assert not platform.world.contacts


async def test_an_inbox_that_keeps_to_one_conversation(platform: SimulatedPlatform) -> None:
    platform.inbox.settings["lock_to_single_conversation"] = True
    await public(platform, "POST", "contacts", {"source_id": "s"})
    first = await public(platform, "POST", "contacts/s/conversations")
    assert (await public(platform, "POST", "contacts/s/conversations"))[1]["id"] == first[1]["id"]


async def test_a_survey_can_be_answered_for_fourteen_days() -> None:
    clock = VirtualClock()
    async with SimulatedPlatform(clock=clock) as platform:
        customer = platform.customer("Ana", source_id="s")
        await customer.says("oi")
        survey = create_message(platform.core, platform.conversation(1), "Nota?", content_type="input_csat")
        path = f"contacts/s/conversations/1/messages/{survey.id}"
        _, answered = await public(platform, "PATCH", path, SURVEY)
        given = answered["content_attributes"]["submitted_values"]
        assert given == {"csat_survey_response": {"rating": 5, "feedback_message": "bom"}}
        clock.advance(15 * 86400)
        locked = 422, {"error": "You cannot update the CSAT survey after 14 days"}
        assert await public(platform, "PATCH", path, SURVEY) == locked


async def test_what_the_contact_has_seen_is_read_notes_included(platform: SimulatedPlatform) -> None:
    customer = platform.customer("Ana", source_id="s")
    await customer.says("oi")
    await platform.agent("Rui").says(platform.conversation(1), "olá")
    await platform.agent("Rui").notes(platform.conversation(1), "cliente antigo")
    assert (await public(platform, "POST", "contacts/s/conversations/1/update_last_seen"))[0] == 200
    await platform.settle()
    assert [m.status for m in platform.conversation(1).messages] == ["sent", "read", "read"]
