"""Who may speak, held against the recordings of a real server: every delivery to the bot, in order of arrival.

A line is a step of the recording in which something was decided: the owner after it, and whether the bot might answer
what the customer wrote in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

import pytest

from criabot.conversation.ownership import Ownership, Rules, after, is_own_echo, judge
from criabot.platform import ConversationUpdated, MessageCreated, parse_event
from tests.recorded import Recording, Version, recording

BOT_IS_ONE = Rules(bot_name="another", bot_id=1)  # in the recordings the bot is number 1 and has no marker of ours
IN_WORDS = {True: "answers", False: "is silent", None: "asks"}


def story(told: Recording) -> Iterator[str]:
    records: dict[int, Ownership | None] = {}
    to_bot = (delivery for delivery in told if delivery.sender == "agent_bot")
    for step, deliveries in groupby(to_bot, key=attrgetter("step")):
        before, decided = dict(records), []
        for event in (parse_event(delivery.raw) for delivery in deliveries):
            number = event.conversation_id
            if number is None or is_own_echo(event, BOT_IS_ONE):
                continue
            record = records[number] = after(records.get(number), event, BOT_IS_ONE)
            if isinstance(event, MessageCreated) and event.is_from_contact:
                decided.append(IN_WORDS[judge(record, event, BOT_IS_ONE).bot])
        changed = [_owner(now) for number, now in records.items() if now is not None and now != before.get(number)]
        if changed or decided:
            yield " | ".join([step, *changed, *dict.fromkeys(decided)])


def _owner(record: Ownership) -> str:
    return record.owner.value + (", he wrote" if record.spoke else "")


HANDOFF = """
    contact writes | answers
    contact asks for a human | answers
    bot opens | human
    bot assigns the agent | human
    contact writes while open | is silent
    agent replies | human, he wrote
    contact thanks | is silent
    agent says goodbye | human, he wrote
    agent resolves | nobody
    contact writes again (resolved) | bot | answers
    bot resolves | nobody
    contact writes a third time | bot | answers
"""

BEFORE_4_13 = """
    contact writes | answers
    contact asks for a human | answers
    bot opens | human
    contact writes while open | is silent
    agent replies | human, he wrote
    contact thanks | is silent
    agent says goodbye | human, he wrote
    agent resolves | nobody
    contact writes again (resolved) | answers
    bot resolves | nobody
    contact writes a third time | answers
"""

ASSIGNMENT = """
    contact writes first message | answers
    bot assigns itself | bot
    bot again | bot
    user | human
    bot replaces the user | bot
    user replaces the bot | human
    unknown user unassigns | bot
    both: assignee wins | human
    admin, not in the team | human
    team clears the admin | bot
    wrong type | human
    text id | bot
    id as text | human
    agent unassigns | bot
    bot assigned to one conversation | bot
    contact writes | is silent
"""

WORKER_RESTART = """
    contact writes first message | answers
    worker started | human | answers
"""

AUTOMATION_OPENS = """
    contact writes (the bot answers on the first delivery) | answers
    contact writes (the bot answers on the first delivery) | answers
    contact writes (the bot answers on the first delivery) | answers
    contact writes again (no second out-of-office) | answers
    contact writes (the bot answers on the first delivery) | answers
    contact writes (the bot answers on the first delivery) | answers
    contact writes (the bot answers on the first delivery) | answers
    bot replies at once | human
    e-mail collect: first widget message of an unknown visitor | answers
    visitor writes again | answers
"""

AUTO_ASSIGNMENT = """
    contact writes | answers
    contact asks for a human | answers
    bot opens | human
    contact writes while open | is silent
    agent replies | human, he wrote
    contact thanks | is silent
    agent says goodbye | human, he wrote
    agent resolves | nobody
    contact writes again (resolved) | bot | answers
    bot resolves | nobody
    contact writes a third time | bot | answers
    echo_id | human, he wrote
    contact writes | is silent
    contact writes after unsubscribe | is silent
    agent signs a bot message | bot
"""

EVERY_EVENT = """
    message_created (incoming) | answers
    conversation_opened, status_changed, updated | human
    conversation_resolved | nobody
    status_changed to snoozed | human
    status_changed to pending | bot
    conversation_updated: assignee | human
    widget conversation | answers
    automation_event.conversation_updated | nobody
    automation_event.message_created | answers
    automation_event.conversation_opened | human
    agent message | human, he wrote
"""

OWNER_ANSWERS_BY_PHONE = """
    one delivery with two messages inside | answers
    message echo: the owner answers from the phone app (smb_message_echoes) | human, he wrote
    image whose download fails (404) | is silent
    administrator resolves | nobody
    customer writes after it was resolved | answers
"""


@pytest.mark.parametrize(
    ("scenario", "version", "expected"),
    [
        ("09_handoff", "v4.15.1", HANDOFF),
        ("09_handoff", "v4.5.0", BEFORE_4_13),
        ("10_assignment", "v4.15.1", ASSIGNMENT),
        ("14_worker_restart", "v4.15.1", WORKER_RESTART),
        ("20_templates", "v4.15.1", AUTOMATION_OPENS),
        ("22_actioncable", "v4.15.1", AUTO_ASSIGNMENT),
        ("23_every_event", "v4.15.1", EVERY_EVENT),
    ],
)
def test_the_record_follows_what_happened(scenario: str, version: Version, expected: str) -> None:
    assert list(story(recording(scenario, version))) == lines(expected)


def test_an_owner_who_answers_from_his_phone_takes_over() -> None:
    expected = lines(OWNER_ANSWERS_BY_PHONE)
    assert list(story(recording("24_whatsapp_incoming")))[-len(expected) :] == expected


def test_messages_of_a_burst_are_left_to_the_human_who_opened_meanwhile() -> None:
    """The snapshots say pending; the opening, which is the last of the burst, is urgent and goes before them."""
    events = [
        parse_event(delivery.raw) for delivery in recording("14_worker_restart") if delivery.sender == "agent_bot"
    ]
    [opened] = [event for event in events if event.event == "conversation_opened"]
    record = after(None, opened, BOT_IS_ONE)
    messages = [event for event in events if isinstance(event, MessageCreated) and event.is_from_contact]
    assert [message.conversation.status for message in messages] == ["pending"] * 4
    assert [judge(record, message, BOT_IS_ONE).bot for message in messages] == [False] * 4


def test_a_stale_status_does_not_give_the_conversation_back() -> None:
    """The bot's own reply was stored while an automation opened: newer than the opening, but it says pending."""
    events = [parse_event(delivery.raw) for delivery in recording("20_templates") if delivery.sender == "agent_bot"]
    [opened] = [event for event in events if event.event == "conversation_opened"]
    stale = [
        event
        for event in events[events.index(opened) :]
        if isinstance(event, ConversationUpdated)
        and event.conversation_id == opened.conversation_id
        and event.conversation.status == "pending"
    ]
    record = after(None, opened, BOT_IS_ONE)
    assert stale
    assert record is not None
    for event in stale:
        assert (event.time_ms or 0) > record.since
        assert after(record, event, BOT_IS_ONE) is record


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]
