"""The Platform API, of which nothing was recorded: answers as the platform describes them, and with more in them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import BaseTestServer

from criabot import errors
from criabot.platform import PlatformClient
from tests.platform.conftest import Platform


@pytest.fixture
async def installation(server: BaseTestServer) -> AsyncIterator[PlatformClient]:
    async with PlatformClient(str(server.make_url("")), token="a-platform-apps-token", retries=0) as client:
        yield client


async def test_an_account_and_its_users(platform: Platform, installation: PlatformClient) -> None:
    platform.answer_with(200, {"id": 8, "name": "Loja", "features": {"inbound_emails": True}})
    account = await installation.accounts.create("Loja")
    assert account.model_dump(exclude_unset=True) == {"id": 8, "name": "Loja", "features": {"inbound_emails": True}}
    platform.answer_with(200, [{"account_id": 8, "user_id": 5, "role": "agent", "id": 1}])
    [member] = await installation.account_users.list(account)
    assert (member.account_id, member.user_id, member.role) == (8, 5, "agent")
    assert repr(member) == "AccountUser(account_id=8, user_id=5, role='agent')"


async def test_a_user_whose_secrets_are_not_shown(platform: Platform, installation: PlatformClient) -> None:
    secrets = {"access_token": "the-users-own", "pubsub_token": "his-socket", "hmac_identifier": "his-hash"}
    person = {"id": 5, "name": "Ana Lima", "email": "ana@example.com", "role": None, "accounts": []}
    platform.answer_with(200, person | secrets)
    user = await installation.users.create("Ana Lima", "ana@example.com")
    assert user.access_token == "the-users-own"
    assert not [text for text in (*secrets.values(), "Ana", "example.com") if text in repr(user)]


async def test_what_deletes_has_nothing_to_read(platform: Platform, installation: PlatformClient) -> None:
    platform.answer_with(200)
    await installation.users.delete(5)
    await installation.accounts.delete(8)
    await installation.agent_bots.delete(2)
    await installation.account_users.remove(8, 5)
    assert [seen.method for seen in platform.seen] == ["DELETE"] * 4


async def test_a_login_is_its_address(platform: Platform, installation: PlatformClient) -> None:
    platform.answer_with(200, {"url": "https://app.example.com/app/login?sso_auth_token=x"})
    assert await installation.users.login_url(5) == "https://app.example.com/app/login?sso_auth_token=x"
    platform.answer_with(200, {})
    with pytest.raises(errors.ApiOutcomeUnknown):
        await installation.users.login_url(5)
