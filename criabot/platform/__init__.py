"""CriaChat on the wire: event models, signature, Application API client. Knows nothing of bots."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from criabot.platform.answers import ConversationDetails, Membership, MessageData, Profile, ServerInfo
    from criabot.platform.calls import NOT_GIVEN, CallReport
    from criabot.platform.client import ApplicationClient, ClientOptions, ContactClient, PlatformClient
    from criabot.platform.downloads import Downloaded
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
    from criabot.platform.filters import Condition
    from criabot.platform.limits import Limiter, Rate
    from criabot.platform.live.socket import LiveSocket
    from criabot.platform.parse import parse_event
    from criabot.platform.parts import (
        Account,
        Assignee,
        Attachment,
        Change,
        ContactData,
        ContactInbox,
        ConversationData,
        Inbox,
        JsonObject,
        Meta,
        Sender,
        Team,
    )
    from criabot.platform.resources.contact_side import identifier_hash
    from criabot.platform.signature import sign, verify_signature
    from criabot.platform.uploads import Upload

__all__ = [
    "NOT_GIVEN",
    "Account",
    "ApplicationClient",
    "Assignee",
    "Attachment",
    "CallReport",
    "Change",
    "ClientOptions",
    "Condition",
    "ContactClient",
    "ContactCreated",
    "ContactData",
    "ContactEvent",
    "ContactInbox",
    "ContactUpdated",
    "ConversationCreated",
    "ConversationData",
    "ConversationDetails",
    "ConversationEvent",
    "ConversationOpened",
    "ConversationResolved",
    "ConversationStatusChanged",
    "ConversationTyping",
    "ConversationUpdated",
    "Downloaded",
    "Event",
    "Inbox",
    "InboxEvent",
    "JsonObject",
    "Limiter",
    "LiveSocket",
    "Membership",
    "MessageCreated",
    "MessageData",
    "MessageEvent",
    "MessageUpdated",
    "Meta",
    "PlatformClient",
    "Profile",
    "Rate",
    "Sender",
    "ServerInfo",
    "Team",
    "UnknownEvent",
    "Upload",
    "WidgetTriggered",
    "identifier_hash",
    "parse_event",
    "sign",
    "verify_signature",
]

HOMES = {
    "criabot.platform.resources.contact_side": "identifier_hash",
    "criabot.platform.downloads": "Downloaded",
    "criabot.platform.limits": "Limiter Rate",
    "criabot.platform.filters": "Condition",
    "criabot.platform.calls": "NOT_GIVEN CallReport",
    "criabot.platform.answers": "ConversationDetails Membership MessageData Profile ServerInfo",
    "criabot.platform.client": "ApplicationClient ClientOptions ContactClient PlatformClient",
    "criabot.platform.events": (
        "ContactCreated ContactEvent ContactUpdated ConversationCreated ConversationEvent "
        "ConversationOpened ConversationResolved ConversationStatusChanged ConversationTyping "
        "ConversationUpdated Event InboxEvent MessageCreated MessageEvent MessageUpdated UnknownEvent "
        "WidgetTriggered"
    ),
    "criabot.platform.live.socket": "LiveSocket",
    "criabot.platform.parse": "parse_event",
    "criabot.platform.parts": (
        "Account Assignee Attachment Change ContactData ContactInbox ConversationData Inbox JsonObject Meta Sender Team"
    ),
    "criabot.platform.signature": "sign verify_signature",
    "criabot.platform.uploads": "Upload",
}
"""Where the public names are: each module is imported when the first of its names is asked for."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        for module, names in HOMES.items():
            if name in names.split():
                globals()[name] = found = getattr(import_module(module), name)
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
