"""A small world for the routing tests: what a shop's bot would be routed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from criabot.routing import Handled, Kind, Router, Routes, Scope, compile_routes


@dataclass(frozen=True)
class Contact:
    plan: str | None = None
    orders: int | None = None


@dataclass(frozen=True)
class Conversation:
    id: int = 7


@dataclass(frozen=True)
class Message:
    text: str | None = "oi"
    contact: Contact = field(default_factory=Contact)


@dataclass(frozen=True)
class StatusChange:
    status: str = "open"
    text: None = None


@dataclass(frozen=True)
class ContactChange:
    contact: Contact = field(default_factory=Contact)


@dataclass(frozen=True)
class WireEvent:
    name: str = "inbox_updated"


class State(BaseModel):
    """The base of state classes."""


class Cart(State):
    items: list[str] = []


class Brittle(State):
    total: int
    items: list[str] = []


KINDS = (
    Kind("message", Message, {"message": Message, "conversation": Conversation, "contact": Contact}),
    Kind("status_changed", StatusChange, {"change": StatusChange, "conversation": Conversation, "status": str}),
    Kind("contact_updated", ContactChange, {"change": ContactChange, "contact": Contact}, has_state=False),
    Kind("event", WireEvent, {"event": WireEvent}, has_state=False),
)

HERE = "tests/routing/"


def load(router: Router) -> Routes:
    """Compile a bot against this world."""
    return compile_routes(router, KINDS, state=State)


def message_scope(text: str | None = "oi", contact: Contact | None = None, cart: Cart | None = None) -> Scope:
    """A message on its way in."""
    message = Message(text, contact or Contact())
    states: dict[type[Any], Any] = {Cart: cart or Cart()}
    values = {"message": message, "conversation": Conversation(), "contact": message.contact}
    return Scope("message", message, values, state=states.__getitem__)


def status_scope(status: str = "open") -> Scope:
    """A change of status on its way in."""
    change = StatusChange(status)
    return Scope("status_changed", change, {"change": change, "conversation": Conversation(), "status": status})


def event_scope(name: str, values: Mapping[str, object] | None = None) -> Scope:
    """Any other event of the platform on its way in."""
    event = WireEvent(name)
    return Scope(f"event:{name}", event, {"event": event, **(values or {})})


async def send(router: Router, text: str | None = "oi", contact: Contact | None = None) -> Handled:
    """Load a bot and give it one message."""
    return await load(router).dispatch(message_scope(text, contact))


def complaints(router: Router) -> list[str]:
    """Load a bot that cannot work and return what is wrong with it, line by line."""
    from criabot.errors import BotError

    try:
        load(router)
    except BotError as error:
        return str(error).splitlines()
    return []


def line_of(function: Any) -> str:
    """Where a handler stands, the way messages say it."""
    code = function.__code__
    return f"{HERE}{code.co_filename.rpartition('/')[2]}:{code.co_firstlineno}"
