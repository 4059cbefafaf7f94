"""Regex: matching what somebody wrote, and turning its groups into typed parameters."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from enum import Enum, IntEnum

import pytest

from criabot.errors import BotError
from criabot.routing import F, Regex, Router

from .shop import Conversation, Message, WireEvent, complaints, line_of, send


class Size(Enum):
    SMALL = "p"
    LARGE = "g"


class Floor(IntEnum):
    GROUND = 0
    FIRST = 1


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (Regex(r"pedido \d+"), "Pedido 12", True),
        (Regex(r"pedido \d+"), "  pedido 12 \n", True),
        (Regex(r"pedido \d+"), "meu pedido 12", False),
        (Regex(r"pedido \d+", search=True), "meu pedido 12, por favor", True),
        (Regex(r"pedido", flags=0), "Pedido", False),
        (Regex(re.compile("pedido")), "Pedido", False),
        (Regex("oi"), None, False),
    ],
)
def test_the_whole_text_matches_ignoring_case_unless_told_otherwise(
    pattern: Regex, text: str | None, matches: bool
) -> None:
    assert pattern(Message(text)) is matches


def test_a_subject_without_text_does_not_match() -> None:
    assert Regex(".*")(WireEvent()) is False


async def test_a_compiled_pattern_is_searched_for_as_it_is() -> None:
    bot = Router()

    @bot.message(re.compile("boleto"))
    async def bill() -> None: ...

    assert await send(bot, "cadê meu boleto?")
    assert not await send(bot, "BOLETO")


async def test_groups_are_converted_to_what_the_parameters_are_annotated_with() -> None:
    bot, got = Router(), []

    @bot.message(Regex(r"(?P<n>\S+) (?P<price>\S+) (?P<size>\S+) (?P<day>\S+) (?P<floor>\S+) (?P<note>\S+)"))
    async def order(n: int, price: Decimal, size: Size, day: date, floor: Floor, note) -> None:  # type: ignore[no-untyped-def]
        got.append((n, price, size, day, floor, note))

    assert await send(bot, "3 9.90 g 2026-07-02 1 Azul")
    assert got == [(3, Decimal("9.90"), Size.LARGE, date(2026, 7, 2), Floor.FIRST, "Azul")]


@pytest.mark.parametrize("text", ["três 9.90 p", "3 caro p", "3 9.90 médio"])
async def test_a_text_that_does_not_convert_is_no_match_and_the_next_handler_goes_on(text: str) -> None:
    bot = Router()

    @bot.message(Regex(r"(?P<n>\S+) (?P<price>\S+) (?P<size>\S+)"))
    async def order(n: int, price: Decimal, size: Size) -> None: ...

    @bot.message()
    async def otherwise() -> None: ...

    handled = await send(bot, text)
    assert handled.by is not None
    assert handled.by.name == "otherwise"


async def test_each_handler_of_a_shared_filter_gets_its_own_types() -> None:
    bot, got = Router(), []
    number = Regex(r"pedido (?P<number>\d+)")

    @bot.message(number & F.contact.plan)
    async def never(number: date) -> None: ...

    @bot.message(number | Regex(r"nota (?P<number>\d+)"))
    async def order(number: int) -> None:
        got.append(number)

    @bot.message(number)
    async def raw(number: str) -> None: ...

    assert await send(bot, "nota 07")
    assert await send(bot, "pedido 08")
    assert got == [7, 8]


async def test_a_group_that_took_no_part_leaves_the_default_or_none_where_that_is_welcome() -> None:
    bot = Router()
    got: list[object] = []
    maybe = r"(?: (?P<count>\d+))?"

    @bot.message(Regex("quero" + maybe))
    async def with_default(count: int = 1) -> None:
        got.append(count)

    @bot.message(Regex("talvez" + maybe))
    async def with_none(count: int | None) -> None:
        got.append(count)

    @bot.message(Regex("nunca" + maybe))
    async def with_neither(count: str) -> None:
        got.append(count)

    for text in ("quero", "quero 2", "talvez", "talvez 3", "nunca 4"):
        assert await send(bot, text)
    assert not await send(bot, "nunca")
    assert got == [1, 2, None, 3, "4"]


def test_a_broken_pattern_is_refused_where_it_stands() -> None:
    with pytest.raises(BotError, match=r"'\(oi' is not a regular expression: missing \)"):
        Regex("(oi")


class Opaque:
    """No text becomes one of these."""


def test_a_type_that_no_text_becomes_is_refused_at_load() -> None:
    bot = Router()

    @bot.message(Regex("(?P<n>.*)"))
    async def handler(conversation: Conversation, n: Opaque) -> None: ...

    [complaint] = complaints(bot)
    assert complaint.startswith(f"{line_of(handler)} handler 'handler': parameter 'n': a text cannot become <class")
