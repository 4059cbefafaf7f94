"""The outbox's last step against a platform: every answer it can get, and what becomes of the reply."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from criabot.conversation import Rules
from criabot.conversation.effects import (
    Assign,
    Effect,
    Labels,
    Say,
    SetAttributes,
    SetPriority,
    SetStatus,
    decode_effect,
)
from criabot.engine.lanes import Reply
from criabot.engine.worker import Delivered, GivenUp, Later
from criabot.platform import ApplicationClient
from criabot.runtime.delivery import Delivery, pack, unpack
from criabot.testing.platform import ApiFault
from tests.platforms import FakePlatform

TRAIL = {"account": 1, "inbox": 1}
LONG_AGO = 60_000


async def nobody(_bot_id: int) -> None:
    """Nobody wants to know the bot's id."""


Deliver = Callable[..., Awaitable[Delivered | Later | GivenUp]]


@pytest.fixture
async def platform() -> AsyncIterator[FakePlatform]:
    async with FakePlatform(echo=False) as platform:
        platform.message(7, "oi")  # 1001, the trigger
        yield platform


@pytest.fixture
async def deliver(platform: FakePlatform) -> AsyncIterator[Deliver]:
    rules = Rules(bot_name="hello")
    async with ApplicationClient(platform.url, 1, bot_token=platform.token, retries=0, read_timeout=0.5) as client:
        delivery = Delivery(client, rules, learned=nobody)

        async def deliver(
            effect: Effect, *, tries: int = 0, age: int | None = None, reply_id: str = "", version: str = "4.15.1"
        ) -> Delivered | Later | GivenUp:
            delivery.version = version
            client._caller.learn(version)
            [reply] = pack([effect], "000000001001:message_created:1001", TRAIL)
            reply = Reply(reply_id or reply.id, reply.yields, reply.body)
            return await delivery.deliver("c7", reply, tries=tries, age=age)

        yield deliver


async def test_a_message_is_sent_with_its_marker(platform: FakePlatform, deliver: Deliver) -> None:
    assert await deliver(Say(text="Olá", reply_to=1001, content_attributes={"x": 1})) == Delivered()
    [call] = platform.calls
    assert call.body == {
        "content": "Olá",
        "content_attributes": {
            "x": 1,
            "criabot": {"key": "hello:000000001001:message_created:1001:0"},
            "in_reply_to": 1001,
        },
    }


@pytest.mark.parametrize(
    ("effect", "action", "body"),
    [
        (Say(text="n", private=True), "messages", None),
        (SetStatus(status="open"), "toggle_status", {"status": "open"}),
        (Assign(agent_id=3), "assignments", {"assignee_id": 3}),
        (Assign(team_id=4), "assignments", {"team_id": 4}),
        (SetPriority(priority="high"), "toggle_priority", {"priority": "high"}),
        (SetPriority(priority=None), "toggle_priority", {"priority": None}),
        (Labels(add=("b", "a"), remove=("c",)), "labels", {"labels": ["a", "b"]}),
        (SetAttributes(attributes={"new": 1}), "custom_attributes", {"custom_attributes": {"old": 0, "new": 1}}),
    ],
)
async def test_every_effect_becomes_its_call(
    platform: FakePlatform, deliver: Deliver, effect: Effect, action: str, body: dict[str, object] | None
) -> None:
    conversation = platform.conversation(7)
    conversation.labels, conversation.custom_attributes = ["a", "c"], {"old": 0}
    assert await deliver(effect) == Delivered()
    call = platform.calls[-1]
    assert call.action == action
    assert body is None or call.body == body


@pytest.mark.parametrize(
    "effect",
    [
        Say(text="x", attachments=(Path("/tmp/a"),)),
        SetStatus(status="open"),
        Labels(add=("x",)),
        SetPriority(priority=None),
    ],
)
def test_an_effect_survives_its_journey_through_the_outbox(effect: Effect) -> None:
    [reply] = pack([effect], "1", TRAIL)
    assert unpack(Reply.decode(reply.encode()).body) == (TRAIL, effect)
    assert decode_effect(effect.model_dump_json().encode()) == effect


# -- a failed call ------------------------------------------------------------------------------------------------

TRY_AGAIN, ASK_FIRST, GIVE_UP, GIVE_UP_QUIETLY = "try again", "ask first", "give up", "give up quietly"


def what(outcome: Delivered | Later | GivenUp) -> str:
    if isinstance(outcome, Later):
        return ASK_FIRST if outcome.unsure else TRY_AGAIN
    assert isinstance(outcome, GivenUp)
    return GIVE_UP if outcome.then else GIVE_UP_QUIETLY


