"""Middleware: around every event, and around the handler that was picked."""

from __future__ import annotations

import pytest

from criabot.errors import BotError
from criabot.routing import CallNext, F, Router, Scope, skip

from .shop import Contact, Message, complaints, event_scope, line_of, load, message_scope, send, status_scope


class Customer:
    """What the shop knows of a contact."""

    def __init__(self, plan: str | None) -> None:
        self.plan = plan


def noting(router: Router, log: list[str], name: str, *, outer: bool = False) -> None:
    """Add a middleware that notes when it is entered and left."""
    register = router.outer_middleware if outer else router.middleware

    @register
    async def middleware(call_next: CallNext, scope: Scope) -> object:
        log.append(f"+{name}")
        result = await call_next()
        log.append(f"-{name}")
        return result


async def test_outer_surrounds_routing_and_inner_the_handler_outermost_router_first() -> None:
    bot, faq, deep = Router("bot"), Router("faq"), Router("deep")
    bot.include(faq)
    faq.include(deep)
    log: list[str] = []

    @deep.message(lambda message: log.append("filter") or True)  # type: ignore[func-returns-value]
    async def handler() -> None:
        log.append("handler")

    noting(deep, log, "deep")
    noting(bot, log, "bot")
    noting(bot, log, "bot2")
    noting(faq, log, "faq")
    noting(faq, log, "outer faq", outer=True)
    noting(bot, log, "outer bot", outer=True)

    assert await send(bot)
    assert log == [
        *("+outer bot", "+outer faq", "filter", "+bot", "+bot2", "+faq", "+deep", "handler"),
        *("-deep", "-faq", "-bot2", "-bot", "-outer faq", "-outer bot"),
    ]


async def test_inner_middleware_is_for_its_own_router_and_runs_only_for_a_picked_handler() -> None:
    bot, faq = Router(), Router()
    log: list[str] = []
    bot.include(faq)
    noting(faq, log, "faq")

    @bot.message("oi")
    async def greet() -> None: ...

    @faq.message("preço")
    async def price() -> None: ...

    assert await send(bot, "oi")
    assert not await send(bot, "hm?")
    assert log == []
    assert await send(bot, "preço")
    assert log == ["+faq", "-faq"]


async def test_outer_middleware_sees_every_event_even_those_that_nobody_handles() -> None:
    bot, seen = Router(), []

    @bot.outer_middleware
    async def watch(call_next: CallNext, scope: Scope) -> object:
        seen.append((scope.kind, type(scope.subject).__name__, bool(await call_next())))
        return None

    @bot.message()
    async def handler() -> None: ...

    routes = load(bot)
    assert await routes.dispatch(message_scope())
    assert not await routes.dispatch(status_scope())
    assert not await routes.dispatch(event_scope("inbox_updated"))
    assert seen == [
        ("message", "Message", True),
        ("status_changed", "StatusChange", False),
        ("event:inbox_updated", "WireEvent", False),
    ]


async def test_inner_middleware_gets_the_handlers_result_and_may_run_it_again() -> None:
    bot, results, runs = Router(), [], []

    @bot.middleware
    async def twice(call_next: CallNext, scope: Scope) -> object:
        results.extend([await call_next(), await call_next()])
        return None

    @bot.message()
    async def handler(message: Message) -> int:
        runs.append(message)
        return len(runs)

    assert await send(bot)
    assert results == [1, 2]


async def test_an_outer_middleware_that_does_not_go_on_has_dealt_with_the_event() -> None:
    bot = Router()
    noting(bot, [], "first", outer=True)

    @bot.outer_middleware
    async def closed(call_next: CallNext, scope: Scope) -> object:
        return None

    @bot.message()
    async def handler() -> None:
        pytest.fail("nobody may come here")

    handled = await send(bot)
    assert handled
    assert str(handled.by) == f"closed ({line_of(closed)})"


