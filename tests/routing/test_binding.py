"""Binding: which value each parameter gets, and what is said at load when there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Protocol

import pytest

from criabot.errors import BotError
from criabot.routing import Kind, Regex, Router, Routes, Scope, compile_routes

from .shop import (
    KINDS,
    Brittle,
    Cart,
    Contact,
    ContactChange,
    Conversation,
    Message,
    State,
    StatusChange,
    complaints,
    line_of,
    load,
    message_scope,
    send,
    status_scope,
)

if TYPE_CHECKING:
    from .shop import Elsewhere  # type: ignore[attr-defined]


class Speaks(Protocol):
    """Cannot be checked at run time."""

    def say(self) -> None: ...


class Base:
    """What two values have in common."""


class Left(Base):
    """One of them."""


class Right(Base):
    """The other."""


async def test_values_are_bound_by_their_class_whatever_the_parameter_is_called() -> None:
    bot, got = Router(), []

    @bot.message()
    async def handler(m: Message, where: Conversation, c: Contact | None, *, who: Annotated[Contact, "note"]) -> None:
        got.append((m.text, where.id, c, who))

    await send(bot, "oi", Contact("ouro"))
    assert got == [("oi", 7, Contact("ouro"), Contact("ouro"))]


async def test_values_are_bound_by_name_with_or_without_an_annotation() -> None:
    bot, got = Router(), []

    @bot.message()
    async def handler(message, /, contact: object, conversation: Any) -> None:  # type: ignore[no-untyped-def]
        got.append((message.text, contact, conversation.id))

    await send(bot)
    assert got == [("oi", Contact(), 7)]


async def test_a_union_takes_whichever_the_kind_has() -> None:
    bot, got = Router(), []

    @bot.message()
    @bot.status_changed()
    async def both(event: Message | StatusChange) -> None:
        got.append(type(event))

    routes = load(bot)
    await routes.dispatch(message_scope())
    await routes.dispatch(status_scope())
    assert got == [Message, StatusChange]


async def test_everyday_classes_are_bound_by_name_alone() -> None:
    bot, got = Router(), []

    @bot.status_changed()
    async def handler(status: str, other: str = "default") -> None:
        got.append((status, other))

    await load(bot).dispatch(status_scope("resolved"))
    assert got == [("resolved", "default")]


async def test_a_base_class_is_found_if_only_one_value_is_one() -> None:
    bot, got = Router(), []

    @bot.message()
    async def handler(it: Base) -> None:
        got.append(it)

    def with_values(names: dict[str, type]) -> Routes:
        return compile_routes(bot, [Kind("message", Left, names)])

    left = Left()
    await with_values({"left": Left}).dispatch(Scope("message", left, {"left": left}))
    assert got == [left]
    with pytest.raises(BotError, match="'it': several values are a Base here; name it 'left' or 'right'"):
        with_values({"left": Left, "right": Right})


async def test_a_parameter_that_nothing_explains_keeps_its_default() -> None:
    bot, got = Router(), []

    @bot.message()
    async def handler(message: Message, limit: int = 3, *, dry: bool = False) -> None:
        got.append((limit, dry))

    await send(bot)
    assert got == [(3, False)]


async def test_a_state_is_loaded_by_its_class() -> None:
    bot, cart = Router(), Cart()

    @bot.message()
    async def add(message: Message, basket: Cart) -> None:
        basket.items.append(str(message.text))

    await load(bot).dispatch(message_scope("pão", cart=cart))
    assert cart.items == ["pão"]


def test_a_misspelt_parameter_is_an_error_with_a_suggestion() -> None:
    bot = Router()
    bot.provide(Speaker, Speaker())
    bot.provide("greeting", "Olá")

    @bot.message(Regex("(?P<number>.*)"))
    async def greet(mesage, number: int) -> None: ...  # type: ignore[no-untyped-def]

    assert complaints(bot) == [
        f"{line_of(greet)} handler 'greet': unknown parameter 'mesage'. Did you mean 'message'? "
        "Known here: contact, conversation, greeting, message, number, Speaker, any State"
    ]


def test_a_default_does_not_hide_a_contradiction() -> None:
    bot = Router()
    bot.provide("greeting", "Olá")
    bot.provide("rate", 2)

    @bot.message()
    async def greet(message: Contact, greeting: int = 3, rate: float = 1.0, contact: Speaks | None = None) -> None: ...

    where = f"{line_of(greet)} handler 'greet'"
    assert complaints(bot) == [
        f"{where}: parameter 'message' is annotated Contact, but 'message' is Message here: "
        "correct the annotation or rename it",
        f"{where}: parameter 'greeting' is annotated int, but 'greeting' is str here: "
        "correct the annotation or rename it",
    ]


def test_a_protocol_finds_nothing_by_class() -> None:
    bot = Router()

    @bot.message()
    async def greet(voice: Speaks) -> None: ...

    [complaint] = complaints(bot)
    assert "unknown parameter 'voice'. Known here: contact," in complaint


def test_all_problems_of_a_bot_are_said_at_once() -> None:
    bot, inner = Router(), Router()
    bot.include(inner)

    @bot.message()
    async def first(mesage: object, contct: object) -> None: ...

    @inner.status_changed()
    async def second(message: Message) -> None: ...

    lines = complaints(bot)
    assert [line.split(". ")[0] for line in lines] == [
        f"{line_of(first)} handler 'first': unknown parameter 'mesage'",
        f"{line_of(first)} handler 'first': unknown parameter 'contct'",
        f"{line_of(second)} handler 'second': unknown parameter 'message'",
    ]


def test_variable_parameters_are_refused() -> None:
    bot = Router()

    @bot.message()
    async def some(*args: object) -> None: ...

    @bot.message()
    async def more(**named: object) -> None: ...

    assert complaints(bot) == [
        f"{line_of(some)} handler 'some': parameter '*args' cannot be filled: name each value you need",
        f"{line_of(more)} handler 'more': parameter '**named' cannot be filled: name each value you need",
    ]


def test_an_annotation_that_cannot_be_resolved_is_named() -> None:
    bot = Router()

    @bot.message()
    async def greet(message: Message, other: Elsewhere) -> None: ...

    assert complaints(bot) == [
        f"{line_of(greet)} handler 'greet': cannot resolve the annotation of parameter 'other': "
        "name 'Elsewhere' is not defined; import or define the name at the top of the file, outside of TYPE_CHECKING"
    ]


def test_a_state_needs_defaults_for_all_its_fields() -> None:
    bot = Router()

    @bot.message()
    async def pay(brittle: Brittle) -> None: ...

    assert complaints(bot) == [
        f"{line_of(pay)} handler 'pay': parameter 'brittle': state Brittle needs a default for 'total': "
        "a new conversation starts with the defaults"
    ]


def test_there_is_no_state_where_there_is_no_conversation() -> None:
    bot = Router()

    @bot.contact_updated()
    async def changed(change: ContactChange, cart: Cart) -> None: ...

    [complaint] = complaints(bot)
    assert complaint.endswith("unknown parameter 'cart'. Known here: change, contact")

    scope = Scope("contact_updated", ContactChange())
    with pytest.raises(BotError, match="a 'contact_updated' scope has no conversation, hence no state Cart"):
        scope.state(Cart)


def test_a_kind_that_the_bot_does_not_know_is_refused() -> None:
    bot = Router()

    @bot.typing()
    async def patient() -> None: ...

    [complaint] = complaints(bot)
    assert complaint == (
        f"{line_of(patient)} handler 'patient': there are no 'typing' handlers in this bot; "
        "there are: contact_updated, event, message, shutdown, startup, status_changed"
    )


def test_a_value_that_the_runtime_did_not_give_is_said_and_never_none() -> None:
    scope = Scope("message", Message(), {"message": Message()})
    with pytest.raises(BotError, match="there is no value 'contact' in a 'message' scope; it has: message"):
        scope.get("contact")


def test_routing_needs_no_state_base() -> None:
    bot = Router()

    @bot.message()
    async def handler(state: State) -> None: ...

    with pytest.raises(BotError, match="unknown parameter 'state'"):
        compile_routes(bot, KINDS)


class Speaker:
    """Something to provide."""
