"""The lane scripts on a real server: what they promise."""

from __future__ import annotations

import asyncio

import pytest

from criabot.engine.lanes import Check, Commit, Lanes, Queued, Run, Send, Stop
from criabot.errors import StoreFull
from tests.engine.conftest import MakeLanes
from tests.engine.steps import LANE, put, reply, run_of, take
from tests.servers import ValkeyServer


async def test_an_event_is_stored_run_and_forgotten(lanes: Lanes, valkey: ValkeyServer, namespace: str) -> None:
    assert await put(lanes, 1) is Queued.READY
    grant = await take(lanes)
    run = run_of(grant.step)
    assert (run.payload, run.order, run.attempts, run.late) == (b"event 1", 1, 1, False)
    assert await lanes.commit(LANE, grant.fence, run, Commit(state=b"s1")) == Stop(due=-1)
    assert await lanes.claim(LANE) is None
    left = [key for key in valkey.client().keys(f"cb:{namespace}:*") if key.rsplit(b":", 1)[1] not in (b"m", b"dd")]
    assert left == []


async def test_the_same_event_is_stored_once(lanes: Lanes) -> None:
    assert await put(lanes, 1) is Queued.READY
    assert await put(lanes, 1) is Queued.DUPLICATE
    grant = await take(lanes)
    await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit())
    assert await put(lanes, 1) is Queued.DUPLICATE


async def test_events_older_than_the_memory_of_ids_are_duplicates(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(dedup=50)
    await put(lanes, 1000)
    grant = await take(lanes)
    await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit())
    assert await put(lanes, 949) is Queued.DUPLICATE
    assert await put(lanes, 951) is Queued.READY


async def test_events_run_in_order_of_the_platform_and_a_straggler_is_called_late(lanes: Lanes) -> None:
    await put(lanes, 2)
    await put(lanes, 3)
    grant = await take(lanes)
    assert run_of(grant.step).order == 2
    await put(lanes, 1)
    step = run_of(await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit()))
    assert (step.order, step.late) == (1, True)
    step = run_of(await lanes.commit(LANE, grant.fence, step, Commit()))
    assert (step.order, step.late) == (3, False)


async def test_a_lane_has_one_holder(lanes: Lanes, make_lanes: MakeLanes) -> None:
    await put(lanes, 1)
    await take(lanes)
    assert await make_lanes(owner="b").claim(LANE) is None
    assert await put(lanes, 2) is Queued.QUEUED


async def test_a_stale_holder_can_neither_commit_nor_send_nor_renew(make_lanes: MakeLanes) -> None:
    slow, quick = make_lanes(owner="slow", lease=30), make_lanes(owner="quick")
    await put(slow, 1)
    old = await take(slow)
    new = await take(quick)
    assert new.fence == old.fence + 1
    run = run_of(old.step)
    assert await slow.commit(LANE, old.fence, run, Commit(state=b"stale")) == Stop(lost=True)
    assert await slow.sent(LANE, old.fence, reply(1)) == Stop(lost=True)
    assert await slow.renew(LANE, old.fence) == "FENCED"
    assert await slow.nack(LANE, old.fence, delay=0, why="turn") == Stop(lost=True)
    assert run_of(new.step).attempts == 2
    await quick.commit(LANE, new.fence, run_of(new.step), Commit())


async def test_replies_leave_one_by_one_before_the_next_event(lanes: Lanes) -> None:
    await put(lanes, 1)
    await put(lanes, 2)
    grant = await take(lanes)
    step = await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit(replies=[reply(1, 0), reply(1, 1)]))
    assert step == Send(reply(1, 0), tries=0)
    step = await lanes.sent(LANE, grant.fence, reply(1, 0))
    assert step == Send(reply(1, 1), tries=0)
    step = await lanes.sent(LANE, grant.fence, reply(1, 1))
    assert run_of(step).order == 2


async def test_a_reply_left_in_flight_by_a_crash_is_checked_not_sent(make_lanes: MakeLanes) -> None:
    crashed, other = make_lanes(lease=30), make_lanes(owner="b")
    await put(crashed, 1)
    grant = await take(crashed)
    await crashed.commit(LANE, grant.fence, run_of(grant.step), Commit(replies=[reply(1)]))
    step = (await take(other)).step
    assert isinstance(step, Check)
    assert step.reply == reply(1)
    assert step.age >= 30