@pytest.mark.parametrize(
    ("effect", "fault", "expected"),
    [
        (Say(text="x"), ApiFault(status=400), GIVE_UP),
        (Say(text="x"), ApiFault(status=401), TRY_AGAIN),  # the token is wrong: keep it until it is right
        (Say(text="x"), ApiFault(status=402), GIVE_UP),
        (Say(text="x"), ApiFault(status=403), GIVE_UP),
        (Say(text="x"), ApiFault(status=404), GIVE_UP_QUIETLY),  # there is no conversation to hand over
        (Say(text="x"), ApiFault(status=422), ASK_FIRST),
        (Say(text="x"), ApiFault(status=429), TRY_AGAIN),
        (Say(text="x"), ApiFault(status=500), ASK_FIRST),
        (Say(text="x"), ApiFault(status=502), ASK_FIRST),
        (Say(text="x"), ApiFault(lose=True), ASK_FIRST),
        (Say(text="x"), ApiFault(delay=1.0), ASK_FIRST),
        (Say(text="x", private=True), ApiFault(status=403), GIVE_UP_QUIETLY),
        (SetStatus(status="open"), ApiFault(status=500), TRY_AGAIN),  # doing it twice is doing it once
        (SetStatus(status="open"), ApiFault(status=422), GIVE_UP_QUIETLY),
        (SetStatus(status="open"), ApiFault(status=401), TRY_AGAIN),
        (Labels(add=("x",)), ApiFault(status=401), GIVE_UP_QUIETLY),  # a bot's token on a server before 4.14.2
    ],
)
async def test_a_failed_call(
    platform: FakePlatform, deliver: Deliver, effect: Effect, fault: ApiFault, expected: str
) -> None:
    platform.fault = lambda _method, _path, _body: fault
    assert what(await deliver(effect)) == expected


async def test_a_platform_that_is_not_there_is_tried_again(deliver: Deliver, platform: FakePlatform) -> None:
    await platform.vanish()
    for tries, least, most in ((0, 0.1, 0.15), (3, 0.8, 1.2), (20, 30, 45)):
        outcome = await deliver(Say(text="x"), tries=tries)
        assert isinstance(outcome, Later)
        assert not outcome.unsure
        assert least <= outcome.delay <= most


@pytest.mark.parametrize(("status", "last"), [(422, 5), (500, 20)])
async def test_a_message_that_is_refused_again_and_again_goes_to_the_humans(
    platform: FakePlatform, deliver: Deliver, status: int, last: int
) -> None:
    platform.fault = lambda _method, path, _body: ApiFault(status=status) if path.endswith("/messages") else None
    assert what(await deliver(Say(text="x"), tries=last - 1)) == ASK_FIRST
    outcome = await deliver(Say(text="x"), tries=last)
    assert isinstance(outcome, GivenUp)
    note, status_change = (unpack(reply.body)[1] for reply in outcome.then)
    assert isinstance(note, Say)
    assert note.private
    assert status_change == SetStatus(status="open")
    assert [reply.yields for reply in outcome.then] == [False, True]


async def test_what_is_done_instead_is_not_replaced_again(platform: FakePlatform, deliver: Deliver) -> None:
    platform.fault = lambda _method, _path, _body: ApiFault(status=403)
    assert what(await deliver(Say(text="x"), reply_id="1001:0!:0")) == GIVE_UP_QUIETLY


async def test_an_attachment_that_is_gone_ends_in_a_handoff(deliver: Deliver, tmp_path: Path) -> None:
    outcome = await deliver(Say(text="x", attachments=(tmp_path / "gone.pdf",)))
    assert what(outcome) == GIVE_UP
    assert isinstance(outcome, GivenUp)
    assert "gone.pdf" in outcome.reason


# -- a message that may have arrived ------------------------------------------------------------------------------


async def sent_before(platform: FakePlatform, deliver: Deliver) -> None:
    """The message is on the platform, but its answer was lost."""
    platform.fault = lambda method, _path, _body: ApiFault(lose=True) if method == "POST" else None
    assert what(await deliver(Say(text="Olá"))) == ASK_FIRST
    platform.fault = lambda _method, _path, _body: None
    assert platform.conversation(7).said == ["Olá"]


async def test_it_is_found_and_not_sent_again(platform: FakePlatform, deliver: Deliver) -> None:
    await sent_before(platform, deliver)
    assert await deliver(Say(text="Olá"), age=LONG_AGO) == Delivered()
    assert platform.conversation(7).said == ["Olá"]


async def test_it_is_not_found_and_sent(platform: FakePlatform, deliver: Deliver) -> None:
    assert await deliver(Say(text="Olá"), age=LONG_AGO) == Delivered()
    assert platform.conversation(7).said == ["Olá"]


async def test_the_platform_gets_time_to_store_it_before_it_is_asked(platform: FakePlatform, deliver: Deliver) -> None:
    outcome = await deliver(Say(text="Olá"), age=500)
    assert outcome == Later(1.5, unsure=True)
    assert platform.calls == []


async def test_an_earlier_reply_of_the_same_turn_as_the_last_message_says_that_it_did_not_arrive(
    platform: FakePlatform, deliver: Deliver
) -> None:
    await deliver(Say(text="um"), reply_id="000000001001:message_created:1001:0")
    await deliver(Say(text="dois"), reply_id="000000001001:message_created:1001:1", age=LONG_AGO)
    assert platform.conversation(7).said == ["um", "dois"]


