"""Carrying out a plan, and the settings that a bot then needs (contract 1.4)."""

from __future__ import annotations

from collections.abc import Callable, Collection

from criabot.errors import ApiError
from criabot.platform import ApplicationClient
from criabot.platform.versions import at_least
from criabot.setup.addresses import SIGNS_SINCE, SenderName
from criabot.setup.config_file import Value
from criabot.setup.known import Known, text_of
from criabot.setup.plan import Made, Plan, Step

__all__ = ["carry_out", "settings_for", "unsigned"]


async def carry_out(client: ApplicationClient, plan: Plan, done: Callable[[Step], None]) -> ApiError | None:
    """Do what a plan says, step by step, until all is done or a step fails; a new plan goes on from there.

    Args:
        client: with an administrator's token.
        plan: its `made` grows.
        done: told of each step that was done.

    Returns:
        Why it stopped, None when all was done.
    """
    for step in plan.to_do:
        assert step.act is not None  # noqa: S101 - that is what there is to do
        try:
            await step.act(client, plan.made)
        except ApiError as error:
            return error
        done(step)
    return None


def unsigned(plan: Plan, version: str) -> list[SenderName]:
    """The senders of a plan that the server's version cannot sign for (contract 0.2)."""
    return [name for name in plan.senders if not at_least(version, SIGNS_SINCE[name])]


def settings_for(
    plan: Plan, known: Known, stored: Known, version: str, *, in_file: Collection[str]
) -> dict[str, Value | None]:
    """The settings that are not right yet; None for a value that is not known, or only after a step of the plan.

    Args:
        plan: before or after it is carried out.
        known: the platform and account that it is for.
        stored: what the bot would run with now.
        version: of the server.
        in_file: the names of what the settings file has: if it is to be written at all, it has the platform and the
            account afterwards, which may have been given for this command only.
    """
    wanted: dict[str, Value | None] = {}
    if plan.addresses.path_secret != text_of(stored.webhook_path_secret):
        wanted["webhook_path_secret"] = plan.addresses.path_secret
    bot_token = plan.made.bot.access_token if plan.made.bot is not None else None
    if "agent-bot" in plan.senders and (bot_token is None or bot_token != text_of(stored.bot_token)):
        wanted["bot_token"] = bot_token
    for sender in plan.senders:
        wanted |= _signing(plan.made, sender, stored, version)
    if unsigned(plan, version) and not stored.allow_unsigned:
        wanted["allow_unsigned"] = True
    return _where(known, stored, in_file, is_written=bool(wanted)) | wanted


def _where(known: Known, stored: Known, in_file: Collection[str], *, is_written: bool) -> dict[str, Value | None]:
    """The platform and the account."""
    usual = Known.model_fields["base_url"].default
    wanted: dict[str, Value | None] = {}
    if known.url != stored.url or (is_written and known.base_url != usual and "base_url" not in in_file):
        wanted["base_url"] = known.url
    if known.account_id != stored.account_id or (is_written and "account_id" not in in_file):
        wanted["account_id"] = known.account_id
    return wanted


def _signing(made: Made, sender: SenderName, stored: Known, version: str) -> dict[str, Value | None]:
    """The secrets of a sender, where the settings have not all of them."""
    name, has = f"{sender.replace('-', '_')}_secret", stored.signing(sender)
    if not at_least(version, SIGNS_SINCE[sender]):
        return {name: []} if has else {}
    found = _secrets_of(made, sender)
    secrets = [secret for secret in found if secret]
    if not secrets or len(secrets) < len(found):
        return {name: None}
    if set(secrets) <= set(has):
        return {}
    return {name: secrets[0] if len(secrets) == 1 else secrets}


def _secrets_of(made: Made, sender: SenderName) -> list[str | None]:
    """What the platform shows of the secrets with which a sender signs; nothing before it is made."""
    match sender:
        case "agent-bot":
            return [made.bot.secret] if made.bot is not None else []
        case "account":
            return [made.webhook.secret] if made.webhook is not None else []
        case "api-inbox":
            return [inbox.secret for inbox in made.inboxes.values()]
