"""What agents find: lists, filters and contacts, as far as they may see them."""

from __future__ import annotations

from typing import Any

from tests.testing.platform.office import Office, open_office


def condition(key: str, value: Any, joint: str | None = None, operator: str = "equal_to") -> dict[str, Any]:
    return {"attribute_key": key, "filter_operator": operator, "values": [value], "query_operator": joint}


async def found(office: Office, *conditions: dict[str, Any]) -> list[int]:
    status, answer = await office.ask("POST", "/conversations/filter", {"payload": list(conditions)})
    assert status == 200, answer
    return sorted(each["id"] for each in answer["payload"])


async def three(office: Office) -> None:
    """Conversations 1 pending and labelled, 2 open, 3 pending."""
    rui = office.platform.agent("Rui")
    for name in ("Ana", "Ina", "Eva"):
        await office.platform.newcomer(name, email=f"{name.lower()}@example.com").says(f"oi, sou {name}")
    await rui.labels(office.platform.conversation(1), ["vip"])
    await rui.sets_status(office.platform.conversation(2), "open")


async def test_and_binds_stronger_than_or() -> None:
    async with open_office() as office:
        await three(office)
        assert await found(office, condition("status", "open", "or"), condition("labels", "vip")) == [1, 2]
        is_open, vip = condition("status", "open", "or"), condition("labels", "vip", "and")
        assert await found(office, is_open, vip, condition("display_id", 3)) == [2]


async def test_a_defined_attribute_can_be_filtered_by() -> None:
    async with open_office() as office:
        await three(office)
        definition = {
            "attribute_display_name": "Pedido",
            "attribute_key": "pedido",
            "attribute_display_type": "text",
            "attribute_model": "conversation_attribute",
        }
        await office.ask("POST", "/custom_attribute_definitions", {"custom_attribute_definition": definition})
        await office.ask("POST", "/conversations/3/custom_attributes", {"custom_attributes": {"pedido": "A-77"}})
        assert await found(office, condition("pedido", "A-77")) == [3]


async def test_an_agent_finds_and_reads_only_what_his_inboxes_have() -> None:
    async with open_office() as office:
        await three(office)
        office.platform.inbox.members.remove(office.agent)
        _, listed = await office.ask("GET", "/conversations?status=all", by=office.agent)
        assert listed["data"]["payload"] == []
        status, answer = await office.ask("GET", "/conversations/1", by=office.agent)
        assert (status, answer) == (401, {"error": "You are not authorized to do this action"})


async def test_those_who_wait_longest_come_first_if_asked_for() -> None:
    async with open_office() as office:
        await three(office)
        await office.platform.agent("Rui").says(office.platform.conversation(1), "pronto")
        _, listed = await office.ask("GET", "/conversations?status=all&sort_by=waiting_since_asc")
        assert [each["id"] for each in listed["data"]["payload"]] == [2, 3, 1]


async def test_a_search_shows_what_was_said() -> None:
    async with open_office() as office:
        await three(office)
        _, answer = await office.ask("GET", "/conversations/search?q=SOU%20ina")
        [hit] = answer["payload"]
        assert (hit["id"], [each["content"] for each in hit["messages"]]) == (2, ["oi, sou Ina"])


async def test_the_survivor_of_a_merge_gets_the_conversations() -> None:
    async with open_office() as office:
        await three(office)
        ana, ina = (office.platform.customer(name).contact for name in ("Ana", "Ina"))
        merged = {"base_contact_id": 1, "mergee_contact_id": 2}
        status, survivor = await office.ask("POST", "/actions/contact_merge", merged)
        assert (status, survivor["email"]) == (200, "ana@example.com")
        _, own = await office.ask("GET", "/contacts/1/conversations")
        assert sorted(each["id"] for each in own["payload"]) == [1, 2]
        assert (await office.ask("GET", "/contacts/2"))[0] == 404
        assert {ana.id, ina.id} == {4, 5}


async def test_a_deleted_contact_takes_his_conversations_along() -> None:
    async with open_office() as office:
        await three(office)
        assert (await office.ask("DELETE", "/contacts/1"))[0] == 200
        assert (await office.ask("GET", "/conversations/1"))[0] == 404
        assert (await office.ask("GET", "/conversations/2"))[0] == 200


async def test_a_phone_number_that_somebody_has_is_refused() -> None:
    async with open_office() as office:
        asked = {"name": "Ana", "phone_number": "+5581900000001"}
        assert (await office.ask("POST", "/contacts", asked))[0] == 200
        status, answer = await office.ask("POST", "/contacts", asked)
        assert (status, answer["attributes"]) == (422, ["phone_number"])
