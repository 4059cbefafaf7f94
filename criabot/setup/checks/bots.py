"""A bot file against what is connected: do its handlers get their events, and can its inboxes show what it sends?

What a bot sends is known only when it runs: this looks for the names of interactive messages in its handlers' code, and
says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from types import CodeType

from criabot.bot import Bot
from criabot.conversation import State
from criabot.errors import BotError
from criabot.loading import load_bot
from criabot.platform.answers.inboxes import InboxDetails
from criabot.routing import compile_routes
from criabot.runtime.subjects import KINDS
from criabot.setup.addresses import Addresses
from criabot.setup.checks.facts import Facts
from criabot.setup.checks.finding import Finding, failed, ok, warning
from criabot.setup.checks.posters import posters
from criabot.setup.known import Known
from criabot.setup.needs import FROM_API_INBOXES, events_of, not_from_a_bot

__all__ = ["bot_file"]

ABOUT = "bot file"
INTERACTIVE = frozenset({"input_select", "cards", "form", "article", "input_email", "input_csat"})
RENDERS = {
    "Channel::WebWidget": INTERACTIVE,
    "Channel::Api": INTERACTIVE - {"input_email"},
    "Channel::Whatsapp": frozenset({"input_select"}),
}
"""What a channel shows as more than its text (contract 3.3); an API channel's own client has to draw it."""


async def bot_file(target: str, known: Known, facts: Facts, addresses: Addresses | None) -> AsyncIterator[Finding]:
    """Load the bot, which runs the code of its file, and compare."""
    try:
        bot = await asyncio.to_thread(load_bot, target)  # a file may want the event loop for itself
        codes = compile_routes(bot, KINDS, state=State).code_objects()
    except BotError as error:
        yield failed(ABOUT, str(error), "correct the bot")
        return
    kinds = bot.kinds_handled()
    if not kinds:
        yield warning(ABOUT, f"{bot.name} has no handlers: every message goes to the humans")
        return
    yield ok(ABOUT, f"{bot.name} handles {', '.join(sorted(kinds))}")
    used = {name for code in codes for name in _constants(code) & INTERACTIVE}
    for finding in (*_events(bot, facts, addresses), *_contents(used, known, facts, addresses)):
        yield finding


def _events(bot: Bot, facts: Facts, addresses: Addresses | None) -> Iterator[Finding]:
    """Handlers whose events nobody sends."""
    if addresses is None or facts.webhooks.value is None:
        return
    missing = set(not_from_a_bot(bot.kinds_handled(), facts.version))
    right = [poster for poster in posters(facts, addresses) if poster.is_right(addresses)]
    if any(poster.sender == "api-inbox" for poster in right):
        missing -= FROM_API_INBOXES
    hooks = [hook for hook in facts.webhooks.value if hook.url == addresses.of("account")]
    has = {event for hook in hooks for event in hook.subscriptions or ()}
    lost = sorted(kind for kind in missing if not has.issuperset(events_of([kind], facts.version)))
    if lost:
        what = f"nothing sends the events for {', '.join(lost)}: an agent bot does not get them"
        yield warning(ABOUT, what, "`criabot connect URL --account-webhook --bot FILE --apply`")


def _constants(code: CodeType) -> frozenset[str]:
    """All texts in a function and in those within it."""
    found: set[str] = set()
    for constant in code.co_consts:
        if isinstance(constant, str):
            found.add(constant)
        elif isinstance(constant, CodeType):
            found |= _constants(constant)
    return frozenset(found)


def _contents(used: set[str], known: Known, facts: Facts, addresses: Addresses | None) -> Iterator[Finding]:
    """Interactive messages that an inbox of the bot shows as mere text."""
    if not used:
        return
    poor = [
        f"{inbox.id} ({inbox.name}) shows {', '.join(sorted(lost))} as text only"
        for inbox in _served(known, facts, addresses)
        if (lost := used - RENDERS.get(inbox.channel_type or "", frozenset()))
    ]
    what = f"its handlers name {', '.join(sorted(used))}"
    if poor:
        yield warning(ABOUT, f"{what}; inbox {'; '.join(poor)}", "number the choices in the text there")
    else:
        yield ok(ABOUT, f"{what}, which all its inboxes can show")


def _served(known: Known, facts: Facts, addresses: Addresses | None) -> list[InboxDetails]:
    mine = facts.bot(known, addresses)
    bot_of = facts.bot_of.value or {}
    served = {
        number for number, other in bot_of.items() if mine is not None and other is not None and other.id == mine.id
    }
    return [inbox for inbox in facts.inboxes.value or () if inbox.id in served]
