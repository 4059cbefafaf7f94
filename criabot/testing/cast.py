"""The people of a script in the simulated inbox: what they do there, and what their conversations show."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from criabot.testing.platform import (
    Agent,
    Attachment,
    Contact,
    Conversation,
    Customer,
    Message,
    SimulatedPlatform,
    Team,
)
from criabot.testing.platform.conversations import toggle_typing
from criabot.testing.platform.lifecycle import create_message
from criabot.testing.platform.seed import add_team
from criabot.testing.platform.world import ACTIVITY, TEMPLATE, AgentBot
from criabot.testing.scripts import Script
from criabot.testing.scripts.language import CUSTOMER, Act, AgentStep, CustomerStep, Fact
from criabot.testing.scripts.stage import CannotDo, Heard
from criabot.testing.scripts.text import listed, seconds, split

__all__ = ["Cast"]

PLAIN_FILES = {"image": "image.png", "audio": "audio.ogg", "video": "video.mp4"}
FIELDS = {"phone": "phone_number", "email": "email", "identifier": "identifier"}
STATUS = {"opens": "open", "resolves": "resolved", "pending": "pending"}
NOBODY = ("none", "bot")
WIDGET_OPENED = {
    "referer": "https://example.com/",
    "initiated_at": {"timestamp": "Sun Nov 22 2026 09:00:00 GMT-0300"},
    "widget_language": None,
    "browser_language": None,
    "browser": {
        "browser_name": "Unknown Browser",
        "browser_version": "0.0",
        "device_name": "Unknown",
        "platform_name": "Unknown",
        "platform_version": "0",
    },
}
RECIFE = (-8.063, -34.871)


class Cast:
    """Everybody whom scripts name.

    Attributes:
        heard: what the bot has said.
        remarks: what else the inbox shows, with its time.
    """

    def __init__(self, platform: SimulatedPlatform) -> None:
        self.heard: list[Heard] = []
        self.remarks: list[tuple[float, str]] = []
        self._platform = platform
        self._known: dict[str, dict[str, str]] = {}
        self._customers: dict[str, Customer] = {}
        self._names: dict[int, str] = {}
        self._folder = Path()
        platform.events.listeners.append(self._listen)

    def prepare(self, script: Script) -> None:
        """Whoever works in the team is there before the chat begins, and so is what is known of its customers."""
        self._known |= {name: dict(fields) for name, fields in script.contacts.items()}
        self._folder = Path(script.name).parent
        for step in script.steps:
            if isinstance(step, AgentStep):
                self._platform.agent(step.name)
                if step.act.verb == "assigns":
                    self._colleague(step.act.value)
            elif isinstance(step, Fact) and step.value not in NOBODY:
                if step.name == "assignee":
                    self._platform.agent(step.value)
                elif step.name == "team":
                    self._team(step.value)

    def customer(self, name: str) -> Customer:
        """A customer, made on first use."""
        if name not in self._customers:
            known = self._known.get(name, {})
            values: dict[str, Any] = {column: known[field] for field, column in FIELDS.items() if field in known}
            shown = known.get("name") or ("Customer" if name == CUSTOMER else name)
            customer = self._platform.customer(shown, **values)
            self._customers[name] = customer
            self._names[customer.contact.id] = name
        return self._customers[name]

    def name_of(self, contact: Contact) -> str:
        """How scripts call a customer."""
        return self._names.get(contact.id, contact.name)

    async def act(self, step: CustomerStep | AgentStep) -> None:
        """Let somebody do something."""
        if isinstance(step, CustomerStep):
            try:
                await self._customer_acts(self.customer(step.name), step.act)
            except (KeyError, IndexError):
                raise
            except LookupError as error:  # how the platform says that a channel has no such thing
                raise CannotDo(f"{error}.") from None
            return
        conversation = self.customer(step.to or CUSTOMER).conversation
        if conversation is None:
            raise CannotDo(f"{step.to} has no conversation yet: it begins with what {step.to} says.")
        await self._agent_acts(self._platform.agent(step.name), conversation, step.act)

    def facts(self, customer: str) -> Mapping[str, str]:
        """What the inbox shows of a conversation, as scripts write it; empty when there is none."""
        conversation = self.customer(customer).conversation
        if conversation is None:
            return {}
        attributes = (f"{key}={value}" for key, value in conversation.custom_attributes.items())
        return {
            "status": conversation.status,
            "assignee": _assignee(conversation),
            "team": conversation.team.name if conversation.team else "none",
            "labels": listed(conversation.labels) or "none",
            "priority": conversation.priority or "none",
            "attributes": listed(attributes) or "none",
        }

    async def _customer_acts(self, customer: Customer, act: Act) -> None:
        match act.verb:
            case "says" | "writes quickly":
                for text in split(act.value, "|") or [act.text]:
                    await customer.says(text)
            case "sends":
                await customer.says(act.text or None, attachments=self._files(act.value))
            case "taps":
                await customer.taps(act.text)
            case "types" | "stops typing":
                await customer.types(act.verb == "types")
            case "reads":
                await customer.reads()
            case "opens the widget":
                self._open_widget(customer)

    async def _agent_acts(self, agent: Agent, conversation: Conversation, act: Act) -> None:
        match act.verb:
            case "says":
                await agent.says(conversation, act.text)
            case "notes":
                await agent.notes(conversation, act.text)
            case "sends":
                files = self._files(act.value)
                create_message(self._platform.core, conversation, act.text, sender=agent.user, attachments=files)
            case "types" | "stops typing":
                on = "on" if act.verb == "types" else "off"
                toggle_typing(self._platform.core, conversation, agent.user, on, private=False)
            case _:
                await self._agent_changes(agent, conversation, act)

    async def _agent_changes(self, agent: Agent, conversation: Conversation, act: Act) -> None:
        match act.verb:
            case "takes it":
                await agent.assigns(conversation, agent)
            case "assigns":
                await agent.assigns(conversation, self._colleague(act.value))
            case "unassigns":
                await agent.assigns(conversation, None)
            case "labels":
                await agent.labels(conversation, split(act.value))
            case "snoozes":
                length = seconds(act.value)
                until = None if length is None else self._platform.core.now + length
                await agent.sets_status(conversation, "snoozed", snoozed_until=until)
            case verb:
                await agent.sets_status(conversation, STATUS[verb])

    def _colleague(self, name: str) -> Agent | Team:
        word, _, rest = name.partition(" ")
        return self._team(rest) if word == "team" and rest else self._platform.agent(name)

    def _team(self, name: str) -> Team:
        world = self._platform.world
        known = (team for team in world.teams.values() if team.name == name.lower())
        return next(known, None) or add_team(self._platform.core, name)

    def _open_widget(self, customer: Customer) -> None:
        if customer.row.inbox.channel_type != "Channel::WebWidget":
            raise CannotDo("the inbox is no widget; 'channel: widget' makes it one.")
        self._platform.events.widget_opened(customer.row, customer.conversation, WIDGET_OPENED)

    def _files(self, names: str) -> list[Attachment]:
        return [self._file(name) for name in split(names)]

    def _file(self, name: str) -> Attachment:
        """A file beside the script, or an imitation; ``location``, ``image``, ``audio`` and ``video`` need no name."""
        number = self._platform.world.new_id("attachment")
        if name == "location":
            return Attachment(number, "location", latitude=RECIFE[0], longitude=RECIFE[1], fallback_title="Recife")
        name = PLAIN_FILES.get(name, name)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        family = kind.partition("/")[0]
        path = self._folder / name
        data = path.read_bytes() if path.is_file() else name.encode()
        return Attachment(number, family if family in PLAIN_FILES else "file", path.name, kind, data)

    def _listen(self, event: str, subject: object, _changes: object) -> None:
        if event != "message_created" or not isinstance(subject, Message):
            return
        if isinstance(subject.sender, AgentBot):
            self.heard.append(self._as_heard(subject))
        elif subject.message_type in (ACTIVITY, TEMPLATE):
            self.remarks.append((subject.created_at, subject.content or ""))

    def _as_heard(self, message: Message) -> Heard:
        return Heard(
            self.name_of(message.conversation.contact),
            message.content or "",
            message.private,
            tuple(message.buttons),
            tuple(attachment.name for attachment in message.attachments),
            message.created_at,
        )


def _assignee(conversation: Conversation) -> str:
    if conversation.assignee is not None:
        return conversation.assignee.name
    return "bot" if conversation.assignee_bot is not None else "none"
