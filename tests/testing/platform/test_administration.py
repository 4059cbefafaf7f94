"""Who may see and change what: inboxes, members, secrets, webhooks, tokens."""

from __future__ import annotations

import gc

from criabot.testing.platform.http import Call
from tests.testing.platform.office import NOWHERE, open_office


async def test_an_agent_sees_only_his_inboxes_and_no_secrets() -> None:
    async with open_office() as office:
        _, made = await office.ask("POST", "/inboxes", {"name": "Nova", "channel": {"type": "api"}})
        assert made["secret"]
        assert (await office.ask("GET", f"/inboxes/{made['id']}", by=office.agent))[0] == 401
        await office.ask("POST", "/inbox_members", {"inbox_id": made["id"], "user_ids": [office.agent.id]})
        status, seen = await office.ask("GET", f"/inboxes/{made['id']}", by=office.agent)
        assert status == 200
        assert {"secret", "hmac_token"}.isdisjoint(seen)


async def test_a_reset_token_is_refused_from_now_on() -> None:
    async with open_office() as office:
        bot = office.platform.bot
        before = bot.access_token.token
        _, after = await office.ask("POST", f"/agent_bots/{bot.id}/reset_access_token", {})
        assert after["access_token"] == bot.access_token.token != before
        assert office.platform.world.principal(before) is None


async def test_a_webhook_gets_exactly_what_it_asked_for() -> None:
    async with open_office() as office:
        asked = {"webhook": {"url": NOWHERE, "subscriptions": ["contact_created"]}}
        assert (await office.ask("POST", "/webhooks", asked))[0] == 200
        await office.platform.newcomer("Ana").says("oi")
        await office.platform.settle()
        sent = [each.event for each in office.platform.deliveries.log if each.sender.kind == "account"]
        assert sent == ["contact_created"]


async def test_a_deleted_agent_leaves_inboxes_teams_and_conversations() -> None:
    async with open_office() as office:
        customer = office.platform.customer("Ana")
        await customer.says("oi")
        conversation = customer.conversation
        assert conversation is not None
        rui = office.platform.agent("Rui")
        await rui.assigns(conversation, rui)
        assert conversation.assignee is rui.user
        await office.ask("DELETE", f"/agents/{rui.user.id}")
        assert conversation.assignee is None
        assert rui.user not in office.platform.inbox.members
        assert (await office.ask("GET", "/agents", by=rui.user))[0] == 401


async def test_inbox_events_tell_of_changes_only_where_the_server_sends_them() -> None:
    async with open_office() as office:
        office.platform.connect(NOWHERE, sender="account")
        await office.ask("PATCH", "/inboxes/1", {"greeting_enabled": True})
        office.platform.events.inbox_events = True
        await office.ask("PATCH", "/inboxes/1", {"greeting_message": "oi", "name": "Loja"})
        await office.platform.settle()
        [told] = office.sent("inbox_updated")
        changed = [key for each in told["changed_attributes"] for key in each]
        assert changed == ["name", "updated_at", "greeting_message"]
        assert "name" not in told


async def test_an_older_server_shows_less() -> None:
    async with open_office("4.5.0") as office:
        _, inbox = await office.ask("GET", "/inboxes/1")
        assert {"secret", "allowed_domains"}.isdisjoint(inbox)
        _, agents = await office.ask("GET", "/agents")
        assert all("provider" not in agent for agent in agents)


async def test_only_the_operator_lets_a_failing_bot_keep_its_conversations() -> None:
    async with open_office() as office:
        _, account = await office.ask("PATCH", "", {"keep_pending_on_bot_failure": True})
        assert "keep_pending_on_bot_failure" not in account["settings"]


async def test_two_inboxes_of_a_channel_share_no_settings() -> None:
    async with open_office() as office:
        one, other = (office.platform.add_inbox("whatsapp") for _ in range(2))
        one.channel["provider_config"]["phone_number_id"] = "1"
        assert other.channel["provider_config"]["phone_number_id"] != "1"


async def test_what_a_failing_test_prints_of_the_records_has_no_secret() -> None:
    async with open_office() as office:
        platform = office.platform
        customer = platform.customer("Ana")
        await customer.says("oi")
        shown = repr([platform.world.users, platform.bot, platform.inbox, customer.conversation])
        assert "status='pending'" in shown
        secrets = [office.agent.access_token, office.agent.pubsub_token, platform.bot.secret]
        secrets += [platform.bot.access_token.token, platform.inbox.channel["secret"], customer.row.pubsub_token or "-"]
        assert [each for each in secrets if each in shown] == []


async def test_the_same_refusal_a_hundred_times_keeps_nothing_alive() -> None:
    async with open_office() as office:
        await office.platform.customer("Ana").says("oi")
        answers = [await office.ask("POST", "/conversations/1/toggle_status", {"status": "x"}) for _ in range(100)]
        assert [status for status, _ in answers] == [500] * 100
        gc.collect()
        assert sum(isinstance(each, Call) for each in gc.get_objects()) < 5