async def test_a_reply_in_flight_stays_in_doubt_after_an_urgent_turn(make_lanes: MakeLanes) -> None:
    crashed, other = make_lanes(lease=30), make_lanes(owner="b")
    await put(crashed, 1)
    grant = await take(crashed)
    await crashed.commit(LANE, grant.fence, run_of(grant.step), Commit(replies=[reply(1, yields=False)]))
    await put(other, 2, urgent=True)
    grant = await take(other)
    step = await other.commit(LANE, grant.fence, run_of(grant.step), Commit(silence=True))
    assert isinstance(step, Check)


async def test_the_echo_confirms_a_reply_before_its_own_answer(lanes: Lanes) -> None:
    await put(lanes, 1)
    grant = await take(lanes)
    await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit(replies=[reply(1, 0), reply(1, 1)]))
    assert await lanes.confirm(LANE, "1:0")
    assert not await lanes.confirm(LANE, "1:0")
    assert await lanes.sent(LANE, grant.fence, reply(1, 0)) == Send(reply(1, 1), tries=0)


async def test_the_echo_frees_a_lane_whose_holder_died(make_lanes: MakeLanes) -> None:
    crashed, other = make_lanes(lease=30), make_lanes(owner="b")
    await put(crashed, 1)
    grant = await take(crashed)
    await crashed.commit(LANE, grant.fence, run_of(grant.step), Commit(replies=[reply(1)]))
    assert await other.confirm(LANE, "1:0")
    await put(other, 2)
    assert run_of((await take(other)).step).order == 2


async def test_an_urgent_event_goes_first_and_stops_the_replies(lanes: Lanes) -> None:
    await put(lanes, 1)
    await put(lanes, 2)
    grant = await take(lanes)
    assert await put(lanes, 3, urgent=True) is Queued.URGENT
    assert await lanes.renew(LANE, grant.fence) == "URGENT"
    turn = Commit(replies=[reply(1, 0), reply(1, 1, yields=False)])
    step = run_of(await lanes.commit(LANE, grant.fence, run_of(grant.step), turn))
    assert (step.order, step.late) == (3, False)
    assert await lanes.renew(LANE, grant.fence) == "OK"
    assert await lanes.commit(LANE, grant.fence, step, Commit(silence=True)) == Send(reply(1, 1, yields=False), 0)


async def test_an_urgent_event_does_not_wait_for_a_backoff_but_the_others_do(lanes: Lanes) -> None:
    await put(lanes, 1)
    grant = await take(lanes)
    await lanes.nack(LANE, grant.fence, delay=60_000, why="turn")
    assert await lanes.claim(LANE) is None
    await put(lanes, 2, urgent=True)
    grant = await take(lanes)
    step = await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit())
    assert isinstance(step, Run)  # a finished turn ends the backoff of the one it overtook
    assert step.order == 1


async def test_a_failed_turn_waits_and_counts_but_an_undone_one_does_not_count(lanes: Lanes) -> None:
    await put(lanes, 1)
    for why, attempts in (("turn", 1), ("undo", 2), ("turn", 2), ("turn", 3)):
        grant = await take(lanes)
        assert run_of(grant.step).attempts == attempts
        assert (await lanes.nack(LANE, grant.fence, delay=5, why=why)).due == 5  # type: ignore[arg-type]


async def test_a_full_lane_refuses_but_not_what_is_urgent(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(queue=2)
    await put(lanes, 1)
    await put(lanes, 2)
    with pytest.raises(StoreFull, match="2 events waiting"):
        await put(lanes, 3)
    assert await put(lanes, 4, urgent=True) is Queued.READY


async def test_a_store_that_is_nearly_full_still_takes_what_is_urgent(lanes: Lanes) -> None:
    lanes.refuses = True
    with pytest.raises(StoreFull, match="80 %"):
        await put(lanes, 1)
    assert await put(lanes, 2, urgent=True) is Queued.READY


async def test_a_dead_letter_keeps_what_it_was(lanes: Lanes, valkey: ValkeyServer, namespace: str) -> None:
    await put(lanes, 1)
    grant = await take(lanes)
    step = await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit(dead="poison", replies=[reply(1)]))
    assert step == Send(reply(1), 0)
    await lanes.sent(LANE, grant.fence, reply(1), dead="refused", then=[reply(2, yields=False)])
    client = valkey.client()
    [stream] = client.keys(f"cb:{namespace}:*:dlq")
    letters = [letter for _, letter in client.xrange(stream)]
    assert [(x[b"kind"], x[b"id"], x[b"reason"]) for x in letters] == [
        (b"event", b"000000000001", b"poison"),
        (b"reply", b"1:0", b"refused"),
    ]
    assert letters[0][b"payload"] == b"event 1"


