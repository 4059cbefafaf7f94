"""The plan of `criabot connect`: what is, what will be, and the steps in between. Nothing here is done yet."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias, cast

from criabot.errors import ConfigurationError, SettingsError
from criabot.platform import ApplicationClient
from criabot.platform.answers.inboxes import InboxDetails
from criabot.platform.answers.integrations import AgentBot, AgentBotFields, Webhook
from criabot.platform.resources.webhooks import WebhookEvent
from criabot.setup.addresses import SIGNS_SINCE, Addresses, SenderName, fresh_path_secret, place_of
from criabot.setup.needs import events_needed
from criabot.setup.situation import API_INBOX, Situation

__all__ = ["BOT_NAME", "Change", "Made", "Plan", "Step", "Wish", "addresses_of", "plan"]

BOT_NAME = "criabot"
PATH_SECRET = re.compile(r"[\w.~-]{8,}", re.ASCII)
REPLACE = "--replace takes it over"


class Change(Enum):
    """What a step does."""

    CREATE = "create"
    CHANGE = "change"
    NOTHING = "nothing"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants.

    Attributes:
        root: of the bot's addresses, such as ``https://bot.example.com``.
        inboxes: to connect the agent bot with; None for all.
        account_webhook: whether the account's webhook is wanted, too.
        inbox_webhooks: API inboxes that are to send their own webhooks.
        bot_name: of the agent bot; empty for whatever it is called now, `BOT_NAME` when it is new.
        replace: take over what serves somebody else.
        kinds: of events that the bot handles, beyond the usual.
    """

    root: str
    inboxes: Sequence[int] | None = ()
    account_webhook: bool = False
    inbox_webhooks: Sequence[int] = ()
    bot_name: str = ""
    replace: bool = False
    kinds: Collection[str] = ()


@dataclass(slots=True)
class Made:
    """What there is, and grows while a plan is carried out.

    Attributes:
        bot: the agent bot.
        webhook: the account's webhook for it.
        inboxes: the API inboxes whose own webhooks come here, by their number.
    """

    bot: AgentBot | None = None
    webhook: Webhook | None = None
    inboxes: dict[int, InboxDetails] = field(default_factory=dict)


