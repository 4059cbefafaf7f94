"""Registering handlers, nesting routers, and the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, assert_type

import pytest

from criabot.errors import BotError
from criabot.routing import CallNext, F, Regex, Router, Scope, skip

from .shop import Message, WireEvent, complaints, event_scope, line_of, load, message_scope, send, status_scope

bot_for_types = Router()


@bot_for_types.message("oi")
async def typed_handler(message: Message) -> None:
    """Its type must survive the decorator."""


@bot_for_types.middleware
async def typed_middleware(call_next: CallNext, scope: Scope) -> object:
    return await call_next()


@bot_for_types.outer_middleware(provides={"plan": str})
async def typed_outer(call_next: CallNext, scope: Scope) -> object:
    scope.set("plan", "ouro")
    return await call_next()


async def what_a_type_checker_must_refuse() -> None:
    """Never runs: an ignore that is not needed, because a decorator lost the type, fails the type check."""
    assert_type([typed_handler(Message())], list[Coroutine[Any, Any, None]])
    await typed_handler("a text")  # type: ignore[arg-type]
    await typed_outer()  # type: ignore[call-arg]
    Router().message()(len)  # type: ignore[type-var]


def test_decorators_keep_the_type_and_the_identity_of_a_function() -> None:
    bot = Router()
    assert bot.message()(typed_handler) is typed_handler
    assert bot.middleware(typed_middleware) is typed_middleware
    assert bot.outer_middleware(provides={"plan": str})(typed_outer) is typed_outer


@pytest.mark.parametrize(
    "name",
    [
        *("message", "message_created", "message_updated", "conversation_created", "updated", "status_changed"),
        *("opened", "resolved", "typing", "contact_created", "contact_updated", "widget_opened"),
        *("error", "startup", "shutdown"),
    ],
)
def test_each_kind_has_a_decorator_of_its_own(name: str) -> None:
    bot = Router()

    async def handler() -> None: ...

    assert getattr(bot, name)()(handler) is handler
    assert bot.kinds_handled() == {name}
    assert getattr(Router, name).__doc__


async def test_handlers_are_asked_in_order_and_the_first_that_matches_runs() -> None:
    bot, ran = Router(), []

    @bot.message("tchau")
    async def bye() -> None:
        ran.append("bye")

    @bot.message("oi")
    async def hello() -> None:
        ran.append("hello")

    @bot.message()
    async def otherwise() -> None:
        ran.append("otherwise")

    await send(bot, "oi")
    await send(bot, "tchau")
    await send(bot, "hm?")
    assert ran == ["hello", "bye", "otherwise"]


async def test_own_handlers_come_before_those_of_included_routers_and_these_in_order_of_inclusion() -> None:
    bot, first, second, deep = Router("bot"), Router("first"), Router("second"), Router("deep")
    asked: list[str] = []

    def register(router: Router) -> None:
        @router.message()
        async def handler() -> None:
            asked.append(router.name)
            skip()

    bot.include(first, second)
    first.include(deep)
    for router in (second, deep, first, bot):
        register(router)

    assert not await send(bot)
    assert asked == ["bot", "first", "deep", "second"]


async def test_skip_passes_on_even_from_under_an_except_exception() -> None:
    bot = Router()

    @bot.message()
    async def careless() -> None:
        try:
            skip()
        except Exception:
            pytest.fail("skip() must not be swallowed by a handler's own except")

    @bot.message()
    async def next_one() -> None: ...

    handled = await send(bot)
    assert handled.by is not None
    assert handled.by.name == "next_one"
    assert handled.reasons() == ["careless: skipped"]


async def test_an_event_is_handled_by_its_name_on_the_wire() -> None:
    bot, seen = Router(), []

    @bot.event("inbox_updated")
    async def inbox(event: WireEvent) -> None:
        seen.append(event.name)

    routes = load(bot)
    assert await routes.dispatch(event_scope("inbox_updated"))
    assert not await routes.dispatch(event_scope("inbox_created"))
    assert seen == ["inbox_updated"]
    assert bot.kinds_handled() == {"event:inbox_updated"}


async def test_kinds_handled_sees_into_included_routers_and_other_kinds_are_nobodys() -> None:
    bot, inner = Router(), Router()
    bot.include(inner)

    @inner.message()
    async def handler() -> None: ...

    @bot.error()
    async def failed() -> None: ...

    assert bot.kinds_handled() == {"message", "error"}
    assert not await load(bot).dispatch(status_scope())


async def test_one_function_may_handle_several_kinds() -> None:
    bot, runs = Router(), []

    @bot.status_changed()
    @bot.message()
    async def both(conversation: object = None) -> None:
        runs.append(conversation)

    routes = load(bot)
    await routes.dispatch(message_scope())
    await routes.dispatch(status_scope())
    assert len(runs) == 2
    assert None not in runs


def test_a_router_is_included_once_and_never_in_itself() -> None:
    bot, faq, orders = Router("bot"), Router("faq"), Router("orders")
    bot.include(faq, orders)
    for outer, inner in ((bot, faq), (faq, bot), (bot, bot)):
        with pytest.raises(BotError, match=r"already part of .*include each router once"):
            outer.include(inner)

    late = Router("late")
    faq.include(late)
    orders.include(late)
    assert complaints(bot) == ["router 'late' is included twice: include each router once"]


def test_only_async_functions_handle_anything() -> None:
    bot = Router()

    def forgetful() -> None: ...

    with pytest.raises(BotError) as failure:
        bot.message()(forgetful)  # type: ignore[type-var]
    assert str(failure.value) == f"{line_of(forgetful)} handler 'forgetful' must be an 'async def'"

    with pytest.raises(BotError, match="middleware 'forgetful' must be an 'async def'"):
        bot.middleware(forgetful)  # type: ignore[type-var]


def test_a_decorator_without_parentheses_is_noticed() -> None:
    bot = Router()

    @bot.message
    async def greet(message: Message) -> None: ...

    [complaint] = complaints(bot)
    assert complaint.endswith("handler 'greet' was never registered: write '@….message()', with parentheses")
    assert complaint.startswith("tests/routing/test_router.py:")


def test_a_decorator_that_decorates_nothing_is_noticed() -> None:
    bot = Router()
    bot.message(F.text)
    assert complaints(bot) == ["'message' was called but decorates no handler: write it as '@' above an 'async def'"]


async def test_a_decorated_function_is_bound_by_its_own_signature_and_named_by_its_own_line() -> None:
    bot, greeted = Router(), []

    def loudly(function: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., Coroutine[Any, Any, None]]:
        @wraps(function)
        async def louder(*args: Any, **named: Any) -> None:
            await function(*args, **named)
            greeted.append("!")

        return louder

    @bot.message(Regex(r"oi (?P<word>\w+)"))
    @loudly
    async def greet(message: Message, word: str) -> None:
        greeted.append(word)

    handled = await send(bot, "oi loja")
    assert greeted == ["loja", "!"]
    assert handled.by is not None
    assert handled.by.name == "greet"
    labels = load(bot).code_objects()
    assert set(labels.values()) == {str(handled.by)}
    assert {code.co_name for code in labels} == {"louder", "greet"}
