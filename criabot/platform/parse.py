"""From the bytes of a webhook to a typed event (contract 2)."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from criabot.errors import MalformedEvent
from criabot.platform.events import (
    ContactCreated,
    ContactEvent,
    ContactUpdated,
    ConversationCreated,
    ConversationEvent,
    ConversationOpened,
    ConversationResolved,
    ConversationStatusChanged,
    ConversationTyping,
    ConversationUpdated,
    Event,
    InboxEvent,
    MessageCreated,
    MessageEvent,
    MessageUpdated,
    UnknownEvent,
    WidgetTriggered,
)

MODELS: dict[str, type[Event]] = {
    "message_created": MessageCreated,
    "message_updated": MessageUpdated,
    "conversation_created": ConversationCreated,
    "conversation_updated": ConversationUpdated,
    "conversation_status_changed": ConversationStatusChanged,
    "conversation_opened": ConversationOpened,
    "conversation_resolved": ConversationResolved,
    "conversation_typing_on": ConversationTyping,
    "conversation_typing_off": ConversationTyping,
    "contact_created": ContactCreated,
    "contact_updated": ContactUpdated,
    "webwidget_triggered": WidgetTriggered,
    "inbox_created": InboxEvent,
    "inbox_updated": InboxEvent,
}
"""The model of each event's name; every other name is an :class:`UnknownEvent`."""


MESSAGES: dict[bytes, type[MessageEvent]] = {
    b',"event":"message_created"}': MessageCreated,
    b',"event":"message_updated"}': MessageUpdated,
}
"""The model of a body by its end, which the platform writes so: behind a comma it can be nothing but the last key."""

END = len(b',"event":"message_created"}')


def parse_event(raw: bytes) -> Event:
    """The event of a webhook's body; unknown events and unknown keys are fine.

    Raises:
        MalformedEvent: the body is not UTF-8 JSON (or nested deeper than 200), not an object, has no text
            ``event``, or a key that criabot reads has a wrong type. The message names the place, never the value.
    """
    return _message(raw) or _any(raw)


def _message(raw: bytes) -> MessageEvent | None:
    """A message's event, by a short cut from JSON to the model.

    None where it cannot be taken: who goes the long way is told what is wrong, and where.
    """
    model = MESSAGES.get(raw[-END:])
    if model is None or raw.rfind(b"NaN") >= 0 or raw.rfind(b"Infinity") >= 0:  # no JSON, but here it would pass
        return None
    try:
        event: MessageEvent = model.__pydantic_validator__.validate_json(raw)
    except ValidationError:
        return None
    return event


def _any(raw: bytes) -> Event:
    body = _object(raw)
    name = body.get("event")
    if not isinstance(name, str):
        raise MalformedEvent(f"the body has no text 'event'. {ADVICE}")
    model = MODELS.get(name, UnknownEvent)
    try:
        return model.model_validate(body)
    except ValidationError as error:
        problem = _problem(error, model)
    raise MalformedEvent(f"{name}: {problem}. {ADVICE}")


ADVICE = "Check that only CriaChat posts to this URL, and that no proxy changes the body"


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = from_json(raw, allow_inf_nan=False, cache_strings="keys")
    except ValueError as error:
        problem = f"the body is not JSON in UTF-8: {error}"
    else:
        if isinstance(body, dict):
            return body
        problem = "the body is JSON, but not an object"
    raise MalformedEvent(f"{problem}. {ADVICE}")


def _problem(error: ValidationError, model: type[Event]) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    location = first["loc"][1:] if issubclass(model, ConversationEvent | ContactEvent) else first["loc"]
    path = ".".join(step for step in map(str, location) if step not in TIMES | SENDERS)
    if first["type"] == "missing":
        return f"'{path}' is missing"
    expected = "a number or text" if first["loc"][-1] in TIMES else EXPECTED.get(first["type"], "in range")
    return f"'{path}' must be {expected}"


EXPECTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": "an object",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "an object",
    "string_type": "text",
}
"""What a value should have been, by pydantic's name of the fault."""

TIMES = {"int", "float", "str"}
SENDERS = {"<contact>", "<other>"}
"""What pydantic puts into a path for the members of the two unions."""