Act: TypeAlias = Callable[[ApplicationClient, Made], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a plan.

    Attributes:
        subject: what it is about.
        present: what is, without secrets.
        wanted: what will be, without secrets.
        change: what it does.
        act: does it; None where nothing is to be done.
        sender: whose webhooks it lets in, if any.
    """

    subject: str
    present: str
    wanted: str
    change: Change
    act: Act | None = field(default=None, repr=False)
    sender: SenderName | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan.

    Attributes:
        steps: in the order in which they are carried out.
        made: what there is before it.
        addresses: where the webhooks will go.
    """

    steps: Sequence[Step]
    made: Made
    addresses: Addresses

    @property
    def to_do(self) -> list[Step]:
        """The steps that do something."""
        return [step for step in self.steps if step.act is not None]

    @property
    def senders(self) -> list[SenderName]:
        """Who will post here when it is carried out."""
        there = [(self.made.bot, "agent-bot"), (self.made.webhook, "account"), (self.made.inboxes, "api-inbox")]
        names = {name for thing, name in there if thing}
        names |= {step.sender for step in self.to_do if step.sender is not None}
        return [name for name in SIGNS_SINCE if name in names]

    @property
    def refused(self) -> list[Step]:
        """The steps that would take something over."""
        return [step for step in self.steps if step.change is Change.REFUSED]


def addresses_of(wish: Wish, path_secret: str, situation: Situation) -> Addresses:
    """The addresses of a bot: with its path secret, else the one that is in use at this host already, else a fresh one.

    So a second run finds what a first one that broke off has left. A name tells several bots of a host apart.

    Raises:
        SettingsError: the path secret cannot be a part of a path.
    """
    if path_secret and not PATH_SECRET.fullmatch(path_secret):
        raise SettingsError(
            "CRIABOT_WEBHOOK_PATH_SECRET is wrong: it takes 8 or more letters, digits, and - . _ ~, being a part of a "
            "URL."
        )
    bots = [bot for bot in situation.bots if bot.name == wish.bot_name or not wish.bot_name]
    places = [place for bot in bots if (place := place_of(bot.outgoing_url)) is not None]
    used = next((place.path_secret for place in places if place.root == wish.root), "")
    return Addresses(wish.root, path_secret or used or fresh_path_secret())


def plan(wish: Wish, situation: Situation, addresses: Addresses, *, bot_token: str = "") -> Plan:
    """Make a plan.

    Args:
        wish: what is wanted.
        situation: what is.
        addresses: where webhooks are to go.
        bot_token: of the settings; whose it is, is the bot.

    Raises:
        ConfigurationError: an inbox does not exist or has no webhooks of its own; several bots have the name.
    """
    bot, is_sure = _bot_of(wish, situation, addresses, bot_token)
    steps, made = [_bot_step(wish, bot, addresses, is_sure=is_sure)], Made()
    made.webhook = next((hook for hook in situation.webhooks if hook.url == addresses.of("account")), None)
    made.inboxes = {inbox.id: inbox for inbox in situation.inboxes if inbox.webhook_url == addresses.of("api-inbox")}
    if steps[0].change is not Change.REFUSED:
        made.bot = bot
        steps += _inbox_steps(wish, situation, bot)
    if wish.account_webhook:
        steps.append(_webhook_step(wish, situation, addresses))
    steps += [_inbox_webhook_step(wish, situation.inbox(number), addresses) for number in wish.inbox_webhooks]
    return Plan(steps, made, addresses)


# -- the agent bot ----------------------------------------------------------------------------------------------


def _bot_of(wish: Wish, situation: Situation, addresses: Addresses, bot_token: str) -> tuple[AgentBot | None, bool]:
    """The agent bot, by its token, else where it posts to, else its name; and whether it is certainly this one."""
    by_token = [bot for bot in situation.bots if bot_token and bot.access_token == bot_token]
    exact = [bot for bot in situation.bots if bot.outgoing_url == addresses.of("agent-bot")]
    near = [bot for bot in situation.bots if addresses.is_here(bot.outgoing_url, "agent-bot")]
    near = [bot for bot in near if bot.name == wish.bot_name or not wish.bot_name]
    for found in (by_token, exact, near):
        if found:
            return min(found, key=lambda bot: bot.id), found is not near
    named = [bot for bot in situation.bots if bot.name == (wish.bot_name or BOT_NAME)]
    if len(named) > 1:
        numbers = ", ".join(str(bot.id) for bot in named)
        raise ConfigurationError(
            f"There are several agent bots called {wish.bot_name or BOT_NAME!r} ({numbers}) and none of them posts to "
            "this bot: give another name with --bot-name, or rename them."
        )
    return (named[0], not named[0].outgoing_url) if named else (None, True)


def _bot_step(wish: Wish, bot: AgentBot | None, addresses: Addresses, *, is_sure: bool) -> Step:
    url = addresses.of("agent-bot")
    if bot is None:
        name = wish.bot_name or BOT_NAME
        wanted = f"posts to {addresses.brief(url)}"
        return Step(f"agent bot {name!r}", "", wanted, Change.CREATE, _create_bot(name, url), "agent-bot")
    name = wish.bot_name or bot.name or BOT_NAME
    present = f"{bot.name!r} posts to {addresses.brief(bot.outgoing_url) or 'nowhere'}"
    subject = f"agent bot {bot.id}"
    if bot.outgoing_url == url and bot.name == name:
        return Step(subject, present, "the same", Change.NOTHING)
    wanted = f"{name!r} posts to {addresses.brief(url)}"
    if not is_sure and not wish.replace:
        return Step(subject, present, f"left as it is: {REPLACE}, --bot-name NAME makes another", Change.REFUSED)
    return Step(subject, present, wanted, Change.CHANGE, _update_bot(bot, name, url), "agent-bot")


def _create_bot(name: str, url: str) -> Act:
    async def act(client: ApplicationClient, made: Made) -> None:
        made.bot = await client.agent_bots.create(name, outgoing_url=url)

    return act


def _update_bot(bot: AgentBot, name: str, url: str) -> Act:
    async def act(client: ApplicationClient, made: Made) -> None:
        made.bot = await client.agent_bots.update(bot, name=name, outgoing_url=url)

    return act


# -- the inboxes that it serves ---------------------------------------------------------------------------------


def _inbox_steps(wish: Wish, situation: Situation, bot: AgentBot | None) -> Iterator[Step]:
    numbers = [inbox.id for inbox in situation.inboxes] if wish.inboxes is None else list(dict.fromkeys(wish.inboxes))
    for number in numbers:
        yield _inbox_step(wish, situation.inbox(number), situation.bot_of.get(number), bot)


def _inbox_step(wish: Wish, inbox: InboxDetails, present: AgentBotFields | None, bot: AgentBot | None) -> Step:
    subject = f"inbox {inbox.id} ({inbox.name})"
    if present is None:
        return Step(subject, "no bot", "the agent bot", Change.CREATE, _connect(inbox))
    if bot is not None and present.id == bot.id:
        return Step(subject, "the agent bot", "the same", Change.NOTHING)
    other = f"another bot: {present.id} ({present.name})"
    if not wish.replace:
        return Step(subject, other, f"left to it: {REPLACE}", Change.REFUSED)
    return Step(subject, other, "the agent bot instead", Change.CHANGE, _connect(inbox))


def _connect(inbox: InboxDetails) -> Act:
    async def act(client: ApplicationClient, made: Made) -> None:
        if made.bot is not None:
            await client.inboxes.set_agent_bot(inbox, made.bot)

    return act


# -- webhooks ---------------------------------------------------------------------------------------------------


def _webhook_step(wish: Wish, situation: Situation, addresses: Addresses) -> Step:
    url, needed = addresses.of("account"), events_needed(wish.kinds, situation.version)
    here = [hook for hook in situation.webhooks if addresses.is_here(hook.url, "account")]
    webhook = min(here, key=lambda hook: (hook.url != url, hook.id), default=None)
    if webhook is None:
        wanted = f"posts {', '.join(needed)} to {addresses.brief(url)}"
        return Step("account webhook", "", wanted, Change.CREATE, _create_webhook(url, needed), "account")
    has = webhook.subscriptions or []
    missing = [event for event in needed if event not in has]
    subject, present = f"account webhook {webhook.id}", f"posts {', '.join(has)} to {addresses.brief(webhook.url)}"
    if webhook.url == url and not missing:
        return Step(subject, present, "the same", Change.NOTHING)
    if webhook.url != url and not wish.replace:
        return Step(subject, present, f"left as it is, perhaps another bot's: {REPLACE}", Change.REFUSED)
    wanted = f"posts {', '.join(missing)}, too" if missing else "the same events"
    if webhook.url != url:
        wanted += f", to {addresses.brief(url)}"
    return Step(subject, present, wanted, Change.CHANGE, _update_webhook(webhook, url, [*has, *missing]), "account")


def _create_webhook(url: str, events: Sequence[WebhookEvent]) -> Act:
    async def act(client: ApplicationClient, made: Made) -> None:
        made.webhook = await client.webhooks.create(url, events, name=BOT_NAME)

    return act


def _update_webhook(webhook: Webhook, url: str, events: list[str]) -> Act:
    async def act(client: ApplicationClient, made: Made) -> None:
        made.webhook = await client.webhooks.update(webhook, url=url, subscriptions=cast("list[WebhookEvent]", events))

    return act


def _inbox_webhook_step(wish: Wish, inbox: InboxDetails, addresses: Addresses) -> Step:
    if inbox.channel_type != API_INBOX:
        raise ConfigurationError(
            f"Inbox {inbox.id} ({inbox.name}) is no API inbox: only those send webhooks of their own. "
            "Use --inbox, and --account-webhook for events that an agent bot does not get."
        )
    url, present = addresses.of("api-inbox"), addresses.brief(inbox.webhook_url)
    subject, wanted = f"webhook of inbox {inbox.id} ({inbox.name})", f"posts to {addresses.brief(url)}"
    if inbox.webhook_url == url:
        return Step(subject, f"posts to {present}", "the same", Change.NOTHING)
    if not inbox.webhook_url:
        return Step(subject, "", wanted, Change.CREATE, _set_webhook(inbox, url), "api-inbox")
    if not addresses.is_ours(inbox.webhook_url) and not wish.replace:
        return Step(subject, f"posts to {present}", f"left as it is: {REPLACE}", Change.REFUSED)
    return Step(subject, f"posts to {present}", wanted, Change.CHANGE, _set_webhook(inbox, url), "api-inbox")


def _set_webhook(inbox: InboxDetails, url: str) -> Act:
    async def act(client: ApplicationClient, made: Made) -> None:
        made.inboxes[inbox.id] = await client.inboxes.update(inbox, channel={"webhook_url": url})

    return act
