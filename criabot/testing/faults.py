"""What goes wrong between a platform and a bot, by name: ``fault: NAME`` in a script, `Simulator.chaos`.

A fault lasts until its context ends; then everything goes well again. None of them makes a message of a customer
disappear but ``dropped message``: a right bot shows its customers the same chat under all the others.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial, wraps
from typing import TYPE_CHECKING, TypeAlias, get_args

from criabot.testing.bot import Step
from criabot.testing.disturbances import (
    EveryOther,
    Joining,
    Moment,
    Overtaking,
    OwnDoing,
    again,
    at_step,
    between,
    calls,
    is_customers,
    later,
    steps,
    unless,
    until_taken,
    with_another,
)
from criabot.testing.platform import ApiFault, Conversation
from criabot.testing.scripts.stage import CannotDo
from criabot.testing.scripts.text import seconds

if TYPE_CHECKING:
    from criabot.testing.simulator import Simulator

__all__ = ["FAULTS", "Fault", "begun"]

Fault: TypeAlias = "Callable[[Simulator, Sequence[str]], AbstractAsyncContextManager[object]]"

SLOW = ApiFault(delay=0.02, late=0.02)
AGENT = "Joana"
KEEP_PENDING = "keep_pending_on_bot_failure"


def begun(sim: Simulator, words: Sequence[str]) -> AbstractAsyncContextManager[object]:
    """The fault of these words: a name of `Simulator.faults`, and what it is told.

    Raises:
        CannotDo: there is no such fault.
    """
    for size in range(len(words), 0, -1):
        if fault := sim.faults.get(" ".join(words[:size])):
            return fault(sim, words[size:])
    raise CannotDo(f"there is no fault {' '.join(words)!r}; there are: {', '.join(sorted(sim.faults))}.")


def _plain(hooks: Callable[[Simulator], AbstractContextManager[None]]) -> Fault:
    """A fault that is told nothing."""

    @asynccontextmanager
    @wraps(hooks)
    async def fault(sim: Simulator, arguments: Sequence[str]) -> AsyncIterator[None]:
        if arguments:
            raise CannotDo(f"the fault takes no {' '.join(arguments)!r}.")
        with hooks(sim):
            yield

    return fault


# -- deliveries -------------------------------------------------------------------------------------------------


@_plain
def duplicate(sim: Simulator) -> AbstractContextManager[None]:
    """Every delivery comes again with its id, at once and after the retry's pause (contract 1.8, 1 and 3)."""
    return between(sim, partial(again, sim, new_id=False))


@_plain
def redelivered(sim: Simulator) -> AbstractContextManager[None]:
    """Every delivery comes again with another id, at once and after the retry's pause (contract 1.8, 2)."""
    return between(sim, partial(again, sim, new_id=True))


@_plain
def reordered(sim: Simulator) -> AbstractContextManager[None]:
    """Every other delivery is overtaken by the next, but no message that comes first after a pause (contract 1.7)."""
    return between(sim, Overtaking(sim))


@asynccontextmanager
async def delayed(sim: Simulator, arguments: Sequence[str]) -> AsyncIterator[None]:
    """Every delivery comes later, by 5s or what is given, as after a stop of the worker (contract 1.7)."""
    length = seconds(arguments[0]) if len(arguments) == 1 else None if arguments else 5
    if not length:
        raise CannotDo(f"'delayed' takes a duration such as 5s, not {' '.join(arguments)!r}.")
    with between(sim, partial(later, sim, length)):
        yield


@_plain
@contextmanager
def dropped(sim: Simulator) -> Iterator[None]:
    """What the platform tells of the bot's own doing, and of nobody's, never comes (contract 1.9)."""
    own = OwnDoing(sim.platform.world)
    with between(sim, partial(unless, own.is_told_by)), calls(sim, own.is_begun_by):
        yield


@_plain
def dropped_message(sim: Simulator) -> AbstractContextManager[None]:
    """What customers write never comes: a hard kill of the worker loses it (contract 1.8, 3)."""
    return between(sim, partial(unless, is_customers))


