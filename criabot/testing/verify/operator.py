"""What the operator of the recorded server did, in prose: done to the simulator."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from criabot.testing.platform import Conversation, SimulatedPlatform
from criabot.testing.platform.contacts import create_in_inbox
from criabot.testing.platform.conversations import create_conversation
from criabot.testing.platform.inboxes import announce
from criabot.testing.platform.lifecycle import create_message
from criabot.testing.platform.world import Attachment
from criabot.testing.verify.crowd import Crowd
from criabot.testing.verify.pace import Clock, Pace
from criabot.testing.verify.requests import Requests
from criabot.testing.verify.scenarios import Json, Scenario, Step
from criabot.testing.verify.seeding import set_counters
from criabot.testing.verify.sockets import Sockets

__all__ = ["Operator", "Unknown"]

INCOMING = 0
ENUM = {"incoming": 0, "outgoing": 1, "activity": 2, "template": 3}
CHANNELS = {
    "Facebook": "messenger",
    "Instagram": "instagram",
    "e-mail": "email",
    "Twilio": "twilio",
    "SMS": "sms",
    "WhatsApp": "whatsapp",
    "Telegram": "telegram",
    "API": "api",
}
MARKING = {
    "status": ("toggle_status", "<bot-token>"),
    "priority": ("toggle_priority", "<agent-token>"),
    "assignee_id": ("assignments", "<agent-token>"),
    "labels": ("labels", "<agent-token>"),
    "custom_attributes": ("custom_attributes", "<agent-token>"),
}
CROWD_SECONDS = 0.1

Act: TypeAlias = "Callable[[Operator, Step, re.Match[str]], Awaitable[None]]"
ACTS: list[tuple[re.Pattern[str], Act]] = []


class Unknown(Exception):
    """Nobody taught the operator what this step's prose means."""


def act(pattern: str) -> Callable[[Act], Act]:
    """Register what to do when a step's prose contains a pattern."""

    def register(doing: Act) -> Act:
        ACTS.append((re.compile(pattern), doing))
        return doing

    return register


@dataclass(slots=True)
class Operator:
    """Carries out the steps of actor ``server``."""

    scenario: Scenario
    platform: SimulatedPlatform
    requests: Requests
    clock: Clock
    pace: Pace
    sockets: Sockets

    async def do(self, step: Step) -> None:
        """Carry out a step.

        Raises:
            Unknown: its prose says something new.
        """
        for pattern, doing in ACTS:
            if match := pattern.search(step.does):
                await doing(self, step, match)
                return
        raise Unknown(step.does)

    async def post(self, step: Step, path: str, body: Any, *, token: str = "") -> Json:
        """Ask the simulator for something that is no step of the recording."""
        headers = {"Content-Type": "application/json"} | ({"api_access_token": token} if token else {})
        request = {"method": "POST", "path": path, "headers": headers, "body": body}
        return await self.requests.ask(Step(step.number, {**step.raw, "request": request}))

    def conversation(self) -> Conversation:
        """The newest conversation."""
        return self.platform.world.conversations[max(self.platform.world.conversations)]


# -- the clock and the worker -----------------------------------------------------------------------------------


@act(r"watched for (\d+) s")
async def _watch(operator: Operator, step: Step, match: re.Match[str]) -> None:
    await operator.pace.until(step.at + int(match[1]))


