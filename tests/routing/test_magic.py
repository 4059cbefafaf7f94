"""F: expressions as filters."""

from __future__ import annotations

from typing import Any

import magic_filter
import pytest

from criabot.routing import F, Filter, Regex, Router
from criabot.routing.filters import as_filter

from .shop import Contact, Message, send

NOBODY = Message(None)
GOLD = Message("Quero 3", Contact(plan="ouro", orders=4))


@pytest.mark.parametrize(
    ("expression", "matches"),
    [
        (F.text, True),
        (F.text == "Quero 3", True),
        (F.text.lower().in_({"quero 3"}), True),
        (F.text.contains("uero"), True),
        (F.text.len() > 3, True),
        (F.contact.orders > 4, False),
        ((F.contact.plan == "ouro") & (F.contact.orders == 4), True),
        ((F.contact.plan == "prata") | (F.contact.orders == 4), True),
        (~F.text.contains("uero"), False),
        (F.contact[F.plan == "ouro"].orders, True),
        (F.nothing.of.that.kind, False),
    ],
)
def test_an_expression_is_a_filter_on_the_subject(expression: Any, matches: bool) -> None:
    assert as_filter(expression)(GOLD) is matches


@pytest.mark.parametrize(
    "expression",
    [
        F.text.lower() == "oi",
        F.text.lower().contains("oi"),
        F.text.startswith("oi"),
        F.text[0] == "o",
        F.text + "!" == "oi!",
        F.contact.orders > 3,
        F.contact.orders.bit_length(),
        F.contact.plan.name.first,
        10 / F.contact.orders,
        (F.contact.orders > 3) & F.contact,
    ],
    ids=repr,
)
def test_what_makes_no_sense_for_a_subject_is_no_match_and_never_a_crash(expression: Any) -> None:
    assert as_filter(expression)(NOBODY) is False
    assert as_filter(~expression)(NOBODY) is True


def test_any_and_all_of_a_collection() -> None:
    contact: Any = Contact(plan=("ouro", "azul"))  # type: ignore[arg-type]
    message = Message("oi", contact)
    assert as_filter(F.contact.plan[...] == "azul")(message)
    assert not as_filter(F.contact.plan[:] == "azul")(message)


def test_a_mistake_in_a_function_of_ones_own_is_not_hidden() -> None:
    def broken(text: str) -> bool:
        raise RuntimeError(len(text))

    with pytest.raises(RuntimeError):
        as_filter(F.text.func(broken))(GOLD)


@pytest.mark.parametrize(
    "composed",
    [
        (F.text == "Quero 3") & Regex("quero (?P<n>.*)"),
        Regex("quero (?P<n>.*)") & (F.text == "Quero 3"),
        Regex("quero (?P<n>.*)") & F.text & F.contact.plan,
        F.text & (lambda message: message.contact) & Regex("quero (?P<n>.*)"),
    ],
    ids=repr,
)
async def test_it_composes_with_other_filters_on_either_side(composed: Filter) -> None:
    bot, got = Router(), []

    @bot.message(composed)
    async def handler(n: int) -> None:
        got.append(n)

    assert await send(bot, "Quero 3", GOLD.contact)
    assert not await send(bot, "Quero", GOLD.contact)
    assert got == [3]


def test_or_with_other_filters() -> None:
    for either in ((F.text == "oi") | Regex("quero.*"), "quero 3" | (F.text == "oi"), (F.text == "oi") | "quero 3"):
        assert either(GOLD)
        assert either(Message("oi"))
        assert not either(Message("tchau"))


def test_arithmetic_stays_arithmetic() -> None:
    assert as_filter(F.contact.orders & 4)(GOLD)
    assert not as_filter(F.contact.orders & 3)(GOLD)
    assert as_filter(F.contact.orders | 1)(GOLD)
    assert as_filter(5 & F.contact.orders)(GOLD)
    assert as_filter(1 | F.contact.orders)(GOLD)


def test_the_packages_own_f_is_welcome_and_as_careful() -> None:
    plain: Any = magic_filter.F.contact.orders > 3
    assert as_filter(plain)(GOLD) is True
    assert as_filter(plain)(NOBODY) is False


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (F, "F"),
        (F.text.lower().in_(("oi",)), "F.text.lower().in_(('oi',))"),
        (F.text.startswith("a", 2), "F.text.startswith('a', 2)"),
        (F.text.split(sep=","), "F.text.split(sep=',')"),
        (F.items[0].name != "x", "(F.items[0].name != 'x')"),
        (F.a & F.b | F.c, "((F.a & F.b) | F.c)"),
        (F.orders & 4, "(F.orders & 4)"),
        (~F.text.contains("x"), "~F.text.contains('x')"),
        (F.text.regexp("^a"), "F.text.regexp('^a')"),
        (F.text.len() + 1, "(F.text.len() add 1)"),
        (F.text.cast(int), "F.text.…"),
    ],
)
def test_an_expression_can_be_read(expression: Any, text: str) -> None:
    assert repr(expression) == text


async def test_a_miss_shows_the_expression() -> None:
    bot = Router()

    @bot.message(F.text.contains("devolver"))
    async def start(message: Message) -> None: ...

    handled = await send(bot)
    assert handled.reasons() == ["start: filter F.text.contains('devolver') did not match"]
