"""Which simulated webhook answers to which recorded one, and what then differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from criabot.testing.verify.comparison import MISSING, Difference, differences
from criabot.testing.verify.names import Names
from criabot.testing.verify.scenarios import Hook, Step

__all__ = ["Pairing", "hook_differences", "is_unsure_presence", "order_differences", "pair", "races"]

LONG_AGO = 1_000_000_000  # epoch seconds: larger numbers are times
STATE = {
    "agent_last_seen_at", "assignee", "assignee_id", "assignee_type", "blocked", "contact_last_seen_at",
    "first_reply_created_at", "height", "labels", "last_activity_at", "priority", "snoozed_until", "status", "team",
    "unread_count", "waiting_since", "width",
}  # fmt: skip
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
        return new.subject in (old.subject, *(names.number(k, old.subject) for k in ("messages", "conversations")))

    def same_body(old: Hook, new: Hook) -> bool:
        return not differences(old.body, new.body, names)

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
                best = min(candidates, key=lambda new: len(differences(recorded.body, new.body, names)))
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
    found = []
    old, new = ({name.lower() for name in hook.headers} - {"connection"} for hook in (recorded, simulated))
    for name in sorted(old ^ new):
        pair_ = (recorded.headers.get(_spelled(recorded, name), MISSING), "sent" if name in new else MISSING)
        found.append(Difference(f"{title} headers.{name}", *pair_))
    if simulated.is_signed is False:
        found.append(Difference(f"{title} signature", "valid", "wrong"))
    found += differences(recorded.body, simulated.body, names, f"{title} body")
    return [each for each in found if not is_unsure_presence(each)]


def is_unsure_presence(found: Difference) -> bool:
    """A job of the real server knows who is online only if its thread has just served the account."""
    is_presence = found.where.endswith(".availability_status") and not found.where.startswith("agent_bot ")
    return is_presence and None in (found.recorded, found.simulated)


def races(found: list[Difference], sent: list[Hook]) -> list[Difference]:
    """Without what depends on when the background worker read the record (contract 1.7).

    The account's and the API inbox's payloads show the conversation as it is when the worker gets to it. A value is
    right if any payload that was sent at that time has it there.
    """
    if not any(_last_key(each.where) in STATE for each in found):
        return found
    known = {pair_ for hook in sent for pair_ in _states(hook.body)}
    return [each for each in found if (_last_key(each.where), _state(each.recorded)) not in known]


def _last_key(where: str) -> str:
    return next(part for part in reversed(where.split(".")) if not part.isdigit())


def _states(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for each in value:
            yield from _states(each)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in STATE:
                yield key, _state(inner)
            yield from _states(inner)


def _state(value: Any) -> str:
    """A comparable text; of a time, whether there is one."""
    return repr(bool(value) if isinstance(value, int | float) and value > LONG_AGO else value)


def order_differences(step: Step, pairs: list[tuple[Hook, Hook]]) -> Iterator[Difference]:
    """The order at the bot, where the recording leaves no doubt about it (contract 1.7)."""
    own = [(old, new) for old, new in pairs if old.step == new.step == step.number and old.sender == "agent_bot"]
    own = [(old, new) for old, new in own if not (old.is_repeat or new.is_repeat or old.answered)]
    by_recorded = sorted(own, key=lambda each: each[0].at)
    simulated = [new for _old, new in by_recorded]
    for (old, new), (later, later_new) in pairwise(by_recorded):
        if later.at - old.at > SWAPPED_SECONDS and later_new.order < new.order:
            told = [old.event for old, _new in by_recorded]
            sent = [hook.event for hook in sorted(simulated, key=lambda hook: hook.order)]
            yield Difference("agent_bot order", ", ".join(told), ", ".join(sent))
            return


def _spelled(hook: Hook, name: str) -> str:
    return next((each for each in hook.headers if each.lower() == name), name)
