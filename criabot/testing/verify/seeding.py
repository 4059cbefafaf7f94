"""The world in which the recordings were made."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from criabot.testing.platform import SimulatedPlatform, World, seed
from criabot.testing.platform.events import ALL_EVENTS
from criabot.testing.platform.world import Label
from criabot.testing.verify.scenarios import Json, Scenario, Step

__all__ = ["inboxes_from_before", "newly_made", "populate", "set_counters", "steps_that_made"]

KINDS = {
    "agent_bots": "bot",
    "agents": "user",
    "contacts": "contact",
    "conversations": "conversation",
    "inboxes": "inbox",
    "labels": "label",
    "messages": "message",
    "teams": "team",
    "webhooks": "webhook",
}
UNKNOWN = 900  # ids from here on are asked for because nothing has them
CREATIONS = {"message_created": "message", "conversation_created": "conversation", "contact_created": "contact"}


def populate(platform: SimulatedPlatform, scenario: Scenario, endpoint: str) -> dict[str, str]:
    """Add who and what was there in every recording; the tokens for the recording's placeholders."""
    core, secrets = platform.core, scenario.secrets
    if limit := re.search(r"a limit of (\d+) requests per minute", str(scenario.raw.get("description"))):
        platform.gateway.limit = int(limit[1])
    core.world.account.name = "E2E"
    core.world.account.settings["keep_pending_on_bot_failure"] = None  # was on for a while, before most recordings
    admin = seed.add_user(core, "Ada Admin", role="administrator", id=1, email="admin@example.com")
    agent = seed.add_user(core, "Gus Agent", id=2, email="agent@example.com")
    core.world.next_id("access_token", 3)
    bot = seed.add_bot(core, "pybot", id=1, outgoing_url=f"{endpoint}/agent-bot", **_given(secret=secrets["agent_bot"]))
    seed.add_team(core, "support", [agent], id=1)
    for number, title in enumerate(("vip", "billing"), 1):
        core.world.labels[number] = Label(number, title)
        core.world.taken("label", number)
    seed.add_webhook(core, f"{endpoint}/account-webhook", list(ALL_EVENTS), id=1, **_given(secret=secrets["account"]))
    api = _given(
        secret=secrets["api_inbox"],
        identifier=secrets["api_inbox_identifier"],
        hmac_token=secrets["api_inbox_hmac_token"],
    )
    platform.add_inbox("api", bot=bot, id=1, name="API inbox", webhook_url=f"{endpoint}/api-inbox", **api)
    web = _given(website_token=secrets["website_token"], hmac_token=secrets["web_inbox_hmac_token"])
    platform.add_inbox("widget", bot=bot, id=2, name="Web inbox", website_url="http://127.0.0.1", **web)
    return {
        "<admin-token>": admin.access_token,
        "<agent-token>": agent.access_token,
        "<bot-token>": bot.access_token.token,
    }


def _given(**values: Any) -> Json:
    return {name: value for name, value in values.items() if value}


def inboxes_from_before(scenario: Scenario) -> set[int]:
    """Ids of inboxes that a scenario uses and does not make."""
    made = {row.get("inbox") for row in newly_made(scenario.steps)}
    seen = {(hook.body.get("inbox") or {}).get("id") for hook in scenario.hooks}
    seen |= {int(n) for step in scenario.steps for n in re.findall(r"/inboxes/(\d+)/", str(step.request.get("path")))}
    known = {number for number in seen if isinstance(number, int) and number < UNKNOWN}
    return known - made - {1, 2}


def steps_that_made(inbox: int, scenarios: Sequence[Scenario]) -> tuple[Scenario, list[Step]] | None:
    """The scenario and its steps that made an inbox and connected the bot to it."""
    for scenario in scenarios:
        begin = next((n for n, row in enumerate(newly_made(scenario.steps)) if row.get("inbox") == inbox), None)
        if begin is not None:
            connected = [
                step for step in scenario.steps if f"/inboxes/{inbox}/set_agent_bot" in str(step.request["path"])
            ]
            return scenario, [scenario.steps[begin], *connected[:1]]
    return None


# -- ids --------------------------------------------------------------------------------------------------------


def set_counters(world: World, made: dict[str, int]) -> None:
    """Let the next new records have the ids of the recording, unless something has them already."""
    for kind, table in _tables(world).items():
        free = max([0, *table]) + 1
        wanted = made.get(kind, free)
        world.next_id(kind, max(world.next_id(kind), free) if wanted in table or kind not in made else wanted)


def _tables(world: World) -> dict[str, Mapping[int, Any]]:
    return {
        "bot": world.bots,
        "contact": world.contacts,
        "conversation": world.conversations,
        "inbox": world.inboxes,
        "label": world.labels,
        "message": world.messages,
        "team": world.teams,
        "user": world.users,
        "webhook": world.webhooks,
    }


def newly_made(steps: list[Step]) -> list[dict[str, int]]:
    """For each step, the smallest new id of each kind of record that it makes."""
    activities = {number for step in steps for number in _messages(step)}
    activities -= {number for step in steps for kind, number in _made(step) if kind == "message"}
    seen: dict[str, set[int]] = defaultdict(set)
    made = []
    for step in steps:
        smallest: dict[str, int] = {}
        for kind, number in sorted(_made(step)):
            if number not in seen[kind]:
                smallest.setdefault(kind, number)
            seen[kind].add(number)
        if "message" in smallest:
            smallest["message"] = _first_of_run(smallest["message"], activities)
        made.append(smallest)
    return made


def _first_of_run(number: int, activities: set[int]) -> int:
    """Activities have no webhook: they are known only from later reads, just below the message they came with."""
    while number - 1 in activities:
        number -= 1
    return number


def _made(step: Step) -> Iterator[tuple[str, int]]:
    for hook in step.hooks:
        kind = CREATIONS.get(hook.event)
        if kind is not None and isinstance(hook.subject, int):
            yield kind, hook.subject
        conversation = hook.body.get("conversation") or {}
        if hook.event == "message_created" and isinstance(conversation.get("id"), int):
            yield "conversation", conversation["id"]
    path = str(step.request.get("path") or "").partition("?")[0].rstrip("/")
    kind = KINDS.get(path.rpartition("/")[2])
    body = step.response.get("body")
    if kind and step.request["method"] == "POST" and isinstance(number := _id_of(body), int):
        yield kind, number
    if isinstance(number := step.response.get("result"), int) and "inbox" in step.does:
        yield "inbox", number


def _id_of(body: Any) -> Any:
    if not isinstance(body, dict):
        return None
    inner = body.get("payload")
    inner = inner if isinstance(inner, dict) else {}
    inner = inner.get("contact") or inner.get("webhook") or inner
    return body.get("id") or inner.get("id")


def _messages(step: Step) -> Iterator[int]:
    todo: list[Any] = [step.response.get("body")]
    while todo:
        value = todo.pop()
        if isinstance(value, list):
            todo += value
        elif isinstance(value, dict):
            todo += value.values()
            if "message_type" in value and isinstance(value.get("id"), int):
                yield value["id"]
