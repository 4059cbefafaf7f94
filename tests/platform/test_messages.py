"""The messages of a conversation, one after the other (contract 5.5)."""

from __future__ import annotations

import pytest

from criabot.platform import Upload
from criabot.testing.platform.lifecycle import create_message
from tests.platform.test_conversations import an_account

PICTURE = Upload("foto.png", b"\x89PNG", "image/png")


async def test_each_leaves_nothing_out_although_an_imported_message_is_older() -> None:
    async with an_account() as account:
        (conversation,) = await account.begin()
        said = [create_message(account.platform.core, conversation, f"{number}") for number in range(250)]
        said[99].created_at -= 3600  # so that the first page has it instead of the message before it
        found = [message.id async for message in account.admin.messages.each(conversation.id)]
        assert sorted(found) == [message.id for message in conversation.messages]


async def test_each_leaves_nothing_out_although_the_newest_message_is_the_oldest() -> None:
    async with an_account() as account:
        (conversation,) = await account.begin()
        said = [create_message(account.platform.core, conversation, f"{number}") for number in range(1200)]
        said[-1].created_at -= 3600
        found = [message.id async for message in account.admin.messages.each(conversation.id)]
        assert sorted(found) == [message.id for message in conversation.messages]
        assert len(account.asked()) == 5  # a page, all of it, its halves, and that there is no more


async def test_each_begins_after_a_message_and_can_leave_out_what_is_internal() -> None:
    async with an_account() as account:
        (conversation,) = await account.begin()
        first = create_message(account.platform.core, conversation, "um")
        create_message(account.platform.core, conversation, "nota", private=True)
        last = create_message(account.platform.core, conversation, "dois")
        messages = account.admin.messages
        after = [each.content async for each in messages.each(conversation.id, after=first.id)]
        assert after == ["nota", "dois"]
        shown = [each.id async for each in messages.each(conversation.id, filter_internal_messages=True)]
        assert shown == [conversation.messages[0].id, first.id, last.id]


async def test_what_the_platform_would_misunderstand_does_not_leave() -> None:
    async with an_account() as account:
        create = account.bot.messages.create
        with pytest.raises(ValueError, match="content or attachments"):
            await create(1)
        with pytest.raises(ValueError, match="takes no addresses"):
            await create(1, "Olá", attachments=["https://example.com/a.png"])
        with pytest.raises(ValueError, match="header"):
            await create(1, "Olá", attachments=[PICTURE], template_params={"name": "x"})
        assert account.asked() == []
