"""A recorded scenario, played against the simulator."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import ClientSession, DummyCookieJar

from criabot.testing.platform import SimulatedPlatform
from criabot.testing.verify.comparison import MISSING, Difference, differences
from criabot.testing.verify.earlier import add_earlier
from criabot.testing.verify.endpoint import Endpoint
from criabot.testing.verify.names import Names
from criabot.testing.verify.operator import Operator, Unknown
from criabot.testing.verify.pace import Clock, Pace
from criabot.testing.verify.pairing import Pairing, hook_differences, order_differences, pair, races
from criabot.testing.verify.providers import Providers
from criabot.testing.verify.requests import ENDPOINT, OTHER_TOKEN, PLATFORM, Requests
from criabot.testing.verify.scenarios import Hook, Json, Scenario, Step, in_server_order
from criabot.testing.verify.seeding import inboxes_from_before, newly_made, populate, set_counters, steps_that_made
from criabot.testing.verify.sockets import Sockets, frame_differences

__all__ = ["Found", "Outcome", "replay"]

TOKEN_KEYS = ("auth_token", "authToken")
LAST_SECONDS = 1.0
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Found:
    """A difference, and the step it belongs to."""

    step: Step
    difference: Difference


@dataclass(slots=True)
class Outcome:
    """How a scenario went.

    Attributes:
        found: every difference.
        steps: answers that match, of all.
        hooks: webhooks that match, of all recorded.
        provider: provider's requests that match, of all recorded.
    """

    scenario: Scenario
    found: list[Found] = field(default_factory=list)
    steps: tuple[int, int] = (0, 0)
    hooks: tuple[int, int] = (0, 0)
    provider: tuple[int, int] = (0, 0)


async def replay(scenario: Scenario, others: Sequence[Scenario] = (), *, seconds: float = SECONDS) -> Outcome:
    """Play a scenario against a new simulator.

    Args:
        scenario: what to play.
        others: scenarios of the same server, of which one may have made an inbox that this one uses.
        seconds: of real time; a scenario that takes longer hangs.
    """
    try:
        return await _replay(scenario, others, seconds)
    except TimeoutError:
        broken = Difference("replay", "done", f"not done after {seconds:g} s")
    except Exception as error:  # whatever breaks is a difference
        broken = Difference("replay", "done", f"{type(error).__name__}: {error}")
    steps, provider = scenario.steps, sum(len(step.provider) for step in scenario.steps)
    return Outcome(scenario, [Found(steps[0], broken)], (0, len(steps)), (0, len(scenario.hooks)), (0, provider))


async def _replay(scenario: Scenario, others: Sequence[Scenario], seconds: float) -> Outcome:
    clock, names = Clock(scenario.began), Names(scenario.began)
    platform = SimulatedPlatform(version=scenario.version, clock=clock, empty=True)
    endpoint = Endpoint(scenario, lambda: clock.elapsed, lambda path: _secret(platform, path), names)
    async with endpoint, platform, ClientSession(cookie_jar=DummyCookieJar()) as session:
        names.texts[ENDPOINT], names.texts[PLATFORM] = endpoint.url, platform.url
        tokens = populate(platform, scenario, endpoint.url)
        tokens |= {"<provider-token>": OTHER_TOKEN, "<platform-token>": OTHER_TOKEN}
        platform.world.rows["platform_apps"][1] = {"access_token": OTHER_TOKEN}
        requests = Requests(session, platform.url, names, tokens)
        pace = Pace(clock, platform, endpoint)
        sockets = Sockets(session, platform)
        operator = Operator(scenario, platform, requests, clock, pace, sockets)
        try:
            async with asyncio.timeout(seconds):
                await _make_inboxes(scenario, others, operator)
                add_earlier(platform, scenario)
                endpoint.hooks.clear()
                providers = Providers(platform, scenario.steps)
                player = _Player(scenario, platform, endpoint, requests, operator, pace, names, providers)
                return await player.play()
        finally:
            await sockets.close()


async def _make_inboxes(scenario: Scenario, others: Sequence[Scenario], operator: Operator) -> None:
    """What an earlier scenario had made."""
    for inbox in sorted(inboxes_from_before(scenario)):
        if (found := steps_that_made(inbox, others)) is None:
            continue
        maker, steps = found
        for step in steps:
            set_counters(operator.platform.world, {"inbox": inbox})
            Providers(operator.platform, [step]).step = step
            if step.does:
                await replace(operator, scenario=maker).do(step)
            else:
                await operator.requests.ask(step)
            await operator.platform.settle()


def _secret(platform: SimulatedPlatform, path: str) -> str | None:
    """The key of whoever posts to a path."""
    world = platform.world
    senders = [(bot.outgoing_url, bot.secret) for bot in world.bots.values()]
    senders += [(webhook.url, webhook.secret) for webhook in world.webhooks.values()]
    senders += [(str(i.channel.get("webhook_url")), str(i.channel.get("secret"))) for i in world.inboxes.values()]
    known = next((secret for url, secret in senders if url.endswith(path)), None)
    return known or (world.bots[1].secret if path.startswith("/agent-bot") else None)


@dataclass(slots=True)
class _Player:
    scenario: Scenario
    platform: SimulatedPlatform
    endpoint: Endpoint
    requests: Requests
    operator: Operator
    pace: Pace
    names: Names
    provider: Providers
    found: list[Found] = field(default_factory=list)

    async def play(self) -> Outcome:
        steps = self.scenario.steps
        made = newly_made(steps)
        order = in_server_order(steps)
        for step, following in zip(order, [*order[1:], None], strict=True):
            await self.pace.until(step.at)
            self.endpoint.step = step.number
            set_counters(self.platform.world, made[step.number])
            self.provider.step = step
            self.platform.events.inbox_events = any(hook.event.startswith("inbox_") for hook in step.hooks)
            await self._step(step)
            await self.pace.until(following.at if following else step.at + step.seconds + LAST_SECONDS)
            await self.operator.sockets.read(step.number)
            self._learn(step)
        right = len(steps) - len({id(each.step) for each in self.found if each.difference.where[:8] != "provider"})
        pairing = pair(steps, self.endpoint.hooks, self.names)
        hooks = self._compare_hooks(pairing)
        frames = frame_differences(steps, self.operator.sockets.frames, self.endpoint.hooks, self.names)
        self.found += [Found(*each) for each in frames]
        for step, found in self.provider.compare(self.names):
            self._tell(step, found)
        provider = self.provider.right, sum(len(step.provider) for step in steps)
        return Outcome(self.scenario, self.found, (right, len(steps)), hooks, provider)

    # -- answers ------------------------------------------------------------------------------------------------

    async def _step(self, step: Step) -> None:
        try:
            if step.does:
                await self.operator.do(step)
                return
            answer = await self.requests.ask(step)
        except Unknown as unknown:
            self._tell(step, [Difference("operator", str(unknown), "nobody taught the replay what this means")])
            return
        except Exception as error:  # whatever breaks is a difference of this step
            self._tell(step, [Difference("replay", "done", f"{type(error).__name__}: {error}")])
            return
        self._tell(step, self._answer_differences(step, answer))
        await self.platform.settle()
        self._remember_token(answer)

    def _answer_differences(self, step: Step, answer: Json) -> list[Difference]:
        recorded = step.response
        if recorded.get("status") != answer["status"]:
            told = Difference("status", recorded.get("status"), answer["status"])
            return [told, Difference("body", _content(recorded), _content(answer))]
        path = step.request["path"].partition("?")[0].rstrip("/").rpartition("/")[2]
        found = list(self._header_differences(recorded, answer))
        if "body" in recorded:
            body = answer.get("body", answer.get("body_text", MISSING))
            found += differences(recorded["body"], body, self.names, kind=path, trimmed=step.raw.get("trimmed"))
        elif "html" not in str(answer["headers"].get("content-type")) and "body_text" in recorded:
            found += differences(recorded["body_text"], _content(answer), self.names)
        elif bool(answer["bytes"]) != (bool(recorded.get("body_bytes") or recorded.get("body_text")) or _is_cut(step)):
            found.append(Difference("body", _content(recorded), _content(answer)))
        return found

    def _header_differences(self, recorded: Json, answer: Json) -> list[Difference]:
        old = {name: value.partition(";")[0] for name, value in (recorded.get("headers") or {}).items()}
        new = {name: value.partition(";")[0] for name, value in answer["headers"].items() if name in old}
        return differences(old, new, self.names, "headers")

    def _remember_token(self, answer: Json) -> None:
        """The widget's auth token is whichever was given last."""
        todo = [answer.get("body")]
        while todo:
            value = todo.pop()
            if isinstance(value, dict):
                todo += value.values()
                for key in TOKEN_KEYS:
                    if isinstance(value.get(key), str):
                        self.requests.tokens["<widget-auth-token>"] = value[key]

    # -- webhooks -----------------------------------------------------------------------------------------------

    def _learn(self, step: Step) -> None:
        """Names that only a webhook tells: later requests may use them."""
        for old in step.hooks:
            same = [new for new in self.endpoint.hooks if new.step == step.number and new.kind == old.kind]
            same = [new for new in same if self.names.may_be(old.about, old.subject, new.subject)]
            if len(same) == 1:
                differences(old.body, same[0].body, self.names, kind=old.about)

    def _compare_hooks(self, pairing: Pairing) -> tuple[int, int]:
        steps = self.scenario.steps
        wrong = len(pairing.missing)
        for recorded, simulated in sorted(pairing.pairs, key=lambda both: both[0].at):
            found = hook_differences(recorded, simulated, self.names)
            if found and recorded.sender in ("account", "api_inbox"):
                group = steps[recorded.step].group
                sent = [hook for hook in self.endpoint.hooks if steps[hook.step].group == group]
                found = races(found, simulated.body, sent, self.names)
            wrong += bool(found)
            self._tell(steps[recorded.step], found)
        for hook in pairing.missing:
            self._tell(steps[hook.step], [Difference(f"{hook.sender} {hook.event}", _brief(hook), MISSING)])
        for hook in pairing.extra:
            self._tell(steps[hook.step], [Difference(f"{hook.sender} {hook.event}", MISSING, _brief(hook))])
        for step in steps:
            self._tell(step, list(order_differences(step, pairing.pairs)))
        return len(self.scenario.hooks) - wrong, len(self.scenario.hooks)

    def _tell(self, step: Step, found: list[Difference]) -> None:
        self.found += [Found(step, each) for each in found]


def _is_cut(step: Step) -> bool:
    return "body left out" in str(step.raw.get("note"))


def _content(answer: Json) -> Any:
    for key in ("body", "body_text"):
        if key in answer:
            return answer[key]
    return f"{answer.get('body_bytes', answer.get('bytes', 0))} bytes"


def _brief(hook: Hook) -> str:
    """What a delivery was about, in a few words."""
    changed = hook.body.get("changed_attributes")
    names = [name for each in changed if isinstance(each, dict) for name in each] if isinstance(changed, list) else []
    words = [f"#{hook.subject}", hook.body.get("content"), hook.body.get("status"), ", ".join(names)]
    return " ".join(str(word) for word in words if word)


def frequent(outcomes: list[Outcome]) -> Counter[str]:
    """How often something differs, whatever the list's index."""
    return Counter(
        ".".join("*" if part.isdigit() else part for part in each.difference.where.split("."))
        for outcome in outcomes
        for each in outcome.found
    )
