"""Filters: what may stand in a decorator, and how they compose."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criabot.errors import BotError
from criabot.routing import F, Filter, Regex, Router
from criabot.routing.filters import as_filter, settled

from .shop import Contact, Message, complaints, send


class Fixed(Filter):
    """Always answers the same and remembers that it was asked."""

    def __init__(self, answer: bool | dict[str, object], names: frozenset[str] = frozenset()) -> None:
        self.answer = answer
        self.names = names
        self.asked = 0

    def __call__(self, subject: object) -> bool | dict[str, object]:
        self.asked += 1
        return self.answer


class FixedLater(Fixed):
    """The same, asynchronously."""

    async def __call__(self, subject: object) -> bool | dict[str, object]:  # type: ignore[override]
        self.asked += 1
        return self.answer


class Plan(Filter):
    """Binds the contact's plan."""

    names = frozenset({"plan"})

    async def __call__(self, message: Message) -> bool | dict[str, object]:
        return {"plan": message.contact.plan} if message.contact.plan else False


class Forgetful(Filter):
    """Promises a name and does not bind it."""

    names = frozenset({"plan"})

    def __call__(self, message: Message) -> bool:
        return True


class Unfinished(Filter):
    """Has no answer."""


leaves = st.booleans().flatmap(
    lambda answer: st.sampled_from([Fixed, FixedLater]).map(lambda kind: (kind(answer), answer))
)
combined = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: (pair[0][0] & pair[1][0], pair[0][1] and pair[1][1])),
        st.tuples(inner, inner).map(lambda pair: (pair[0][0] | pair[1][0], pair[0][1] or pair[1][1])),
        inner.map(lambda one: (~one[0], not one[1])),
    ),
    max_leaves=12,
)


@given(combined)
async def test_any_composition_answers_as_logic_does(case: tuple[Filter, bool]) -> None:
    composed, expected = case
    assert bool(await settled(composed(Message()))) is expected


@pytest.mark.parametrize("kind", [Fixed, FixedLater])
async def test_the_right_side_is_asked_no_further_than_needed(kind: Callable[[bool], Fixed]) -> None:
    no, yes, right = kind(False), kind(True), kind(True)
    assert not await settled((no & right)(Message()))
    assert await settled((yes | right)(Message()))
    assert right.asked == 0
    assert await settled((yes & right)(Message()))
    assert await settled((no | right)(Message()))
    assert right.asked == 2


@pytest.mark.parametrize("kind", [Fixed, FixedLater])
async def test_and_binds_the_names_of_both_or_those_that_both_bind_and_not_none(kind: type[Fixed]) -> None:
    left = kind({"a": 1, "b": 1}, frozenset("ab"))
    right = kind({"b": 2, "c": 2}, frozenset("bc"))
    never = kind(False, frozenset("bc"))

    assert (left & right).names == {"a", "b", "c"}
    assert await settled((left & right)(Message())) == {"a": 1, "b": 2, "c": 2}
    assert (left | right).names == {"b"}
    assert await settled((left | right)(Message())) == {"b": 1}
    assert await settled((never | right)(Message())) == {"b": 2, "c": 2}
    assert (~left).names == frozenset()
    assert await settled((~never)(Message())) is True
    assert ~~left is left


def test_only_a_composition_with_something_asynchronous_needs_an_await() -> None:
    quick, slow = Fixed(True), FixedLater(True)
    assert not (quick & ~quick | F.text & quick).is_async
    assert (quick & slow).is_async
    assert (quick | slow).is_async
    assert (~slow).is_async


LIKES: list[Any] = ["oi", re.compile("^o"), F.text == "oi", lambda message: message.text == "oi", Regex("oi")]


@pytest.mark.parametrize("like", LIKES, ids=["text", "pattern", "F", "function", "Regex"])
def test_whatever_a_decorator_takes_composes_on_either_side(like: Any) -> None:
    yes, no = Fixed(True), Fixed(False)
    for hit in (yes & like, like & yes, no | like, like | no):
        assert hit(Message("oi"))
        assert not hit(Message("tchau"))
    for miss in (no & like, like & no):
        assert not miss(Message("oi"))


