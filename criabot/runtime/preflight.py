"""Before the bot starts: is the token right, and what can the server do? The answer is logged in words."""

from __future__ import annotations

import logging

from criabot.errors import ApiError, NotAllowed, NotFound, SettingsError, TokenMissing, Unauthorized
from criabot.platform import ApplicationClient
from criabot.platform.versions import can
from criabot.settings import Settings

__all__ = ["check_platform"]

logger = logging.getLogger("criabot")

NO_CONVERSATION = 0  # numbers start at 1, so a call about it changes nothing


async def check_platform(settings: Settings, client: ApplicationClient) -> str | None:
    """Check the tokens; the server's version, None when the platform cannot be reached now.

    Raises:
        SettingsError: the platform refuses a token.
    """
    try:
        version = (await client.server.info()).version
        if settings.bot_token is not None:
            await _check_bot_token(client, settings)
        if settings.user_token is not None:
            await _check_user_token(client, settings)
    except (SettingsError, Unauthorized):
        raise
    except ApiError as error:
        logger.warning("the platform cannot be asked now, so the token is not checked: %s", error)
        return None
    logger.info("the platform is version %s", version)
    if settings.bot_token is None and not can(version, "keep_markers"):
        raise SettingsError(
            "CRIABOT_BOT_TOKEN is missing: servers before 4.9 do not keep the marker by which the bot would know its "
            "own messages from those of the agent whose CRIABOT_USER_TOKEN it uses."
        )
    if settings.agent_bot_secret and not can(version, "sign_bot_deliveries"):
        logger.warning(
            "servers before 4.13 do not sign an agent bot's deliveries, so they will be refused: remove "
            "CRIABOT_AGENT_BOT_SECRET and set CRIABOT_ALLOW_UNSIGNED=true"
        )
    return version


async def _check_bot_token(client: ApplicationClient, settings: Settings) -> None:
    """A call that every bot token may make (contract 4.7), about a conversation that does not exist."""
    try:
        await client.conversations.toggle_priority(NO_CONVERSATION, None)
    except NotFound:
        logger.info("the bot token is accepted by %s", settings.base_url)
    except Unauthorized as error:
        where = "Settings → Bots → your bot → Access Token"
        raise SettingsError(_refused("CRIABOT_BOT_TOKEN", where, settings, error)) from None


async def _check_user_token(client: ApplicationClient, settings: Settings) -> None:
    try:
        profile = await client.profile.get()
    except Unauthorized as error:
        where = "Profile Settings → Access Token"
        raise SettingsError(_refused("CRIABOT_USER_TOKEN", where, settings, error)) from None
    roles = {membership.id: membership.role for membership in profile.accounts}
    if settings.account_id not in roles:
        accounts = ", ".join(map(str, sorted(roles))) or "none"
        raise SettingsError(
            f"The owner of CRIABOT_USER_TOKEN is not in account {settings.account_id} (CRIABOT_ACCOUNT_ID), but in: "
            f"{accounts}."
        )
    logger.info("the user token is accepted: %s of account %d", roles[settings.account_id], settings.account_id)


def _refused(setting: str, where: str, settings: Settings, error: Unauthorized) -> str:
    match error:
        case TokenMissing():
            what = "the token did not arrive: let the proxy before the platform pass the header Api-Access-Token on"
        case NotAllowed():
            what = f"it knows the token, but its owner is not of that account: take one from its {where}"
        case _:
            what = f"copy it again from {where}"
    return (
        f"{settings.base_url} refuses {setting} for account {settings.account_id}: {what}, and check CRIABOT_BASE_URL "
        "and CRIABOT_ACCOUNT_ID. Messages that wait are kept and answered once it is right."
    )