async def test_the_first_message_runs_at_once_and_its_followers_wait_to_be_sorted(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(hold=400)
    first = await lanes.ingest(LANE, "1", 1, b"", urgent=False, hold=True)
    assert (first.queued, first.due) == (Queued.READY, 0)
    grant = await take(lanes)
    assert isinstance(await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit()), Stop)
    third = await lanes.ingest(LANE, "3", 3, b"", urgent=False, hold=True)
    second = await lanes.ingest(LANE, "2", 2, b"", urgent=False, hold=True)
    assert 0 < third.due <= 400
    assert 0 < second.due <= 400
    assert await lanes.claim(LANE) is None
    grant = await take(lanes)
    step = run_of(grant.step)
    assert step.order == 2
    assert run_of(await lanes.commit(LANE, grant.fence, step, Commit())).order == 3


async def test_messages_of_one_millisecond_are_held_and_sorted_by_their_number(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(hold=400)

    async def arrives(number: int) -> None:
        await lanes.ingest(LANE, f"{number:012d}", 1000, b"%d" % number, urgent=False, hold=True)

    await arrives(1)
    grant = await take(lanes)
    await arrives(3)
    assert isinstance(await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit()), Stop)
    await arrives(2)
    grant = await take(lanes)
    assert run_of(grant.step).payload == b"2"
    assert run_of(await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit())).payload == b"3"


async def test_a_hold_ends_after_three_windows_however_many_come(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(hold=200)
    clock = asyncio.get_running_loop().time
    await put(lanes, 1, hold=True)
    grant = await take(lanes)
    await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit())
    started, number = clock(), 1
    while (claimed := await lanes.claim(LANE)) is None:
        number += 1
        await put(lanes, number, hold=True)
        await asyncio.sleep(0.005)
    assert 0.590 <= clock() - started < 3
    assert run_of(claimed.step).order == 2


async def test_a_stream_of_messages_does_not_hold_those_that_waited_already(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(hold=200)
    for number in range(1, 6):
        await put(lanes, number, hold=True)
    grant = await take(lanes)
    step = grant.step
    for number in range(1, 5):
        assert run_of(step).order == number
        await put(lanes, 10 + number, hold=True)  # new ones keep coming, their hold is their own
        step = await lanes.commit(LANE, grant.fence, run_of(step), Commit())
    assert run_of(step).order == 5
    assert isinstance(await lanes.commit(LANE, grant.fence, run_of(step), Commit()), Stop)


async def test_an_event_of_another_kind_does_not_shorten_a_hold(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(hold=10_000)
    await put(lanes, 1, hold=True)
    grant = await take(lanes)
    await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit())
    await put(lanes, 2, hold=True)
    assert await put(lanes, 3) is Queued.READY
    assert await lanes.claim(LANE) is None


async def test_a_straggler_does_not_wait_for_others(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(hold=10_000)
    await put(lanes, 2, hold=True)
    grant = await take(lanes)
    await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit())
    await put(lanes, 1, hold=True)
    step = run_of((await take(lanes)).step)
    assert (step.order, step.late) == (1, True)


async def test_the_scripts_survive_a_server_that_forgot_them(lanes: Lanes, valkey: ValkeyServer) -> None:
    await put(lanes, 1)
    valkey.client().script_flush()
    grant = await take(lanes)
    assert run_of(grant.step).order == 1


async def test_calls_of_one_tick_share_a_round_trip(lanes: Lanes) -> None:
    await put(lanes, 1)
    before = lanes._pipeline.round_trips
    await asyncio.gather(*(put(lanes, number) for number in range(2, 60)))
    assert lanes._pipeline.round_trips - before == 1
