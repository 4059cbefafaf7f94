"""A contact's own side of an API inbox: on the simulated platform where behaviour counts (contract 6.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import BaseTestServer

from criabot import Bot, F, Message, errors
from criabot.platform import ApplicationClient, ContactClient, ContactInbox, Upload
from criabot.platform.answers.contact_side import PublicContact
from criabot.platform.calls import CallReport
from criabot.platform.resources.contact_side import identifier_hash
from criabot.testing import Simulator
from criabot.testing.clock import VirtualClock
from criabot.testing.platform import SimulatedPlatform
from criabot.testing.platform.lifecycle import create_message
from tests.platform.conftest import Platform
from tests.recorded import VERSIONS, Version, recording
from tests.servers import ValkeyServer

DAYS = 86400.0
ITEMS = [{"title": "Vendas", "value": "vendas"}, {"title": "Suporte", "value": "suporte"}]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
async def simulated(clock: VirtualClock) -> AsyncIterator[SimulatedPlatform]:
    async with SimulatedPlatform(clock=clock) as platform:
        yield platform


@pytest.fixture
async def customer(simulated: SimulatedPlatform) -> AsyncIterator[ContactClient]:
    async with client_of(simulated) as client:
        yield client


@pytest.fixture
async def told(server: BaseTestServer) -> AsyncIterator[ContactClient]:
    """Of a server that answers what it is told."""
    async with ContactClient(str(server.make_url("")), "the-inbox", retries=0) as client:
        yield client


def client_of(platform: SimulatedPlatform, observe: Callable[[CallReport], None] | None = None) -> ContactClient:
    return ContactClient(platform.url, platform.inbox.channel["identifier"], retries=0, observe=observe)


# -- who is it? -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_the_proof_of_identity_is_the_recorded_one(version: Version) -> None:
    recorded = recording("02_client_api", version)
    body = recorded.step("same identifier, valid identifier_hash")["request"]["body"]
    key = recorded.secrets["api_inbox_hmac_token"]
    assert key is not None
    assert identifier_hash(key, body["identifier"]) == body["identifier_hash"]


async def test_a_contact_proves_who_it_is(simulated: SimulatedPlatform, customer: ContactClient) -> None:
    simulated.inbox.channel["hmac_mandatory"] = True
    assert (await customer.inbox.get()).identity_validation_enabled
    with pytest.raises(errors.ServerError):
        await customer.contact.create(identifier="cliente-1")
    proof = identifier_hash(simulated.inbox.channel["hmac_token"], "cliente-1")
    contact = await customer.contact.create(identifier="cliente-1", identifier_hash=proof)
    assert await customer.contact.show(contact, identifier="cliente-1", identifier_hash=proof) == contact
    with pytest.raises(errors.ServerError):
        await customer.contact.show(contact)


async def test_who_is_known_is_found_again(customer: ContactClient) -> None:
    first = await customer.contact.create(source_id="app-1", name="Ana", email="ana@example.com")
    assert await customer.contact.create(source_id="app-1", name="Outra") == first
    second = await customer.contact.create(email="ana@example.com", name="Outra")
    assert (second.id, second.name) == (first.id, "Ana")
    assert second.source_id != first.source_id
    changed = await customer.contact.update(second, name="Ana Lima", custom_attributes={"plano": "ouro"})
    assert (changed.id, changed.name, changed.custom_attributes) == (first.id, "Ana Lima", {"plano": "ouro"})


async def test_an_unknown_contact_or_a_bad_number(customer: ContactClient) -> None:
    with pytest.raises(errors.NotFound):
        await customer.contact.show("nobody")
    with pytest.raises(errors.Unprocessable):
        await customer.contact.create(phone_number="81 9999")


def test_what_opens_the_contacts_side_is_not_shown() -> None:
    contact = PublicContact(id=5, source_id="s3cret", pubsub_token="t0ken", name="Ana", email="ana@example.com")
    assert repr(contact) == "PublicContact(id=5)"
    assert contact.pubsub_token == "t0ken"


async def test_who_has_no_place_in_the_inbox_can_do_nothing(told: ContactClient, platform: Platform) -> None:
    with pytest.raises(ValueError, match="source_id"):
        await told.contact.show(ContactInbox(id=1))
    assert not platform.seen


# -- what is said -----------------------------------------------------------------------------------------------


async def test_all_messages_come_newest_first_page_by_page(
    simulated: SimulatedPlatform, customer: ContactClient
) -> None:
    contact = await customer.contact.create(name="Ana")
    conversation = await customer.conversation.create(contact)
    for number in range(45):
        await customer.message.create(contact, conversation, str(number))
    await simulated.agent("Rui").notes(simulated.conversation(conversation.id), "cliente antigo")
    pages: list[CallReport] = []
    async with client_of(simulated, pages.append) as counted:
        found = [message async for message in counted.message.each(contact, conversation)]
    assert [message.content for message in found] == [str(number) for number in reversed(range(45))]
    assert len(pages) == 4  # 20, 20, 5 and none
    before = [message.content async for message in customer.message.each(contact, conversation, before=found[-3])]
    assert before == ["1", "0"]
    assert [each.content for each in await customer.message.list(contact, conversation, before=found[-2])] == ["0"]


async def test_a_message_with_files_is_sent_as_recorded(
    told: ContactClient, platform: Platform, tmp_path: Path
) -> None:
    platform.answer_with(200, {"id": 24})
    file = tmp_path / "nota.txt"
    file.write_text("oi")
    photo = Upload("foto.png", b"png", "image/png")
    await told.message.create("s", 5, "Segue a foto", attachments=[photo, file], echo_id="eco-1")
    fields = platform.seen[-1].body["multipart"]
    assert [(each["name"], each.get("value")) for each in fields[:2]] == [
        ("content", "Segue a foto"),
        ("echo_id", "eco-1"),
    ]
    assert [(each["name"], each["filename"], each["content_type"]) for each in fields[2:]] == [
        ("attachments[]", "foto.png", "image/png"),
        ("attachments[]", "nota.txt", "text/plain"),
    ]


async def test_files_arrive(simulated: SimulatedPlatform, customer: ContactClient) -> None:
    contact = await customer.contact.create(name="Ana")
    conversation = await customer.conversation.create(contact)
    sent = await customer.message.create(contact, conversation, attachments=[Upload("a.txt", b"oi", "text/plain")])
    assert [each.file_type for each in sent.attachments or []] == ["file"]
    assert sent.content is None


async def test_a_message_needs_something_in_it(told: ContactClient, platform: Platform) -> None:
    with pytest.raises(ValueError, match="content or attachments"):
        await told.message.create("s", 5)
    assert not platform.seen


async def test_what_a_contact_does_beside_writing(simulated: SimulatedPlatform, customer: ContactClient) -> None:
    contact = await customer.contact.create(name="Ana")
    conversation = await customer.conversation.create(contact, custom_attributes={"origem": "app"})
    await customer.message.create(contact, conversation, "oi")
    await simulated.agent("Rui").says(simulated.conversation(conversation.id), "olá")
    await customer.conversation.toggle_typing(contact, conversation, True)
    await customer.conversation.update_last_seen(contact, conversation)
    await simulated.settle()
    stored = simulated.conversation(conversation.id)
    assert stored.custom_attributes == {"origem": "app"}
    assert [message.status for message in stored.messages] == ["sent", "read"]
    ended = await customer.conversation.resolve(contact, conversation)
    assert ended.status == "resolved"
    assert ended.contact_last_seen_at
    assert [each.id for each in await customer.conversation.list(contact)] == [ended.id]
    assert await customer.conversation.show(contact, ended) == ended


# -- surveys ----------------------------------------------------------------------------------------------------


async def test_a_survey_is_answered_in_two_ways_and_locked_after_fourteen_days(
    simulated: SimulatedPlatform, customer: ContactClient, clock: VirtualClock
) -> None:
    contact = await customer.contact.create(name="Ana")
    conversation = await customer.conversation.create(contact)
    stored = simulated.conversation(conversation.id)
    asked = create_message(simulated.core, stored, "Nota?", content_type="input_csat")
    await customer.message.rate(contact, conversation, asked.id, 5, "Muito bom")
    await simulated.settle()
    before = await customer.survey.answer(stored.uuid, 3)
    assert before.csat_survey_response is not None
    assert (before.csat_survey_response.rating, before.csat_survey_response.feedback_message) == (5, "Muito bom")
    await simulated.settle()
    after = (await customer.survey.show(stored.uuid)).csat_survey_response
    assert after is not None
    assert after.rating == 3
    clock.advance(15 * DAYS)
    with pytest.raises(errors.Unprocessable):
        await customer.message.rate(contact, conversation, asked.id, 1)
    with pytest.raises(errors.Unprocessable):
        await customer.survey.answer(stored.uuid, 1)


@pytest.mark.parametrize("rating", [0, 6])
async def test_a_rating_that_is_none_is_not_sent(told: ContactClient, platform: Platform, rating: int) -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        await told.message.rate("s", 5, 69, rating)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="1 to 5"):
        await told.survey.answer("uuid", rating)  # type: ignore[arg-type]
    assert not platform.seen


async def test_the_page_of_a_survey_is_html(told: ContactClient, platform: Platform) -> None:
    platform.answer_with(200, text="<!DOCTYPE html><title>Avaliação</title>")
    assert await told.survey.page("uuid") == "<!DOCTYPE html><title>Avaliação</title>"


# -- both sides -------------------------------------------------------------------------------------------------


async def test_a_contact_writes_reads_the_bots_question_and_answers_it(
    simulated: SimulatedPlatform, customer: ContactClient
) -> None:
    account, token = simulated.world.account.id, simulated.bot.access_token.token
    async with ApplicationClient(simulated.url, account, bot_token=token) as bot:
        contact = await customer.contact.create(name="Ana")
        conversation = await customer.conversation.create(contact)
        await customer.message.create(contact, conversation, "oi")
        await bot.messages.create(conversation, "só para a equipe", private=True)
        attributes = {"items": ITEMS}
        await bot.messages.create(
            conversation, "Qual setor?", content_type="input_select", content_attributes=attributes
        )
        said, question = await customer.message.list(contact, conversation)
        assert (said.content, question.content, question.content_type) == ("oi", "Qual setor?", "input_select")
        answered = await customer.message.update(
            contact, conversation, question, [{"title": "Vendas", "value": "vendas"}]
        )
    chosen = [{"title": "Vendas", "value": "vendas"}]
    assert answered.content_attributes == {"items": ITEMS, "submitted_values": chosen}
    assert simulated.world.messages[question.id].content_attributes["submitted_values"] == chosen


async def test_a_bot_hears_what_a_contact_chose(valkey: ValkeyServer) -> None:
    bot = Bot("setores")

    @bot.message("oi")
    async def ask(message: Message) -> None:
        await message.answer("Qual setor?", content_type="input_select", content_attributes={"items": ITEMS})

    @bot.message_updated(F.content_attributes["submitted_values"])
    async def chosen(message: Message) -> None:
        await message.answer(f"{message.content_attributes['submitted_values'][0]['title']}, certo.")

    async with Simulator(bot, valkey_url=valkey.url) as sim, client_of(sim.platform) as customer:
        contact = await customer.contact.create(name="Ana")
        conversation = await customer.conversation.create(contact)
        await customer.message.create(contact, conversation, "oi")
        await sim.settle()
        question = (await customer.message.list(contact, conversation))[-1]
        await customer.message.update(contact, conversation, question, [{"title": "Suporte", "value": "suporte"}])
        await sim.settle()
        said = [message.content async for message in customer.message.each(contact, conversation)]
    assert said == ["Suporte, certo.", "Qual setor?", "oi"]
