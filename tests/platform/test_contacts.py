"""What the client does about contacts beyond single calls, against the simulated platform."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp.test_utils import BaseTestServer

from criabot import errors
from criabot.platform import ApplicationClient, Upload
from criabot.platform.filters import Condition
from criabot.testing.platform import SimulatedPlatform
from tests.platform.conftest import Platform

PAGE = 15
TABLE = b"name,email\nAna,ana@example.com\n"


@asynccontextmanager
async def an_account(contacts: int = 0) -> AsyncIterator[tuple[SimulatedPlatform, ApplicationClient]]:
    """A platform with so many contacts, and its administrator's client."""
    async with SimulatedPlatform() as platform:
        for number in range(contacts):
            platform.newcomer(f"Cliente {number:02}", email=f"cliente{number:02}@example.com")
        token = platform.admin.access_token
        async with ApplicationClient(platform.url, 1, user_token=token, retries=0) as client:
            yield platform, client


async def test_each_goes_through_all_pages() -> None:
    async with an_account(2 * PAGE + 1) as (_, client):
        found = [contact.email async for contact in client.contacts.each()]
        assert found == [f"cliente{number:02}@example.com" for number in range(2 * PAGE + 1)]
        whole_pages = [contact.id async for contact in client.contacts.each_found("@example")]
        assert len(whole_pages) == len(set(whole_pages)) == len(found)


async def test_who_is_pushed_to_the_next_page_does_not_come_twice() -> None:
    async with an_account(2 * PAGE) as (platform, client):
        found: list[str | None] = []
        async for contact in client.contacts.each(sort="-created_at"):
            if len(found) == PAGE - 1:  # the first page is read, but for its last row
                platform.newcomer("Novo", email="novo@example.com")
            found.append(contact.email)
        assert sorted(filter(None, found)) == [f"cliente{number:02}@example.com" for number in range(2 * PAGE)]


async def test_a_search_tells_whether_there_is_more() -> None:
    async with an_account(PAGE + 1) as (_, client):
        first = await client.contacts.search("cliente")
        second = await client.contacts.search("cliente", page=2)
        assert (len(first.payload), first.meta.count, first.meta.has_more) == (PAGE, PAGE, True)
        assert (len(second.payload), second.meta.count, second.meta.has_more) == (1, 1, False)
        assert (await client.contacts.search(" ")).payload == []


async def test_only_an_exact_match_is_found() -> None:
    async with an_account() as (platform, client):
        platform.newcomer("Mariana", email="mariana@example.com", phone_number="+55819999900001", identifier="c-10")
        ana = platform.newcomer("Ana", email="ana@example.com", phone_number="+5581999990000", identifier="c-1").contact
        contacts = client.contacts
        for found in (
            await contacts.find_by_email("Ana@example.com"),
            await contacts.find_by_phone_number("+5581999990000"),
            await contacts.find_by_identifier("c-1"),
        ):
            assert found is not None
            assert found.id == ana.id
        assert await contacts.find_by_email("na@example.com") is None
        assert await contacts.find_by_phone_number("+558199999000") is None
        assert await contacts.find_by_identifier("C-1") is None


async def test_an_exact_match_is_found_on_a_later_page() -> None:
    async with an_account() as (platform, client):
        for number in range(2 * PAGE):
            platform.newcomer("Outra", identifier=f"7{number:03}", email=f"outra{number}@example.com")
        last = platform.newcomer("Ana", identifier="7").contact
        found = await client.contacts.find_by_identifier("7")
        assert found is not None
        assert found.id == last.id


async def test_who_is_known_by_a_source_id_is_found() -> None:
    async with an_account() as (platform, client):
        made = await client.contacts.create(name="Ana", email="ana@example.com", inbox=platform.inbox.id)
        assert made.contact_inbox is not None
        assert made.contact_inbox.inbox is not None
        assert made.contact_inbox.source_id is not None
        found = await client.contacts.find_by_source_id(made.contact_inbox.inbox, made.contact_inbox.source_id)
        assert found.id == made.id == (await client.contacts.show(made)).id
        with pytest.raises(errors.NotFound):
            await client.contacts.find_by_source_id(platform.inbox.id, "nobody")


