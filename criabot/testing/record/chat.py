"""From what happened in a conversation to the script that plays it again."""

from __future__ import annotations

import json
import mimetypes
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil, inf
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from criabot.errors import ScriptError
from criabot.platform.parts import Attachment, MessageFields, Sender
from criabot.testing.record.cast import Cast
from criabot.testing.record.story import Changed, Said, Story, Updated
from criabot.testing.scripts import Script, parse
from criabot.testing.scripts.language import CUSTOMER, Act, AgentStep, ClockStep, CustomerStep, Fact, Step
from criabot.testing.scripts.stage import Heard
from criabot.testing.scripts.text import duration, listed

__all__ = ["chat"]

CHANNELS = {
    "Api": "api", "WebWidget": "widget", "Whatsapp": "whatsapp", "Telegram": "telegram", "FacebookPage": "messenger",
    "Instagram": "instagram", "Email": "email", "Sms": "sms", "TwilioSms": "twilio",
}  # fmt: skip
ANSWERED_IN_PLACE = ("api", "widget")  # elsewhere a tap is a message of the customer
PLAYABLE = ("image", "audio", "video", "file", "location")
VERBS = {"open": "opens", "resolved": "resolves", "pending": "pending", "snoozed": "snoozes"}
BOT, NOBODY = "bot", ""

# milliseconds
ASIDE = 60_000  # that pass without a word of it
PATIENCE = 300_000  # the same before the bot's first answer, which may have taken its time
AT_ONCE = 30_000  # between two messages of a customer whom nobody answers in between
PROMPT = 10_000  # within which a bot changes a conversation: whoever does so later is a person
REOPENS = 2_000  # within which a customer's message reopens a conversation
GRAINS = ((600, 10), (7200, 60), (172_800, 600), (inf, 3600))
"""Up to how many seconds a gap is rounded up to which multiple: what the bot's timers caused comes after it."""


def chat(story: Story) -> str:
    """The script of a conversation, under other names; what cannot be told in a script is in comments."""
    writer = _Writer(story, Cast.of(story))
    for happening in story.happenings:
        match happening:
            case Said():
                writer.said(happening.at, happening.message)
            case Updated():
                writer.updated(happening.at, happening.message)
            case Changed():
                writer.changed(happening)
    return writer.text()


