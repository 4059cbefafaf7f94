"""What a simulated server does, fact by fact: each function brings it about over real HTTP and tells what was seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from criabot.testing.platform import AgentBot, Conversation, SimulatedPlatform, User, seed
from tests.testing.platform.office import NOWHERE, Office, open_office
from tests.testing.platform.receiver import Receiver, receiving

PATHS = {"/bot": "agent bot", "/account": "account", "/inbox": "API inbox"}
ECHO = {"id": "wamid.9", "from": "5511900000001", "to": "5581999990000", "type": "text", "text": {"body": "oi"}}


@dataclass
class Server:
    """A server with an agent bot, an API inbox and an account webhook, whose receivers listen."""

    office: Office
    receiver: Receiver

    @property
    def platform(self) -> SimulatedPlatform:
        return self.office.platform

    @property
    def bot(self) -> AgentBot:
        return self.platform.bot

    async def begun(self, inbox: str = "api", text: str = "oi") -> Conversation:
        """A conversation that a customer has just begun."""
        where = self.platform.inbox if inbox == "api" else self.platform.add_inbox(inbox)
        customer = self.platform.newcomer("Ana", where, source_id="5581999990000")
        await customer.says(text)
        await self.platform.settle()
        assert customer.conversation is not None
        return customer.conversation

    async def ask(self, method: str, path: str, body: Any = None, by: User | AgentBot | None = None) -> Any:
        """The body of an answer, or its status if that is not 200."""
        status, answer = await self.office.ask(method, path, body, by=by)
        await self.platform.settle()
        return answer if status == 200 else status

    async def replies(self, conversation: Conversation, text: str, **body: Any) -> Any:
        """What the server answers to a message of the bot."""
        path = f"/conversations/{conversation.id}/messages"
        return await self.ask("POST", path, {"content": text, **body}, by=self.bot)

    async def gives(self, conversation: Conversation, to: User | AgentBot) -> None:
        """Assign the conversation."""
        kind = {"assignee_type": "AgentBot"} if isinstance(to, AgentBot) else {}
        await self.ask("POST", f"/conversations/{conversation.id}/assignments", {"assignee_id": to.id, **kind})

    async def later(self, seconds: float) -> None:
        """Let time pass."""
        self.office.clock.advance(seconds)
        await self.platform.settle()


@asynccontextmanager
async def running(version: str) -> AsyncIterator[Server]:
    async with open_office(version) as office, receiving(office.platform) as receiver:
        yield Server(office, receiver)


async def headers_of_ours(server: Server) -> Any:
    await server.begun()
    return {name for each in server.receiver.heard for name in each.headers if name.startswith("X-Chatwoot")}


async def who_signs(server: Server) -> Any:
    await server.begun()
    return {PATHS[each.path] for each in server.receiver.heard if "X-Chatwoot-Signature" in each.headers}


async def the_bot_s_webhooks_are_signed(server: Server) -> bool:
    return "agent bot" in await who_signs(server)


async def attempts_of_a_bot_that_fails(server: Server) -> Any:
    server.receiver.status = 500
    await server.begun()
    for _ in range(4):
        await server.later(4)
    return len(server.receiver.of("message_created", "/bot"))


async def who_may_subscribe_to_typing(server: Server) -> Any:
    body = {"webhook": {"url": NOWHERE, "subscriptions": ["conversation_typing_on"]}}
    return isinstance(await server.ask("POST", "/webhooks", body), dict)


async def who_hears_of_typing(server: Server) -> Any:
    conversation = await server.begun()
    await server.ask("POST", f"/conversations/{conversation.id}/toggle_typing_status", {"typing_status": "on"})
    return {PATHS[each.path] for each in server.receiver.of("conversation_typing_on")}


async def a_pending_conversation_whose_bot_fails(server: Server) -> Any:
    server.receiver.status = 404
    return (await server.begun()).status


async def the_same_where_it_is_to_stay_pending(server: Server) -> Any:
    server.platform.world.account.settings["keep_pending_on_bot_failure"] = True
    return await a_pending_conversation_whose_bot_fails(server)


async def a_slow_bot_is_waited_for_ten_seconds(server: Server) -> Any:
    server.platform.deliveries.timeout = 10
    server.receiver.hangs = True
    conversation, seconds, status = await server.begun(), 0, "pending"
    while status == "pending" and seconds < 20:
        await server.later(1)
        seconds += 1
        status = (await server.ask("GET", f"/conversations/{conversation.id}"))["status"]
    return 10 <= seconds < 20


async def who_gets_what_is_assigned_to_a_bot(server: Server) -> Any:
    conversation = await server.begun()
    other = seed.add_bot(server.platform.core, "other", outgoing_url=f"{server.receiver.url}/other")
    await server.gives(conversation, other)
    await server.replies(conversation, "olá")
    payload = server.receiver.of("message_created", "/bot")[-1].body["conversation"]["meta"]
    return payload.get("assignee_type", "no such key"), len(server.receiver.of("message_created", "/other"))


async def webhooks_have_a_name(server: Server) -> Any:
    return "name" in (await server.ask("GET", "/webhooks"))["payload"]["webhooks"][0]


async def kept_content_attributes(server: Server) -> Any:
    given = {"criabot": {"key": "k"}, "in_reply_to": 1}
    answer = await server.replies(await server.begun(), "olá", content_attributes=given)
    return "criabot" in answer["content_attributes"], "in_reply_to" in answer["content_attributes"]


async def kept_in_the_first_message_of_a_conversation(server: Server) -> Any:
    row = (await server.begun()).contact_inbox
    message = {"content": "olá", "content_attributes": {"criabot": 1}}
    about = {"source_id": row.source_id, "inbox_id": row.inbox.id, "message": message}
    answer = await server.ask("POST", "/conversations", about, by=server.bot)
    return "criabot" in answer["messages"][0]["content_attributes"]


async def what_whatsapp_gets_of_bold(server: Server) -> Any:
    await server.replies(await server.begun("whatsapp"), "**oi**")
    return server.platform.providers.requests[-1].body["text"]["body"]


async def what_webhooks_have_of_bold(server: Server) -> Any:
    await server.replies(await server.begun("whatsapp"), "**oi**")
    return server.receiver.of("message_created", "/bot")[-1].body["content"]


async def what_webhooks_have_of_a_visitor_s_bold(server: Server) -> Any:
    await server.begun("widget", "**oi**")
    return server.receiver.of("message_created", "/bot")[0].body["content"]


async def what_webhooks_have_of_broken_lines(server: Server) -> Any:
    await server.replies(await server.begun(), "um\\\ndois\n")
    return server.receiver.of("message_created", "/bot")[-1].body["content"]


async def who_was_answered_by_the_bot_still_waits(server: Server) -> Any:
    conversation = await server.begun()
    await server.replies(conversation, "olá")
    return conversation.waiting_since is not None


async def webhooks_may_have_long_addresses(server: Server) -> Any:
    body = {"webhook": {"url": f"{NOWHERE}/{'x' * 300}", "subscriptions": ["contact_created"]}}
    return isinstance(await server.ask("POST", "/webhooks", body), dict)


async def bots_may_type(server: Server) -> Any:
    path = f"/conversations/{(await server.begun()).id}/toggle_typing_status"
    return await server.ask("POST", path, {"typing_status": "on"}, by=server.bot) != 401


async def how_many_contacts_a_search_counts(server: Server) -> Any:
    for _ in range(17):
        server.platform.newcomer("Ana")
    meta = (await server.ask("GET", "/contacts/search?q=ana"))["meta"]
    return meta["count"], meta.get("has_more", "no such key")


async def what_was_written_on_the_phone_is_marked(server: Server) -> Any:
    conversation = await server.begun("whatsapp")
    change = {"field": "smb_message_echoes", "value": {"message_echoes": [ECHO]}}
    url = f"{server.platform.url}/webhooks/whatsapp/{conversation.inbox.channel['phone_number']}"
    async with server.office.http.post(url, json={"entry": [{"changes": [change]}]}) as answer:
        assert answer.status == 200
    await server.platform.settle()
    echo = conversation.messages[-1]
    assert echo.source_id == "wamid.9"
    return echo.content_attributes.get("external_echo", False)


async def what_a_bot_hears_of_a_status(server: Server) -> Any:
    conversation = await server.begun()
    server.receiver.heard.clear()
    await server.ask("POST", f"/conversations/{conversation.id}/toggle_status", {"status": "open"})
    return sorted({each.event.removeprefix("conversation_") for each in server.receiver.heard if each.path == "/bot"})


async def who_has_a_secret_that_can_be_read_and_changed(server: Server) -> Any:
    bot, inbox = f"/agent_bots/{server.bot.id}", f"/inboxes/{server.platform.inbox.id}"
    read = ["secret" in await server.ask("GET", each) for each in (bot, inbox)]
    return read + [isinstance(await server.ask("POST", f"{each}/reset_secret"), dict) for each in (bot, inbox)]


async def where_a_redirected_webhook_arrives(server: Server) -> Any:
    server.receiver.status = 302
    await server.begun()
    found = [each for each in server.receiver.of("message_created") if each.path in ("/bot", "/moved")]
    assert len({each.headers["X-Chatwoot-Delivery"] for each in found if each.path == "/bot"}) == 1
    return {each.path for each in found}


async def conversations_and_inboxes_name_their_account(server: Server) -> Any:
    server.platform.events.inbox_events = True
    conversation = await server.begun()
    await server.ask("PATCH", f"/inboxes/{conversation.inbox.id}", {"greeting_enabled": True})
    told = [*server.receiver.of("conversation_created", "/account"), *server.receiver.of("inbox_updated", "/account")]
    return ["account" in each.body for each in told]


async def what_a_bot_reads_of_a_conversation(server: Server) -> Any:
    path = f"/conversations/{(await server.begun()).id}"
    calls = [("GET", path), ("GET", f"{path}/labels"), ("POST", f"{path}/labels")]
    return [await server.ask(*each, by=server.bot) != 401 for each in calls]


async def a_bot_reads_a_conversation(server: Server) -> bool:
    return bool((await what_a_bot_reads_of_a_conversation(server))[0])


async def whose_a_new_conversation_is(server: Server) -> Any:
    conversation = await server.begun()
    assignee = server.receiver.of("message_created", "/bot")[0].body["conversation"]["meta"]["assignee"]
    return conversation.status, assignee and assignee["name"]


async def an_open_conversation_that_a_bot_gets(server: Server) -> Any:
    conversation = await server.begun()
    await server.ask("POST", f"/conversations/{conversation.id}/toggle_status", {"status": "open"})
    await server.gives(conversation, server.bot)
    return conversation.status, conversation.assignee_bot is server.bot


async def a_bot_s_pending_conversation_that_an_agent_gets(server: Server) -> Any:
    conversation = await server.begun()
    await server.gives(conversation, server.bot)
    await server.gives(conversation, server.office.agent)
    return conversation.status, conversation.assignee is server.office.agent, conversation.assignee_bot is None


async def a_bot_keeps_what_it_hands_over(server: Server) -> Any:
    return await _keeps(server, server.bot)


async def a_bot_keeps_what_an_administrator_opens(server: Server) -> Any:
    return await _keeps(server, server.platform.admin)


async def _keeps(server: Server, who: User | AgentBot) -> bool:
    conversation = await server.begun()
    await server.gives(conversation, server.bot)
    await server.ask("POST", f"/conversations/{conversation.id}/toggle_status", {"status": "open"}, by=who)
    assert conversation.status == "open"
    return conversation.assignee_bot is server.bot


async def merged_custom_attributes(server: Server) -> Any:
    path = f"/conversations/{(await server.begun()).id}/custom_attributes"
    await server.ask("POST", path, {"custom_attributes": {"a": 1}}, by=server.bot)
    answer = await server.ask("POST", path, {"custom_attributes": {"b": 2}, "merge": True}, by=server.bot)
    return answer["custom_attributes"]


async def destroyed_custom_attributes(server: Server) -> Any:
    conversation = await server.begun()
    conversation.custom_attributes = {"a": 1, "b": 2}
    path = f"/conversations/{conversation.id}/destroy_custom_attributes"
    return await server.ask("POST", path, {"custom_attributes": ["a"]})


async def attributes_of_a_message_sent_again(server: Server) -> Any:
    conversation = await server.begun()
    sent = await server.replies(conversation, "olá", content_attributes={"criabot": 1})
    path = f"/conversations/{conversation.id}/messages/{sent['id']}"
    unfailed = (await server.ask("POST", f"{path}/retry"))["content_attributes"]
    await server.ask("PATCH", path, {"status": "failed", "external_error": "refused"})
    return unfailed, (await server.ask("POST", f"{path}/retry"))["content_attributes"]
