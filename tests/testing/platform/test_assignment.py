"""Who gets a conversation: by hand, by a team, by the inbox's round robin."""

from __future__ import annotations

from criabot.testing.platform import Conversation, seed
from tests.testing.platform.office import Office, open_office


async def begun(office: Office, name: str) -> Conversation:
    await office.platform.newcomer(name).says("oi")
    return office.platform.conversation(max(office.platform.world.conversations))


async def opened(office: Office, name: str) -> Conversation:
    conversation = await begun(office, name)
    await office.ask("POST", f"/conversations/{conversation.id}/toggle_status", {"status": "open"})
    office.clock.advance(1)
    await office.platform.settle()
    return conversation


async def test_the_round_robin_gives_opened_conversations_to_the_online_agents_in_turn() -> None:
    async with open_office() as office:
        rui, bia = office.platform.agent("Rui").user, office.platform.agent("Bia").user
        office.platform.agent("Leo")  # offline
        rui.is_online = bia.is_online = True
        got = [(await opened(office, name)).assignee for name in ("Ana", "Ina", "Eva")]
        assert got == [rui, bia, rui]


async def test_nobody_gets_it_where_the_inbox_does_not_assign_by_itself() -> None:
    async with open_office() as office:
        office.agent.is_online = True
        office.platform.inbox.settings["enable_auto_assignment"] = False
        assert (await opened(office, "Ana")).assignee is None


async def test_a_pending_conversation_stays_with_the_bot_whoever_is_online() -> None:
    async with open_office() as office:
        office.agent.is_online = True
        conversation = await begun(office, "Ana")
        office.clock.advance(10)
        await office.platform.settle()
        assert conversation.status == "pending"
        assert conversation.assignee is None


async def test_a_team_hands_it_to_a_member_who_is_online() -> None:
    async with open_office() as office:
        bia = office.platform.agent("Bia").user
        bia.is_online = office.agent.is_online = True
        team = seed.add_team(office.platform.core, "Vendas", [bia])
        conversation = await begun(office, "Ana")
        await office.ask("POST", f"/conversations/{conversation.id}/assignments", {"team_id": team.id})
        assert (conversation.team, conversation.assignee) == (team, bia)
        assert conversation.messages[-1].content == "Assigned to Bia via vendas by Admin"


async def test_the_account_s_language_tells_what_was_done() -> None:
    async with open_office() as office:
        office.platform.world.account.locale = "pt_BR"
        conversation = await begun(office, "Ana")
        await office.ask("POST", f"/conversations/{conversation.id}/toggle_status", {"status": "open"})
        assert conversation.messages[-1].content == "Conversa foi reaberta por Admin"


async def test_what_changes_nothing_leaves_no_trace() -> None:
    async with open_office() as office:
        await office.platform.newcomer("Ana").says("oi")
        conversation = office.platform.conversation(1)
        before, told = conversation.updated_at, len(office.platform.deliveries.log)
        office.clock.advance(60)
        assert (await office.ask("POST", "/conversations/1/toggle_status", {"status": "pending"}))[0] == 200
        assert (conversation.updated_at, len(office.platform.deliveries.log)) == (before, told)
