"""The memory of a conversation: loaded, changed, stored, and what it refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from pydantic import Field

from criabot import State
from criabot.conversation import Memory, Owner, Ownership, States
from criabot.conversation.memory import LARGEST
from criabot.errors import StateError


class Cart(State):
    items: list[str] = Field([])
    since: datetime | None = None


class Visits(State):
    number: int = 0


def cart_of_ints() -> type[State]:
    class Cart(State):
        items: list[int] = Field([])

    return Cart


def test_a_state_is_fresh_until_it_is_stored() -> None:
    states = States({})
    assert states.load(Cart).items == []
    assert states.dump() == {}


def test_a_changed_state_comes_back_as_it_was() -> None:
    memory = Memory(b"")
    cart = memory.states.load(Cart)
    cart.items.append("café ☕")
    cart.since = datetime(2026, 7, 2, 14, 3, tzinfo=UTC)
    stored = memory.dump()
    assert stored is not None
    again = Memory(stored)
    assert again.states.load(Cart) == cart
    assert again.dump() is None


def test_all_that_ask_in_a_turn_share_one_instance() -> None:
    states = States({})
    assert states.load(Cart) is states.load(Cart)


def test_a_state_nobody_asked_for_stays() -> None:
    memory = Memory(b'{"states":{"Cart":{"items":["a"],"since":null}}}')
    memory.states.load(Visits).number = 1
    stored = memory.dump()
    assert stored is not None
    assert Memory(stored).states.load(Cart).items == ["a"]


def test_a_state_that_was_stored_and_is_emptied_is_stored_empty() -> None:
    memory = Memory(b'{"states":{"Visits":{"number":3}}}')
    memory.states.load(Visits).number = 0
    stored = memory.dump()
    assert stored is not None
    assert Memory(stored).states.load(Visits).number == 0


def test_a_turn_that_failed_leaves_the_states_and_keeps_the_owner() -> None:
    memory = Memory(b'{"states":{"Visits":{"number":3}}}')
    memory.states.load(Visits).number = 4
    memory.ownership = Ownership(Owner.HUMAN, 5, "a human wrote", spoke=True, former=2)
    stored = memory.dump(keep_states=False)
    assert stored is not None
    again = Memory(stored)
    assert again.states.load(Visits).number == 3
    assert again.ownership == memory.ownership


def test_unknown_fields_of_an_older_class_are_dropped() -> None:
    assert States({"Visits": {"number": 2, "gone": "x"}}).load(Visits).number == 2


def test_a_value_that_does_not_fit_is_named_by_its_field_and_not_shown() -> None:
    with pytest.raises(StateError, match=r"state Visits does not fit its class \(fields: number\)") as caught:
        States({"Visits": {"number": "secret words"}}).load(Visits)
    assert "secret" not in str(caught.value)


def test_a_state_class_with_a_field_that_has_no_default_cannot_begin() -> None:
    class Order(State):
        number: int = Field()

    with pytest.raises(StateError, match="give new fields a default"):
        States({}).load(Order)


def test_two_classes_of_one_name_do_not_share_a_state() -> None:
    states = States({})
    states.load(Cart)
    with pytest.raises(StateError, match="both called Cart"):
        states.load(cart_of_ints())


def test_a_memory_that_is_too_large_is_refused() -> None:
    memory = Memory(b"")
    memory.states.load(Cart).items.append("x" * LARGEST)
    with pytest.raises(StateError, match=str(LARGEST)):
        memory.dump()


def test_fault_the_owner_of_a_conversation_with_a_full_memory_can_still_be_kept() -> None:
    full = json.dumps({"states": {"Cart": {"items": ["x" * (LARGEST - 60)], "since": None}}}).encode()
    memory = Memory(full)
    memory.ownership = Ownership(Owner.HUMAN, 5, "a human wrote, and said why at some length")
    stored = memory.dump(keep_states=False)
    assert stored is not None
    assert Memory(stored).ownership == memory.ownership
