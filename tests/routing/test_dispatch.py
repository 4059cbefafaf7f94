"""One event on its way to its handler: what is reported, and what happens to errors."""

from __future__ import annotations

import asyncio
import logging

import pytest

from criabot.routing import CallNext, F, Regex, Router, Scope, skip

from .shop import Cart, Contact, Message, StatusChange, complaints, line_of, load, message_scope, send, status_scope


class RefusalError(Exception):
    """The bank says no."""


class RefusalForGoodError(RefusalError):
    """The bank says no for the last time."""


async def test_it_says_who_took_an_event_and_why_the_others_did_not() -> None:
    bot = Router()

    @bot.message("tchau")
    async def bye() -> None: ...

    @bot.message(F.text & Regex(r"pedido (?P<n>\d+)"))
    async def order(n: int) -> None: ...

    @bot.message()
    async def picky() -> None:
        skip()

    @bot.message()
    async def otherwise() -> None: ...

    handled = await send(bot, "oi")
    assert handled
    assert str(handled.by) == f"otherwise ({line_of(otherwise)})"
    assert handled.error is None
    assert handled.reasons() == [
        "bye: filter 'tchau' did not match",
        r"order: filter Regex('pedido (?P<n>\\d+)') did not match",
        "picky: skipped",
    ]


async def test_nobodys_event_is_said_to_be_nobodys() -> None:
    handled = await send(Router())
    assert not handled
    assert handled.by is None
    assert handled.reasons() == []


async def test_an_error_goes_to_the_first_error_handler_that_wants_it() -> None:
    bot, seen, failure = Router(), [], RefusalForGoodError("no")

    @bot.message()
    async def pay() -> None:
        raise failure

    @bot.error(ValueError, KeyError)
    async def other(error: ValueError | KeyError) -> None: ...

    @bot.error(RefusalForGoodError, F.args[0] == "yes")
    async def never(error: RefusalError) -> None: ...

    @bot.error(RefusalError)
    async def declines(error: Exception) -> None:
        skip()

    @bot.error(RefusalError)
    async def refused(error: RefusalError, message: Message, contact: Contact, cart: Cart) -> None:
        seen.append((error, message.text, contact, cart))

    handled = await send(bot)
    assert handled.by is not None
    assert handled.by.name == "refused"
    assert handled.error is failure
    assert seen == [(failure, "oi", Contact(), Cart())]
    assert handled.reasons() == [
        "other: filter ValueError | KeyError did not match",
        "never: filter (F.args[0] == 'yes') did not match",
        "declines: skipped",
    ]


async def test_errors_of_filters_and_middleware_are_errors_of_the_event() -> None:
    def broken_filter(message: Message) -> bool:
        raise RefusalError

    by_filter, by_inner, by_outer = Router(), Router(), Router()

    @by_filter.message(broken_filter)
    @by_inner.message()
    @by_outer.message()
    async def handler() -> None: ...

    @by_inner.middleware
    @by_outer.outer_middleware
    async def broken(call_next: CallNext, scope: Scope) -> object:
        raise RefusalError

    async def refused(error: RefusalError) -> None: ...

    for bot in (by_filter, by_inner, by_outer):
        with pytest.raises(RefusalError):
            await send(bot)
        bot.error(RefusalError)(refused)
        assert (await send(bot)).by is not None


async def test_outer_middleware_sees_a_handlers_error_before_error_handlers_do() -> None:
    bot, log = Router(), []

    @bot.outer_middleware
    async def translate(call_next: CallNext, scope: Scope) -> object:
        try:
            return await call_next()
        except KeyError as error:
            raise RefusalError from error

    @bot.message()
    async def handler() -> None:
        raise KeyError

    @bot.error()
    async def failed(error: Exception) -> None:
        log.append(type(error))

    await send(bot)
    assert log == [RefusalError]


async def test_without_a_willing_error_handler_the_original_exception_comes_out() -> None:
    bot, failure = Router(), RefusalError()

    @bot.message()
    async def pay() -> None:
        raise failure

    @bot.error(KeyError)
    async def other() -> None: ...

    @bot.error()
    async def declines() -> None:
        skip()

    with pytest.raises(RefusalError) as caught:
        await send(bot)
    assert caught.value is failure