@_plain
def stale_nested_message(sim: Simulator) -> AbstractContextManager[None]:
    """The message nested in an event's conversation is another one (contract 1.7 and 1.8, 5)."""
    return between(sim, partial(with_another, {}))


# -- calls of the API -------------------------------------------------------------------------------------------


@_plain
def error_before(sim: Simulator) -> AbstractContextManager[None]:
    """Each call is answered 500 and not done; the next try is (contract 5.1)."""
    return calls(sim, EveryOther(ApiFault(status=500)))


@_plain
def error_after_saving(sim: Simulator) -> AbstractContextManager[None]:
    """Each call is done, and answered 500; the next try is answered (contract 3.4)."""
    return calls(sim, EveryOther(ApiFault(status_after=500)))


@_plain
def lost_answer(sim: Simulator) -> AbstractContextManager[None]:
    """Each call is done, then the connection is cut; the next try is answered (contract 3.4)."""
    return calls(sim, EveryOther(ApiFault(lose=True)))


@_plain
def too_many_requests(sim: Simulator) -> AbstractContextManager[None]:
    """Each call is answered 429 in plain text and not done; the next try is (contract 5.10)."""
    return calls(sim, EveryOther(ApiFault(status=429)))


@_plain
def slow_platform(sim: Simulator) -> AbstractContextManager[None]:
    """Each call takes a while, so that its echo comes before its answer (contract 2.14 and 9)."""
    return calls(sim, lambda _method, _path, _body: SLOW)


# -- the bot's steps --------------------------------------------------------------------------------------------


@asynccontextmanager
async def crash(sim: Simulator, arguments: Sequence[str]) -> AsyncIterator[Moment]:
    """The process dies at a step and another takes its place; what it did not take in is sent again by its proxy.

    ``crash at STEP [N]``: claimed, handled, committed, posted or sent, the Nth time that it comes there.
    """
    step, nth = _place("crash at", arguments)
    moment = Moment(f"the bot's process dies ({step})")
    settings = sim.platform.world.account.settings
    before = settings.get(KEEP_PENDING)

    def die(_conversation: Conversation) -> None:
        settings[KEEP_PENDING] = True  # behind a proxy no delivery fails (contract 1.6)
        sim.bot.crash_at(step)

    with at_step(sim, step, nth, moment, die), between(sim, partial(until_taken, sim)):
        try:
            yield moment
        finally:
            settings[KEEP_PENDING] = before


@asynccontextmanager
async def agent_joins(sim: Simulator, arguments: Sequence[str]) -> AsyncIterator[Moment]:
    """An agent writes while the bot stands still at a step; from then on it knows (contract 1.7 and 4.3).

    ``agent joins at STEP [N]``: claimed, handled, committed, posted or sent, the Nth time that it comes there.
    """
    step, nth = _place("agent joins at", arguments)
    moment = Moment(f"agent {AGENT} writes ({step})", is_takeover=True)
    joining = Joining(sim.platform, sim.agent(AGENT))
    with at_step(sim, step, nth, moment, joining.write), steps(sim, joining.stop):
        yield moment


def _place(name: str, arguments: Sequence[str]) -> tuple[Step, int]:
    step, nth = (*arguments, "1")[:2] if 0 < len(arguments) < 3 else ("", "")
    for known in get_args(Step):
        if step == known and nth.isdecimal() and int(nth):
            return known, int(nth)
    raise CannotDo(
        f"'{name}' takes a step ({', '.join(get_args(Step))}) and perhaps a number, as in '{name} posted 2'."
    )


FAULTS: Mapping[str, Fault] = {
    "duplicate": duplicate,
    "redelivered": redelivered,
    "reordered": reordered,
    "delayed": delayed,
    "dropped": dropped,
    "dropped message": dropped_message,
    "stale nested message": stale_nested_message,
    "error before": error_before,
    "error after saving": error_after_saving,
    "lost answer": lost_answer,
    "too many requests": too_many_requests,
    "slow platform": slow_platform,
    "crash at": crash,
    "agent joins at": agent_joins,
}
