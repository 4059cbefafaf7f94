"""What the client does about conversations and messages beyond single calls, against the simulated platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp.test_utils import BaseTestServer

from criabot import errors
from criabot.platform import ApplicationClient
from criabot.platform.filters import Condition
from criabot.testing.platform import Conversation, SimulatedPlatform
from tests.platform.conftest import Platform

PAGE = 25
NEWEST = "newest"


@dataclass
class Account:
    """A platform and who calls it."""

    platform: SimulatedPlatform
    admin: ApplicationClient
    bot: ApplicationClient

    async def begin(self, count: int = 1) -> list[Conversation]:
        """So many conversations, each with a message."""
        return [await self.arrive(number) for number in range(count)]

    async def arrive(self, number: int) -> Conversation:
        customer = self.platform.newcomer(f"Cliente {number:02}")
        await customer.says(f"pergunta {number}")
        assert customer.conversation is not None
        return customer.conversation

    def asked(self) -> list[tuple[str, str]]:
        """The calls made so far, by their verb and last part."""
        return [(call.method, call.action) for call in self.platform.gateway.calls]


@asynccontextmanager
async def an_account(version: str = "4.15.1") -> AsyncIterator[Account]:
    async with SimulatedPlatform(version=version) as platform:
        user, bot = platform.admin.access_token, platform.bot.access_token.token
        async with (
            ApplicationClient(platform.url, 1, user_token=user, retries=0) as admin,
            ApplicationClient(platform.url, 1, bot_token=bot, retries=0) as client,
        ):
            yield Account(platform, admin, client)


async def test_each_goes_through_all_pages() -> None:
    async with an_account() as account:
        begun = await account.begin(2 * PAGE + 1)
        found = [each.id async for each in account.admin.conversations.each(status="pending")]
        assert sorted(found) == [each.id for each in begun]
        assert [each.id async for each in account.admin.conversations.each(status="resolved")] == []


async def test_who_is_pushed_to_the_next_page_does_not_come_twice() -> None:
    async with an_account() as account:
        begun = await account.begin(2 * PAGE)
        found: list[int] = []
        async for conversation in account.admin.conversations.each(status="all"):
            if len(found) == PAGE - 1:  # the first page is read, but for its last row
                await account.arrive(99)
            found.append(conversation.id)
        assert sorted(found) == [each.id for each in begun]


async def test_what_changed_lately_comes_at_once() -> None:
    async with an_account() as account:
        begun = await account.begin(PAGE + 1)
        found = [each.id async for each in account.admin.conversations.each(status="pending", updated_within=3600)]
        assert sorted(found) == [each.id for each in begun]
        assert account.asked() == [("GET", "conversations")]


async def test_a_filter_and_a_search_go_through_all_pages() -> None:
    pending = Condition(attribute_key="status", filter_operator="equal_to", values=["pending"], query_operator="AND")
    unassigned = Condition(attribute_key="assignee_id", filter_operator="is_not_present")
    async with an_account() as account:
        begun = [each.id for each in await account.begin(PAGE + 1)]
        conversations = account.admin.conversations
        assert sorted([each.id async for each in conversations.each_filtered([pending, unassigned])]) == begun
        assert sorted([each.id async for each in conversations.each_match("pergunta")]) == begun


async def test_labels_are_added_and_removed_by_the_platform_itself() -> None:
    async with an_account() as account:
        (conversation,) = await account.begin()
        conversation.labels = ["vip", "novo"]
        await account.admin.conversations.add_labels(conversation.id, ["vip", "atraso"])
        await account.admin.conversations.remove_labels(conversation.id, ["novo"])
        await account.platform.settle()
        assert await account.admin.conversations.labels(conversation.id) == ["vip", "atraso"]
        assert account.asked()[:2] == [("POST", "bulk_actions")] * 2


async def test_with_a_bots_token_labels_are_read_and_replaced() -> None:
    async with an_account() as account:
        (conversation,) = await account.begin()
        conversation.labels = ["vip", "novo"]
        await account.bot.conversations.add_labels(conversation.id, ["vip", "atraso"])
        await account.bot.conversations.remove_labels(conversation.id, ["novo"])
        assert conversation.labels == ["vip", "atraso"]
        await account.bot.conversations.add_labels(conversation.id, ["vip"])
        assert account.asked() == [("GET", "labels"), ("POST", "labels")] * 2 + [("GET", "labels")]


async def test_labels_that_are_no_list_do_no_harm() -> None:
    async with an_account() as account:
        (conversation,) = await account.begin()
        for change in (account.bot.conversations.add_labels, account.bot.conversations.remove_labels):
            with pytest.raises(TypeError, match="a list of labels"):
                await change(conversation.id, "vip")
            await change(conversation.id, [])
        assert account.asked() == []


async def test_attributes_are_merged_by_us_where_the_server_would_replace_them() -> None:
    async with an_account() as account:
        (conversation,) = await account.begin()
        conversation.custom_attributes = {"pedido": "1", "vip": True}
        kept = await account.bot.conversations.merge_custom_attributes(conversation.id, {"pedido": "2"})
        assert kept == conversation.custom_attributes == {"pedido": "2", "vip": True}
        assert account.asked() == [("GET", str(conversation.id)), ("POST", "custom_attributes")]


async def test_attributes_are_merged_by_a_server_that_can() -> None:
    async with an_account(NEWEST) as account:
        (conversation,) = await account.begin()
        conversation.custom_attributes = {"pedido": "1", "vip": True}
        kept = await account.bot.conversations.merge_custom_attributes(conversation.id, {"pedido": "2"})
        assert kept == conversation.custom_attributes == {"pedido": "2", "vip": True}
        assert account.asked() == [("POST", "custom_attributes")]
        assert await account.admin.conversations.destroy_custom_attributes(conversation.id, ["vip"]) == {"pedido": "2"}


@pytest.mark.parametrize("version", ["", "develop"])
async def test_a_server_of_an_unknown_version_is_not_trusted_to_merge(
    platform: Platform, server: BaseTestServer, version: str
) -> None:
    platform.answer_with(200, {"version": version, "id": 7, "custom_attributes": {"vip": True}})
    async with ApplicationClient(str(server.make_url("")), 1, bot_token="a-token", retries=0) as client:
        await client.conversations.merge_custom_attributes(7, {"pedido": "2"})
    assert [seen.method for seen in platform.seen] == ["GET", "GET", "POST"]
    assert platform.seen[-1].body == {"custom_attributes": {"vip": True, "pedido": "2"}}


async def test_assigning_tells_whom() -> None:
    async with an_account() as account:
        (conversation,) = await account.begin()
        conversations, admin = account.bot.conversations, account.platform.admin
        assigned = await conversations.assigned(conversation.id, agent_id=admin.id)
        assert assigned is not None
        assert (assigned.id, assigned.name) == (admin.id, "Admin")
        assert await conversations.assign(conversation.id, team_id=99) is False
        await conversations.unassign(conversation.id)
        assert conversation.assignee is None


async def test_things_are_named_by_themselves_or_by_their_number() -> None:
    async with an_account() as account:
        (begun,) = await account.begin()
        conversation = await account.admin.conversations.show(begun.id)
        (agent,) = await account.admin.agents.list()
        assert await account.admin.conversations.assign(conversation, agent_id=agent)
        assert [each.id for each in await account.admin.participants.add(conversation, [agent])] == [agent.id]
        page = await account.admin.conversations.list(inbox_id=account.platform.inbox.id, status="all")
        assert [each.id for each in page.payload] == [conversation.id]


async def test_a_conversation_must_be_with_somebody() -> None:
    async with an_account() as account:
        too_little: list[dict[str, Any]] = [{}, {"inbox_id": 1}, {"contact_id": 1}]
        for given in too_little:
            with pytest.raises(ValueError, match="source_id"):
                await account.bot.conversations.create(**given)
        with pytest.raises(ValueError, match="priority"):
            await account.bot.conversations.update(7)
        with pytest.raises(ValueError, match="bulk action"):
            await account.admin.bulk_actions.create([7])
        assert account.asked() == []


async def test_a_draft_is_kept_and_dropped() -> None:
    async with an_account() as account:
        (conversation,) = await account.begin()
        drafts = account.admin.drafts
        assert not (await drafts.get(conversation.id)).has_draft
        await drafts.set(conversation.id, "rascunho")
        assert (await drafts.get(conversation.id)).message == "rascunho"
        await drafts.delete(conversation.id)
        assert not (await drafts.get(conversation.id)).has_draft


async def test_a_bot_alone_is_told_what_it_lacks() -> None:
    async with an_account() as account:
        with pytest.raises(errors.CredentialMissing, match="user_token"):
            await account.bot.conversations.list()
        assert account.asked() == []
