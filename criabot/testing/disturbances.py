"""Where faults take hold: the deliveries on their way, the calls of the API, the steps of the bot."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from criabot.testing.bot import Step
from criabot.testing.platform import Agent, ApiFault, Conversation, Delivery, Message, SimulatedPlatform, World
from criabot.testing.platform.delivery import RETRY_SECONDS, Post, encode
from criabot.testing.platform.lifecycle import create_message

if TYPE_CHECKING:
    from criabot.testing.simulator import Simulator

__all__ = [
    "EveryOther",
    "Joining",
    "Moment",
    "Overtaking",
    "OwnDoing",
    "again",
    "at_step",
    "between",
    "calls",
    "is_customers",
    "later",
    "steps",
    "unless",
    "until_taken",
    "with_another",
]

OVERTAKING_SECONDS = 0.1  # of the clock: less than a bot waits for stragglers
QUIET_SECONDS = 0.25  # of the clock: after so long without a message of the customer the next is answered at once
RESTART_SECONDS = 0.5  # of the clock
STATUS_EVENTS = ("conversation_opened", "conversation_resolved", "conversation_status_changed", "conversation_updated")
NOTEWORTHY = {"status", "assignee_id", "assignee_agent_bot_id", "team_id"}


@dataclass(slots=True)
class Moment:
    """What a fault does once.

    Attributes:
        what: as the transcript has it.
        is_takeover: whether the bot may say nothing after it.
        customer: in whose conversation; empty as long as it has not come to that.
    """

    what: str
    is_takeover: bool = False
    customer: str = ""


# -- hooks, put in and taken out again --------------------------------------------------------------------------


@contextmanager
def between(sim: Simulator, here: Callable[[Delivery, Post], Awaitable[None]]) -> Iterator[None]:
    """Let deliveries pass by here, then by what was there before."""
    deliveries = sim.platform.deliveries
    before = deliveries.between

    async def both(delivery: Delivery, post: Post) -> None:
        await here(delivery, post if before is None else partial(_past, before, post))

    deliveries.between = both
    try:
        yield
    finally:
        deliveries.between = before


async def _past(before: Callable[[Delivery, Post], Awaitable[None]], post: Post, delivery: Delivery) -> None:
    await before(delivery, post)


@contextmanager
def calls(sim: Simulator, fault: Callable[[str, str, dict[str, Any]], ApiFault | None]) -> Iterator[None]:
    """Ask here what goes wrong with a call of the API (method, path, body), then who was asked before."""
    gateway = sim.platform.gateway
    before = gateway.fault
    gateway.fault = lambda method, path, body: fault(method, path, body) or before(method, path, body)
    try:
        yield
    finally:
        gateway.fault = before


@contextmanager
def steps(sim: Simulator, here: Callable[[str, Conversation], None]) -> Iterator[None]:
    """Tell of each step in a conversation that is not resolved: there the bot has nothing to say."""
    bot, conversations = sim.bot, sim.platform.world.conversations
    before = bot.on_step

    def on_step(step: str, lane: str) -> None:
        before(step, lane)
        conversation = conversations.get(int(lane[1:])) if lane.startswith("c") else None
        if conversation is not None and conversation.status != "resolved":
            here(step, conversation)

    bot.on_step = on_step
    try:
        yield
    finally:
        bot.on_step = before


@contextmanager
def at_step(
    sim: Simulator, step: Step, nth: int, moment: Moment, act: Callable[[Conversation], None]
) -> Iterator[None]:
    """Do something when the bot comes to a step for the nth time."""
    left = nth

    def count(reached: str, conversation: Conversation) -> None:
        nonlocal left
        left -= reached == step
        if left == 0 and not moment.customer:
            moment.customer = sim.name_of(conversation.contact)
            sim.remark(moment.what)
            act(conversation)

    with steps(sim, count):
        yield


# -- what they do -----------------------------------------------------------------------------------------------


async def again(sim: Simulator, delivery: Delivery, post: Post, *, new_id: bool) -> None:
    """Send a delivery twice more: at once, and after the pause of a retry."""
    platform = sim.platform

    async def repeat() -> None:
        await platform.deliveries.repeat(delivery, new_id=new_id)

    await post(delivery)
    await repeat()
    platform.jobs.later(RETRY_SECONDS, repeat)


async def later(sim: Simulator, length: float, delivery: Delivery, post: Post) -> None:
    """Send a delivery so many seconds later."""
    sim.platform.jobs.later(length, partial(post, delivery))


async def unless(is_lost: Callable[[Delivery], bool], delivery: Delivery, post: Post) -> None:
    """Send a delivery unless it is lost."""
    if not is_lost(delivery):
        await post(delivery)


async def with_another(shown: dict[int | None, object], delivery: Delivery, post: Post) -> None:
    """Show the message that the event before has shown."""
    payload = json.loads(delivery.body)
    conversation = payload.get("conversation") or payload
    if present := conversation.get("messages"):
        conversation["messages"] = shown.get(delivery.conversation, present)
        shown[delivery.conversation] = present
    delivery.body = encode(payload)
    await post(delivery)


async def until_taken(sim: Simulator, delivery: Delivery, post: Post) -> None:
    """Wait while the bot is dead, and send again what it died of: it has given no answer."""
    bot, jobs = sim.bot, sim.platform.jobs
    if bot.is_alive:
        await post(delivery)
    if not bot.is_alive and not delivery.is_accepted:
        jobs.later(RESTART_SECONDS, partial(until_taken, sim, delivery, post))


class Overtaking:
    """Holds every other delivery of a conversation back, so that the next one of its kind comes before it."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self._held: dict[tuple[int | None, bool], Delivery] = {}
        self._wrote: dict[int | None, float] = {}

    async def __call__(self, delivery: Delivery, post: Post) -> None:
        """Send a delivery, or hold it back for a moment."""
        key = delivery.conversation, delivery.message is not None
        if self._is_first(delivery) or self._held.pop(key, None) is not None:
            await post(delivery)
        else:
            self._held[key] = delivery
            self._sim.platform.jobs.later(OVERTAKING_SECONDS, partial(self._release, key, delivery, post))

    async def _release(self, key: tuple[int | None, bool], delivery: Delivery, post: Post) -> None:
        if self._held.get(key) is delivery:
            del self._held[key]
        await post(delivery)

    def _is_first(self, delivery: Delivery) -> bool:
        if not is_customers(delivery):
            return False
        now = self._sim.now()
        before = self._wrote.get(delivery.conversation, 0.0)
        self._wrote[delivery.conversation] = now
        return now - before > QUIET_SECONDS