class _Writer:
    """Writes line by line; what the bot has changed is told before anybody acts again, as it is by then."""

    def __init__(self, story: Story, cast: Cast) -> None:
        channel = str(story.start.channel or "").removeprefix("Channel::")
        self._story = story
        self._cast = cast
        self._channel = CHANNELS.get(channel)
        self._lines: list[str] = []
        self._at = 0
        self._speaker = NOBODY
        self._agent = next(iter(cast.agents.values()), "Ana")
        self._question = 0
        self._offers: dict[str, str] = {}
        self._contents: dict[int, str | None] = {}
        self._remarked: set[str] = set()
        self._facts: dict[str, str] = {}
        self._told: dict[str, str] = {"status": str(story.start.status)}
        if self._channel is None:
            self._remark(f"the channel is {channel or 'not told'}")
        if story.start.status != "pending":
            self._remark(f"when this begins the conversation is {story.start.status}")

    def text(self) -> str:
        """The whole script."""
        self._tell_facts()
        head = Script(channel=self._channel, contacts={CUSTOMER: self._cast.customer})
        return "\n".join((*_about(self._story), str(head), *self._lines, ""))

    # -- messages -----------------------------------------------------------------------------------------------

    def said(self, at: int, message: MessageFields) -> None:
        """Somebody has written."""
        self._contents[message.id] = message.content
        kind = message.sender.kind if message.sender is not None else ""
        if kind == "agent_bot" or message.marker is not None:
            self._bot_says(at, message)
        elif kind == "user" and message.sender is not None:
            self._agent_says(at, message, message.sender)
        elif kind == "contact" and message.message_type == "incoming":
            self._customer_says(at, message)
        else:
            self._remark(f"the inbox says: {self._words(message)}")

    def _customer_says(self, at: int, message: MessageFields) -> None:
        in_place = self._channel in ANSWERED_IN_PLACE or message.attachments
        title = None if in_place else self._offers.get(message.content or "")
        self._customer_acts(at, self._written(message) if title is None else Act("taps", text=title))

    def _customer_acts(self, at: int, act: Act) -> None:
        is_at_once = self._speaker == CUSTOMER and at - self._at <= AT_ONCE
        self._act(at, CUSTOMER, CustomerStep(act, at_once=is_at_once))

    def _agent_says(self, at: int, message: MessageFields, agent: Sender) -> None:
        act = Act("notes", text=self._words(message)) if message.private else self._written(message)
        is_takeover = self._speaker == CUSTOMER and self._now("status") == "pending" and at - self._at <= PROMPT
        self._agent = self._cast.agents[agent.id]
        self._act(at, self._agent, AgentStep(act, self._agent, at_once=is_takeover))

    def _bot_says(self, at: int, message: MessageFields) -> None:
        self._pass_time(at, PATIENCE if self._speaker == CUSTOMER else ASIDE)
        titles = self._ask(message)
        files = [self._cast.disguise(_name(each)) for each in message.attachments or ()]
        heard = Heard(CUSTOMER, self._words(message), bool(message.private), tuple(titles), tuple(files))
        self._add(replace(heard.step, to=None))
        self._at, self._speaker = at, BOT

    def _ask(self, message: MessageFields) -> list[str]:
        """The buttons of a message; what a customer may send for them is kept."""
        items = (message.content_attributes or {}).get("items") if message.content_type == "input_select" else None
        items = [item for item in items or () if isinstance(item, dict)]
        titles = [str(item.get("title", "")) for item in items]
        shown = [self._cast.disguise(title) for title in titles]
        if shown:
            values = [str(item.get("value", "")) for item in items]
            self._question = message.id
            self._offers = dict(zip(values, shown, strict=True)) | dict(zip(titles, shown, strict=True))
        return shown

    def _written(self, message: MessageFields) -> Act:
        files = [each for each in message.attachments or () if each.file_type in PLAYABLE]
        for each in message.attachments or ():
            if each.file_type not in PLAYABLE:
                self._remark(f"the next message has an attachment of the kind {each.file_type}")
        text = self._words(message)
        return Act("sends", listed(map(_plain_name, files)), text) if files else Act("says", text=text)

    def _words(self, message: MessageFields) -> str:
        return self._cast.disguise(message.content or "")

    # -- what becomes of messages -------------------------------------------------------------------------------

    def updated(self, at: int, message: MessageFields) -> None:
        """A message is another than it was: there is an answer in it, it was edited, or did not arrive."""
        attributes = message.content_attributes or {}
        if answer := attributes.get("submitted_values") or attributes.get("submitted_email"):
            self._answered(at, message, answer)
        elif attributes.get("deleted"):
            self._remark_once(message, "has been deleted")
        elif error := attributes.get("external_error"):
            self._remark_once(message, f"has not arrived: {self._cast.disguise(str(error))}")
        elif message.content != self._contents.get(message.id, message.content):
            self._remark_once(message, f"has been changed to: {self._words(message)}")

    def _answered(self, at: int, message: MessageFields, answer: Any) -> None:
        first = answer[0] if isinstance(answer, list) and isinstance(answer[0], dict) else {}
        given = json.dumps(answer, ensure_ascii=False)
        title = self._offers.get(str(first.get("title")))
        if not self._is_new(f"{message.id} {given}"):
            return
        if message.content_type == "input_select" and message.id == self._question and title is not None:
            self._customer_acts(at, Act("taps", text=title))
        else:
            self._remark(f"the customer answers the {message.content_type}: {self._cast.disguise(given)}")

    def _remark_once(self, message: MessageFields, what: str) -> None:
        if message.id in self._contents and self._is_new(f"{message.id} {what}"):
            self._remark(f"the message {self._cast.disguise(repr(self._contents[message.id] or ''))} {what}")

    def _is_new(self, remark: str) -> bool:
        is_new = remark not in self._remarked
        self._remarked.add(remark)
        return is_new

    # -- the conversation ---------------------------------------------------------------------------------------

    def changed(self, change: Changed) -> None:
        """Somebody has changed the conversation; webhooks do not tell who."""
        value = self._value(change)
        if value == self._now(change.name) or not value:
            return
        if self._is_platforms(change) or self._is_bots(change):
            self._facts[change.name] = value
            return
        if act := self._agents_act(change, value):
            self._act(change.at, self._agent, AgentStep(act, self._agent))
        else:
            self._remark(f"an agent sets {change.name}: {value}")
        self._told[change.name] = value
        self._facts.pop(change.name, None)

    def _value(self, change: Changed) -> str:
        """What it is now, as a script says it."""
        disguise, value = self._cast.disguise, change.value
        match change.name:
            case "assignee" if isinstance(value, Sender):
                return self._cast.agents[value.id]
            case "labels":
                return listed(map(disguise, value or ())) or "none"
            case "attributes":
                return listed(f"{key}={disguise(str(each))}" for key, each in (value or {}).items())
            case _:
                return "none" if value is None else disguise(str(value))

    def _is_platforms(self, change: Changed) -> bool:
        """Whether it is the customer's message that has reopened the conversation."""
        was_closed = change.name == "status" and self._now("status") in ("resolved", "snoozed")
        return was_closed and self._speaker == CUSTOMER and change.at - self._at <= REOPENS

    def _is_bots(self, change: Changed) -> bool:
        if change.at - self._at > PROMPT:
            return False
        is_asked = self._speaker == CUSTOMER and self._now("status") == "pending"
        if is_asked or self._speaker == BOT:
            self._at, self._speaker = change.at, BOT
            return True
        return False

    def _agents_act(self, change: Changed, value: str) -> Act | None:
        """What an agent does to have it so; None when a script has no words for it."""
        match change.name, value:
            case "status", "snoozed":
                left = (change.until or 0) - change.at
                return Act("snoozes", duration(_rounded(left)) if left > 0 else "")
            case "status", _ if value in VERBS:
                return Act(VERBS[value])
            case "assignee", "none":
                return Act("unassigns")
            case "assignee", _ if value != "bot":
                self._agent = self._agent if self._speaker == self._agent else value
                return Act("takes it") if value == self._agent else Act("assigns", value)
            case "team", _ if value != "none":
                return Act("assigns", f"team {value}")
            case "labels", _:
                return Act("labels", "" if value == "none" else value)
        return None

    def _now(self, name: str) -> str | None:
        return self._facts.get(name, self._told.get(name))

    def _tell_facts(self) -> None:
        for name, value in self._facts.items():
            self._add(Fact(name, value))
        self._told |= self._facts
        self._facts.clear()

    # -- lines --------------------------------------------------------------------------------------------------

    def _act(self, at: int, speaker: str, step: CustomerStep | AgentStep) -> None:
        if not step.at_once:
            self._pass_time(at, ASIDE)
            self._tell_facts()
        self._add(step)
        self._at, self._speaker = at, speaker

    def _pass_time(self, at: int, aside: int) -> None:
        if self._at and at - self._at >= aside:
            self._tell_facts()
            self._add(ClockStep(_rounded(at - self._at)))

    def _add(self, step: Step) -> None:
        """A line, or a comment when the language has no way to say it, such as a message without anything in it."""
        if _is_readable(step):
            self._lines.append(str(step))
        else:
            self._remark(f"{str(step).removesuffix(' ')} (cannot be played)")

    def _remark(self, text: str) -> None:
        self._lines.append(f"# {' '.join(text.split())}")


