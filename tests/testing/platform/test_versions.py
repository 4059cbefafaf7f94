"""The release map as a table: what the simulated platform does just below a version, and from it on (contract 0.2)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest
from aiohttp import ClientSession

from criabot import Bot, F, Message
from criabot.errors import ConfigurationError, ScriptError
from criabot.platform.versions import SINCE, can
from criabot.testing import SimulatedPlatform, Simulator
from criabot.testing.scripts import parse
from criabot.testing.versions import NEWEST, release
from tests.servers import ValkeyServer
from tests.testing.platform import facts

HEADERS = {"X-Chatwoot-Delivery", "X-Chatwoot-Timestamp", "X-Chatwoot-Signature"}


class Row(NamedTuple):
    """A fact, what it is just below the version, and what from it on."""

    since: str
    fact: Callable[[facts.Server], Awaitable[Any]]
    below: Any
    then: Any


EVERY_SENDER = {"agent bot", "API inbox", "account"}
TABLE = [
    Row("4.3.0", facts.who_may_subscribe_to_typing, False, True),
    Row("4.3.0", facts.who_hears_of_typing, {"API inbox"}, {"API inbox", "account"}),
    Row("4.7.0", facts.a_pending_conversation_whose_bot_fails, "pending", "open"),
    Row("4.8.0", facts.a_slow_bot_is_waited_for_ten_seconds, False, True),
    Row("4.8.0", facts.who_gets_what_is_assigned_to_a_bot, ("no such key", 0), ("AgentBot", 1)),
    Row("4.8.0", facts.webhooks_have_a_name, False, True),
    Row("4.9.0", facts.kept_content_attributes, (False, True), (True, True)),
    Row("4.9.0", facts.kept_in_the_first_message_of_a_conversation, False, True),
    Row("4.9.0", facts.what_whatsapp_gets_of_bold, "**oi**", "*oi*"),
    Row("4.9.0", facts.what_webhooks_have_of_bold, "**oi**", "*oi*"),
    Row("4.10.1", facts.who_was_answered_by_the_bot_still_waits, True, False),
    Row("4.10.1", facts.webhooks_may_have_long_addresses, False, True),
    Row("4.11.0", facts.the_same_where_it_is_to_stay_pending, "open", "pending"),
    Row("4.11.2", facts.headers_of_ours, set(), HEADERS),
    Row("4.11.2", facts.who_signs, set(), {"account"}),
    Row("4.11.2", facts.attempts_of_a_bot_that_fails, 1, 3),
    Row("4.11.2", facts.bots_may_type, False, True),
    Row("4.11.2", facts.what_was_written_on_the_phone_is_marked, False, True),
    Row("4.11.2", facts.how_many_contacts_a_search_counts, (17, "no such key"), (15, True)),
    Row("4.12.1", facts.what_webhooks_have_of_bold, "*oi*", "**oi**"),
    Row("4.12.1", facts.what_webhooks_have_of_a_visitor_s_bold, "<p><strong>oi</strong></p>\n", "**oi**"),
    Row("4.13.0", facts.who_signs, {"account"}, EVERY_SENDER),
    Row("4.13.0", facts.what_a_bot_hears_of_a_status, ["opened"], ["opened", "status_changed", "updated"]),
    Row("4.13.0", facts.what_webhooks_have_of_broken_lines, "um\\\ndois\n", "um\ndois"),
    Row("4.13.0", facts.who_has_a_secret_that_can_be_read_and_changed, [False] * 4, [True] * 4),
    Row("4.14.0", facts.where_a_redirected_webhook_arrives, {"/bot"}, {"/bot", "/moved"}),
    Row("4.14.2", facts.conversations_and_inboxes_name_their_account, [False, False], [True, True]),
    Row("4.14.2", facts.what_a_bot_reads_of_a_conversation, [False] * 3, [True] * 3),
    Row("4.16.0", facts.whose_a_new_conversation_is, ("pending", None), ("pending", "bot")),
    Row("4.16.0", facts.an_open_conversation_that_a_bot_gets, ("open", True), ("pending", True)),
    Row("4.16.0", facts.a_bot_s_pending_conversation_that_an_agent_gets, ("pending", True, True), ("open", True, True)),
    Row("4.16.0", facts.a_bot_keeps_what_it_hands_over, True, False),
    Row("4.17.0", facts.a_bot_keeps_what_an_administrator_opens, True, False),
    Row("4.17.0", facts.merged_custom_attributes, {"b": 2}, {"a": 1, "b": 2}),
    Row("4.17.0", facts.destroyed_custom_attributes, 404, {"custom_attributes": {"b": 2}}),
    Row("4.17.0", facts.attributes_of_a_message_sent_again, ({}, {}), ({"criabot": 1}, {"criabot": 1})),
]  # fmt: skip


def below(version: str) -> str:
    """The last version before it that there may have been."""
    major, minor, patch = release(version)
    return f"{major}.{minor}.{patch - 1}" if patch else f"{major}.{minor - 1}.99"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.since} {row.fact.__name__}")
async def test_the_release_map(row: Row) -> None:
    async with facts.running(below(row.since)) as server:
        assert await row.fact(server) == row.below
    async with facts.running(row.since) as server:
        assert await row.fact(server) == row.then


async def test_the_oldest_server_has_three_senders_that_neither_sign_nor_try_again() -> None:
    async with facts.running("4.2.0") as server:
        assert await facts.attempts_of_a_bot_that_fails(server) == 1
        assert {facts.PATHS[each.path] for each in server.receiver.of("message_created")} == EVERY_SENDER
        assert {name for each in server.receiver.heard for name in each.headers}.isdisjoint(HEADERS)


@pytest.mark.parametrize("of", ["nobody, pending", "the bot, resolved"])
async def test_since_4_16_an_agent_who_gets_it_opens_only_what_a_bot_has_pending(of: str) -> None:
    async with facts.running("newest") as server:
        conversation = await server.begun()
        if of == "nobody, pending":
            await server.ask("POST", f"/conversations/{conversation.id}/assignments", {"assignee_id": 0})
        else:
            await server.ask("POST", f"/conversations/{conversation.id}/toggle_status", {"status": "resolved"})
        before = conversation.status
        await server.gives(conversation, server.office.agent)
        assert (conversation.status, conversation.assignee) == (before, server.office.agent)
        assert before == of.split()[-1]


# -- what the runtime believes --------------------------------------------------------------------------------------

ABILITIES: dict[str, Callable[[facts.Server], Awaitable[Any]]] = {
    "keep_markers": facts.kept_in_the_first_message_of_a_conversation,
    "sign_bot_deliveries": facts.the_bot_s_webhooks_are_signed,
    "bot_reads_conversation": facts.a_bot_reads_a_conversation,
}
NOT_SIMULATED = {"merge_attributes"}  # no server that does was recorded


@pytest.mark.parametrize("ability", sorted(SINCE.keys() - NOT_SIMULATED))
async def test_the_runtime_believes_of_a_version_what_the_server_does(ability: str) -> None:
    first = SINCE[ability]
    for version in ("4.2.0", below(first), first, NEWEST):
        async with facts.running(version) as server:
            assert await ABILITIES[ability](server) == can(version, ability), version


# -- which versions there are ---------------------------------------------------------------------------------------

bot = Bot()


@bot.message(F.text == "atendente")
async def to_a_human(message: Message) -> None:
    await message.conversation.handoff("pediu um atendente", say="Já te passo.")


@bot.message()
async def echo(message: Message) -> None:
    await message.answer(f"eco {message.text}")


@pytest.fixture
def bot_app() -> Bot:
    return bot


@pytest.mark.parametrize("version", ["4.2.0", "4.10", "newest"])
async def test_a_bot_answers_and_hands_over_on_any_version(version: str, valkey: ValkeyServer) -> None:
    async with Simulator(bot, version=version, valkey_url=valkey.url) as sim:
        await sim.play("""
            customer: oi
            bot: eco oi
            status: pending
            customer: atendente
            bot: Já te passo.
            bot note: pediu um atendente
            status: open
            assignee: none
            customer: oi?
            bot: (silent)
        """)


@pytest.mark.parametrize(("version", "status"), [("4.15.1", "pending"), ("newest", "open")])
async def test_a_bot_is_silent_once_an_agent_has_taken_over(version: str, status: str, valkey: ValkeyServer) -> None:
    async with Simulator(bot, version=version, valkey_url=valkey.url) as sim:
        await sim.play(f"""
            customer: oi
            bot: eco oi
            agent Ana: (takes it)
            status: {status}
            assignee: Ana
            customer: oi?
            bot: (silent)
        """)


@pytest.mark.criabot(version="newest")
async def test_the_newest_is_a_number(sim: Simulator) -> None:
    await sim.start()
    async with ClientSession() as http, http.get(f"{sim.platform.url}/api") as answer:
        assert (await answer.json())["version"] == NEWEST
    assert parse("version: newest\ncustomer: oi").version == "newest"


@pytest.mark.parametrize("version", ["banana", "4", "v4.15.1", "4.15.1-rc1", ""])
def test_what_is_no_version_is_refused(version: str) -> None:
    error = re.escape(f"{version!r} is no version of the platform: give a number such as 4.15.1, or 'newest'.")
    with pytest.raises(ConfigurationError, match=error):
        SimulatedPlatform(version=version)
    with pytest.raises(ConfigurationError, match=error):
        Simulator(bot, version=version)
    if version:
        with pytest.raises(ScriptError, match=f"script:2: {error}"):
            parse(f"channel: api\nversion: {version}\ncustomer: oi")