class OwnDoing:
    """Tells what the platform says of the bot's own doing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._changed: Counter[tuple[int | None, str, str]] = Counter()

    def is_begun_by(self, _method: str, path: str, body: dict[str, Any]) -> None:
        """Take a call in."""
        *_, number, action = path.split("/")
        status = body.get("status")
        conversation = self._world.conversations.get(int(number)) if action == "toggle_status" else None
        if conversation is not None and conversation.status != status:
            self._changed.update((conversation.id, event, str(status)) for event in STATUS_EVENTS)

    def is_told_by(self, delivery: Delivery) -> bool:
        """Whether a delivery tells of nothing else."""
        payload = json.loads(delivery.body)
        if delivery.message is not None:
            return delivery.event == "message_created" and (payload.get("sender") or {}).get("type") == "agent_bot"
        columns = {column for change in payload.get("changed_attributes") or () for column in change}
        if delivery.event == "conversation_updated" and not columns & NOTEWORTHY:
            return True
        key = delivery.conversation, delivery.event, payload.get("status", "")
        if not self._changed[key]:
            return False
        self._changed[key] -= 1
        return True


class Joining:
    """An agent who writes; the bot does not go on with that conversation until it has heard of it.

    Args:
        platform: where.
        agent: who.
    """

    def __init__(self, platform: SimulatedPlatform, agent: Agent) -> None:
        self._platform = platform
        self._agent = agent
        self._message: Message | None = None

    def write(self, conversation: Conversation) -> None:
        """Take over, and let the bot stand still where it is, until its lease has ended."""
        user = self._agent.user
        self._message = create_message(self._platform.core, conversation, "Eu assumo.", sender=user)
        raise asyncio.CancelledError

    def stop(self, step: str, conversation: Conversation) -> None:
        """Let the bot stand still, too, when it begins anew too early."""
        message = self._message
        if message is None or step != "claimed" or conversation is not message.conversation:
            return
        if not any(each.message == message.id and each.is_accepted for each in self._platform.deliveries.log):
            raise asyncio.CancelledError


class EveryOther:
    """Each call goes wrong once, and well when it is made again."""

    def __init__(self, fault: ApiFault) -> None:
        self._fault = fault
        self._calls: Counter[tuple[str, str, str]] = Counter()

    def __call__(self, method: str, path: str, body: dict[str, Any]) -> ApiFault | None:
        """What goes wrong with a call."""
        call = method, path, json.dumps(body, sort_keys=True)
        self._calls[call] += 1
        return self._fault if self._calls[call] % 2 else None


def is_customers(delivery: Delivery) -> bool:
    """Whether it brings what a customer has written."""
    return delivery.event == "message_created" and json.loads(delivery.body)["message_type"] == "incoming"
