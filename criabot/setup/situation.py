"""What the platform has now: bots, webhooks and inboxes of the account, and who asks (contract 5.3, 5.7, 5.8)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from criabot.errors import ApiRefused, ConfigurationError, NotFound, SettingsError, Unauthorized
from criabot.platform import ApplicationClient, Profile
from criabot.platform.answers.inboxes import InboxDetails
from criabot.platform.answers.integrations import AgentBot, AgentBotFields, Webhook

__all__ = ["API_INBOX", "Situation", "bots_of", "is_own", "look", "role_of"]

API_INBOX = "Channel::Api"
AT_ONCE = 8
ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Situation:
    """What a plan starts from.

    Attributes:
        version: of the server.
        account_id: of the account.
        bots: those that the account can change: not the installation's own.
        webhooks: of the account.
        inboxes: all.
        bot_of: the agent bot of each inbox that matters, None where there is none.
    """

    version: str
    account_id: int
    bots: Sequence[AgentBot]
    webhooks: Sequence[Webhook]
    inboxes: Sequence[InboxDetails]
    bot_of: Mapping[int, AgentBotFields | None]

    def inbox(self, number: int) -> InboxDetails:
        """An inbox by its number.

        Raises:
            ConfigurationError: there is none; the message lists those that are.
        """
        for inbox in self.inboxes:
            if inbox.id == number:
                return inbox
        there = ", ".join(f"{inbox.id} ({inbox.name})" for inbox in self.inboxes) or "none"
        raise ConfigurationError(f"There is no inbox {number} in account {self.account_id}; there are: {there}.")


async def look(client: ApplicationClient, account_id: int, inboxes: Iterable[int] | None) -> Situation:
    """Look at the account with an administrator's token.

    Args:
        client: with the token.
        account_id: of the account.
        inboxes: those whose bot matters; None for all.

    Raises:
        SettingsError: the token or the account is not right.
        ApiError: the platform cannot be asked.
    """
    version = (await client.server.info()).version
    await _must_be_administrator(client, account_id)
    bots, webhooks, there = await asyncio.gather(
        client.agent_bots.list(), client.webhooks.list(), client.inboxes.list()
    )
    numbers = {inbox.id for inbox in there}
    wanted = numbers if inboxes is None else numbers & set(inboxes)
    bot_of = await bots_of(client, wanted)
    return Situation(version, account_id, [bot for bot in bots if is_own(bot)], webhooks, there, bot_of)


async def bots_of(client: ApplicationClient, inboxes: Iterable[int]) -> dict[int, AgentBotFields | None]:
    """The agent bot of each of these inboxes."""
    numbers, room = sorted(inboxes), asyncio.Semaphore(AT_ONCE)

    async def ask(number: int) -> AgentBotFields | None:
        async with room:
            return await client.inboxes.agent_bot(number)

    return dict(zip(numbers, await asyncio.gather(*map(ask, numbers)), strict=True))


def is_own(bot: AgentBotFields) -> bool:
    """Whether a bot is the account's own: those of the whole installation cannot be changed from here."""
    return not (bot.system_bot or (bot.account_id is None and "account_id" in bot.model_fields_set))


def role_of(profile: Profile, account_id: int) -> str | None:
    """The role of a token's owner in an account, None where he is no member."""
    return next((each.role or "agent" for each in profile.accounts or () if each.id == account_id), None)


async def _must_be_administrator(client: ApplicationClient, account_id: int) -> None:
    try:
        profile = await client.profile.get()
    except Unauthorized:
        raise SettingsError(
            "The platform does not take this CRIABOT_USER_TOKEN: it must be an administrator's (Profile Settings → "
            "Access Token), not a bot's; copy it whole, and check CRIABOT_BASE_URL."
        ) from None
    except NotFound as error:
        raise SettingsError(f"CRIABOT_BASE_URL is wrong: nothing like CriaChat answers there ({error}).") from None
    role = role_of(profile, account_id)
    if role is None:
        accounts = ", ".join(str(each.id) for each in profile.accounts or ()) or "none"
        raise SettingsError(
            f"The owner of CRIABOT_USER_TOKEN is not in account {account_id} (CRIABOT_ACCOUNT_ID), but in: {accounts}."
        )
    if role != ADMINISTRATOR and not await _may_administer(client):
        raise SettingsError(
            f"CRIABOT_USER_TOKEN is of an {role} of account {account_id}: setting up webhooks takes an administrator's."
        )


async def _may_administer(client: ApplicationClient) -> bool:
    """Whether a role of its own name may do what an administrator may."""
    try:
        await client.webhooks.list()
    except ApiRefused:
        return False
    return True
