"""Lists: how they are sorted, filtered, counted and cut, where recordings cannot tell for what else is in them."""

from __future__ import annotations

from typing import Any

import pytest

from criabot.testing.platform import seed
from tests.testing.platform.office import Office, open_office

CUSTOMERS = ("Ana", "Ina", "Eva", "Bia")


async def four(office: Office) -> None:
    """Conversations a minute apart: 1 high, 2 without a priority and Rui's, 3 low, 4 urgent and resolved.

    In the end the customer of 1 writes once more.
    """
    rui, platform = office.platform.agent("Rui"), office.platform
    customers = [platform.newcomer(name) for name in CUSTOMERS]
    for customer in customers:
        await customer.says("oi")
        office.clock.advance(60)
    for number, priority in ((1, "high"), (3, "low"), (4, "urgent")):
        await office.ask("PATCH", f"/conversations/{number}", {"priority": priority})
    await office.ask("POST", "/conversations/2/assignments", {"assignee_id": rui.user.id})
    await office.ask("POST", "/conversations/4/toggle_status", {"status": "resolved"})
    await customers[0].says("alguém aí?")


async def listed(office: Office, query: str) -> Any:
    status, answer = await office.ask("GET", f"/conversations?{query}", by=office.agent)
    assert status == 200
    return answer["data"]


@pytest.mark.parametrize(
    ("sort", "numbers"),
    [
        ("last_activity_at_desc", [1, 4, 2, 3]),
        ("created_at_asc", [1, 2, 3, 4]),
        ("created_at_desc", [4, 3, 2, 1]),
        ("priority_desc", [4, 1, 3, 2]),
        ("priority_asc", [2, 3, 1, 4]),
    ],
)
async def test_conversations_come_in_the_order_asked_for(sort: str, numbers: list[int]) -> None:
    async with open_office() as office:
        await four(office)
        rows = (await listed(office, f"status=all&sort_by={sort}"))["payload"]
        assert [each["id"] for each in rows] == numbers


async def test_each_count_counts_its_own() -> None:
    async with open_office() as office:
        await four(office)
        await office.ask("POST", "/conversations/3/assignments", {"assignee_id": office.platform.admin.id})
        every = {"mine_count": 1, "assigned_count": 2, "unassigned_count": 2, "all_count": 4}
        assert (await listed(office, "status=all"))["meta"] == every
        waiting = {"mine_count": 1, "assigned_count": 2, "unassigned_count": 1, "all_count": 3}
        assert (await listed(office, "status=pending&assignee_type=me"))["meta"] == waiting


async def test_only_the_conversations_of_an_inbox_if_asked_for() -> None:
    async with open_office() as office:
        await four(office)
        other = seed.add_inbox(office.platform.core)
        other.members.append(office.agent)
        await office.ask("POST", "/conversations", {"inbox_id": other.id, "contact_id": 1})
        rows = (await listed(office, f"status=all&inbox_id={other.id}"))["payload"]
        assert [each["id"] for each in rows] == [5]


async def test_contacts_come_fifteen_at_a_time_in_the_order_asked_for() -> None:
    async with open_office() as office:
        names = [f"Cliente {letter}" for letter in "abcdefghijklmnopqr"]
        for name in names:
            email = f"{name[-1]}@example.com"
            assert (await office.ask("POST", "/contacts", {"name": name, "email": email}))[0] == 200
        _, first = await office.ask("GET", "/contacts?sort=-name")
        _, second = await office.ask("GET", "/contacts?sort=-name&page=2")
        assert [each["name"] for each in first["payload"] + second["payload"]] == names[::-1]
        assert (len(first["payload"]), first["meta"]["count"]) == (15, len(names))


async def test_a_visitor_of_the_widget_is_not_spoken_for() -> None:
    async with open_office() as office:
        widget = seed.add_inbox(office.platform.core, "widget")
        await office.platform.newcomer("Ana").says("oi")
        await office.ask("POST", "/conversations", {"inbox_id": widget.id, "contact_id": 1})
        asked = {"content": "oi", "message_type": "incoming"}
        status, answer = await office.ask("POST", "/conversations/2/messages", asked)
        assert (status, answer) == (422, {"error": "Incoming messages are only allowed in Api inboxes"})
