"""A lane that is claimed by the script that stores its event, and what the worker makes of it."""

from __future__ import annotations

import asyncio
import time

from criabot.engine.lanes import Commit, Ingested, Lanes, Queued, Reply, Run, Send
from criabot.engine.worker import Outcome, Worker
from tests.engine.conftest import MakeLanes
from tests.engine.steps import LANE, reply, run_of, take
from tests.engine.test_worker import Recorder, until, working


async def claimed(lanes: Lanes, number: int, *, urgent: bool = False, hold: bool = False) -> Ingested:
    return await lanes.ingest(
        LANE, f"{number:012d}", number, b"event %d" % number, urgent=urgent, hold=hold, claim=True
    )


async def test_a_free_lane_is_ours_with_its_first_event(lanes: Lanes) -> None:
    got = await claimed(lanes, 1)
    assert got.queued is Queued.READY
    assert got.grant is not None
    assert run_of(got.grant.step).payload == b"event 1"
    assert await lanes.claim(LANE) is None
    step = await lanes.commit(LANE, got.grant.fence, run_of(got.grant.step), Commit(state=b"s", replies=[reply(1)]))
    assert isinstance(step, Send)


async def test_a_held_lane_is_not_taken_twice(make_lanes: MakeLanes) -> None:
    first = await claimed(make_lanes(), 1)
    second = await claimed(make_lanes(owner="b"), 2)
    assert first.grant is not None
    assert (second.queued, second.grant) == (Queued.QUEUED, None)


async def test_a_lane_that_waits_for_stragglers_is_not_taken(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(hold=10_000)
    first = await claimed(lanes, 1, hold=True)
    assert first.grant is not None
    await lanes.commit(LANE, first.grant.fence, run_of(first.grant.step), Commit())
    second = await claimed(lanes, 2, hold=True)
    assert second.grant is None
    assert 9_000 < second.due <= 10_000


async def test_a_duplicate_takes_nothing(lanes: Lanes) -> None:
    got = await claimed(lanes, 1)
    assert got.grant is not None
    await lanes.commit(LANE, got.grant.fence, run_of(got.grant.step), Commit())
    again = await claimed(lanes, 1)
    assert (again.queued, again.grant) == (Queued.DUPLICATE, None)


async def test_a_process_that_dies_with_the_lane_loses_nothing(make_lanes: MakeLanes) -> None:
    lost = await claimed(make_lanes(lease=30), 1)
    assert lost.grant is not None
    grant = await take(make_lanes(owner="b"))
    assert run_of(grant.step).attempts == 2
    assert grant.fence == lost.grant.fence + 1


async def test_the_worker_goes_on_with_a_lane_that_it_was_given(lanes: Lanes) -> None:
    async def answer(run: Run) -> Outcome:
        return Commit(replies=[Reply(f"{run.order}:0", True, b"")])

    recorder = Recorder(answer)
    worker = Worker(lanes, recorder)
    async with working(worker):
        for number in (1, 2, 3):
            got = await claimed(lanes, number)
            if got.grant is not None:
                assert worker.granted(LANE, got.grant, time.monotonic())
        await until(lambda: recorder.delivered == ["1:0", "2:0", "3:0"])


async def test_a_lane_given_while_the_same_one_ends_is_begun_after_it(lanes: Lanes) -> None:
    recorder = Recorder()
    worker = Worker(lanes, recorder)
    async with working(worker):
        for number in range(1, 200):  # some come just when the task of the one before has not ended yet
            got = await claimed(lanes, number)
            if got.grant is not None:
                assert worker.granted(LANE, got.grant, time.monotonic())
        await until(lambda: len(recorder.runs) == 199)
    assert [order for _lane, order in recorder.runs] == list(range(1, 200))


async def test_a_worker_that_stops_takes_no_lane_and_gives_back_those_not_begun(make_lanes: MakeLanes) -> None:
    lanes, other = make_lanes(), make_lanes(owner="b")
    began, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_run: Run) -> Outcome:
        began.set()
        await go_on.wait()
        return Commit()

    recorder = Recorder(wait)
    worker = Worker(lanes, recorder, concurrency=1)
    async with working(worker):
        first = await lanes.ingest("c7", "1", 1, b"", urgent=False, hold=False, claim=True)
        assert first.grant is not None
        worker.granted("c7", first.grant, time.monotonic())
        await began.wait()
        second = await claimed(lanes, 2)
        assert second.grant is not None
        worker.granted(LANE, second.grant, time.monotonic())  # no room: it waits
        draining = asyncio.create_task(worker.drain(5))
        await asyncio.sleep(0)
        assert not worker.has_room
        assert not worker.granted("c8", second.grant, time.monotonic())
        go_on.set()
        assert await draining == 0
    assert recorder.runs == [("c7", 1)]
    assert run_of((await take(other)).step).attempts == 1


async def test_a_lane_whose_turn_has_to_wait_for_room_is_not_begun_on_an_old_lease(make_lanes: MakeLanes) -> None:
    lanes, other = make_lanes(lease=300), make_lanes(owner="b", lease=5000)
    began, go_on = asyncio.Event(), asyncio.Event()

    async def wait(run: Run) -> Outcome:
        if run.order == 1:
            began.set()
            await go_on.wait()
        return Commit()

    recorder = Recorder(wait)
    worker = Worker(lanes, recorder, concurrency=1)
    async with working(worker):
        first = await lanes.ingest("c7", "1", 1, b"", urgent=False, hold=False, claim=True)
        assert first.grant is not None
        worker.granted("c7", first.grant, time.monotonic())
        await began.wait()
        taken, kept = (
            await claimed(lanes, 2),
            await lanes.ingest("c9", "3", 3, b"", urgent=False, hold=False, claim=True),
        )
        assert taken.grant is not None
        assert kept.grant is not None
        worker.granted(LANE, taken.grant, time.monotonic())
        worker.granted("c9", kept.grant, time.monotonic())
        await asyncio.sleep(0.4)  # longer than the lease
        theirs = await take(other)
        go_on.set()
        await until(lambda: ("c9", 3) in recorder.runs)
        assert (LANE, 2) not in recorder.runs  # another process has it
        assert recorder.runs.count(("c9", 3)) == 1  # nobody else wanted it: it was renewed
        await other.commit(LANE, theirs.fence, run_of(theirs.step), Commit())
    assert recorder.runs == [("c7", 1), ("c9", 3)]


async def test_a_takeover_behind_a_lane_that_waited_for_room_does_not_wait_for_its_lease(make_lanes: MakeLanes) -> None:
    lease = 3000
    lanes, ran = make_lanes(lease=lease), []

    class Slow(Recorder):
        async def run(self, lane: str, run: Run, state: bytes) -> Outcome:
            ran.append((lane, run.id, time.monotonic()))
            if lane == "first":
                await asyncio.sleep(lease / 1000 / 2)
            return Commit(silence=run.id == "takeover")

    worker = Worker(lanes, Slow(), concurrency=1)
    async with working(worker):
        for lane in ("first", "second"):
            asked = time.monotonic()
            got = await lanes.ingest(lane, "a", 1, b"", urgent=False, hold=False, claim=True)
            assert got.grant is not None
            worker.granted(lane, got.grant, asked)
        await lanes.ingest("second", "takeover", 2, b"", urgent=True, hold=False)
        worker.urgent("second")
        await until(lambda: len(ran) > 1)
    assert ran[1][:2] == ("second", "takeover")
    assert ran[1][2] - ran[0][2] < lease / 1000  # at once when there was room, not when the lease had ended
