"""Faults that versions of the engine had, each found by killing, delaying or repeating something at a bad moment."""

from __future__ import annotations

import asyncio

from criabot.engine.lanes import Check, Commit, Lanes, Queued, Send, Stop
from tests.engine.conftest import MakeLanes
from tests.engine.steps import LANE, put, reply, run_of, take
from tests.servers import ValkeyServer


async def test_fault_a_renewal_that_arrives_after_the_release_does_not_block_the_lane(lanes: Lanes) -> None:
    await put(lanes, 1)
    grant = await take(lanes)
    await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit())
    assert await lanes.renew(LANE, grant.fence) == "FENCED"
    assert await put(lanes, 2) is Queued.READY
    assert run_of((await take(lanes)).step).order == 2


async def test_fault_a_poison_event_does_not_take_its_neighbours_along(lanes: Lanes) -> None:
    for number in (1, 2, 3):
        await put(lanes, number)
    grant = await take(lanes)
    step = run_of(await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit(dead="poison")))
    assert (step.order, step.attempts) == (2, 1)
    step = run_of(await lanes.commit(LANE, grant.fence, step, Commit()))
    assert step.order == 3


async def test_fault_the_hold_counts_while_the_lane_is_leased(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(hold=10_000)
    await put(lanes, 1, hold=True)
    grant = await take(lanes)
    await put(lanes, 3, hold=True)
    step = await lanes.commit(LANE, grant.fence, run_of(grant.step), Commit())
    assert isinstance(step, Stop)
    assert 9_000 < step.due <= 10_000


async def test_fault_a_commit_that_the_client_sends_again_applies_once(
    lanes: Lanes, valkey: ValkeyServer, namespace: str
) -> None:
    await put(lanes, 1)
    await put(lanes, 2)
    grant = await take(lanes)
    turn = Commit(state=b"once", replies=[reply(1)], dead="noted")
    first = await lanes.commit(LANE, grant.fence, run_of(grant.step), turn)
    again = await lanes.commit(LANE, grant.fence, run_of(grant.step), turn)
    assert first == again == Send(reply(1), 0)
    client = valkey.client()
    [outbox], [letters] = client.keys(f"cb:{namespace}:*:ob"), client.keys(f"cb:{namespace}:*:dlq")
    assert (client.llen(outbox), client.xlen(letters)) == (1, 1)


async def test_fault_an_old_copy_of_a_commit_does_not_bring_back_its_state_and_replies(lanes: Lanes) -> None:
    await put(lanes, 1)
    await put(lanes, 2)
    await put(lanes, 3)
    grant = await take(lanes)
    first = run_of(grant.step)
    second = run_of(await lanes.commit(LANE, grant.fence, first, Commit(state=b"first")))
    third = run_of(await lanes.commit(LANE, grant.fence, second, Commit(state=b"second")))
    late = await lanes.commit(LANE, grant.fence, first, Commit(state=b"first", replies=[reply(1)]))
    assert run_of(late).id == third.id
    await lanes.nack(LANE, grant.fence, delay=0, why="undo")
    assert (await take(lanes)).state == b"second"


async def test_fault_an_urgent_event_is_not_put_off_by_one_that_comes_after_it(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(hold=10_000)
    await put(lanes, 1)
    grant = await take(lanes)
    await lanes.nack(LANE, grant.fence, delay=60_000, why="turn")
    await put(lanes, 2, urgent=True)
    await put(lanes, 3, hold=True)
    now = await lanes.claim(LANE)
    assert now is not None
    assert run_of(now.step).order == 2


async def test_fault_a_hold_does_not_put_off_what_was_due_before(make_lanes: MakeLanes) -> None:
    lanes = make_lanes(hold=10_000)
    await put(lanes, 1, hold=True)
    grant = await take(lanes)
    await lanes.nack(LANE, grant.fence, delay=0, why="undo")
    await put(lanes, 2, hold=True)
    again = await lanes.claim(LANE)
    assert again is not None
    assert run_of(again.step).order == 1


async def test_fault_a_lane_whose_last_reply_the_echo_popped_is_closed(
    make_lanes: MakeLanes, valkey: ValkeyServer, namespace: str
) -> None:
    crashed, other = make_lanes(lease=30), make_lanes(owner="b")
    await put(crashed, 1)
    grant = await take(crashed)
    await crashed.commit(LANE, grant.fence, run_of(grant.step), Commit(replies=[reply(1)]))
    await other.confirm(LANE, "1:0")
    client = valkey.client()
    [m], [sched] = client.keys(f"cb:{namespace}:*:m"), client.keys(f"cb:{namespace}:*:sched")
    async with asyncio.timeout(5):
        while client.exists(sched):
            assert await other.claim(LANE) is None
            await asyncio.sleep(0.002)
    assert client.pttl(m) > 0
    assert await crashed.renew(LANE, grant.fence) == "FENCED"


async def test_fault_two_holders_cannot_both_be_told_to_send(make_lanes: MakeLanes) -> None:
    zombie, other = make_lanes(lease=30), make_lanes(owner="b")
    await put(zombie, 1)
    grant = await take(zombie)
    await zombie.commit(LANE, grant.fence, run_of(grant.step), Commit(replies=[reply(1)]))
    assert isinstance((await take(other)).step, Check)
    assert await zombie.renew(LANE, grant.fence) == "FENCED"  # what the worker asks before it sends on an old grant


async def test_a_claim_that_the_client_sends_again_gives_the_same_grant(lanes: Lanes) -> None:
    await put(lanes, 1)
    before = await take(lanes)
    lanes._claims = iter([0])  # type: ignore[assignment]
    assert await lanes.claim(LANE) == before
    assert run_of(before.step).attempts == 1
    assert await lanes.commit(LANE, before.fence, run_of(before.step), Commit()) == Stop(due=-1)
