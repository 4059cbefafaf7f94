"""Who may speak: each event's word, each message's verdict (contract 1.7, 2.14 and 4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from criabot.conversation.ownership import (
    Owner,
    Ownership,
    Rules,
    after,
    bears_on_ownership,
    is_own_echo,
    judge,
    owned_by_status,
    takes_over,
)
from criabot.platform import Event, MessageCreated, parse_event

RULES = Rules(bot_name="hello", bot_id=9)
T = 1_783_000_000_000  # a moment, in milliseconds

AGENT = {"id": 2, "name": "Ana", "type": "user"}
BOT = {"id": 9, "name": "hello", "type": "agent_bot"}
OTHER_BOT = {"id": 8, "name": "another", "type": "agent_bot"}
CONTACT = {"id": 9, "name": "Bia"}


def event(name: str, **keys: Any) -> Event:
    return parse_event(json.dumps({"event": name, **keys}).encode())


def conversation(status: str = "pending", *, at: int = T, assignee: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"id": 7, "status": status, "updated_at": at / 1000, "meta": {"assignee": assignee}}


def told(name: str, now: str = "pending", *, at: int = T, assignee: Any = None, **changes: list[Any]) -> Event:
    """A conversation event; `changes` are columns with the value before and after."""
    changed = [{k: {"previous_value": v[0], "current_value": v[1]}} for k, v in changes.items()] or None
    name = f"conversation_{name}"
    return event(name, **conversation(now, at=at, assignee=assignee), changed_attributes=changed)


def message(
    kind: str = "incoming",
    sender: dict[str, Any] | None = CONTACT,
    *,
    status: str = "pending",
    at: int = T,
    assignee: dict[str, Any] | None = None,
    **keys: Any,
) -> MessageCreated:
    body = {"id": 1, "message_type": kind, "private": False, "sender": sender, "created_at": at / 1000, **keys}
    made = event("message_created", conversation=conversation(status, assignee=assignee), **body)
    assert isinstance(made, MessageCreated)
    return made


@pytest.mark.parametrize(
    ("told_by", "owner"),
    [
        (told("opened", "open"), Owner.HUMAN),
        (told("resolved", "resolved"), Owner.NOBODY),
        (told("status_changed", "open"), Owner.HUMAN),
        (told("status_changed", "snoozed"), Owner.HUMAN),
        (told("status_changed", "resolved"), Owner.NOBODY),
        (told("status_changed", "pending"), Owner.BOT),
        (told("updated", "open", status=["pending", "open"]), Owner.HUMAN),
        (told("updated", "pending", status=["open", "pending"]), Owner.BOT),
        (told("updated", "pending", assignee_id=[None, 2]), Owner.HUMAN),
        (told("updated", "pending", assignee_id=[2, None]), Owner.BOT),
        (told("updated", "open", assignee_id=[2, None]), None),
        (told("updated", "pending", assignee_agent_bot_id=[None, 9]), Owner.BOT),
        (told("updated", "pending", assignee_agent_bot_id=[None, 8]), Owner.HUMAN),
        (told("updated", "pending", assignee_id=[2, None], assignee_agent_bot_id=[None, 9]), Owner.BOT),
        (told("updated", "pending", assignee_id=[None, 2], assignee_agent_bot_id=[9, None]), Owner.HUMAN),
        (told("updated", "open", waiting_since=[1, None]), None),  # the status in it can be stale
        (told("updated", "open", team_id=[None, 1]), None),
        (told("updated", "open"), None),
        (told("created", "open"), None),
        (message("outgoing", AGENT), Owner.HUMAN),
        (message("outgoing", AGENT, private=True), None),
        (message("outgoing", None, content_attributes={"external_echo": True}), Owner.HUMAN),
        (message("outgoing", None, content_attributes={"automation_rule_id": 3}), None),
        (message("outgoing", AGENT, content_attributes={"automation_rule_id": 3}), None),
        (message("outgoing", None), None),
        (message("outgoing", BOT), None),
        (message("outgoing", OTHER_BOT), None),
        (message("outgoing", AGENT, content_attributes={"criabot": {"key": "hello:1:0"}}), None),
        (message("outgoing", AGENT, content_attributes={"criabot": {"key": "hello2:1:0"}}), Owner.HUMAN),
        (message("template", None), None),
        (message("incoming", CONTACT, status="open"), None),
    ],
)
def test_what_an_event_says_about_the_owner(told_by: Event, owner: Owner | None) -> None:
    record = after(None, told_by, RULES)
    assert (record.owner if record is not None else None) == owner
    assert bears_on_ownership(told_by, RULES) == (owner is not None)
    assert takes_over(told_by, RULES) == (owner in (Owner.HUMAN, Owner.NOBODY))


@pytest.mark.parametrize("first", [told("opened", "open", at=T + 1), message("outgoing", AGENT, at=T + 1)])
def test_an_older_event_changes_nothing(first: Event) -> None:
    record = after(None, first, RULES)
    assert after(record, told("status_changed", "pending", at=T), RULES) is record


def test_a_human_who_wrote_keeps_it_until_it_is_given_back() -> None:
    record = after(None, message("outgoing", AGENT, at=T), RULES)
    record = after(record, told("opened", "open", at=T + 1), RULES)
    assert judge(record, message(at=T + 2), RULES).bot is False
    record = after(record, told("status_changed", "pending", at=T + 3), RULES)
    assert judge(record, message(at=T + 4), RULES).bot is True


def test_fault_what_is_older_than_the_last_takeover_does_not_give_it_back() -> None:
    record = after(None, message("outgoing", AGENT, at=T), RULES)
    record = after(record, told("opened", "open", at=T + 5), RULES)
    record = after(record, told("status_changed", "pending", at=T + 3), RULES)
    assert judge(record, message(at=T + 6), RULES).bot is False


HUMAN, NOBODY, OURS = (Ownership(owner, T, "told so") for owner in (Owner.HUMAN, Owner.NOBODY, Owner.BOT))
SPOKE = Ownership(Owner.HUMAN, T, "a human wrote", spoke=True)
FORMER = Ownership(Owner.NOBODY, T, "its status is resolved", former=2)


@pytest.mark.parametrize(
    ("record", "asked", "bot"),
    [
        (None, message(), True),
        (None, message(status="open"), False),
        (None, message(status="snoozed"), False),
        (None, message(assignee=AGENT), False),
        (None, message(assignee=BOT), True),
        (None, message(assignee=OTHER_BOT), False),
        (OURS, message(at=T + 1), True),
        (OURS, message(at=T + 1, status="open"), False),
        (HUMAN, message(at=T - 1), False),  # a snapshot from before
        (HUMAN, message(at=T), False),
        (HUMAN, message(at=T + 1), None),  # given back without an event, or a stale snapshot
        (HUMAN, message(at=T + 1, status="open"), False),
        (SPOKE, message(at=T + 1), False),
        (NOBODY, message(at=T - 1), False),
        (NOBODY, message(at=T + 1), True),  # the customer reopened it
        (FORMER, message(at=T + 1, assignee=AGENT), True),  # the platform leaves the agent assigned
        (FORMER, message(at=T + 1, assignee={**AGENT, "id": 3}), False),
        (FORMER, message(at=T + 1, assignee=AGENT, status="open"), False),
    ],
)
def test_who_may_answer_a_message(record: Ownership | None, asked: MessageCreated, bot: bool | None) -> None:
    verdict = judge(record, asked, RULES)
    assert verdict.bot is bot
    assert verdict.why


def test_the_statuses_are_the_bots_own_choice() -> None:
    rules = Rules(frozenset({"pending", "open"}), "hello", 9)
    assert judge(None, message(status="open"), rules).bot is True
    opened = told("opened", "open")
    assert not takes_over(opened, rules)
    assert takes_over(told("updated", "open", assignee_id=[None, 2]), rules)


@pytest.mark.parametrize(
    ("shown", "ours"),
    [
        (message("outgoing", BOT), True),
        (message("outgoing", OTHER_BOT), False),
        (message("outgoing", AGENT, content_attributes={"criabot": {"key": "hello:1:0"}}), True),
        (message("outgoing", OTHER_BOT, content_attributes={"criabot": {"key": "hello2:1:0"}}), False),
        (message("outgoing", AGENT, content_attributes={"criabot": "hello:1:0"}), False),
        (message("incoming", CONTACT), False),  # number 9, too, but of another kind
        (told("opened", "open"), False),
    ],
)
def test_what_counts_as_our_own_message(shown: Event, ours: bool) -> None:
    assert is_own_echo(shown, RULES) is ours


def test_before_the_platform_told_our_number_an_assigned_bot_is_taken_for_us() -> None:
    nameless = Rules(bot_name="hello")
    assert owned_by_status(message(assignee=BOT).conversation, nameless).bot is True
    assert not is_own_echo(message("outgoing", BOT), nameless)
    assert not takes_over(message("outgoing", BOT), nameless)
