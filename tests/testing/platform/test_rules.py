"""Automation rules and macros: when they act, in whose name, and what they must not start."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.platform.office import NOWHERE, Office, open_office


def condition(key: str, operator: str, values: Any, query: str | None = None, **more: Any) -> dict[str, Any]:
    return {"attribute_key": key, "filter_operator": operator, "values": values, "query_operator": query, **more}


async def rule(office: Office, event: str, conditions: list[dict[str, Any]], *actions: tuple[str, list[Any]]) -> int:
    body = {
        "name": "rule",
        "event_name": event,
        "conditions": conditions,
        "actions": [{"action_name": name, "action_params": values} for name, values in actions],
    }
    status, answer = await office.ask("POST", "/automation_rules", body)
    assert status == 200
    return int(answer["id"])


async def test_a_rule_answers_labels_and_tells_an_address_of_its_own() -> None:
    async with open_office() as office:
        asks_for_price = [
            condition("content", "contains", ["PREÇO"], "and"),
            condition("message_type", "equal_to", ["incoming"]),
        ]
        number = await rule(
            office, "message_created", asks_for_price,
            ("send_message", ["veja a tabela"]), ("add_label", ["vip"]), ("send_webhook_event", [NOWHERE]),
        )  # fmt: skip
        customer = office.platform.customer("Ana")
        await customer.says("oi")
        await customer.says("qual o preço?")
        await office.platform.settle()
        conversation = customer.conversation
        assert conversation is not None
        assert conversation.said == ["veja a tabela"]
        answer = next(m for m in conversation.messages if m.content == "veja a tabela")
        assert answer.sender is None
        assert answer.content_attributes == {"automation_rule_id": number}
        assert conversation.labels == ["vip"]
        assert [m.content for m in conversation.messages if m.message_type == 2] == ["Automation System added vip"]
        [told] = office.sent("automation_event.message_created")
        assert told["id"] == conversation.id
        assert told["labels"] == ["vip"]


async def test_what_a_rule_does_starts_no_rule() -> None:
    async with open_office() as office:
        await rule(office, "message_created", [], ("send_message", ["eco"]))
        await office.platform.customer("Ana").says("oi")
        await office.platform.settle()
        conversation = office.platform.customer("Ana").conversation
        assert conversation is not None
        assert conversation.said == ["eco"]


async def test_a_rule_on_an_opening_gives_the_conversation_to_a_team() -> None:
    async with open_office() as office:
        _, team = await office.ask("POST", "/teams", {"name": "Vendas"})
        await rule(office, "conversation_opened", [], ("assign_team", [team["id"]]))
        customer = office.platform.customer("Ana")
        await customer.says("oi")
        conversation = customer.conversation
        assert conversation is not None
        await office.platform.agent("Rui").sets_status(conversation, "open")
        await office.platform.settle()
        assert conversation.team is not None
        assert conversation.team.name == "vendas"


@pytest.mark.parametrize(
    ("conditions", "is_met"),
    [
        ([condition("status", "equal_to", ["pending"])], True),
        ([condition("status", "equal_to", ["all"])], True),
        ([condition("status", "not_equal_to", ["pending"])], False),
        ([condition("inbox_id", "equal_to", [1])], True),
        ([condition("assignee_id", "is_not_present", None)], True),
        ([condition("team_id", "is_present", None)], False),
        ([condition("content", "starts_with", ["quero"])], True),
        ([condition("content", "does_not_contain", ["humano"])], False),
        ([condition("email", "contains", ["@EXAMPLE.com"])], True),
        ([condition("plan", "equal_to", ["gold"], custom_attribute_type="contact_attribute")], True),
        ([condition("content", "contains", ["x"], "or"), condition("inbox_id", "equal_to", [1])], True),
        (
            [
                condition("content", "contains", ["humano"], "or"),
                condition("inbox_id", "equal_to", [2], "and"),
                condition("priority", "equal_to", ["high"]),
            ],
            True,
        ),
    ],
)
async def test_conditions(conditions: list[dict[str, Any]], is_met: bool) -> None:
    async with open_office() as office:
        plan = {"attribute_display_name": "Plan", "attribute_key": "plan", "attribute_model": 1}
        await office.ask("POST", "/custom_attribute_definitions", {"custom_attribute_definition": plan})
        await rule(office, "message_created", conditions, ("add_private_note", ["foi"]))
        ana = office.platform.newcomer("Ana", email="ana@example.com", custom_attributes={"plan": "Gold"})
        await ana.says("Quero um humano")
        await office.platform.settle()
        assert ana.conversation is not None
        assert ana.conversation.notes == (["foi"] if is_met else [])


async def test_a_macro_acts_in_the_name_of_who_runs_it_and_personal_ones_are_private() -> None:
    async with open_office() as office:
        customer = office.platform.customer("Ana")
        await customer.says("oi")
        conversation = customer.conversation
        assert conversation is not None
        actions = [
            {"action_name": "send_message", "action_params": ["já volto"]},
            {"action_name": "change_priority", "action_params": ["high"]},
            {"action_name": "assign_agent", "action_params": ["self"]},
        ]
        _, own = await office.ask("POST", "/macros", {"name": "m", "actions": actions}, by=office.platform.admin)
        run = f"/macros/{own['payload']['id']}/execute", {"conversation_ids": [conversation.id]}
        assert (await office.ask("POST", *run, by=office.agent))[0] == 401
        shared = {"name": "m", "visibility": "global", "actions": actions}
        _, macro = await office.ask("POST", "/macros", shared)
        run = f"/macros/{macro['payload']['id']}/execute", {"conversation_ids": [conversation.id]}
        assert await office.ask("POST", *run, by=office.agent) == (200, "")
        await office.platform.settle()
        assert conversation.said == ["já volto"]
        assert conversation.priority == "high"
        assert conversation.assignee is office.agent
        status, _ = await office.ask("POST", "/macros", {"name": "m", "actions": [{"action_name": "dance"}]})
        assert status == 422