def _about(story: Story) -> tuple[str, ...]:
    """What a reader has to know."""
    began = datetime.fromtimestamp(story.happenings[0].at / 1000, UTC)
    about = f"# Recorded on {began:%Y-%m-%d}. Names, numbers and addresses are made up; read it before you share it."
    if not any(isinstance(happening, Changed) for happening in story.happenings):
        return (about,)
    return about, "# Who has changed a status, an assignee or labels is not told by webhooks: it is a guess."


def _is_readable(step: Step) -> bool:
    try:
        return parse(str(step)).steps == (step,)
    except ScriptError:
        return False


def _rounded(milliseconds: int) -> int:
    seconds = milliseconds / 1000
    grain = next(grain for limit, grain in GRAINS if seconds <= limit)
    return ceil(seconds / grain) * grain


def _name(attachment: Attachment) -> str:
    return unquote(PurePosixPath(urlsplit(attachment.data_url or "").path).name) or _plain_name(attachment)


def _plain_name(attachment: Attachment) -> str:
    """A name that tells the kind of file and nothing of whose it is."""
    kind = attachment.file_type or "file"
    suffix = attachment.extension or PurePosixPath(urlsplit(attachment.data_url or "").path).suffix.removeprefix(".")
    name = f"{kind}.{suffix}" if suffix.isalnum() else kind
    guessed = (mimetypes.guess_type(name)[0] or "").partition("/")[0]
    if kind == "file":
        return name if suffix.isalnum() and guessed not in ("image", "audio", "video") else "file.bin"
    return name if guessed == kind else kind
