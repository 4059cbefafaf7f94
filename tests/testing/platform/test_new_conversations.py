"""Conversations that the API begins, perhaps with a first message."""

from __future__ import annotations

import pytest

from tests.testing.platform.office import open_office

ITEMS = {"items": [{"title": "Vendas", "value": "sales"}]}
APPROVED = {"name": "ola", "language": "pt_BR", "status": "APPROVED"}


async def test_the_first_message_is_made_as_any_other() -> None:
    async with open_office() as office:
        row = office.platform.customer("Ana").row
        question = {"content": "Oi {{ contact.name }}", "content_type": "input_select", "content_attributes": ITEMS}
        _, begun = await office.ask("POST", "/conversations", {"source_id": row.source_id, "message": question})
        [message] = office.platform.conversation(begun["id"]).messages
        assert (message.content, message.buttons) == ("Oi Ana", ["Vendas"])


@pytest.mark.parametrize(
    ("attributes", "status"), [({"items": []}, 422), ({"items": 5}, 500)], ids=["no items", "no list of items"]
)
async def test_a_first_message_that_is_none_is_refused(attributes: object, status: int) -> None:
    async with open_office() as office:
        row = office.platform.customer("Ana").row
        wrong = {"content": "?", "content_type": "input_select", "content_attributes": attributes}
        answered, _ = await office.ask("POST", "/conversations", {"source_id": row.source_id, "message": wrong})
        assert answered == status


async def test_a_template_opens_the_window_of_a_customer_who_never_wrote() -> None:
    async with open_office() as office:
        inbox = office.platform.add_inbox("whatsapp", message_templates=[APPROVED])
        row = office.platform.customer("Ana", inbox).row
        message = {"content": "Olá", "template_params": {"name": "ola", "language": "pt_BR"}}
        _, begun = await office.ask("POST", "/conversations", {"source_id": row.source_id, "message": message})
        await office.platform.settle()
        [sent] = office.platform.conversation(begun["id"]).messages
        assert sent.status == "sent"
        assert str(sent.source_id).startswith("wamid.")


@pytest.mark.parametrize(("status", "stored"), [("snoozed", "snoozed"), (1, "resolved")])
async def test_a_status_is_a_name_or_its_number(status: object, stored: str) -> None:
    async with open_office() as office:
        office.platform.inbox.bot = None
        asked = {"source_id": office.platform.customer("Ana").row.source_id, "status": status}
        _, begun = await office.ask("POST", "/conversations", asked)
        assert begun["status"] == stored


async def test_an_unknown_status_begins_nothing() -> None:
    async with open_office() as office:
        asked = {"source_id": office.platform.customer("Ana").row.source_id, "status": "closed"}
        assert (await office.ask("POST", "/conversations", asked))[0] == 500
        assert not office.platform.world.conversations