async def test_labels_are_added_and_removed_and_the_others_stay() -> None:
    async with an_account(1) as (_, client):
        (contact,) = (await client.contacts.list()).payload
        assert await client.contacts.set_labels(contact, ["vip", "lead"]) == ["vip", "lead"]
        assert sorted(await client.contacts.add_labels(contact, ["novo", "vip"])) == ["lead", "novo", "vip"]
        assert sorted(await client.contacts.remove_labels(contact, ["lead", "unknown"])) == ["novo", "vip"]
        assert sorted(await client.contacts.labels(contact)) == ["novo", "vip"]


async def test_attributes_are_merged_and_taken_off_by_name() -> None:
    async with an_account(1) as (_, client):
        (contact,) = (await client.contacts.list()).payload
        await client.contacts.update(
            contact, custom_attributes={"plano": "ouro", "n": 1}, additional_attributes={"city": "Recife"}
        )
        merged = await client.contacts.update(
            contact, custom_attributes={"plano": "prata"}, additional_attributes={"country": "Brasil"}
        )
        assert merged.custom_attributes == {"plano": "prata", "n": 1}
        assert merged.additional_attributes == {"city": "Recife", "country": "Brasil"}
        left = await client.contacts.destroy_custom_attributes(contact, ["n"])
        assert left.custom_attributes == {"plano": "prata"}


async def test_a_filter_finds_page_by_page() -> None:
    async with an_account(PAGE + 2) as (_, client):
        everybody = [Condition(attribute_key="email", filter_operator="contains", values=["@example.com"])]
        page = await client.contacts.filter(everybody)
        assert (len(page.payload), page.meta.count) == (PAGE, PAGE + 2)
        assert len([contact async for contact in client.contacts.each_filtered(iter(everybody))]) == PAGE + 2
        with pytest.raises(errors.Unprocessable):
            await client.contacts.filter([Condition(attribute_key="banana", filter_operator="equal_to", values=["x"])])


async def test_of_two_contacts_one_is_left() -> None:
    async with an_account(2) as (_, client):
        first, second = (await client.contacts.list()).payload
        await client.notes.create(second, "cliente antigo")
        left = await client.contacts.merge(first, second)
        assert (left.id, left.email) == (first.id, first.email)
        assert [note.content for note in await client.notes.list(first)] == ["cliente antigo"]
        with pytest.raises(errors.NotFound):
            await client.contacts.show(second)


async def test_notes_are_written_and_deleted() -> None:
    async with an_account(1) as (platform, client):
        (contact,) = (await client.contacts.list()).payload
        note = await client.notes.create(contact, "antigo")
        assert note.user is not None
        assert note.user.id == platform.admin.id
        assert (await client.notes.update(contact, note, "novo")).content == "novo"
        assert (await client.notes.show(contact, note)).content == "novo"
        await client.notes.delete(contact, note)
        assert await client.notes.list(contact) == []
        with pytest.raises(errors.Unprocessable):
            await client.notes.create(contact, "")


async def test_the_search_goes_through_all_pages_of_each_kind() -> None:
    async with an_account(PAGE + 1) as (platform, client):
        ana = platform.newcomer("Ana", email="ana@example.com")
        for number in range(PAGE + 1):
            await ana.says(f"pedido {number}")
        search = client.search
        assert len([each async for each in search.each_contact("cliente")]) == PAGE + 1
        assert len([each async for each in search.each_message("pedido")]) == PAGE + 1
        assert [each.contact.id async for each in search.each_conversation("ana@") if each.contact] == [ana.contact.id]
        assert [each async for each in search.each_article("pedido")] == []
        everything = await search.all("ana@")
        assert [each.id for each in everything.contacts] == [ana.contact.id]