async def test_an_inner_middleware_that_does_not_go_on_has_dealt_with_it_for_the_handler() -> None:
    bot = Router()

    @bot.middleware
    async def guard(call_next: CallNext, scope: Scope) -> object:
        return None

    @bot.message()
    async def handler() -> None:
        pytest.fail("nobody may come here")

    handled = await send(bot)
    assert handled.by is not None
    assert handled.by.name == "handler"


async def test_skip_goes_through_inner_middleware_and_from_an_outer_one_leaves_the_event_to_nobody() -> None:
    bot = Router()
    log: list[str] = []
    noting(bot, log, "bot")

    @bot.message("oi")
    async def picky() -> None:
        skip()

    @bot.message()
    async def otherwise() -> None: ...

    handled = await send(bot)
    assert handled.by is not None
    assert handled.by.name == "otherwise"
    assert log == ["+bot", "+bot", "-bot"]

    @bot.outer_middleware
    async def decline(call_next: CallNext, scope: Scope) -> object:
        skip()

    assert not await send(bot)


async def test_middleware_gives_handlers_values_by_name() -> None:
    bot, plans = Router(), []

    @bot.outer_middleware(provides={"plan": str})
    async def early(call_next: CallNext, scope: Scope) -> object:
        assert isinstance(scope.subject, Message)
        scope.set("plan", scope.subject.contact.plan)
        return await call_next()

    @bot.middleware(provides={"customer": Customer})
    async def load_customer(call_next: CallNext, scope: Scope) -> object:
        plan = scope.get("plan")
        scope.set("customer", Customer(str(plan)))
        return await call_next()

    @bot.message(F.text)
    async def handler(customer: Customer, plan: str) -> None:
        plans.append((customer.plan, plan))

    await send(bot, "oi", Contact("ouro"))
    assert plans == [("ouro", "ouro")]


def test_what_a_routers_middleware_provides_is_unknown_beside_it() -> None:
    bot, shop, faq = Router(), Router(), Router()
    bot.include(shop, faq)

    @shop.middleware(provides={"customer": Customer})
    async def load_customer(call_next: CallNext, scope: Scope) -> object:
        return await call_next()

    @shop.message()
    async def inside(customer: Customer) -> None: ...

    @faq.message()
    async def beside(customer: Customer) -> None: ...

    [complaint] = complaints(bot)
    assert complaint.startswith(f"{line_of(beside)} handler 'beside': unknown parameter 'customer'.")


async def test_a_promised_value_that_was_not_set_names_the_middleware() -> None:
    bot = Router()

    @bot.middleware(provides={"customer": Customer})
    async def lazy(call_next: CallNext, scope: Scope) -> object:
        return await call_next()

    @bot.message()
    async def handler(customer: Customer) -> None: ...

    with pytest.raises(BotError) as failure:
        await send(bot)
    assert str(failure.value) == (
        f"{line_of(lazy)} middleware 'lazy' provides 'customer' but did not set it: "
        "call scope.set('customer', …) before call_next()"
    )


def test_a_provided_value_of_another_class_than_annotated_is_refused() -> None:
    bot = Router()

    @bot.middleware(provides={"customer": Customer})
    async def load_customer(call_next: CallNext, scope: Scope) -> object:
        return await call_next()

    @bot.message()
    async def handler(customer: Contact | str) -> None: ...

    [complaint] = complaints(bot)
    assert "parameter 'customer' is annotated tests.routing.shop.Contact | str, but 'customer' is Customer" in complaint


def test_two_middlewares_may_not_provide_the_same_name_to_one_handler() -> None:
    bot = Router()

    @bot.outer_middleware(provides={"plan": str})
    async def first(call_next: CallNext, scope: Scope) -> object:
        return await call_next()

    @bot.middleware(provides={"plan": str})
    async def second(call_next: CallNext, scope: Scope) -> object:
        return await call_next()

    @bot.message()
    async def handler() -> None: ...

    assert complaints(bot) == [f"{line_of(second)} middleware 'second': 'plan' is provided elsewhere, too: rename one"]
