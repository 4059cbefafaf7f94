"""What the platform posts where: the agent bot, its inboxes, webhooks, and their secrets (contract 1.1 and 1.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from criabot.platform.answers.integrations import AgentBot
from criabot.platform.versions import at_least
from criabot.setup.addresses import SIGNS_SINCE, Addresses, SenderName, place_of
from criabot.setup.checks.facts import Facts
from criabot.setup.checks.finding import Finding, failed, ok, warning
from criabot.setup.checks.posters import Poster, posters
from criabot.setup.known import Known

__all__ = ["hooks"]

CONNECT = "`criabot connect URL --apply` puts it right"


def hooks(known: Known, facts: Facts, addresses: Addresses | None) -> Iterator[Finding]:
    """Does the platform post here, once, and with the secrets that the bot knows?"""
    if facts.bots.value is None:
        yield warning("agent bot", f"not checked: {facts.why_not(facts.bots)}")
        return
    bot = facts.bot(known, addresses)
    here = posters(facts, addresses) if addresses is not None else []
    if bot is not None:
        yield _agent_bot(bot, addresses)
        yield _inboxes(bot, facts, here)
    else:
        yield _no_bot(known, here)
    if addresses is not None:
        yield from _once(bot, here, known, facts, addresses)
    yield from _secrets(bot, here, known, facts, addresses)


def _no_bot(known: Known, here: Sequence[Poster]) -> Finding:
    if known.bot_token is None and any(each.sender != "agent-bot" for each in here):
        what = "none: events come by other webhooks only, in inboxes where conversations begin open"
        return warning("agent bot", what, "right only with CRIABOT_STATUSES=pending,open")
    what = "the account has none with this bot token or URL"
    return failed("agent bot", what, "`criabot connect URL --apply` makes one")


def _agent_bot(bot: AgentBot, addresses: Addresses | None) -> Finding:
    name = f"{bot.id} ({bot.name})"
    if not bot.outgoing_url:
        return failed("agent bot", f"{name} posts nowhere", CONNECT)
    if addresses is None:
        return warning("agent bot", f"{name} posts to a URL that is not known to be this bot's", "give --url")
    if bot.outgoing_url != addresses.of("agent-bot"):
        shown, wanted = addresses.shown(bot.outgoing_url), addresses.shown(addresses.of("agent-bot"))
        return failed("agent bot", f"{name} posts to {shown}, not to {wanted}", CONNECT)
    return ok("agent bot", f"{name} posts to {addresses.shown(bot.outgoing_url)}")


def _inboxes(bot: AgentBot, facts: Facts, here: Sequence[Poster]) -> Finding:
    about, bot_of, inboxes = "inboxes", facts.bot_of.value, facts.inboxes.value
    if bot_of is None or inboxes is None:
        return warning(about, f"not checked: {facts.why_not(facts.bot_of)}")
    names = {inbox.id: f"{inbox.id} ({inbox.name})" for inbox in inboxes}
    served = [names[number] for number, other in bot_of.items() if other is not None and other.id == bot.id]
    others = [names[number] for number, other in bot_of.items() if other is not None and other.id != bot.id]
    free = [names[number] for number, other in bot_of.items() if other is None]
    parts = [
        f"{word}: {', '.join(which)}" for word, which in (("without a bot", free), ("of another bot", others)) if which
    ]
    if served:
        return ok(about, "; ".join([f"served: {', '.join(served)}", *parts]))
    what = "; ".join(["the agent bot serves none", *parts])
    if any(each.sender == "account" for each in here):
        return warning(about, what, "right only with CRIABOT_STATUSES=pending,open and the account webhook")
    return failed(about, what, "`criabot connect URL --inbox ID --apply`")


def _once(
    bot: AgentBot | None, here: Sequence[Poster], known: Known, facts: Facts, addresses: Addresses
) -> Iterator[Finding]:
    """Whether every event arrives once, or is at least recognised when it comes again (contract 1.8)."""
    about = "webhooks"
    others = [each for each in here if bot is None or (each.sender, each.number) != ("agent-bot", bot.id)]
    wrong = [each for each in others if not each.is_right(addresses) and not _is_taken(each, known, addresses)]
    for each in wrong:
        yield _wrong(each, addresses)
    right = [each for each in here if each not in wrong]
    bots = [each.name for each in others if each.sender == "agent-bot" and each not in wrong]
    if bots:
        yield warning(
            about,
            f"{', '.join(bots)} post here, too, each with a secret of its own, and the bot answers with one token",
            "give each bot a process and a URL of its own, unless you mean it",
        )
    if facts.webhooks.value is None:
        yield warning(about, "account webhooks are not checked: that takes an administrator's token")
    elif not wrong and not bots:
        yield ok(about, _told_once(right))


def _wrong(poster: Poster, addresses: Addresses) -> Finding:
    what = f"{poster.name} posts to {addresses.shown(poster.url)}"
    if not addresses.is_ours(poster.url):
        return warning("webhooks", f"{what}: another bot's, or left over", "remove it if no bot takes it there")
    right = addresses.shown(addresses.of(poster.sender))
    return failed("webhooks", f"{what}, where it is refused", f"let it post to {right}, or remove it")


def _is_taken(poster: Poster, known: Known, addresses: Addresses) -> bool:
    """Whether its webhooks are taken although they come in where another sender's belong."""
    place = place_of(poster.url)
    return place is not None and addresses.is_ours(poster.url) and poster.secret in known.signing(place.sender)


def _told_once(right: Sequence[Poster]) -> str:
    names = [each.name for each in right]
    if len(names) > 1:
        return f"{', '.join(names)} post here: what comes by several of them is recognised and handled once"
    return f"only {names[0]} posts here" if names else "nothing else posts here"


# -- secrets ----------------------------------------------------------------------------------------------------


def _secrets(
    bot: AgentBot | None, here: Sequence[Poster], known: Known, facts: Facts, addresses: Addresses | None
) -> Iterator[Finding]:
    """Whether the settings have the secrets with which the platform signs."""
    if bot is not None:
        yield _secret("agent-bot", f"agent bot {bot.id}", bot.secret, known, facts)
    for each in here:
        if each.sender != "agent-bot" and addresses is not None and each.is_right(addresses):
            yield _secret(each.sender, each.name, each.secret, known, facts)


def _secret(sender: SenderName, name: str, secret: str | None, known: Known, facts: Facts) -> Finding:
    about, has = "secrets", known.signing(sender)
    setting = f"CRIABOT_{sender.upper().replace('-', '_')}_SECRET"
    if facts.version and not at_least(facts.version, SIGNS_SINCE[sender]):
        if has:
            what = f"{setting} is set, but version {facts.version} does not sign for {name}: all is refused"
            return failed(about, what, f"remove {setting} and set CRIABOT_ALLOW_UNSIGNED=true")
        return warning(
            about, f"version {facts.version} does not sign for {name}: the path secret is the only protection"
        )
    if secret is None:
        return warning(about, f"{name}: not checked, secrets are shown to administrators only")
    if secret in has:
        return ok(about, f"{name}: {setting} is the platform's" + (f", among {len(has)}" if len(has) > 1 else ""))
    what = f"{setting} is not the platform's" if has else f"{setting} is missing"
    return failed(about, f"{name}: {what}, so all that it posts is refused", CONNECT)
