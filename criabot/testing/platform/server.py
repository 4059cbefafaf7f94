"""The simulated platform as a whole: its HTTP server, its people, its clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from criabot.testing.platform import seed
from criabot.testing.platform.api import ALL
from criabot.testing.platform.assignment import assign_on_opening
from criabot.testing.platform.cable import Cable
from criabot.testing.platform.channels.arrivals import arrive_mail, kept_as_image
from criabot.testing.platform.channels.outbox import send_soon
from criabot.testing.platform.channels.providers import Providers
from criabot.testing.platform.core import Core
from criabot.testing.platform.delivery import Deliveries, Delivery
from criabot.testing.platform.events import ALL_EVENTS, Events
from criabot.testing.platform.failures import delivery_failed
from criabot.testing.platform.files import analyse
from criabot.testing.platform.gateway import Gateway
from criabot.testing.platform.jobs import Jobs
from criabot.testing.platform.people import Agent, Customer, new_customer
from criabot.testing.platform.reporting import note_down
from criabot.testing.platform.rules import Automation
from criabot.testing.platform.templates import answer_by_template, ask_for_rating
from criabot.testing.platform.timers import watch
from criabot.testing.platform.world import AgentBot, Conversation, Inbox, World

__all__ = ["SimulatedPlatform"]


class SimulatedPlatform:
    """A CriaChat on a free loopback port; an async context manager.

    It begins with one account, an administrator, an agent bot and an API inbox which that bot serves.

    Args:
        version: which server to be (contract 0.2); ``newest`` is the newest that is known.
        clock: epoch seconds; a test may turn it.
        empty: begin with the account only.

    Raises:
        ConfigurationError: there is no such version.

    Attributes:
        world: all records.
        deliveries: the webhooks sent, in `log`.
        gateway: rate limit, faults and the log of calls.
    """

    def __init__(self, *, version: str = "4.15.1", clock: Callable[[], float] = time.time, empty: bool = False) -> None:
        self.world = World(version, clock)
        self.jobs = Jobs(clock)
        self.deliveries = Deliveries(self.world, self.jobs, self._failed)
        self.events = Events(self.world, self.jobs, self.deliveries)
        self.core = Core(self.world, self.events, self.jobs)
        self.cable = Cable(self.core)
        self.events.listeners.append(self.cable.hear)
        self.events.listeners.append(Automation(self.core).hear)
        for listener in (assign_on_opening, watch, note_down, analyse):
            self.events.listeners.append(partial(listener, self.core))
        self.core.after_status.append(partial(ask_for_rating, self.core))
        self.gateway = Gateway(clock)
        self.core.after_message += [partial(send_soon, self.core), kept_as_image]
        self.core.after_message.append(partial(answer_by_template, self.core))
        self._customers: dict[tuple[str, int], Customer] = {}
        if not empty:
            self.admin = seed.add_user(self.core, "Admin", role="administrator")
            self.bot = seed.add_bot(self.core, "bot")
            self.inbox = self.add_inbox("api")

    async def __aenter__(self) -> Self:
        await self.deliveries.open()
        app = web.Application(client_max_size=100 * 1024**2, middlewares=[self.gateway.answer])
        for routes in ALL:
            routes.attach(app, self.core)
        self.cable.attach(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self._url = self.world.account.attributes["frontend_url"] = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.jobs.close()
        await self.deliveries.close()
        await self.close_server()

    async def close_server(self) -> None:
        """Be unreachable from now on."""
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Its base URL."""
        return self._url

    @property
    def providers(self) -> Providers:
        """Whom the channels send to: what they got, what they answer, their files."""
        return self.core.providers

    def mail_arrives(self, source: str) -> None:
        """A mail comes in for one of the e-mail inboxes; `source` is all of it."""
        arrive_mail(self.core, source)

    # -- who is there -------------------------------------------------------------------------------------------

    def add_inbox(self, channel: str = "api", *, bot: AgentBot | None = None, **values: Any) -> Inbox:
        """An inbox of a channel, served by the bot; see `seed.add_inbox`."""
        inbox = seed.add_inbox(self.core, channel, **values)
        inbox.bot = bot or getattr(self, "bot", None)
        inbox.members = list(self.world.users.values())
        return inbox

    def customer(self, name: str = "Customer", inbox: Inbox | None = None, **values: Any) -> Customer:
        """A customer of an inbox, made on first use."""
        inbox = inbox or self.inbox
        key = name, inbox.id
        if key not in self._customers:
            self._customers[key] = self.newcomer(name, inbox, **values)
        return self._customers[key]

    def newcomer(self, name: str = "Customer", inbox: Inbox | None = None, **values: Any) -> Customer:
        """A customer whom nobody has seen before, whatever the name."""
        return new_customer(self.core, inbox or self.inbox, name, **values)

    def agent(self, name: str) -> Agent:
        """An agent, made on first use, who sees every inbox."""
        user = next((user for user in self.world.users.values() if user.name == name), None)
        if user is None:
            user = seed.add_user(self.core, name)
            for inbox in self.world.inboxes.values():
                inbox.members.append(user)
        return Agent(self.core, user)

    def conversation(self, number: int) -> Conversation:
        """A conversation.

        Raises:
            KeyError: there is none.
        """
        return self.world.conversations[number]

    def connect(self, url: str, *, sender: str = "agent-bot") -> None:
        """Send webhooks to a bot: ``agent-bot``, ``account`` or ``api-inbox`` is who sends them."""
        match sender:
            case "agent-bot":
                self.bot.outgoing_url = url
            case "account":
                seed.add_webhook(self.core, url, list(ALL_EVENTS))
            case "api-inbox":
                self.inbox.channel["webhook_url"] = url
            case _:
                raise ValueError(f"no such sender: {sender}")

    # -- time ---------------------------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Return when nothing is in flight and no job is due."""
        await self.jobs.settle()

    def next_job(self) -> float | None:
        """When the next piece of work is due (epoch seconds), None if there is none; timers do not count."""
        return self.jobs.next_due()

    def next_timer(self) -> float | None:
        """When the next job of any kind is due."""
        return self.jobs.next_due(timers=True)

    def _failed(self, delivery: Delivery) -> None:
        delivery_failed(self.core, delivery)
