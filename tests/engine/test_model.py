"""The scripts against a small model: any interleaving of holders, crashes, repeated calls and passing time.

The model knows what a lane holds (events, replies, the grant, the failures) and what the next step must be. It does
not know *when* a lane is due: that is Invariant L, checked on the real keys after every step. At the end of every
story whatever is left must drain, so that nothing is lost.

Time is moved, not waited for: the lanes' own moments are shifted into the past. Its unit is so long that the story's
real duration does not matter.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, TypeVar, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from criabot.engine.lanes import Check, Commit, Queued, Reply, Run, Send, Step, Stop, Why
from tests.engine.liveness import assert_live
from tests.engine.model import BACKOFF, HOLD, LANES, LEASE, UNIT, Call, Engine, Event, Holder, Lane
from tests.servers import ValkeyServer

T = TypeVar("T")
WHICH = st.integers(0, 9)


def _pick(among: Sequence[T], which: int) -> T:
    return among[which % len(among)]


class Story(RuleBasedStateMachine):
    """One story of a lane; the engine is given by the test."""

    make_engine: Any

    def __init__(self) -> None:
        super().__init__()
        self.engine: Engine = type(self).make_engine()
        self.lanes = {lane: Lane() for lane in LANES}
        self.holders: list[Holder] = []
        self.ingested: dict[str, set[str]] = {lane: set() for lane in LANES}
        self.committed: list[tuple[str, str]] = []
        self.answered: list[str] = []
        self.said: list[str] = []
        self.dropped: list[str] = []
        self.now = 0

    # -- the outside world --------------------------------------------------------------------------------------

    @rule(lane=st.sampled_from(LANES), order=st.integers(1, 60), urgent=st.booleans(), hold=st.booleans())
    def an_event_arrives(self, lane: str, order: int, urgent: bool, hold: bool) -> None:
        event = Event(f"{order:012d}", order, urgent)
        is_new = event.id not in self.ingested[lane]
        model = self.lanes[lane]
        if is_new and not urgent and len(model.queue) >= self.engine.lanes.limits.queue:
            return
        call = self.engine.lanes.ingest(
            lane, event.id, order, event.id.encode(), urgent=urgent, hold=hold and not urgent
        )
        got = self.engine.do(call).queued
        assert (got is Queued.DUPLICATE) != is_new
        if is_new:
            is_leased = model.is_open and model.lease_end > self.now
            assert (got is Queued.READY) != is_leased
            self.ingested[lane].add(event.id)
            model.queue.append(event)

    @rule(units=st.sampled_from((1, HOLD, BACKOFF, LEASE)))
    def time_passes(self, units: int) -> None:
        self.engine.pass_time(units)
        self.now += units

    @precondition(lambda self: any(model.outbox for model in self.lanes.values()))
    @rule(lane=st.sampled_from(LANES), place=st.integers(0, 1))
    def an_echo_comes(self, lane: str, place: int) -> None:
        model = self.lanes[lane]
        reply_id = model.outbox[place].id if place < len(model.outbox) else "unknown"
        popped = self.engine.do(self.engine.lanes.confirm(lane, reply_id))
        assert popped == (place == 0 and bool(model.outbox))
        if popped:
            self.said.append(reply_id)
            model.pop_reply()

    # -- holders ------------------------------------------------------------------------------------------------

    @rule(lane=st.sampled_from(LANES))
    def somebody_claims(self, lane: str) -> None:
        model = self.lanes[lane]
        is_leased = model.is_open and model.lease_end > self.now
        at = self.engine.client.zscore(self.engine.key(lane, "sched"), lane)
        grant = self.engine.do(self.engine.lanes.claim(lane))
        if grant is None:
            return self._nothing_to_claim(model, at)
        assert not is_leased, "a lane has one holder"
        model.fence += 1
        model.is_open = True
        assert (grant.fence, grant.state) == (model.fence, model.state)
        model.take_step(grant.step, self.now)
        if not isinstance(grant.step, Stop):
            self.holders.append(Holder(lane, grant.fence, grant.step))
        return None

    def _nothing_to_claim(self, model: Lane, at: float | None) -> None:
        seconds, _ = self.engine.client.time()
        if model.queue or model.outbox:
            assert at is not None
            assert at > seconds * 1000 - UNIT // 2, "due, but not given out"
        elif at is not None and at < seconds * 1000 + UNIT // 2:
            model.is_open = False  # an echo did the dead holder's work

    @precondition(lambda self: self._at(Run))
    @rule(which=WHICH, replies=st.lists(st.booleans(), max_size=2), silence=st.booleans(), dead=st.booleans())
    def a_turn_ends(self, which: int, replies: list[bool], silence: bool, dead: bool) -> None:
        holder = _pick(self._at(Run), which)
        self._end_turn(holder, replies, silence=silence, dead=dead)

    def _end_turn(self, holder: Holder, replies: list[bool], *, silence: bool, dead: bool) -> None:
        model, run = self.lanes[holder.lane], cast("Run", holder.step)
        said = [Reply(f"{run.id}:{number}", yields, b"|hi|") for number, yields in enumerate(replies)]
        turn = Commit(state=f"{run.id}!".encode(), replies=said, silence=silence, dead="poison" if dead else "")
        step = self._call(holder, partial(self.engine.lanes.commit, holder.lane, holder.fence, run, turn))
        if not self._is_valid(holder):
            assert step == Stop(lost=True)
            return
        assert (holder.lane, run.id) not in self.committed, "an event is done once"
        self.committed.append((holder.lane, run.id))
        model.queue = [event for event in model.queue if event.id != run.id]
        model.running, model.attempts, model.not_before = "", 0, 0
        if silence:
            self.dropped += model.silence()
        model.outbox += said
        self.answered += [reply.id for reply in said]
        model.state, model.newest, model.dead = turn.state or b"", max(model.newest, run.order), model.dead + dead
        self._follow(holder, step)

    @precondition(lambda self: self._at(Send, Check))
    @rule(which=WHICH, dead=st.booleans())
    def a_reply_is_done(self, which: int, dead: bool) -> None:
        self._end_reply(_pick(self._at(Send, Check), which), dead=dead)

    def _end_reply(self, holder: Holder, *, dead: bool) -> None:
        model, reply = self.lanes[holder.lane], cast("Send", holder.step).reply
        then = [Reply(f"{reply.id}!0", False, b"")] if dead and "!" not in reply.id else []
        why = "refused" if dead else ""
        step = self._call(
            holder, partial(self.engine.lanes.sent, holder.lane, holder.fence, reply, dead=why, then=then)
        )
        if not self._is_valid(holder):
            assert step == Stop(lost=True)
            return
        if model.outbox and model.outbox[0].id == reply.id:
            model.pop_reply()
            model.outbox += then
            self.answered += [reply.id for reply in then]
            model.dead += dead
            self.said.append(reply.id)
        self._follow(holder, step)

    @precondition(lambda self: self._at(Run, Send, Check))
    @rule(which=WHICH, is_sure=st.booleans(), waits=st.booleans())
    def somebody_gives_back(self, which: int, is_sure: bool, waits: bool) -> None:
        holder = _pick(self._at(Run, Send, Check), which)
        model = self.lanes[holder.lane]
        why: Why
        if isinstance(holder.step, Run):
            why = "turn" if waits else "undo"
        else:
            why = "unsent" if is_sure and isinstance(holder.step, Send) else "unsure"
        delay = BACKOFF if waits else 0
        step = self.engine.do(self.engine.lanes.nack(holder.lane, holder.fence, delay=delay * UNIT, why=why))
        assert step.lost != self._is_valid(holder)
        if not step.lost:
            model.is_open = False
            self._count_failure(model, why)
            if waits:
                model.not_before = self.now + BACKOFF
        holder.step = step

    def _count_failure(self, model: Lane, why: Why) -> None:
        if why == "undo" and model.running:
            model.attempts -= 1
        if why in ("unsent", "unsure"):
            model.tries += 1
        if why == "unsent":
            model.in_flight = None

    @precondition(lambda self: self.holders)
    @rule(which=WHICH)
    def somebody_renews(self, which: int) -> None:
        holder = _pick(self.holders, which)
        model = self.lanes[holder.lane]
        answer = self.engine.do(self.engine.lanes.renew(holder.lane, holder.fence))
        if not self._is_valid(holder):
            assert answer == "FENCED"
            return
        model.lease_end = self.now + LEASE
        runs_urgent = any(event.urgent and event.id == model.running for event in model.queue)
        assert answer == ("URGENT" if model.is_urgent and not runs_urgent else "OK")

    @precondition(lambda self: self._callers())
    @rule(which=WHICH)
    def the_last_call_is_sent_again(self, which: int) -> None:
        """The client lost the answer: it takes that of the repetition."""
        holder = _pick(self._callers(), which)
        self._repeat(holder, holder.calls[-1], takes_answer=True)

    @precondition(lambda self: self._callers())
    @rule(which=WHICH, call=WHICH)
    def an_old_copy_of_a_call_arrives(self, which: int, call: int) -> None:
        """It hung in the network while the repetition went through; nobody reads its answer."""
        holder = _pick(self._callers(), which)
        self._repeat(holder, _pick(holder.calls, call), takes_answer=False)

    def _repeat(self, holder: Holder, call: Call, *, takes_answer: bool) -> None:
        step = self.engine.do(call())
        if not self._is_valid(holder):
            assert step == Stop(lost=True)
            return
        mine = holder.step
        self._follow(holder, step)
        if not takes_answer:
            holder.step = mine

    @precondition(lambda self: self.holders)
    @rule(which=WHICH)
    def somebody_dies(self, which: int) -> None:
        self.holders.remove(_pick(self.holders, which))

    # -- what must always be true -------------------------------------------------------------------------------

    @invariant()
    def nobody_is_forgotten(self) -> None:
        assert_live(self.engine.client, self.engine.namespace)

    @invariant()
    def redis_holds_what_the_model_holds(self) -> None:
        for lane, model in self.lanes.items():
            keys = [self.engine.key(lane, part) for part in ("q", "e", "ob")]
            pipeline = self.engine.client.pipeline()
            pipeline.zrange(keys[0], 0, -1)
            pipeline.hkeys(keys[1])
            pipeline.lrange(keys[2], 0, -1)
            queued, payloads, outbox = pipeline.execute()
            assert [event.decode() for event in queued] == [e.id for e in sorted(model.queue, key=lambda e: e.place)]
            assert sorted(payloads) == sorted(queued)
            assert [Reply.decode(raw) for raw in outbox] == model.outbox

    def teardown(self) -> None:
        try:
            self._drain()
        finally:
            self.engine.close()

    def _drain(self) -> None:
        """Everybody dies, and one new process does all that is left."""
        self.holders.clear()
        for _ in range(200):
            if not any(model.queue or model.outbox for model in self.lanes.values()):
                break
            self.time_passes(LEASE)
            for lane in LANES:
                self.somebody_claims(lane)
            for holder in list(self.holders):
                self._finish(holder)
            self.holders.clear()
        assert_live(self.engine.client, self.engine.namespace)
        everything = {(lane, event) for lane, events in self.ingested.items() for event in events}
        assert sorted(self.committed) == sorted(everything)
        letters = sum(self.engine.client.xlen(key) for key in self._streams())
        assert letters == sum(model.dead for model in self.lanes.values())
        assert sorted(self.said + self.dropped) == sorted(self.answered), "each reply leaves once"

    def _finish(self, holder: Holder) -> None:
        while not isinstance(holder.step, Stop):
            if isinstance(holder.step, Run):
                self._end_turn(holder, [True], silence=False, dead=False)
            else:
                self._end_reply(holder, dead=False)

    def _streams(self) -> set[str]:
        return {self.engine.key(lane, "dlq") for lane in LANES}

    # -- small things -------------------------------------------------------------------------------------------

    def _at(self, *steps: type[Step]) -> list[Holder]:
        """Those at one of these steps, as far as they know."""
        return [holder for holder in self.holders if isinstance(holder.step, steps)]

    def _callers(self) -> list[Holder]:
        return [holder for holder in self.holders if holder.calls]

    def _is_valid(self, holder: Holder) -> bool:
        model = self.lanes[holder.lane]
        return model.is_open and model.fence == holder.fence

    def _call(self, holder: Holder, call: Call) -> Step:
        holder.calls.append(call)
        return self.engine.do(call())

    def _follow(self, holder: Holder, step: Step) -> None:
        self.lanes[holder.lane].take_step(step, self.now)
        holder.step = step


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def test_the_scripts_do_what_the_model_says(
    valkey: ValkeyServer, loop: asyncio.AbstractEventLoop, namespace: str
) -> None:
    numbers = itertools.count()

    class ThisStory(Story):
        make_engine = staticmethod(lambda: Engine(valkey, loop, f"{namespace}-{next(numbers)}"))

    stories = int(os.environ.get("STORIES", "200"))
    told = settings(
        max_examples=stories, stateful_step_count=40, suppress_health_check=list(HealthCheck), database=None
    )
    run_state_machine_as_test(ThisStory, settings=told)
