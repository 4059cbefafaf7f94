"""What each kind of event becomes for its handlers: the kind's name, its subject, and what may be asked for."""

from __future__ import annotations

from collections.abc import Mapping

from criabot.conversation import Contact, Conversation, Effects, Message, States, Typing, WidgetOpened
from criabot.platform import (
    ApplicationClient,
    ContactCreated,
    ContactUpdated,
    ConversationCreated,
    ConversationData,
    ConversationEvent,
    ConversationOpened,
    ConversationResolved,
    ConversationStatusChanged,
    ConversationTyping,
    ConversationUpdated,
    Event,
    MessageCreated,
    MessageUpdated,
    WidgetTriggered,
)
from criabot.routing import Kind, Scope

__all__ = ["KINDS", "kinds_of", "scope_of"]

CONVERSATION = {"conversation": Conversation, "contact": Contact, "client": ApplicationClient}
MESSAGE = {"message": Message, **CONVERSATION}

CONVERSATION_KINDS: Mapping[str, type[ConversationEvent]] = {
    "conversation_created": ConversationCreated,
    "updated": ConversationUpdated,
    "status_changed": ConversationStatusChanged,
    "opened": ConversationOpened,
    "resolved": ConversationResolved,
}

KINDS = (
    Kind("message", Message, {**MESSAGE, "event": MessageCreated}),
    Kind("message_created", Message, {**MESSAGE, "event": MessageCreated}),
    Kind("message_updated", Message, {**MESSAGE, "event": MessageUpdated}),
    *(Kind(name, Conversation, {**CONVERSATION, "event": event}) for name, event in CONVERSATION_KINDS.items()),
    Kind("typing", Typing, {"typing": Typing, **CONVERSATION, "event": ConversationTyping}),
    *(
        Kind(name, Contact, {"contact": Contact, "client": ApplicationClient, "event": event}, has_state=False)
        for name, event in {"contact_created": ContactCreated, "contact_updated": ContactUpdated}.items()
    ),
    Kind(
        "widget_opened", WidgetOpened, {"widget": WidgetOpened, "client": ApplicationClient, "event": WidgetTriggered}
    ),
    Kind("event", Event, {"event": Event, "client": ApplicationClient}, has_state=False),
    Kind("startup", type(None), {"client": ApplicationClient}, has_state=False),
    Kind("shutdown", type(None), {"client": ApplicationClient}, has_state=False),
)

_MESSAGES = (MessageCreated, MessageUpdated)

_BY_EVENT: Mapping[type[Event], str] = {
    MessageUpdated: "message_updated",
    ConversationTyping: "typing",
    ContactCreated: "contact_created",
    ContactUpdated: "contact_updated",
    WidgetTriggered: "widget_opened",
    **{event: name for name, event in CONVERSATION_KINDS.items()},
}


def kinds_of(event: Event) -> list[str]:
    """The kinds of handlers that an event is for, in the order in which they get it; ``message`` comes last."""
    wire = f"event:{event.event}"
    if isinstance(event, MessageCreated):
        return [wire, "message_created", *(["message"] if event.is_from_contact else [])]
    kind = _BY_EVENT.get(type(event))
    return [wire, kind] if kind is not None else [wire]


def scope_of(
    kind: str, event: Event, *, effects: Effects, states: States, late: bool, client: ApplicationClient
) -> Scope:
    """Everything that a handler of `kind` may ask for about an event; rolling back undoes what this kind did."""
    effects.keep()
    states.keep()

    def roll_back() -> None:
        effects.forget()
        states.forget()

    values: dict[str, object] = {"event": event, "client": client}
    subject: object = event
    data = getattr(event, "current_conversation" if isinstance(event, WidgetTriggered) else "conversation", None)
    conversation = Conversation(data, effects) if isinstance(data, ConversationData) else None
    if conversation is not None:
        values |= {"conversation": conversation, "contact": conversation.contact}
        subject = conversation
    if isinstance(event, _MESSAGES) and conversation is not None:
        subject = values["message"] = Message(event, conversation, late=late)
    elif isinstance(event, ConversationTyping) and conversation is not None:
        subject = values["typing"] = Typing(event, conversation)
    elif isinstance(event, ContactCreated | ContactUpdated):
        subject = values["contact"] = Contact(event.contact)
    elif isinstance(event, WidgetTriggered):
        subject = values["widget"] = WidgetOpened(event, conversation)
    return Scope(kind, event if kind.startswith("event:") else subject, values, state=states.load, roll_back=roll_back)
