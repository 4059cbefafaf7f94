"""The platform, its version, both tokens and the account (contract 0.2, 4.7 and 5.3)."""

from __future__ import annotations

from collections.abc import Iterator

from criabot.platform.versions import at_least
from criabot.setup.checks.facts import Facts
from criabot.setup.checks.finding import Finding, failed, ok, warning
from criabot.setup.known import Known
from criabot.setup.situation import role_of

__all__ = ["credentials"]

COPY_BOT = "copy it again from Settings → Bots → your bot → Access Token (`criabot connect` does it)"
COPY_USER = "copy it again from Profile Settings → Access Token, and check CRIABOT_ACCOUNT_ID"

LIMITS = (
    ("4.9.0", "does not keep the marks by which a bot knows its own messages: use a bot token"),
    ("4.11.2", "signs nothing and has no delivery ids"),
    ("4.13.0", "does not sign an agent bot's webhooks (CRIABOT_ALLOW_UNSIGNED=true)"),
    ("4.14.2", "does not let a bot read a conversation: give it a user token (CRIABOT_USER_TOKEN), too"),
)
"""What older servers lack, with the version that has it (contract 0.2)."""


def credentials(known: Known, facts: Facts) -> Iterator[Finding]:
    """Is the platform there, are the tokens right, and whose are they?"""
    yield _platform(known, facts)
    if known.account_id is None:
        yield failed("account", "CRIABOT_ACCOUNT_ID is missing", "take the number after /app/accounts/ in your inbox")
        return
    yield _bot_token(known, facts)
    yield _user_token(known, facts)
    yield _account(known, facts)


def _platform(known: Known, facts: Facts) -> Finding:
    server = facts.server.value
    if server is None:
        return failed(
            "platform", f"{known.url}: {facts.server.reason}", "check CRIABOT_BASE_URL, the network and the platform"
        )
    lacks = [what for since, what in LIMITS if not at_least(server.version, since)]
    services = {"queue_services": server.queue_services, "data_services": server.data_services}
    if ill := [f"{name} {state}" for name, state in services.items() if state not in (None, "ok")]:
        return warning("platform", f"version {server.version} says: {', '.join(ill)}", "ask who runs the platform")
    if lacks:
        return warning("platform", f"version {server.version} " + "; ".join(lacks))
    return ok("platform", f"version {server.version}: signs webhooks, and lets bots read and label conversations")


def _bot_token(known: Known, facts: Facts) -> Finding:
    call, about = facts.bot_call, "bot token"
    if known.bot_token is None:
        advice = "`criabot connect` gives the bot a token of its own"
        return warning(about, "there is none: the bot speaks as the owner of the user token", advice)
    if facts.bot_profile.value is not None:
        return failed(about, "CRIABOT_BOT_TOKEN is the token of a user, not of a bot", COPY_BOT)
    if call.is_refused:
        return failed(about, f"the platform refuses it for account {known.account_id}", COPY_BOT)
    if call.is_not_found and facts.bot_profile.is_refused:
        return ok(about, "a bot's, and the platform takes it")
    return warning(about, f"not checked: {facts.why_not(call)}")


def _user_token(known: Known, facts: Facts) -> Finding:
    profile, about = facts.profile, "user token"
    if known.user_token is None:
        return warning(
            about,
            "there is none: what only people may read is not checked, and the bot cannot look up lost replies",
            "set CRIABOT_USER_TOKEN for the bot (an agent's is enough), and to an administrator's for this command",
        )
    if profile.is_refused and facts.user_call.is_not_found:
        return failed(about, "CRIABOT_USER_TOKEN is the token of a bot, not of a user", COPY_USER)
    if profile.is_refused:
        return failed(about, "the platform refuses it", COPY_USER)
    if profile.value is None:
        return warning(about, f"not checked: {facts.why_not(profile)}")
    role = role_of(profile.value, known.account_id or 0)
    if role is None:
        accounts = ", ".join(str(each.id) for each in profile.value.accounts) or "none"
        return failed(about, f"its owner is not in account {known.account_id}, but in: {accounts}", COPY_USER)
    if facts.webhooks.is_refused:
        return warning(
            about,
            f"of an {role}: enough for the bot, but webhooks and secrets are shown to administrators only",
            "run this command with an administrator's CRIABOT_USER_TOKEN to check them, too",
        )
    return ok(about, f"of an {role} of account {known.account_id}")


def _account(known: Known, facts: Facts) -> Finding:
    account, about = facts.account, "account"
    if account.is_not_found:
        return failed(
            about, f"there is no account {known.account_id}", "set CRIABOT_ACCOUNT_ID; see /app/accounts/ in your inbox"
        )
    if account.is_refused and facts.profile.value is not None:
        return failed(
            about,
            f"account {known.account_id} is not open to the owner of the user token, or suspended",
            "check CRIABOT_ACCOUNT_ID",
        )
    if account.value is None:
        return warning(about, f"{known.account_id} is not checked: {facts.why_not(account)}")
    return ok(about, f"{account.value.id} ({account.value.name})")
