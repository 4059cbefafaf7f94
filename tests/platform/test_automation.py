"""Webhooks, bots, rules and macros on the simulated platform, and what of them must not be shown."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from criabot import errors
from criabot.platform import ApplicationClient
from criabot.platform.answers.integrations import AgentBot, InboxAgentBot, RuleAction, RuleCondition, Webhook
from criabot.platform.operations import OPERATIONS
from criabot.testing.platform import SimulatedPlatform
from tests.platform.recorded_answers import answers_of

URL = "https://bot.example.com/hook/a-path-that-is-hard-to-guess"


@pytest.fixture
async def simulated() -> AsyncIterator[SimulatedPlatform]:
    async with SimulatedPlatform() as simulated:
        yield simulated


@pytest.fixture
async def admin(simulated: SimulatedPlatform) -> AsyncIterator[ApplicationClient]:
    async with ApplicationClient(simulated.url, 1, user_token=simulated.admin.access_token, retries=0) as client:
        yield client


def recorded() -> Iterator[Webhook | AgentBot | InboxAgentBot]:
    for answer in answers_of(OPERATIONS["webhooks.list"]):
        yield from map(Webhook.model_validate, answer.body["payload"]["webhooks"])
    for answer in answers_of(OPERATIONS["agent_bots.list"]):
        yield from map(AgentBot.model_validate, answer.body)
    for answer in answers_of(OPERATIONS["inboxes.agent_bot"]):
        if answer.body:
            yield InboxAgentBot.model_validate(answer.body["agent_bot"])


def test_no_secret_or_address_of_a_recorded_webhook_or_bot_is_in_its_repr() -> None:
    kinds = set()
    for each in recorded():
        kinds.add(type(each))
        token = getattr(each, "access_token", None)
        hidden = [each.secret, getattr(each, "url", None), getattr(each, "outgoing_url", None)]
        hidden.append(token if isinstance(token, str) else getattr(token, "token", None))
        assert not [text for text in hidden if text and text in repr(each)]
    assert kinds == {Webhook, AgentBot, InboxAgentBot}


async def test_a_webhook_keeps_its_secret_and_what_is_not_changed(admin: ApplicationClient) -> None:
    made = await admin.webhooks.create(URL, ["message_created", "conversation_typing_on"], name="Bot")
    changed = await admin.webhooks.update(made, subscriptions=["message_updated"])
    assert changed == made.model_copy(update={"subscriptions": ["message_updated"]})
    assert made.secret
    with pytest.raises(errors.Unprocessable):
        await admin.webhooks.create(URL)
    await admin.webhooks.delete(made)
    assert made.id not in [each.id for each in await admin.webhooks.list()]


async def test_a_bot_gets_another_token_and_another_secret(admin: ApplicationClient) -> None:
    bot = await admin.agent_bots.create("Robô", outgoing_url=URL)
    other = await admin.agent_bots.reset_secret(await admin.agent_bots.reset_access_token(bot))
    assert other.id == bot.id
    assert bot.secret != other.secret
    assert bot.access_token != other.access_token


async def test_what_was_read_of_a_rule_can_be_sent_again(admin: ApplicationClient) -> None:
    rule = await admin.automation_rules.create(
        "Preço",
        "message_created",
        conditions=[
            RuleCondition(attribute_key="content", filter_operator="contains", values=["preço"], query_operator="and"),
            {"attribute_key": "message_type", "filter_operator": "equal_to", "values": ["incoming"]},
        ],
        actions=[RuleAction(action_name="add_label", action_params=["vip"])],
    )
    assert rule.conditions is not None
    assert rule.actions is not None
    same = await admin.automation_rules.update(rule, conditions=rule.conditions, actions=rule.actions)
    assert same == rule
    macro = await admin.macros.create("Macro", actions=rule.actions)
    assert macro.actions == rule.actions


async def test_a_macro_acts_on_the_conversations_that_are_named(
    simulated: SimulatedPlatform, admin: ApplicationClient
) -> None:
    conversations = []
    for name in ("Ana", "Bia"):
        customer = simulated.customer(name)
        await customer.says("Oi")
        assert customer.conversation is not None
        conversations.append(customer.conversation)
    macro = await admin.macros.create("VIP", actions=[{"action_name": "add_label", "action_params": ["vip"]}])
    await admin.macros.execute(macro, [conversations[0].id])
    await simulated.settle()
    assert [conversation.labels for conversation in conversations] == [["vip"], []]