@pytest.mark.parametrize(
    ("policy", "said", "expected"), [("resend", 2, None), ("drop", 1, GIVE_UP_QUIETLY), ("handoff", 1, GIVE_UP)]
)
async def test_when_nobody_can_tell_the_message_decides(
    platform: FakePlatform, deliver: Deliver, policy: str, said: int, expected: str | None
) -> None:
    await sent_before(platform, deliver)
    platform.message(7, "e aí?")  # hides it
    effect = Say.model_validate({"text": "Olá", "when_unknown": policy})
    outcome = await deliver(effect, age=LONG_AGO)
    assert outcome == Delivered() if expected is None else what(outcome) == expected
    assert len(platform.conversation(7).said) == said


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_fault_a_question_without_an_answer_leaves_the_message_in_doubt(
    platform: FakePlatform, deliver: Deliver, status: int
) -> None:
    await sent_before(platform, deliver)
    platform.fault = lambda method, _path, _body: ApiFault(status=status) if method == "GET" else None
    assert what(await deliver(Say(text="Olá"), age=LONG_AGO)) == ASK_FIRST
    platform.fault = lambda _method, _path, _body: None
    assert await deliver(Say(text="Olá"), age=LONG_AGO) == Delivered()
    assert platform.conversation(7).said == ["Olá"]


async def test_fault_a_platform_that_went_away_before_the_question_leaves_the_message_in_doubt(
    platform: FakePlatform, deliver: Deliver
) -> None:
    await sent_before(platform, deliver)
    await platform.vanish()
    assert what(await deliver(Say(text="Olá"), age=LONG_AGO)) == ASK_FIRST


async def test_a_question_that_is_never_answered_ends_in_the_policy_of_the_message(
    platform: FakePlatform, deliver: Deliver
) -> None:
    await sent_before(platform, deliver)
    platform.fault = lambda method, _path, _body: ApiFault(status=500) if method == "GET" else None
    assert what(await deliver(Say(text="Olá", when_unknown="drop"), age=LONG_AGO, tries=20)) == GIVE_UP_QUIETLY


async def test_fault_a_reply_of_another_version_does_not_block_its_lane(platform: FakePlatform) -> None:
    async with ApplicationClient(platform.url, 1, bot_token=platform.token, retries=0) as client:
        delivery = Delivery(client, Rules(), learned=nobody)
        reply = Reply("1001:0", True, b'{}\n{"do":"dance"}')
        assert isinstance(await delivery.deliver("c7", reply, tries=0, age=None), Later)
        assert isinstance(await delivery.deliver("c7", reply, tries=20, age=None), GivenUp)


async def test_a_server_that_lets_no_bot_look_is_not_asked(platform: FakePlatform, deliver: Deliver) -> None:
    await deliver(Say(text="Olá", when_unknown="drop"), age=LONG_AGO, version="4.14.1")
    assert platform.calls == []


@asynccontextmanager
async def reading(platform: FakePlatform) -> AsyncIterator[Delivery]:
    """A delivery that may read what a bot may not."""
    platform.user_token = "an-agents-token"
    async with ApplicationClient(
        platform.url, 1, bot_token=platform.token, user_token=platform.user_token, retries=0
    ) as client:
        yield Delivery(client, Rules(bot_name="hello"), learned=nobody)


async def test_with_a_user_token_the_list_of_messages_decides(platform: FakePlatform) -> None:
    async with reading(platform) as delivery:
        [reply] = pack([Say(text="Olá")], "000000001001:message_created:1001", TRAIL)
        await delivery.deliver("c7", reply, tries=0, age=None)
        platform.message(7, "e aí?")
        await delivery.deliver("c7", reply, tries=0, age=LONG_AGO)
        assert platform.conversation(7).said == ["Olá"]


async def test_an_old_server_drops_the_marker_and_the_words_are_compared(platform: FakePlatform) -> None:
    async with reading(platform) as delivery:
        delivery.version = "4.5.0"
        [reply] = pack([Say(text="Olá\n")], "000000001001:message_created:1001", TRAIL)
        await delivery.deliver("c7", reply, tries=0, age=None)
        platform.conversation(7).messages[-1].content_attributes = {}
        await delivery.deliver("c7", reply, tries=0, age=LONG_AGO)
        assert platform.conversation(7).said == ["Olá\n"]


async def test_typing_is_a_courtesy(platform: FakePlatform) -> None:
    async with ApplicationClient(platform.url, 1, bot_token=platform.token, retries=0) as client:
        delivery = Delivery(client, Rules(), learned=nobody)
        await delivery.typing(7, True)
        platform.fault = lambda _method, _path, _body: ApiFault(status=500)
        await delivery.typing(7, True)
    assert [call.body["typing_status"] for call in platform.calls] == ["on", "on"]