async def test_a_bots_token_is_not_even_sent(platform: Platform, server: BaseTestServer) -> None:
    async with ApplicationClient(str(server.make_url("")), 1, bot_token="a-bots-token") as client:
        for call in (client.contacts.list(), client.notes.list(7), client.search.all("x"), client.profile.get()):
            with pytest.raises(errors.CredentialMissing, match="token of an agent or administrator"):
                await call
        with pytest.raises(errors.CredentialMissing, match="administrator"):
            await client.contacts.delete(7)
    assert platform.seen == []


async def test_one_text_instead_of_a_list_is_refused_before_it_leaves(
    platform: Platform, client: ApplicationClient
) -> None:
    contacts = client.contacts
    for call in (contacts.set_labels, contacts.add_labels, contacts.remove_labels, contacts.destroy_custom_attributes):
        with pytest.raises(TypeError, match="a list of"):
            await call(7, "vip")
    assert platform.seen == []


async def test_a_table_is_sent_from_memory_or_from_a_file(
    platform: Platform, client: ApplicationClient, tmp_path: Path
) -> None:
    large = tmp_path / "clientes.csv"
    large.write_bytes(TABLE * 20_000)  # more than is read at a time
    await client.contacts.import_csv(large)
    await client.contacts.import_csv(TABLE)
    (from_file,), (from_memory,) = (seen.body["multipart"] for seen in platform.seen)
    assert (from_file["name"], from_file["filename"]) == ("import_file", "clientes.csv")
    assert from_file["sha256"] == hashlib.sha256(large.read_bytes()).hexdigest()
    assert (from_memory["name"], from_memory["content_type"]) == ("import_file", "text/csv")
    assert from_memory["sha256"] == hashlib.sha256(TABLE).hexdigest()


async def test_a_picture_is_sent_as_the_avatar(platform: Platform, client: ApplicationClient) -> None:
    platform.answer_with(200, {"payload": {"id": 26}})
    picture = Upload("ana.png", b"\x89PNG", "image/png")
    assert (await client.contacts.set_avatar(26, picture)).id == 26
    (part,) = platform.seen[0].body["multipart"]
    assert (part["name"], part["filename"], part["content_type"]) == ("avatar", "ana.png", "image/png")


async def test_nobody_is_named_in_a_repr(platform: Platform, client: ApplicationClient) -> None:
    body = {
        "id": 26,
        "name": "Ana Lima",
        "email": "ana@example.com",
        "phone_number": "+5581999990000",
        "identifier": "cliente-1",
        "custom_attributes": {"plano": "ouro"},
        "contact_inboxes": [{"source_id": "uma-chave", "inbox": {"id": 4, "name": "Loja"}}],
    }
    platform.answer_with(200, {"meta": {"count": 1, "current_page": "1"}, "payload": [body]})
    page = await client.contacts.list()
    (contact,) = page.payload
    for shown in (repr(page), repr(contact), repr(contact.contact_inboxes)):
        for secret in ("Ana", "ana@", "5581", "cliente-1", "ouro", "uma-chave", "Loja"):
            assert secret not in shown
    assert "26" in repr(contact)


async def test_the_log_of_changes_goes_through_all_pages(platform: Platform, client: ApplicationClient) -> None:
    found = []
    platform.answer_with(200, {"audit_logs": [{"id": 3, "username": "gus@example.com"}, {"id": 2}]})
    async for log in client.account.each_audit_log():
        found.append(log)
        following = [{"id": 2}, {"id": 1}] if log.id == 2 else []
        if log.id < 3:
            platform.answer_with(200, {"audit_logs": following})
    assert [log.id for log in found] == [3, 2, 1]
    assert [seen.path.partition("?")[2] for seen in platform.seen] == ["page=1", "page=2", "page=3"]
    assert "gus@" not in repr(found)