@act(r"next full minute of the clock")
async def _next_minute(operator: Operator, step: Step, _match: re.Match[str]) -> None:
    await operator.pace.until((operator.clock() // 60 + 1) * 60 - operator.clock.began)


@act(r"worker is stopped")
async def _stop(operator: Operator, _step: Step, _match: re.Match[str]) -> None:
    await operator.platform.jobs.stop()


@act(r"worker is killed")
async def _kill(operator: Operator, _step: Step, _match: re.Match[str]) -> None:
    operator.platform.jobs.kill()


@act(r"worker is started")
async def _start(operator: Operator, _step: Step, _match: re.Match[str]) -> None:
    operator.platform.jobs.start()


@act(r"deliveries of the burst|^nothing$|watched for up to")
async def _nothing(_operator: Operator, _step: Step, _match: re.Match[str]) -> None:
    return


# -- settings ---------------------------------------------------------------------------------------------------


@act(r"changes the account setting")
async def _setting(operator: Operator, step: Step, _match: re.Match[str]) -> None:
    name, _, value = step.label.partition("=")
    operator.platform.world.account.settings[name] = value == "True"


@act(r"inbox bot is (disconnected|connected)")
async def _connection(operator: Operator, _step: Step, match: re.Match[str]) -> None:
    world = operator.platform.world
    world.inboxes[1].bot = world.bots[1] if match[1] == "connected" else None


@act(r"inbox is created while the server setting for inbox events is on")
async def _inbox_events(operator: Operator, step: Step, _match: re.Match[str]) -> None:
    operator.platform.events.inbox_events = True
    body = {"name": "API inbox", "channel": {"type": "api", "webhook_url": ""}}
    await operator.post(step, "/api/v1/accounts/1/inboxes", body, token="<admin-token>")  # noqa: S106


@act(r"its name and greeting are changed")
async def _inbox_change(operator: Operator, step: Step, _match: re.Match[str]) -> None:
    changed = (
        step.hooks[0].body["changed_attributes"] if step.hooks else [{"greeting_enabled": {"current_value": True}}]
    )
    body = {name: values["current_value"] for each in changed for name, values in each.items() if name != "updated_at"}
    path = f"/api/v1/accounts/1/inboxes/{step.response['result']}"
    request = {"method": "PATCH", "path": path, "headers": {"api_access_token": "<admin-token>"}, "body": body}
    request["headers"]["Content-Type"] = "application/json"  # type: ignore[index]
    await operator.requests.ask(Step(step.number, {**step.raw, "request": request}))


@act(r"creates an? (.*) channel .*and its inbox in the database")
async def _channel(operator: Operator, step: Step, match: re.Match[str]) -> None:
    channel = next(channel for word, channel in CHANNELS.items() if word in match[1])
    made: Json = next((hook.body for hook in step.hooks if hook.event == "inbox_created"), {})
    row: Json = made.get("channel") or {}
    columns = {name: row[name] for name in row if name not in ("id", "account_id", "created_at", "updated_at")}
    platform = operator.platform
    number = step.response.get("result")
    name = _inbox_name(operator.scenario, number) or f"{channel} inbox"
    inbox = platform.add_inbox(channel, id=number, name=name, **columns)
    inbox.bot = None
    platform.events.inbox_events = bool(made)
    announce(platform.core, inbox)


def _inbox_name(scenario: Scenario, number: Any) -> str:
    inboxes = (hook.body.get("inbox") or {} for hook in scenario.hooks)
    return next((str(inbox["name"]) for inbox in inboxes if inbox.get("id") == number), "")


# -- messages ---------------------------------------------------------------------------------------------------


@act(r"message .*is stored by the server itself")
async def _stored(operator: Operator, step: Step, _match: re.Match[str]) -> None:
    made = next(hook.body for hook in step.hooks if hook.event == "message_created")
    conversation = operator.conversation()
    kind = ENUM[made["message_type"]]
    create_message(
        operator.platform.core,
        conversation,
        made["content"],
        message_type=kind,
        sender=conversation.contact if kind == INCOMING else None,
        content_attributes=dict(made["content_attributes"]),
        attachments=[_attachment(operator, each) for each in made.get("attachments") or ()],
        source_id=made["source_id"],
        status=made["conversation"]["messages"][0]["status"],
    )


def _attachment(operator: Operator, made: Json) -> Attachment:
    return Attachment(
        operator.platform.world.new_id("attachment"),
        made["file_type"],
        fallback_title=made.get("fallback_title"),
        latitude=made.get("coordinates_lat") or 0.0,
        longitude=made.get("coordinates_long") or 0.0,
        external_url=made.get("data_url"),
        meta=made.get("meta") or {},
    )


@act(r"ages the customer's messages by (\d+) hours")
async def _age(operator: Operator, _step: Step, match: re.Match[str]) -> None:
    for message in operator.platform.world.messages.values():
        if message.message_type == INCOMING:
            message.created_at -= int(match[1]) * 3600


@act(r"(\d+) bot messages are posted into one conversation by (\d+) connections")
async def _flood(operator: Operator, step: Step, match: re.Match[str]) -> None:
    path = f"/api/v1/accounts/1/conversations/{operator.conversation().id}/messages"
    statuses: Counter[str] = Counter()
    for number in range(int(match[1])):
        answer = await operator.post(step, path, {"content": f"{number}"}, token="<bot-token>")  # noqa: S106
        statuses[f"{answer['status']}"] += 1
    recorded = step.response["result"]["codes"]
    surplus = [abs(count - statuses[code]) for code, count in recorded.items()]
    if max(surplus) >= int(match[2]):  # each connection but one may slip past the limit
        raise RuntimeError(f"the answers were {dict(statuses)} instead of {recorded}")


@act(r"(\d+) contacts, conversations and first messages are created")
async def _crowd(operator: Operator, step: Step, match: re.Match[str]) -> None:
    core = operator.platform.core
    inbox = core.world.inboxes[1]
    for member in Crowd(operator.scenario).members(int(match[1])):
        set_counters(
            core.world, {"contact": member.contact, "conversation": member.conversation, "message": member.message}
        )
        row = create_in_inbox(core, inbox, **member.fields)
        conversation = create_conversation(core, row)
        create_message(core, conversation, member.content, message_type=INCOMING, sender=row.contact)
        operator.clock.now += CROWD_SECONDS


@act(r"statuses, labels, assignees, priorities are set")
async def _marks(operator: Operator, step: Step, _match: re.Match[str]) -> None:
    crowd = Crowd(operator.scenario)
    size = len(operator.platform.world.conversations)
    members = {member.number: member.conversation for member in crowd.members(size)}
    for number, marks in sorted(crowd.marks(size).items()):
        for mark, value in marks.items():
            action, token = MARKING[mark]
            path = f"/api/v1/accounts/1/conversations/{members[number]}/{action}"
            await operator.post(step, path, {mark: value}, token=token)
        operator.clock.now += CROWD_SECONDS


@act(r"a mail arrives")
async def _mail(operator: Operator, step: Step, _match: re.Match[str]) -> None:
    operator.platform.mail_arrives(operator.requests.text(step.request["body"]["raw"]))


@act(r"provider posts (\d+) text messages \"(\w+) \d+\"….*?(?:every (\d+) ms|as fast as)")
async def _provider_burst(operator: Operator, step: Step, match: re.Match[str]) -> None:
    earlier = [each for each in operator.scenario.steps[: step.number] if each.actor == "provider"]
    single = next(each for each in reversed(earlier) if _text_of(each.request["body"]) is not None)
    for number in range(1, int(match[1]) + 1):
        body = copy.deepcopy(single.request["body"])
        _rewrite(body, f"{match[2]} {number:02d}", 100 * step.number + number)
        await operator.requests.ask(Step(step.number, {**single.raw, "request": {**single.request, "body": body}}))
        await operator.pace.until(step.at + number * int(match[3] or 0) / 1000)


def _text_of(body: Any) -> Json | None:
    """The message inside a provider's request that carries a plain text."""
    todo = [body]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            if isinstance(value.get("text"), str | dict) and ("id" in value or "message_id" in value):
                return value
            todo += value.values()
        elif isinstance(value, list):
            todo += value
    return None


def _rewrite(body: Any, text: str, number: int) -> None:
    message = _text_of(body)
    if message is None:
        return
    if isinstance(message["text"], dict):
        message["text"]["body"] = text
    else:
        message["text"] = text
    if "id" in message:
        message["id"] = f"{message['id']}{number}"
    else:
        message["message_id"] += number % 100 + 100


# -- sockets and who is online ----------------------------------------------------------------------------------


@act(r"sockets subscribe")
async def _subscribed(operator: Operator, step: Step, _match: re.Match[str]) -> None:
    await operator.sockets.subscribe()
    await operator.sockets.read(step.number)


@act(r"the (\w+) socket performs update_presence")
async def _present(operator: Operator, step: Step, match: re.Match[str]) -> None:
    await operator.sockets.present(match[1])
    await operator.sockets.read(step.number)


@act(r"the (\w+) socket .*and then unsubscribes")
async def _unsubscribed(operator: Operator, step: Step, match: re.Match[str]) -> None:
    await operator.sockets.unsubscribe(match[1])
    await operator.sockets.read(step.number)
