"""What has to be said about a plan beside its steps."""

from __future__ import annotations

from collections.abc import Iterator

from criabot.platform.versions import at_least
from criabot.setup.addresses import SIGNS_SINCE
from criabot.setup.carrying_out import unsigned
from criabot.setup.needs import TYPING_SINCE
from criabot.setup.plan import Plan, Wish
from criabot.setup.reach import Reach
from criabot.setup.situation import Situation

__all__ = ["notes"]


def notes(plan: Plan, wish: Wish, situation: Situation, reach: Reach) -> Iterator[str]:
    """What its reader should know before he carries a plan out, a sentence or two each."""
    yield from _about_reach(reach, situation.version)
    yield from _about_version(plan, wish, situation.version)
    if wish.inboxes is not None and not wish.inboxes:
        there = ", ".join(f"{inbox.id} ({inbox.name})" for inbox in situation.inboxes) or "none yet"
        yield f"No inbox was asked for: --inbox ID or --all-inboxes connects some. There are: {there}."
    if {"agent-bot", "account"} <= set(plan.senders):
        yield (
            "Messages will come twice, from the agent bot and from the account webhook: that is intended, and each is "
            "handled once."
        )
    if plan.refused:
        yield "What serves something else now is left to it: --replace takes it over."


def _about_reach(reach: Reach, version: str) -> Iterator[str]:
    if problem := reach.problem(version):
        yield f"The platform may not reach this URL: {problem}."
    if not reach.is_https:
        yield "The URL is not encrypted: customers' messages can be read on their way. Use https."


def _about_version(plan: Plan, wish: Wish, version: str) -> Iterator[str]:
    for sender in unsigned(plan, version):
        yield (
            f"Version {version} does not sign the webhooks of {sender} ({SIGNS_SINCE[sender]} and newer do): they are "
            "taken unsigned (allow_unsigned = true), and the path secret is all that protects them."
        )
    if "typing" in wish.kinds and not at_least(version, TYPING_SINCE):
        yield f"The bot handles typing, which version {version} does not tell (from {TYPING_SINCE} on it would)."
    bot = plan.made.bot
    if bot is not None and not bot.secret and at_least(version, SIGNS_SINCE["agent-bot"]):
        yield f"Agent bot {bot.id} has no secret: reset it on the platform (Settings → Bots), then run this again."