async def test_a_text_is_compared_whole_ignoring_case_and_surrounding_blanks() -> None:
    bot = Router()

    @bot.message("Olá")
    async def greet() -> None: ...

    assert await send(bot, "  oLÁ\n")
    assert not await send(bot, "olá!")
    assert not await send(bot, None)


async def test_functions_of_the_subject_are_filters_sync_or_async() -> None:
    bot = Router()

    async def wrote_back(message: Message) -> bool:
        return message.contact.plan is not None

    @bot.message(lambda message: message.text, wrote_back)
    async def handler() -> None: ...

    assert await send(bot, "oi", Contact(plan="ouro"))
    assert not await send(bot, "oi", Contact())
    assert not await send(bot, "", Contact(plan="ouro"))


async def test_a_filter_of_ones_own_binds_its_names() -> None:
    bot, plans = Router(), []

    @bot.message(Plan())
    async def handler(plan: str) -> None:
        plans.append(plan)

    assert await send(bot, contact=Contact(plan="ouro"))
    handled = await send(bot, contact=Contact())
    assert not handled
    assert handled.reasons() == ["handler: filter Plan() did not match"]
    assert plans == ["ouro"]


async def test_a_filter_that_does_not_bind_what_it_promised_is_named_by_the_parameter() -> None:
    bot, plans = Router(), []

    @bot.message("preço", Forgetful())
    async def lenient(plan: str = "livre") -> None:
        plans.append(plan)

    @bot.message(Forgetful())
    async def strict(plan: str) -> None: ...

    await send(bot, "preço")
    assert plans == ["livre"]
    with pytest.raises(BotError, match="a filter lists 'plan' in its names, but its answer has no 'plan'"):
        await send(bot, "oi")


async def test_a_function_that_returns_a_coroutine_is_not_taken_for_a_yes() -> None:
    bot = Router()

    async def check(message: Message) -> bool:
        return False

    @bot.message(lambda message: check(message))
    async def handler() -> None: ...

    with pytest.raises(BotError, match=r"filter <lambda> \(.*\) returned a coroutine: define it with 'async def'"):
        await send(bot)


async def test_a_filter_without_an_answer_says_so() -> None:
    bot = Router()

    @bot.message(Unfinished())
    async def handler() -> None: ...

    with pytest.raises(NotImplementedError, match="Unfinished needs a __call__"):
        await send(bot)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (42, "a value of type int is not a filter; use F.…, Regex"),
        (None, "a value of type NoneType is not a filter"),
        (Plan, "Plan is a class, not a filter: write Plan"),
    ],
)
def test_what_is_no_filter_is_refused_where_it_stands(wrong: Any, complaint: str) -> None:
    with pytest.raises(BotError, match=complaint):
        Router().message(wrong)
    with pytest.raises(BotError, match=complaint):
        as_filter(wrong)


@pytest.mark.parametrize("name", ["contact", "greeting"])
def test_a_filter_may_not_bind_a_name_that_something_else_has(name: str) -> None:
    bot = Router()
    bot.provide("greeting", "Olá")

    @bot.message(Regex(f"(?P<{name}>.*)"))
    async def handler(message: Message) -> None: ...

    [complaint] = complaints(bot)
    assert complaint.endswith(f"a filter binds '{name}', but something else has that name here: rename the filter's")


async def test_a_value_that_a_filter_binds_is_not_mistaken_for_the_kinds_value_of_that_class() -> None:
    class Sponsor(Filter):
        names = frozenset({"sponsor"})

        def __call__(self, message: Message) -> dict[str, object]:
            return {"sponsor": Contact("ouro")}

    bot, got = Router(), []

    @bot.message(Sponsor())
    async def handler(sponsor: Contact, contact: Contact) -> None:
        got.append((sponsor.plan, contact.plan))

    await send(bot, contact=Contact("azul"))
    assert got == [("ouro", "azul")]


def test_compositions_can_be_read() -> None:
    composed = ("oi" | Regex("ol[aá]")) & ~as_filter(F.text.contains("x"))
    assert repr(composed) == "(('oi' | Regex('ol[aá]')) & ~F.text.contains('x'))"
