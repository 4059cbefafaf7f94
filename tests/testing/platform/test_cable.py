"""What contacts and agents see on the live socket (contract 6.2)."""

from __future__ import annotations

from typing import Any

from criabot.testing.platform.world import Conversation
from tests.testing.platform.office import Office, open_office
from tests.testing.platform.sockets import agent_of, opened


async def begun(office: Office) -> tuple[Conversation, dict[str, Any]]:
    """A conversation, and the subscription of its contact."""
    customer = office.platform.customer("Ana")
    await customer.says("oi")
    await office.platform.settle()
    return office.platform.conversation(1), {"pubsub_token": customer.row.pubsub_token}


def events(heard: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [event for event, _data in heard]


async def test_a_subscription_is_confirmed_and_told_who_is_there() -> None:
    async with open_office() as office:
        _conversation, contact = await begun(office)
        async with opened(office, **contact) as hers, opened(office, **agent_of(office)) as page:
            await hers.got()
            welcome, confirmed, presence = await page.got()
            assert welcome == {"type": "welcome"}
            assert confirmed == {"identifier": page.identifier, "type": "confirm_subscription"}
            data = {"account_id": 1, "users": {str(office.agent.id): "online"}, "contacts": {"1": "online"}}
            assert presence == {
                "identifier": page.identifier,
                "message": {"event": "presence.update", "data": data},
            }


async def test_a_contact_sees_replies_but_neither_notes_nor_activities() -> None:
    async with open_office() as office:
        conversation, contact = await begun(office)
        async with opened(office, **contact) as hers, opened(office, **agent_of(office)) as page:
            await hers.got(), await page.got()
            path = f"/conversations/{conversation.id}"
            await office.ask("POST", f"{path}/messages", {"content": "bom dia"}, by=office.agent)
            await office.ask("POST", f"{path}/messages", {"content": "nota", "private": True}, by=office.agent)
            await office.ask("POST", f"{path}/labels", {"labels": ["vip"]}, by=office.agent)
            told = await hers.heard()
            assert [data["content"] for event, data in told if event == "message.created"] == ["bom dia"]
            assert "first.reply.created" not in events(told)
            told = await page.heard()
            texts = [data["content"] for event, data in told if event == "message.created"]
            assert texts == ["bom dia", "nota", "Rui added vip"]
            assert "first.reply.created" in events(told)


async def test_a_message_shows_its_echo_id_and_who_sent_it() -> None:
    async with open_office() as office:
        conversation, contact = await begun(office)
        async with opened(office, **contact) as hers:
            await hers.got()
            body = {"content": "oi, Ana", "echo_id": "e-1"}
            await office.ask("POST", f"/conversations/{conversation.id}/messages", body, by=office.agent)
            told = dict(await hers.heard())
            message = told["message.created"]
            assert (message["echo_id"], message["performer"]["name"], message["status"]) == ("e-1", "Rui", "sent")
            shown = told["conversation.updated"]
            assert not {"performer", "account"} & shown.keys()
            assert "echo_id" not in shown["messages"][0]


async def test_a_changed_message_shows_what_it_was_before() -> None:
    async with open_office() as office:
        conversation, contact = await begun(office)
        async with opened(office, **contact) as hers:
            await hers.got()
            number = conversation.messages[0].id
            await office.ask("DELETE", f"/conversations/{conversation.id}/messages/{number}", by=office.agent)
            ((event, data),) = await hers.heard()
            assert event == "message.updated"
            assert data["content"] == "This message was deleted"
            changes = data["previous_changes"]
            assert changes["content"] == changes["processed_message_content"] == ["oi", "This message was deleted"]
            assert changes.keys() == {"content", "content_attributes", "updated_at", "processed_message_content"}


async def test_typing_is_told_to_everybody_but_who_types() -> None:
    async with open_office() as office:
        _conversation, contact = await begun(office)
        async with opened(office, **contact) as hers, opened(office, **agent_of(office)) as page:
            await hers.got(), await page.got()
            await office.platform.customer("Ana").types()
            path = "/conversations/1/toggle_typing_status"
            await office.ask("POST", path, {"typing_status": "on"}, by=office.agent)
            assert [data["user"]["name"] for _event, data in await hers.heard()] == ["Rui"]
            assert [data["user"]["name"] for _event, data in await page.heard()] == ["Ana"]


async def test_who_gives_no_sign_of_life_is_offline_after_a_while() -> None:
    async with open_office() as office, opened(office, **agent_of(office)) as page:
        await page.got()
        office.clock.advance(15)
        await page.command("message", data='{"action":"update_presence"}')
        await page.got()
        office.clock.advance(15)
        await page.got()
        assert office.agent.availability_status == "online"
        office.clock.advance(10)
        await page.got()
        assert office.agent.availability_status == "offline"


async def test_a_wrong_token_gets_pings_every_three_seconds_and_nothing_else() -> None:
    async with open_office() as office:
        conversation, _contact = await begun(office)
        wrong = {**agent_of(office), "user_id": 99}
        async with opened(office, pubsub_token="wrong") as page, opened(office, **wrong) as other:
            assert await page.got() == await other.got() == [{"type": "welcome"}]
            await office.ask("POST", f"/conversations/{conversation.id}/messages", {"content": "psst"})
            assert await page.got() == await other.got() == []
            for _beat in range(2):
                office.clock.advance(3)
                (ping,) = await page.got()
                assert (ping["type"], abs(ping["message"] - office.clock()) < 2) == ("ping", True)


async def test_whoever_unsubscribes_hears_nothing_more() -> None:
    async with open_office() as office:
        conversation, contact = await begun(office)
        async with opened(office, **contact) as hers, opened(office, **agent_of(office)) as page:
            await hers.command("unsubscribe")
            await hers.got(), await page.got()
            await office.ask("POST", f"/conversations/{conversation.id}/messages", {"content": "alguém?"})
            assert await hers.heard() == []
            assert "message.created" in events(await page.heard())


async def test_a_browser_that_wants_a_page_of_the_socket_gets_the_404_page() -> None:
    async with open_office() as office, office.http.get(f"{office.platform.url}/cable") as response:
        assert (response.status, response.content_type) == (404, "text/html")
