"""Which simulated webhook answers to which recorded one, and what then differs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from criabot.testing.verify.comparison import Difference, differences, is_same_time
from criabot.testing.verify.names import Names
from criabot.testing.verify.scenarios import Hook, Json, Step

__all__ = ["Pairing", "hook_differences", "is_unsure_presence", "order_differences", "pair", "races"]

STATE = {
    "agent_last_seen_at", "assignee", "assignee_id", "assignee_type", "blocked", "contact_last_seen_at",
    "first_reply_created_at", "height", "labels", "last_activity_at", "messages", "priority", "snoozed_until", "status",
    "team", "timestamp", "unread_count", "waiting_since", "width",
}  # fmt: skip
TIMES = {"first_reply_created_at", "last_activity_at", "snoozed_until", "timestamp", "waiting_since"}
SWAPPED_SECONDS = 0.025  # what arrived closer together may have arrived in the other order


@dataclass(slots=True)
class Pairing:
    """The outcome for a scenario.

    Attributes:
        pairs: recorded and simulated.
        missing: recorded, but not sent by the simulator.
        extra: sent by the simulator, but not recorded.
    """

    pairs: list[tuple[Hook, Hook]] = field(default_factory=list)
    missing: list[Hook] = field(default_factory=list)
    extra: list[Hook] = field(default_factory=list)


def pair(steps: list[Step], simulated: list[Hook], names: Names) -> Pairing:
    """Pair what is the same first, then within a step, among steps without a pause, then what was repeated later."""
    outcome = Pairing(missing=[hook for step in steps for hook in step.hooks], extra=list(simulated))
    group = {step.number: step.group for step in steps}

    def same_subject(old: Hook, new: Hook) -> bool:
        return names.may_be(old.about, old.subject, new.subject)

    def same_body(old: Hook, new: Hook) -> bool:
        return not differences(old.body, new.body, names, kind=old.about, learns=False)

    rounds: list[Callable[[Hook, Hook], bool]] = [
        lambda old, new: group[old.step] == group[new.step] and same_subject(old, new) and same_body(old, new),
        lambda old, new: old.step == new.step and same_subject(old, new),
        lambda old, new: group[old.step] == group[new.step] and same_subject(old, new),
        lambda old, new: (old.is_repeat or new.is_repeat) and same_subject(old, new),
        lambda old, new: group[old.step] == group[new.step],
    ]
    for may_pair in rounds:
        _round(outcome, may_pair, names)
    _forgive_omitted(outcome, steps, group)
    return outcome


def _round(outcome: Pairing, may_pair: Callable[[Hook, Hook], bool], names: Names) -> None:
    for recorded in list(outcome.missing):
        candidates = [new for new in outcome.extra if new.kind == recorded.kind and may_pair(recorded, new)]
        if candidates:
            best = candidates[0]
            if len(candidates) > 1:
                best = min(
                    candidates,
                    key=lambda new: len(differences(recorded.body, new.body, names, kind=new.about, learns=False)),
                )
            outcome.pairs.append((recorded, best))
            outcome.missing.remove(recorded)
            outcome.extra.remove(best)


def _forgive_omitted(outcome: Pairing, steps: list[Step], group: dict[int, int]) -> None:
    """Where the recording left webhooks out, as many more are right."""
    for step in steps:
        omitted = step.omitted
        for hook in list(outcome.extra):
            if omitted and group[hook.step] == group[step.number]:
                outcome.extra.remove(hook)
                omitted -= 1


def hook_differences(recorded: Hook, simulated: Hook, names: Names) -> list[Difference]:
    """What differs between two deliveries of the same event: headers by name, signature, body."""
    title = f"{recorded.sender} {recorded.event}"
    old, new = (
        {n.lower(): v for n, v in hook.headers.items() if n.lower() != "connection"} for hook in (recorded, simulated)
    )
    found = differences(old, new, names, f"{title} headers")
    if simulated.is_signed is False:
        found.append(Difference(f"{title} signature", "valid", "wrong"))
    in_body = differences(recorded.body, simulated.body, names, f"{title} body", kind=recorded.about)
    if not in_body and (spelled := _spelling(recorded.raw)) != (sent := _spelling(simulated.raw)):
        found.append(Difference(f"{title} spelling", spelled, sent))
    found += in_body
    return [each for each in found if not is_unsure_presence(each)]


def _spelling(raw: str) -> list[str]:
    """How the JSON is written: which signs are escaped and which are not, what separates (contract 1.3)."""
    return sorted({each.lower() for each in re.findall(r"\\u[0-9a-fA-F]{4}|[^\x00-\x7f]|[<>&]|\": |, \"", raw)})


def is_unsure_presence(found: Difference) -> bool:
    """A job of the real server knows who is online only if its thread has just served the account."""
    is_presence = found.where.endswith(".availability_status") and not found.where.startswith("agent_bot ")
    return is_presence and None in (found.recorded, found.simulated)


def races(found: list[Difference], simulated: Json, sent: list[Hook], names: Names) -> list[Difference]:
    """Without what depends on when the background worker read the record (contract 1.7).

    The account's and the API inbox's payloads show the conversation as it is when the worker gets to it. A value is
    right if any payload about this conversation that was sent at that time has it at the same place.

    Args:
        found: what differs in a payload.
        simulated: the payload.
        sent: all webhooks of that time.
        names: of the recording and of the replay.
    """
    if not any(_last_key(each.where) in STATE for each in found):
        return found
    about = _conversation(simulated)
    known = [state for hook in sent if _conversation(hook.body) == about for state in _states(hook.body)]
    return [each for each in found if not any(_is_state(each, *state, names) for state in known)]


def _conversation(body: Json) -> Any:
    return (body.get("conversation") or body).get("id")


def _is_state(found: Difference, place: str, value: Any, names: Names) -> bool:
    """Whether the recorded value is the one that was sent at a place."""
    key, recorded = _last_key(found.where), found.recorded
    if key not in STATE or place != _place(found.where):
        return False
    if key == "messages":
        return bool(names.number("messages", recorded) == value)
    if key in TIMES and recorded and value:
        return is_same_time(recorded, value, names.began)
    return bool(recorded == value)


def _last_key(where: str) -> str:
    return next(part for part in reversed(where.split(".")) if not part.isdigit())


def _place(where: str) -> str:
    """Where in the conversation: without the webhook or frame, and what the conversation is inside of."""
    return re.split(r" body\.|\.message\.data\.", where, maxsplit=1)[-1].removeprefix("conversation.")


def _states(body: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """What can change, by its place in a conversation."""
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in inner:
        here = f"{place}.{key}" if place else str(key)
        if key in STATE:
            is_message = key == "messages" and value
            yield here, value[0]["id"] if is_message else value
        yield from _states(value, "" if here == "conversation" else here)


def order_differences(step: Step, pairs: list[tuple[Hook, Hook]]) -> Iterator[Difference]:
    """The order at the bot, where the recording leaves no doubt about it (contract 1.7)."""
    own = [(old, new) for old, new in pairs if old.step == new.step == step.number and old.sender == "agent_bot"]
    own = [(old, new) for old, new in own if not (old.is_repeat or new.is_repeat or old.answered)]
    by_recorded = sorted(own, key=lambda each: each[0].at)
    for (old, new), (later, later_new) in combinations(by_recorded, 2):
        if later.at - old.at > SWAPPED_SECONDS and later_new.order < new.order:
            told = [old.event for old, _new in by_recorded]
            sent = [new.event for _old, new in sorted(own, key=lambda each: each[1].order)]
            yield Difference("agent_bot order", ", ".join(told), ", ".join(sent))
            return
