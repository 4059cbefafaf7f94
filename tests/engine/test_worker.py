"""The worker on real lanes: order, leases, takeover, shutdown, a server that goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from criabot.engine.keys import Keys
from criabot.engine.lanes import Commit, Lanes, Limits, Queued, Reply, Run
from criabot.engine.pipeline import Pipeline, connect
from criabot.engine.worker import Delivered, GivenUp, Later, Outcome, Retry, Worker
from tests.engine.conftest import MakeLanes
from tests.servers import ValkeyServer

Handler = Callable[[Run], Awaitable[Outcome]]


class Recorder:
    """Turns that note what happened; a test may replace the handler or the answers of the platform."""

    def __init__(self, handler: Handler | None = None) -> None:
        self.handler = handler
        self.runs: list[tuple[str, int]] = []
        self.delivered: list[str] = []
        self.ages: list[int | None] = []
        self.answers: list[Delivered | Later | GivenUp] = []
        self.states: list[bytes] = []

    async def run(self, lane: str, run: Run, state: bytes) -> Outcome:
        self.states.append(state)
        outcome = await self.handler(run) if self.handler else Commit()
        self.runs.append((lane, run.order))
        return outcome

    async def deliver(self, lane: str, reply: Reply, *, tries: int, age: int | None) -> Delivered | Later | GivenUp:
        self.ages.append(age)
        answer = self.answers.pop(0) if self.answers else Delivered()
        if isinstance(answer, Delivered):
            self.delivered.append(reply.id)
        return answer


@asynccontextmanager
async def working(*workers: Worker) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.002)


async def send_in(lanes: Lanes, worker: Worker | None, number: int, *, lane: str = "c1", urgent: bool = False) -> None:
    got = await lanes.ingest(lane, f"{number:012d}", number, b"", urgent=urgent, hold=False)
    if worker and got.queued is Queued.READY:
        worker.ready(lane, got.due)
    elif worker and got.queued is Queued.URGENT:
        worker.urgent(lane)


async def test_many_workers_keep_the_order_of_every_lane(make_lanes: MakeLanes) -> None:
    recorder = Recorder()
    workers = [Worker(make_lanes(owner=str(n)), recorder, concurrency=5) for n in range(3)]
    lanes = make_lanes()
    async with working(*workers):
        for number in range(1, 31):
            for lane in ("c1", "c2", "c3", "c4"):
                await send_in(lanes, workers[number % 3], number, lane=lane)
        await until(lambda: len(recorder.runs) == 120)
    for lane in ("c1", "c2", "c3", "c4"):
        assert [order for of, order in recorder.runs if of == lane] == list(range(1, 31))


async def test_a_worker_finds_events_it_was_not_told_of(make_lanes: MakeLanes) -> None:
    recorder = Recorder()
    lanes = make_lanes()
    async with working(Worker(lanes, recorder)):
        await send_in(lanes, None, 1)
        await until(lambda: recorder.runs == [("c1", 1)])


async def test_the_state_of_a_turn_is_there_for_the_next(make_lanes: MakeLanes) -> None:
    async def count(run: Run) -> Outcome:
        return Commit(state=b"%d" % run.order)

    recorder, lanes = Recorder(count), make_lanes()
    worker = Worker(lanes, recorder)
    await send_in(lanes, None, 1)
    await send_in(lanes, None, 2)
    async with working(worker):
        worker.ready("c1")
        await until(lambda: len(recorder.runs) == 2)
        await until(lambda: worker.active == 0)
        await send_in(lanes, worker, 3)
        await until(lambda: len(recorder.runs) == 3)
    assert recorder.states == [b"", b"1", b"2"]


async def test_a_long_turn_keeps_its_lease(make_lanes: MakeLanes) -> None:
    async def long(_run: Run) -> Outcome:
        await asyncio.sleep(1.5)
        return Commit()

    recorder = Recorder(long)
    workers = [Worker(make_lanes(owner=str(n), lease=600), recorder) for n in range(2)]
    async with working(*workers):
        await send_in(make_lanes(), workers[0], 1)
        await until(lambda: len(recorder.runs) == 1)
        await until(lambda: not any(worker.active for worker in workers))
    assert recorder.runs == [("c1", 1)]
    assert len(recorder.states) == 1


async def test_a_failed_turn_is_tried_again_and_keeps_its_place(make_lanes: MakeLanes) -> None:
    attempts: list[int] = []

    async def fails_twice(run: Run) -> Outcome:
        attempts.append(run.attempts)
        return Retry(0.02) if run.order == 1 and run.attempts < 3 else Commit()

    recorder, lanes = Recorder(fails_twice), make_lanes()
    worker = Worker(lanes, recorder)
    async with working(worker):
        await send_in(lanes, worker, 1)
        await send_in(lanes, worker, 2)
        await until(lambda: ("c1", 2) in recorder.runs)
    assert attempts == [1, 2, 3, 1]


async def test_a_takeover_cuts_the_running_turn_short(make_lanes: MakeLanes) -> None:
    started, seen = asyncio.Event(), []

    async def handle(run: Run) -> Outcome:
        seen.append((run.order, run.attempts))
        if run.order == 1 and len(seen) == 1:
            started.set()
            await asyncio.sleep(60)
        return Commit()

    recorder, lanes = Recorder(handle), make_lanes()
    worker = Worker(lanes, recorder)
    async with working(worker):
        await send_in(lanes, worker, 1)
        await started.wait()
        await send_in(lanes, worker, 2, urgent=True)
        await until(lambda: len(recorder.runs) == 2, seconds=2)
    assert seen == [(1, 1), (2, 1), (1, 1)]


async def test_a_takeover_is_not_cut_short_by_the_next_one(make_lanes: MakeLanes) -> None:
    started, go_on, seen = asyncio.Event(), asyncio.Event(), []

    async def handle(run: Run) -> Outcome:
        seen.append((run.order, run.attempts))
        started.set()
        await go_on.wait()
        return Commit()

    recorder, lanes = Recorder(handle), make_lanes()
    worker = Worker(lanes, recorder)
    async with working(worker):
        await send_in(lanes, worker, 1, urgent=True)
        await started.wait()
        await send_in(lanes, worker, 2, urgent=True)
        await lanes.peek(0, 1)  # a round trip, which the worker's own question shares
        go_on.set()
        await until(lambda: len(recorder.runs) == 2)
    assert seen == [(1, 1), (2, 1)]


async def test_a_takeover_reaches_a_turn_in_another_process_with_the_next_renewal(make_lanes: MakeLanes) -> None:
    started, seen = asyncio.Event(), []

    async def handle(run: Run) -> Outcome:
        seen.append(run.order)
        if len(seen) == 1:
            started.set()
            await asyncio.sleep(60)
        return Commit()

    recorder, lanes = Recorder(handle), make_lanes(lease=600)
    worker = Worker(lanes, recorder)
    async with working(worker):
        await send_in(lanes, worker, 1)
        await started.wait()
        await send_in(make_lanes(owner="other"), None, 2, urgent=True)
        await until(lambda: len(recorder.runs) == 2)
    assert seen == [1, 2, 1]


async def test_replies_are_sent_in_order_and_tried_again_until_they_arrive(make_lanes: MakeLanes) -> None:
    async def answer(run: Run) -> Outcome:
        return Commit(replies=[Reply(f"{run.order}:{n}", True, b"") for n in range(3)])

    recorder, lanes = Recorder(answer), make_lanes()
    recorder.answers = [Delivered(), Later(0.01, unsure=False), Later(0.01, unsure=True), Delivered()]
    worker = Worker(lanes, recorder)
    async with working(worker):
        await send_in(lanes, worker, 1)
        await send_in(lanes, worker, 2)
        await until(lambda: len(recorder.delivered) == 6)
    assert recorder.delivered == ["1:0", "1:1", "1:2", "2:0", "2:1", "2:2"]
    assert recorder.ages[:3] == [None, None, None]
    assert recorder.ages[3] is not None  # the one that may have arrived comes back as a question
    assert recorder.ages[4:] == [None, None, None, None]


async def test_a_reply_given_up_makes_room_for_what_comes_instead(make_lanes: MakeLanes) -> None:
    async def answer(run: Run) -> Outcome:
        return Commit(replies=[Reply("1:0", True, b"")])

    recorder, lanes = Recorder(answer), make_lanes()
    recorder.answers = [GivenUp("refused", [Reply("1:0!0", False, b"")])]
    worker = Worker(lanes, recorder)
    async with working(worker):
        await send_in(lanes, worker, 1)
        await until(lambda: recorder.delivered == ["1:0!0"])


async def test_a_shutdown_lets_the_turn_finish_and_leaves_the_rest_to_others(make_lanes: MakeLanes) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def handle(run: Run) -> Outcome:
        started.set()
        await go_on.wait()
        return Commit(replies=[Reply(f"{run.order}:0", True, b"")])

    recorder, lanes = Recorder(handle), make_lanes()
    worker = Worker(lanes, recorder)
    async with working(worker):
        await send_in(lanes, worker, 1)
        await send_in(lanes, worker, 2)
        await started.wait()
        draining = asyncio.create_task(worker.drain(5))
        await asyncio.sleep(0)
        go_on.set()
        assert await draining == 0
    assert recorder.delivered == ["1:0"]
    other = make_lanes(owner="other")
    grant = await other.claim("c1")
    assert grant is not None
    assert isinstance(grant.step, Run)
    assert (grant.step.order, grant.step.attempts) == (2, 1)


async def test_a_shutdown_out_of_patience_gives_the_lane_back_at_once(make_lanes: MakeLanes) -> None:
    started = asyncio.Event()

    async def hang(_run: Run) -> Outcome:
        started.set()
        await asyncio.sleep(60)
        return Commit()

    lanes = make_lanes()
    worker = Worker(lanes, Recorder(hang))
    async with working(worker):
        await send_in(lanes, worker, 1)
        await started.wait()
        assert await worker.drain(0.05) == 1
    grant = await make_lanes(owner="other").claim("c1")
    assert grant is not None
    assert isinstance(grant.step, Run)
    assert grant.step.attempts == 1


async def test_a_fault_in_a_turn_does_not_stop_the_worker(
    make_lanes: MakeLanes, caplog: pytest.LogCaptureFixture
) -> None:
    async def handle(run: Run) -> Outcome:
        if run.order == 1 and run.attempts == 1:
            raise RuntimeError("not foreseen")
        return Commit()

    recorder, lanes = Recorder(handle), make_lanes(lease=300)
    worker = Worker(lanes, recorder)
    async with working(worker):
        await send_in(lanes, worker, 1)
        await send_in(lanes, worker, 1, lane="c2")
        await until(lambda: len(recorder.runs) == 2)
    assert "a fault in criabot itself" in caplog.text


async def test_the_worker_survives_a_server_that_dies_and_comes_back(namespace: str) -> None:
    async def answer(run: Run) -> Outcome:
        return Commit(state=b"%d" % run.order, replies=[Reply(f"{run.order}:0", True, b"")])

    with ValkeyServer("--appendfsync", "always") as server:
        pipeline = Pipeline(connect(server.url, timeout=0.5, retries=0))
        lanes = Lanes(pipeline, Keys(namespace, 2), owner="a", limits=Limits(lease=300, hold=0))
        recorder = Recorder(answer)
        worker = Worker(lanes, recorder)
        async with working(worker):
            await send_in(lanes, worker, 1)
            await until(lambda: recorder.delivered == ["1:0"])
            await send_in(lanes, None, 2)
            server.kill()
            await asyncio.sleep(0.3)  # long enough for the worker to meet the dead server
            server.start()
            await until(lambda: recorder.delivered[-1] == "2:0")
        await pipeline.close()


async def test_a_worker_that_loses_its_lease_drops_the_turn(make_lanes: MakeLanes) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def hang(_run: Run) -> Outcome:
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()
        return Commit()

    lanes = make_lanes(lease=300)
    worker = Worker(lanes, Recorder(hang))
    async with working(worker):
        await send_in(lanes, worker, 1)
        await started.wait()
        await lanes._pipeline._client.aclose(close_connection_pool=True)
        fence = await lanes._call("claim", "c1", "thief", 300, 1000)
        assert fence[0] == b"BUSY"
        await lanes._pipeline._client.hset(lanes._keys.of_lane("c1", ("m",))[0], "f", 99)
        async with asyncio.timeout(5):
            await cancelled.wait()
