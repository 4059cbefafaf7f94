"""What the platform does by itself when its clock gets there."""

from __future__ import annotations

from criabot.testing.platform import Conversation
from tests.testing.platform.office import Office, open_office


async def begun(office: Office) -> Conversation:
    await office.platform.newcomer("Ana").says("oi")
    return office.platform.conversation(max(office.platform.world.conversations))


async def test_a_snoozed_conversation_opens_at_the_server_s_next_look() -> None:
    async with open_office() as office:
        conversation = await begun(office)
        until = int(office.clock() + 3600)
        snooze = {"status": "snoozed", "snoozed_until": until}
        await office.ask("POST", f"/conversations/{conversation.id}/toggle_status", snooze)
        office.clock.advance(3500)
        await office.platform.settle()
        assert conversation.status == "snoozed"
        office.clock.advance(500)
        await office.platform.settle()
        assert (conversation.status, conversation.snoozed_until) == ("open", None)


async def test_a_snooze_until_a_day_of_1970_never_ends() -> None:
    async with open_office() as office:
        conversation = await begun(office)
        snooze = {"status": "snoozed", "snoozed_until": "2026-12-24T10:00:00Z"}
        await office.ask("POST", f"/conversations/{conversation.id}/toggle_status", snooze)
        office.clock.advance(86400)
        await office.platform.settle()
        assert conversation.status == "snoozed"


async def test_an_idle_open_conversation_is_resolved_and_a_pending_one_is_not() -> None:
    async with open_office() as office:
        office.platform.world.account.settings["auto_resolve_after"] = 30
        idle, pending = await begun(office), await begun(office)
        await office.ask("POST", f"/conversations/{idle.id}/toggle_status", {"status": "open"})
        office.clock.advance(20 * 60)
        await office.platform.settle()
        assert idle.status == "open"
        office.clock.advance(20 * 60)
        await office.platform.settle()
        assert (idle.status, pending.status) == ("resolved", "pending")


async def test_a_message_postpones_the_end() -> None:
    async with open_office() as office:
        office.platform.world.account.settings["auto_resolve_after"] = 30
        customer = office.platform.customer("Ana")
        await customer.says("oi")
        conversation = office.platform.conversation(1)
        await office.ask("POST", "/conversations/1/toggle_status", {"status": "open"})
        office.clock.advance(20 * 60)
        await customer.says("alguém aí?")
        office.clock.advance(20 * 60)
        await office.platform.settle()
        assert conversation.status == "open"
        office.clock.advance(20 * 60)
        await office.platform.settle()
        assert conversation.status == "resolved"


async def test_the_survey_is_sent_once_and_only_with_the_wanted_label() -> None:
    async with open_office() as office:
        rules = {"operator": "contains", "values": ["vip"]}
        office.platform.inbox.settings |= {"csat_survey_enabled": True, "csat_config": {"survey_rules": rules}}
        conversation, rui = await begun(office), office.platform.agent("Rui")
        surveys: list[int] = []
        for labels in ([], ["vip"], ["vip"]):
            await rui.labels(conversation, labels)
            await rui.sets_status(conversation, "open")
            await rui.sets_status(conversation, "resolved")
            await office.platform.settle()
            surveys.append(sum(each.content_type == "input_csat" for each in conversation.messages))
        assert surveys == [0, 1, 1]