async def test_if_an_error_handler_fails_the_original_exception_comes_out_and_the_other_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bot, failure = Router(), RefusalError()

    @bot.message()
    async def pay() -> None:
        raise failure

    @bot.error()
    async def clumsy() -> None:
        raise ZeroDivisionError

    @bot.error()
    async def too_late() -> None:
        pytest.fail("a failed error handler must end it")

    with caplog.at_level(logging.ERROR), pytest.raises(RefusalError) as caught:
        await send(bot)
    assert caught.value is failure
    [record] = caplog.records
    assert record.getMessage() == "An error handler failed while it dealt with a failed 'message' handler"
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


async def test_cancellation_is_no_error() -> None:
    bot = Router()

    @bot.message()
    async def handler() -> None:
        raise asyncio.CancelledError

    @bot.error()
    async def failed() -> None:
        pytest.fail("a cancelled handler did not fail")

    with pytest.raises(asyncio.CancelledError):
        await send(bot)


async def test_an_error_handler_runs_for_the_kinds_that_have_what_it_asks_for() -> None:
    bot = Router()
    log: list[object] = []

    @bot.message()
    @bot.status_changed()
    async def handler() -> None:
        raise RefusalError

    @bot.error()
    async def of_messages(message: Message) -> None:
        log.append("message")

    @bot.error()
    async def of_all(change: StatusChange | None = None) -> None:
        log.append(change)

    routes = load(bot)
    await routes.dispatch(message_scope())
    await routes.dispatch(status_scope("open"))
    assert log == ["message", StatusChange("open")]


def test_an_error_handler_that_could_never_run_is_refused() -> None:
    bot = Router()

    @bot.message()
    async def handler() -> None: ...

    @bot.error()
    async def failed(eror, change: StatusChange) -> None: ...  # type: ignore[no-untyped-def]

    assert complaints(bot) == [
        f"{line_of(failed)} handler 'failed': unknown parameter '{name}'.{hint} "
        "Known here: contact, conversation, error, message, any State"
        for name, hint in (("eror", " Did you mean 'error'?"), ("change", ""))
    ]


def test_an_error_handler_is_checked_even_if_there_is_nothing_to_fail() -> None:
    bot = Router()

    @bot.error()
    async def failed(erro: object) -> None: ...

    [complaint] = complaints(bot)
    assert complaint.endswith("unknown parameter 'erro'. Did you mean 'error'? Known here: error")


def test_an_error_handler_annotated_narrower_than_its_filter_is_refused() -> None:
    bot = Router()

    @bot.message()
    async def handler() -> None: ...

    @bot.error()
    async def all_of_them(error: RefusalError) -> None: ...

    @bot.error(RefusalError, ValueError)
    async def some(error: RefusalError) -> None: ...

    first, second = complaints(bot)
    assert "'all_of_them': parameter 'error' is annotated RefusalError, but 'error' is Exception here" in first
    assert "RefusalError | ValueError here" in second


async def test_the_error_may_be_asked_for_by_its_class() -> None:
    bot, seen = Router(), []

    @bot.message()
    async def handler() -> None:
        raise RefusalForGoodError

    @bot.error(RefusalForGoodError)
    async def failed(problem: RefusalError) -> None:
        seen.append(type(problem))

    await send(bot)
    assert seen == [RefusalForGoodError]


def test_only_exception_classes_narrow_an_error_handler() -> None:
    from criabot.errors import BotError

    with pytest.raises(BotError, match="error handlers take subclasses of Exception, and CancelledError is none"):
        Router().error(asyncio.CancelledError)


def test_a_handler_is_recognised_by_its_code() -> None:
    bot = Router()

    @bot.message()
    async def handler() -> None: ...

    @bot.startup()
    async def start() -> None: ...

    assert load(bot).code_objects() == {
        handler.__code__: f"handler ({line_of(handler)})",
        start.__code__: f"start ({line_of(start)})",
    }
