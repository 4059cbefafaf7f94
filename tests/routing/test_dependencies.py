"""What a bot provides to its handlers: made at start, bound at load, closed at stop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

import pytest

from criabot.errors import BotError
from criabot.routing import Router

from .shop import KINDS, complaints, line_of, load, message_scope, send


class Address:
    """Where the database is."""


class Database:
    def __init__(self, address: Address) -> None:
        self.address = address


class Replica(Database):
    """Made as a database is."""


class Stock:
    def __init__(self, database: Database) -> None:
        self.database = database


@runtime_checkable
class Catalogue(Protocol):
    def price(self, item: str) -> int: ...


class PaperCatalogue:
    def price(self, item: str) -> int:
        return len(item)


class Voice(Protocol):
    """Cannot be checked at run time."""

    def say(self) -> None: ...


class Horn:
    def say(self) -> None: ...


class Chicken:
    """Made from an egg."""


class Egg:
    """Made by a chicken."""


async def test_ready_values_are_there_at_once() -> None:
    bot, got, address = Router(), [], Address()
    bot.provide(Address, address)
    bot.provide("greeting", "Olá")
    bot.provide("clock", len)

    @bot.message()
    async def handler(where: Address, greeting: str, clock: object) -> None:
        got.append((where, greeting, clock))

    await send(bot)
    assert got == [(address, "Olá", len)]


async def test_factories_run_once_at_start_after_what_they_need_and_close_in_the_opposite_order() -> None:
    bot, log = Router(), []

    async def open_stock(database: Database) -> AsyncIterator[Stock]:
        log.append("stock")
        yield Stock(database)
        log.append("stock closed")

    async def open_database(address: Address, *, timeout: float) -> AsyncIterator[Database]:
        log.append(f"database {timeout}")
        yield Database(address)
        log.append("database closed")

    inner = Router()
    bot.include(inner)
    bot.provide(Stock, open_stock)
    inner.provide(Database, open_database)
    bot.provide(Address, lambda: Address())
    bot.provide("timeout", 2)

    @bot.startup()
    async def warm(stock: Stock) -> None:
        log.append("started")

    @bot.shutdown()
    async def goodbye(database: Database) -> None:
        log.append("stopping")

    @bot.message()
    async def handler(stock: Stock, database: Database, address: Address) -> None:
        assert stock.database is database
        assert database.address is address
        log.append("handled")

    routes = load(bot)
    async with routes.running():
        assert await routes.dispatch(message_scope())
        assert await routes.dispatch(message_scope())
    assert log == [
        *("database 2", "stock", "started", "handled", "handled"),
        *("stopping", "stock closed", "database closed"),
    ]


async def test_an_async_function_or_a_class_may_make_a_value() -> None:
    bot, got = Router(), []

    async def find() -> Address:
        return Address()

    bot.provide(Address, find)
    bot.provide(Database, Replica)
    bot.provide(Catalogue, PaperCatalogue)  # type: ignore[type-abstract]
    bot.provide(Voice, Horn())  # type: ignore[type-abstract]

    @bot.message()
    async def handler(database: Database, catalogue: Catalogue, voice: Voice) -> None:
        got.append((type(database.address), catalogue.price("pão")))

    routes = load(bot)
    async with routes.running():
        await routes.dispatch(message_scope())
    assert got == [(Address, 3)]


async def test_what_stands_after_the_yield_runs_without_a_finally_even_after_an_error() -> None:
    bot, log = Router(), []

    async def make() -> AsyncIterator[Address]:
        yield Address()
        log.append("closed")

    bot.provide(Address, make)
    with pytest.raises(ZeroDivisionError):
        async with load(bot).running():
            raise ZeroDivisionError
    assert log == ["closed"]


async def test_every_shutdown_handler_runs_in_order_even_if_one_fails() -> None:
    bot, log = Router(), []

    @bot.shutdown()
    async def first() -> None:
        log.append("first")
        raise ZeroDivisionError

    @bot.shutdown()
    async def second() -> None:
        log.append("second")

    with pytest.raises(ZeroDivisionError):
        async with load(bot).running():
            log.append("running")
    assert log == ["running", "first", "second"]


async def test_a_failed_start_closes_what_was_made_and_runs_no_shutdown() -> None:
    bot, log = Router(), []

    async def make() -> AsyncIterator[Address]:
        yield Address()
        log.append("closed")

    bot.provide(Address, make)

    @bot.startup()
    async def start() -> None:
        raise ZeroDivisionError

    @bot.shutdown()
    async def stop() -> None:
        log.append("shutdown")

    with pytest.raises(ZeroDivisionError):
        async with load(bot).running():
            pytest.fail("it must not start")
    assert log == ["closed"]


async def test_start_up_handlers_and_factories_may_ask_for_what_the_runtime_gives_them() -> None:
    from criabot.routing import Kind, compile_routes

    bot, got = Router(), []
    bot.provide(Database, lambda address: Database(address))

    @bot.startup()
    async def start(address: Address, database: Database) -> None:
        got.append((address, database.address))

    address = Address()
    routes = compile_routes(bot, [*KINDS, Kind("startup", Router, {"address": Address}, has_state=False)])
    async with routes.running({"address": address}):
        assert got == [(address, address)]


async def test_a_made_value_is_not_there_before_the_start_nor_after_the_stop() -> None:
    bot = Router()
    bot.provide(Address, lambda: Address())

    @bot.message()
    async def handler(address: Address) -> None: ...

    routes = load(bot)
    for _ in range(2):
        with pytest.raises(BotError, match="Address is provided, but only while the bot runs: start it first"):
            await routes.dispatch(message_scope())
        async with routes.running():
            assert await routes.dispatch(message_scope())


async def test_a_factory_must_make_what_it_is_there_for() -> None:
    def liar() -> object:
        return "a text"

    bot = Router()
    bot.provide(Address, liar)  # type: ignore[arg-type]
    with pytest.raises(BotError) as failure:
        async with load(bot).running():
            pytest.fail("it must not start")
    assert str(failure.value) == f"{line_of(liar)} 'liar' makes Address, but it returned a value of type str"


async def test_a_factory_yields_once() -> None:
    async def twice() -> AsyncIterator[Address]:
        yield Address()
        yield Address()

    bot = Router()
    bot.provide(Address, twice)
    with pytest.raises(BotError, match="factory 'twice' yielded twice: yield the value once, then close it"):
        async with load(bot).running():
            pass


def test_factories_that_need_each_other_are_refused() -> None:
    def hatch(egg: Egg) -> Chicken:
        return Chicken()

    def lay(chicken: Chicken) -> Egg:
        return Egg()

    bot = Router()
    bot.provide(Chicken, hatch)
    bot.provide(Egg, lay)
    [complaint] = complaints(bot)
    assert complaint in {
        f"{line_of(hatch)} factory 'hatch': Chicken needs Egg needs Chicken: break the circle",
        f"{line_of(lay)} factory 'lay': Egg needs Chicken needs Egg: break the circle",
    }


def test_a_factory_is_checked_at_load_like_a_handler() -> None:
    def make(adress: str) -> Address:
        return Address()

    def greedy(*everything: object) -> Egg:
        return Egg()

    bot = Router()
    bot.provide("address", "unix:/run/db")
    bot.provide(Address, make)
    bot.provide(Egg, greedy)
    assert sorted(complaints(bot)) == sorted(
        [
            f"{line_of(make)} factory 'make': unknown parameter 'adress'. Did you mean 'address'? "
            "Known here: address, Address, Egg",
            f"{line_of(greedy)} factory 'greedy': parameter '*everything' cannot be filled: name each value you need",
        ]
    )


def test_what_is_provided_twice_is_refused() -> None:
    bot, inner = Router(), Router()
    bot.include(inner)
    for router in (bot, inner):
        router.provide(Address, Address())
        router.provide("greeting", "Olá")
    assert complaints(bot) == [
        "Address is provided twice: keep one provide(Address, …)",
        "greeting is provided twice: keep one provide(greeting, …)",
    ]


def test_what_cannot_be_provided_is_refused_where_it_stands() -> None:
    bot = Router()
    with pytest.raises(BotError, match=r"provide\(str, …\): str says too little; provide it by a name instead"):
        bot.provide(str, "Olá")
    with pytest.raises(BotError, match=r"got a value of type str; give a Address, or a function or class that makes"):
        bot.provide(Address, "unix:/run/db")  # type: ignore[arg-type]
    with pytest.raises(BotError, match="got a value of type PaperCatalogue"):
        bot.provide(Address, PaperCatalogue())  # type: ignore[arg-type]


def test_a_provided_name_may_not_hide_a_value_of_the_kind() -> None:
    bot = Router()
    bot.provide("contact", "a telephone")

    @bot.message()
    async def handler() -> None: ...

    assert complaints(bot) == [
        f"{line_of(handler)} handler 'handler': 'contact' is provided, "
        "but every 'message' handler has its own: rename the former"
    ]
