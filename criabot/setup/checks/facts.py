"""What the platform answers, asked once for all checks; a question that fails is a fact, too."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Generic, TypeVar

from pydantic import SecretStr

from criabot.errors import ApiError, CriabotError, NotFound, Unauthorized
from criabot.platform import ApplicationClient, Profile, ServerInfo
from criabot.platform.answers.account import AccountDetails
from criabot.platform.answers.inboxes import InboxDetails
from criabot.platform.answers.integrations import AgentBot, AgentBotFields, Webhook
from criabot.setup.addresses import Addresses
from criabot.setup.known import Known, text_of
from criabot.setup.situation import bots_of, is_own

__all__ = ["Asked", "Facts", "gather"]

T = TypeVar("T")
Found = TypeVar("Found", covariant=True)

SECONDS = 10.0
NO_CONVERSATION = 0  # numbers start at 1, so a call about it changes nothing
NO_ACCOUNT = "the account is not known"
NOBODY = "nobody"  # the server tells its version without a token
NO_TOKEN = "there is no user token: set CRIABOT_USER_TOKEN to an administrator's"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Asked(Generic[Found]):
    """An answer, or why there is none.

    Attributes:
        value: the answer.
        error: what went wrong; None when there is an answer, or when it was not asked.
        reason: why there is no answer, in words.
    """

    value: Found | None = None
    error: CriabotError | None = None
    reason: str = "it was not asked"

    @property
    def is_refused(self) -> bool:
        """Whether the platform does not take the token, or its owner may not do this (contract 4.7 and 5.1)."""
        return isinstance(self.error, Unauthorized)

    @property
    def is_not_found(self) -> bool:
        """Whether the platform knows no such thing."""
        return isinstance(self.error, NotFound)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the platform says.

    Attributes:
        server: its version.
        bot_call: a call that every bot's token may make, about nothing: 404 is the good answer (contract 4.7).
        bot_profile: the profile of the bot token's owner: 401 is the good answer, as a bot has none.
        profile: of the owner of the user token.
        user_call: the same call as `bot_call`, with a user token that has no profile.
        account: the account.
        bots: all that its inboxes could have.
        webhooks: of the account, for administrators.
        inboxes: all.
        bot_of: the agent bot of each inbox.
    """

    server: Asked[ServerInfo] = field(default_factory=Asked)
    bot_call: Asked[object] = field(default_factory=Asked)
    bot_profile: Asked[Profile] = field(default_factory=Asked)
    profile: Asked[Profile] = field(default_factory=Asked)
    user_call: Asked[object] = field(default_factory=Asked)
    account: Asked[AccountDetails] = field(default_factory=Asked)
    bots: Asked[Sequence[AgentBot]] = field(default_factory=Asked)
    webhooks: Asked[Sequence[Webhook]] = field(default_factory=Asked)
    inboxes: Asked[Sequence[InboxDetails]] = field(default_factory=Asked)
    bot_of: Asked[dict[int, AgentBotFields | None]] = field(default_factory=Asked)

    @property
    def version(self) -> str:
        """Of the server, empty when it is not known."""
        return self.server.value.version if self.server.value is not None else ""

    def why_not(self, asked: Asked[object]) -> str:
        """Why there is no answer, in a few words."""
        if self.server.value is None:
            return "the platform cannot be asked"
        return "the platform refuses the user token" if asked.is_refused else asked.reason

    def bot(self, known: Known, addresses: Addresses | None) -> AgentBot | None:
        """The agent bot whose token is in the settings, else one that posts here."""
        bots = [bot for bot in self.bots.value or () if is_own(bot)]
        token = text_of(known.bot_token)
        mine = [bot for bot in bots if token and bot.access_token == token]
        here = [bot for bot in bots if addresses is not None and addresses.is_here(bot.outgoing_url, "agent-bot")]
        return next(iter(mine + here), None)

    @property
    def secrets(self) -> list[str]:
        """All secrets that are in it, for redaction."""
        rows = [*(self.bots.value or ()), *(self.webhooks.value or ()), *(self.inboxes.value or ())]
        found = [getattr(row, name, None) for row in rows for name in ("secret", "access_token", "hmac_token")]
        return [secret for secret in found if isinstance(secret, str) and secret]


async def gather(known: Known) -> Facts:
    """Ask the platform all that the checks want to know, at once, with what tokens there are."""
    async with ApplicationClient(known.url, 1, user_token=NOBODY, retries=0) as client:
        server, (call, profile), facts = await asyncio.gather(
            _ask(client.server.info()), _as_bot(known), _as_user(known)
        )
    return replace(facts, server=server, bot_call=call, bot_profile=profile)


async def _as_bot(known: Known) -> tuple[Asked[object], Asked[Profile]]:
    client = _client(known, known.bot_token)
    if client is None:
        return Asked(reason=NO_ACCOUNT if known.account_id is None else "there is no bot token"), Asked()
    async with client:
        call: Awaitable[object] = client.conversations.toggle_priority(NO_CONVERSATION, None)
        return await asyncio.gather(_ask(call), _ask(client.profile.get()))


async def _as_user(known: Known) -> Facts:
    user = _client(known, known.user_token)
    if user is None:
        reason = NO_ACCOUNT if known.account_id is None else NO_TOKEN
        return Facts(*(Asked(reason=reason) for _each in fields(Facts)))
    async with user:
        profile, account, bots, webhooks, inboxes = await asyncio.gather(
            _ask(user.profile.get()),
            _ask(user.account.get()),
            _ask(user.agent_bots.list()),
            _ask(user.webhooks.list()),
            _ask(user.inboxes.list()),
        )
        facts = Facts(profile=profile, account=account, bots=bots, webhooks=webhooks, inboxes=inboxes)
        if profile.is_refused:
            call: Awaitable[object] = user.conversations.toggle_priority(NO_CONVERSATION, None)
            facts = replace(facts, user_call=await _ask(call))
        if inboxes.value is not None:
            facts = replace(facts, bot_of=await _ask(bots_of(user, [inbox.id for inbox in inboxes.value])))
    return facts


def _client(known: Known, token: SecretStr | None) -> ApplicationClient | None:
    """A client that tries everything with one token, whosesoever it is.

    None without an account, or without a token that could be one.
    """
    if known.account_id is None:
        return None
    try:
        return ApplicationClient(known.url, known.account_id, user_token=text_of(token), retries=0)
    except ValueError:
        return None


async def _ask(call: Awaitable[T]) -> Asked[T]:
    try:
        async with asyncio.timeout(SECONDS):
            return Asked(await call)
    except ApiError as error:
        return Asked(error=error, reason=str(error))
    except TimeoutError:
        return Asked(reason=f"the platform did not answer within {SECONDS:g} s")
