"""Inboxes: what must not be shown, what is refused before it is sent, and how they behave on the simulated platform."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from criabot import errors
from criabot.platform import ApplicationClient, Upload
from criabot.platform.answers.inboxes import InboxDetails
from criabot.platform.channels import ApiChannel, EmailChannel, TelegramChannel, WhatsappChannel, WhatsappConfig
from criabot.platform.operations import OPERATIONS
from criabot.testing.platform import SimulatedPlatform
from tests.platform.conftest import Platform
from tests.platform.recorded_answers import answers_of

SECRETS = (
    "hmac_token", "secret", "webhook_url", "inbox_identifier", "website_token", "provider_config", "phone_number",
    "callback_webhook_url", "web_widget_script", "name",
)  # fmt: skip


@pytest.fixture
async def simulated() -> AsyncIterator[SimulatedPlatform]:
    async with SimulatedPlatform() as simulated:
        yield simulated


@pytest.fixture
async def admin(simulated: SimulatedPlatform) -> AsyncIterator[ApplicationClient]:
    async with ApplicationClient(simulated.url, 1, user_token=simulated.admin.access_token, retries=0) as client:
        yield client


def recorded_inboxes() -> Iterator[dict[str, Any]]:
    for name in ("inboxes.list", "inboxes.show", "inboxes.create", "inboxes.update", "inboxes.reset_secret"):
        for answer in answers_of(OPERATIONS[name]):
            yield from answer.body["payload"] if name == "inboxes.list" else [answer.body]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, str) and value:
        yield value


def test_no_secret_of_a_recorded_inbox_is_in_its_repr() -> None:
    hidden = set()
    for body in recorded_inboxes():
        shown = repr(InboxDetails.model_validate(body))
        for key in SECRETS:
            for text in texts(body.get(key)):
                assert text not in shown.removeprefix("InboxDetails"), key
                hidden.add(key)
    assert hidden == set(SECRETS)


def test_no_credential_of_a_channel_is_in_its_repr() -> None:
    whatsapp = WhatsappChannel(
        phone_number="+5511900000001", provider="whatsapp_cloud", provider_config=WhatsappConfig(api_key="EAAG")
    )
    assert repr(whatsapp) == "WhatsappChannel(type='whatsapp')"
    assert repr(whatsapp.provider_config) == "WhatsappConfig()"
    assert repr(ApiChannel(webhook_url="https://u:p@bot.example.com")) == "ApiChannel(type='api')"


def test_no_credential_of_a_channel_is_in_the_error_when_it_is_wrong() -> None:
    wrong: dict[str, Any] = {"email": "loja@example.com", "imap_password": 1234567}
    for kind, values in ((EmailChannel, wrong), (TelegramChannel, {"bot_token": 1234567})):
        with pytest.raises(ValidationError) as refused:
            kind(**values)
        assert "1234567" not in str(refused.value)


async def test_a_misspelt_setting_is_an_error_not_ignored(platform: Platform, client: ApplicationClient) -> None:
    with pytest.raises(TypeError, match="greting_enabled"):
        await client.inboxes.update(12, greting_enabled=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="greting_enabled"):
        await client.inboxes.create("Caixa", ApiChannel(), greting_enabled=True)  # type: ignore[call-arg]
    assert not platform.seen


async def test_one_text_is_not_a_list_of_values(platform: Platform, client: ApplicationClient) -> None:
    with pytest.raises(TypeError, match="not one text"):
        await client.custom_attribute_definitions.update(9, attribute_values="a, b")
    assert not platform.seen


async def test_a_picture_is_sent_as_a_form(platform: Platform, client: ApplicationClient) -> None:
    platform.answer_with(200, {"id": 12, "avatar_url": "https://example.com/a.png"})
    inbox = await client.inboxes.set_avatar(12, Upload("a.png", b"\x89PNG", "image/png"))
    assert inbox.avatar_url == "https://example.com/a.png"
    [seen] = platform.seen
    assert (seen.method, seen.path) == ("PATCH", "/api/v1/accounts/1/inboxes/12")
    [part] = seen.body["multipart"]
    assert (part["name"], part["filename"], part["content_type"]) == ("avatar", "a.png", "image/png")


async def test_an_inbox_without_a_bot(platform: Platform, client: ApplicationClient) -> None:
    [none] = [answer for answer in answers_of(OPERATIONS["inboxes.agent_bot"]) if answer.body == {}]
    platform.answer_with(200, text=none.text)
    assert await client.inboxes.agent_bot(9) is None


async def test_a_bot_is_hooked_to_a_new_inbox_and_off_again(
    simulated: SimulatedPlatform, admin: ApplicationClient
) -> None:
    inbox = await admin.inboxes.create("Caixa", ApiChannel(webhook_url="https://bot.example.com"))
    assert await admin.inboxes.agent_bot(inbox) is None
    await admin.inboxes.set_agent_bot(inbox, simulated.bot.id)
    bot = await admin.inboxes.agent_bot(inbox)
    assert bot is not None
    assert bot.access_token is not None
    assert bot.access_token.token == simulated.bot.access_token.token
    assert simulated.bot.access_token.token not in repr(bot)
    await admin.inboxes.set_agent_bot(inbox, bot)
    with pytest.raises(errors.NotFound):
        await admin.inboxes.set_agent_bot(inbox, 9999)
    await admin.inboxes.set_agent_bot(inbox, None)
    assert await admin.inboxes.agent_bot(inbox) is None


async def test_hours_that_were_read_are_changed_and_sent_back(admin: ApplicationClient) -> None:
    inbox = await admin.inboxes.create("Caixa", ApiChannel())
    assert inbox.working_hours is not None
    later = [day.model_copy(update={"close_hour": 18}) for day in inbox.working_hours if not day.closed_all_day]
    changed = await admin.inboxes.update(inbox, working_hours=later, working_hours_enabled=True)
    assert changed.working_hours is not None
    assert [day.close_hour for day in changed.working_hours] == [None, 18, 18, 18, 18, 18, None]
    assert (changed.working_hours_enabled, changed.name) == (True, "Caixa")


async def test_only_what_is_set_of_a_channel_is_changed(admin: ApplicationClient) -> None:
    inbox = await admin.inboxes.create("Caixa", ApiChannel(webhook_url="https://a.example.com", hmac_mandatory=True))
    changed = await admin.inboxes.update(inbox, channel=ApiChannel(webhook_url="https://b.example.com"))
    assert (changed.webhook_url, changed.hmac_mandatory) == ("https://b.example.com", True)


async def test_a_new_secret_is_for_api_inboxes_only(simulated: SimulatedPlatform, admin: ApplicationClient) -> None:
    before = await admin.inboxes.show(simulated.inbox.id)
    after = await admin.inboxes.reset_secret(before)
    assert before.secret
    assert after.secret
    assert before.secret != after.secret
    telegram = await admin.inboxes.create("Robô", TelegramChannel(bot_token="700:AAH"))
    with pytest.raises(errors.NotFound):
        await admin.inboxes.reset_secret(telegram)


async def test_agents_come_to_an_inbox_and_to_a_team_and_go(admin: ApplicationClient) -> None:
    inbox, team = await admin.inboxes.create("Caixa", ApiChannel()), await admin.teams.create("vendas")
    ana = await admin.agents.create("Ana", "ana@example.com")
    rui = await admin.agents.create("Rui", "rui@example.com")
    assert await admin.inbox_members.add(inbox, [ana]) == [ana]
    assert await admin.inbox_members.add(inbox, [rui]) == [ana, rui]
    assert await admin.inbox_members.set(inbox, [rui.id]) == [rui]
    await admin.inbox_members.remove(inbox, await admin.inbox_members.list(inbox))
    assert await admin.inbox_members.list(inbox) == []
    with pytest.raises(errors.Unprocessable):
        await admin.inbox_members.add(inbox, [9999])
    await admin.team_members.add(team, [ana, rui])
    assert await admin.team_members.set(team, [ana]) == [ana]
    await admin.team_members.remove(team, [ana])
    assert await admin.team_members.list(team) == []


async def test_an_agent_may_read_but_not_administer(simulated: SimulatedPlatform) -> None:
    agent = simulated.agent("Ana").user
    async with ApplicationClient(simulated.url, 1, user_token=agent.access_token, retries=0) as client:
        assert [each.id for each in await client.agents.list()]
        with pytest.raises(errors.Unauthorized):
            await client.teams.create("vendas")


async def test_what_an_account_defines_is_read_back(admin: ApplicationClient) -> None:
    team = await admin.teams.create("Vendas", description="d")
    assert (await admin.teams.show(team)).name == "vendas"  # kept in lower case
    label = await admin.labels.create("vip", color="#ff0000")
    assert (await admin.labels.update(label, show_on_sidebar=True)).color == "#ff0000"
    answer = await admin.canned_responses.create("oi", "Olá!")
    assert [each.id for each in await admin.canned_responses.list("oi")] == [answer.id]
    saved = await admin.custom_filters.create("abertas", "conversation", {"payload": []})
    assert (await admin.custom_filters.update(saved, name="todas")).query == {"payload": []}
    field = await admin.custom_attribute_definitions.create("plano", "Plano", attribute_model="contact_attribute")
    assert [each.id for each in await admin.custom_attribute_definitions.list("contact_attribute")] == [field.id]
    assert await admin.custom_attribute_definitions.list("conversation_attribute") == []
    for made, resource in (
        (team, admin.teams),
        (label, admin.labels),
        (answer, admin.canned_responses),
        (saved, admin.custom_filters),
        (field, admin.custom_attribute_definitions),
    ):
        await resource.delete(made)
        assert made.id not in [each.id for each in await resource.list()]
