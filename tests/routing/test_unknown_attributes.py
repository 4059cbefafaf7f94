"""A misspelt ``F`` would silently never match: it is an error when the bot is loaded."""

from __future__ import annotations

import pytest

from criabot import Bot, F, Message, Regex, State
from criabot.errors import BotError
from criabot.routing import compile_routes
from criabot.routing.filters import FilterLike
from criabot.runtime.subjects import KINDS


def load(*filters: FilterLike) -> None:
    bot = Bot()

    @bot.message(*filters)
    async def handle(message: Message) -> None: ...

    compile_routes(bot, KINDS, state=State)


@pytest.mark.parametrize(
    "wrong",
    [F.txt == "b", ~(F.txt == "b"), (F.text == "a") & (F.txt == "b"), Regex("x") | (F.txt == "b"), ~Regex("x") & F.txt],
    ids=repr,
)
def test_an_attribute_that_the_subject_never_has(wrong: FilterLike) -> None:
    with pytest.raises(BotError, match=r"a Message has no 'txt', so F\.txt never matches\. Did you mean F\.text\?"):
        load(wrong)


@pytest.mark.parametrize(
    "right", [F.text == "a", F.conversation.id == 1, F.event.anything == 1, F.late, F.contact.name == "Ana"], ids=repr
)
def test_attributes_that_it_has(right: FilterLike) -> None:
    load(right)


def test_middleware_with_other_arguments_than_it_is_called_with() -> None:
    bot = Bot()
    with pytest.raises(BotError, match=r"middleware 'alone' must take \(call_next, scope\)"):

        @bot.middleware  # type: ignore[type-var]
        async def alone(handler: object) -> object: ...
