"""The building blocks of webhook payloads and API answers (contract 2.1).

The models are tolerant on purpose: keys that are absent are ``None``, keys that nobody announced are kept,
enum values that nobody knows stay text. Their ``repr`` shows identifiers only, because a payload holds names,
e-mail addresses, phone numbers and tokens, and a ``repr`` ends in logs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Self, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    StrictFloat,
    StrictInt,
    StrictStr,
    Tag,
)
from pydantic_core import CoreSchema, core_schema

JsonObject: TypeAlias = dict[str, Any]
"""A free-form object of the wire, such as custom attributes."""

Id: TypeAlias = Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)]
"""A platform id: a whole number that fits a database column; numeric text and booleans are wrong types."""

Time: TypeAlias = Annotated[StrictInt | StrictStr | StrictFloat | int, Field(union_mode="left_to_right")]
"""A moment as the wire has it: epoch seconds (0 = never) or ISO-8601 text (contract 2.1.8)."""


class Named(str):
    """An enum's value by its name; `number` is what the wire had, so that nothing is lost when it is dumped."""

    number: int

    __slots__ = ("number",)

    @classmethod
    def of(cls, name: str, number: int) -> Self:
        """The name of a number."""
        value = cls(name)
        value.number = number
        return value


def on_the_wire(value: str) -> str | int:
    """What stood there before it got a name."""
    return value.number if isinstance(value, Named) else value


def named(*names: str) -> GetPydanticSchema:
    """Turns an enum's number into its name, and back when it is dumped; a number without a name becomes its digits.

    Text passes without a call of Python: in webhooks it is nearly always text.
    """
    known = [Named.of(name, number) for number, name in enumerate(names)]

    def name_of(number: int) -> Named:
        return known[number] if 0 <= number < len(known) else Named.of(format(number), number)

    schema = core_schema.union_schema(
        [
            core_schema.str_schema(strict=True),
            core_schema.no_info_after_validator_function(name_of, core_schema.int_schema(strict=True)),
        ],
        mode="left_to_right",
        custom_error_type="string_type",
        serialization=core_schema.plain_serializer_function_ser_schema(on_the_wire, when_used="json"),
    )
    return GetPydanticSchema(lambda _source, _handler: schema)


MessageType: TypeAlias = Annotated[str, named("incoming", "outgoing", "activity", "template")]
"""``incoming``, ``outgoing``, ``activity``, ``template`` or a later server's text (contract 3.1)."""

Status: TypeAlias = Annotated[str, named("open", "resolved", "pending", "snoozed")]
"""``open``, ``resolved``, ``pending``, ``snoozed`` or a later server's text (contract 4.1)."""

Priority: TypeAlias = Annotated[str, named("low", "medium", "high", "urgent")]
"""``low``, ``medium``, ``high``, ``urgent`` or a later server's text (contract 2.1.5)."""


FAR_FUTURE = 1e11
"""Epoch seconds of the year 5138: a larger number is not a time."""


def milliseconds(moment: Time | None) -> int | None:
    """The moment in epoch milliseconds; None when it is absent, 0 (never) or not a time."""
    if moment is None:
        return None
    if isinstance(moment, str):
        return _milliseconds_of_text(moment)
    return round(moment * 1000) if 0 < moment < FAR_FUTURE else None


def _milliseconds_of_text(moment: str) -> int | None:
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return round(parsed.timestamp() * 1000)


class Part(BaseModel):
    """A piece of a payload: immutable, unknown keys kept, only identifiers in its ``repr``."""

    model_config = ConfigDict(
        extra="allow", frozen=True, hide_input_in_errors=True, protected_namespaces=(), defer_build=True
    )

    shown: ClassVar[tuple[str, ...]] = ("id",)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        shown = ((name, getattr(self, name, None)) for name in self.shown)
        return (pair for pair in shown if pair[1] is not None)


class Account(Part):
    """The account of an event (contract 2.1.1)."""

    id: Id
    name: str | None = None


class Inbox(Part):
    """The inbox of an event (contract 2.1.1)."""

    id: Id
    name: str | None = None


class Team(Part):
    """The team of a conversation (contract 2.1.4)."""

    id: Id
    name: str | None = None


class Sender(Part):
    """Who wrote or types: an agent, a bot, an assistant (contract 2.1.2); a contact is a :class:`ContactData`.

    Ids of contacts, agents and bots are independent: compare ``kind`` and ``id`` together.
    """

    shown = ("kind", "id")

    id: Id
    name: str | None = None
    email: str | None = None
    type: str | None = None

    @property
    def kind(self) -> str:
        """``contact``, ``user``, ``agent_bot``, ``captain_assistant`` or a later server's text.

        A contact has no ``type`` key in a webhook's ``sender`` and ``user`` (contract 2.1.2).
        """
        return self.type or "contact"


class ContactData(Sender):
    """A contact as sender, typing user, ``meta.sender`` or of a contact event (contract 2.1.2 and 2.1.3)."""

    account: Account | None = None
    phone_number: str | None = None
    identifier: str | None = None
    avatar: str | None = None
    thumbnail: str | None = None
    blocked: bool | None = None
    additional_attributes: JsonObject | None = None
    custom_attributes: JsonObject | None = None


def sender_tag(sender: Any) -> str:
    """The member of the union for a sender on the wire, or for one of ours when it is dumped."""
    kind = sender.get("type") if isinstance(sender, dict) else getattr(sender, "type", None)
    return "<contact>" if kind in (None, "", "contact") else "<other>"


class WithoutPython:
    """Lets JSON choose the member of the union without a call into Python, for which the sender would be built twice.

    Only where it is beyond doubt: by the kinds that we know, and for a contact of a webhook, which has ``blocked``
    instead of ``type``. Everything else, and what is no JSON any more, is left to `sender_tag`.

    Args:
        other: the member for whoever is no contact.
    """

    def __init__(self, other: type[Sender]) -> None:
        self._other = other

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        contact, other = handler.generate_schema(ContactData), handler.generate_schema(self._other)
        known: dict[Hashable, CoreSchema] = {"": contact, "contact": contact}
        known |= dict.fromkeys(("user", "agent_bot", "captain_assistant"), other)
        by_type = core_schema.tagged_union_schema(known, "type")
        tag: list[list[str | int]] = [["type"], ["blocked"]]
        by_absence = core_schema.tagged_union_schema({True: contact, False: contact}, tag)
        by_tag = handler(source)
        any_of = core_schema.union_schema([by_type, by_absence, by_tag], mode="left_to_right")
        return core_schema.json_or_python_schema(any_of, by_tag)


AnySender: TypeAlias = Annotated[
    Annotated[ContactData, Tag("<contact>")] | Annotated[Sender, Tag("<other>")],
    Discriminator(sender_tag),
    WithoutPython(Sender),
]
"""A :class:`ContactData` when the sender is a contact, else a plain :class:`Sender`."""


class Assignee(Part):
    """The agent or bot that a conversation is assigned to (contract 2.1.4 and 5.4)."""

    shown = ("type", "id")

    id: Id
    name: str | None = None
    type: str | None = None


class Meta(Part):
    """Who takes part in a conversation (contract 2.1.5)."""

    shown = ("sender", "assignee", "team")

    sender: ContactData | None = None
    assignee: Assignee | None = None
    assignee_type: str | None = None
    team: Team | None = None
    hmac_verified: bool | None = None

    @property
    def assignee_kind(self) -> str | None:
        """``user``, ``agent_bot`` or a later server's text; None when nobody is assigned.

        Servers before 4.8 have no ``assignee_type``, and the API's assignee has no ``type``; there an
        assignee without either is a user (contract 2.1.4 and 5.4).
        """
        if self.assignee is None:
            return None
        kind = self.assignee.type or self.assignee_type or "user"
        return {"User": "user", "AgentBot": "agent_bot"}.get(kind, kind)


class ContactInbox(Part):
    """The contact's place in an inbox (contract 2.1.5); ``pubsub_token`` is a secret."""

    id: Id | None = None
    contact_id: Id | None = None
    inbox_id: Id | None = None
    source_id: str | None = None
    hmac_verified: bool | None = None
    pubsub_token: str | None = None
    created_at: Time | None = None
    updated_at: Time | None = None


Degrees: TypeAlias = Annotated[float, BeforeValidator(lambda number: number)]
"""A coordinate; it goes through Python, to which a whole number of 400 digits is an error, not infinity."""


class Attachment(Part):
    """A file, place or card of a message (contract 2.1.7).

    ``file_type`` is ``image``, ``audio``, ``video``, ``file``, ``location``, ``contact``, ``fallback`` or another
    text. ``data_url`` redirects to the file without a token: whoever has it can read the file.
    """

    shown = ("id", "file_type")

    id: Id | None = None
    message_id: Id | None = None
    account_id: Id | None = None
    file_type: str | None = None
    extension: str | None = None
    content_type: str | None = None
    data_url: str | None = None
    thumb_url: str | None = None
    file_size: int | None = None
    width: int | None = None
    height: int | None = None
    coordinates_lat: Degrees | None = None
    coordinates_long: Degrees | None = None
    fallback_title: str | None = None
    transcribed_text: str | None = None
    meta: JsonObject | None = None


class ConversationData(Part):
    """A conversation as the webhooks have it (contract 2.1.5); ``id`` is the number that people see.

    ``messages`` stays plain data: it is whatever message was last when the payload was built, so it never
    tells what the event is about (contract 8.11).
    """

    id: Id
    inbox_id: Id | None = None
    status: Status | None = None
    priority: Priority | None = None
    channel: str | None = None
    can_reply: bool | None = None
    labels: list[str] | None = None
    additional_attributes: JsonObject | None = None
    custom_attributes: JsonObject | None = None
    contact_inbox: ContactInbox | None = None
    meta: Meta | None = None
    messages: Any = None
    account: Account | None = None
    unread_count: int | None = None
    snoozed_until: Time | None = None
    first_reply_created_at: Time | None = None
    waiting_since: Time | None = None
    agent_last_seen_at: Time | None = None
    contact_last_seen_at: Time | None = None
    last_activity_at: Time | None = None
    timestamp: Time | None = None
    created_at: Time | None = None
    updated_at: Time | None = None

    @property
    def contact_id(self) -> int | None:
        """The contact of the conversation."""
        if self.meta is not None and self.meta.sender is not None:
            return self.meta.sender.id
        return self.contact_inbox.contact_id if self.contact_inbox is not None else None


class MessageFields(Part):
    """What a message has in a webhook as well as in an answer of the API (contract 2.2 and 5.5)."""

    id: Id
    content: str | None = None
    content_type: str | None = None
    content_attributes: JsonObject | None = None
    message_type: MessageType | None = None
    private: bool | None = None
    source_id: str | None = None
    created_at: Time | None = None
    sender: AnySender | None = None
    attachments: list[Attachment] | None = None

    @property
    def marker(self) -> str | None:
        """The key that criabot put into the message when it posted it; None on others' (contract 2.14)."""
        ours = (self.content_attributes or {}).get("criabot")
        key = ours.get("key") if isinstance(ours, dict) else None
        return key if isinstance(key, str) else None


@dataclass(frozen=True, slots=True)
class Change:
    """What one column was and is (contract 2.5); the values can be anything, also a customer's data."""

    previous: Any = field(repr=False)
    current: Any = field(repr=False)


def changes_of(changed_attributes: Any) -> dict[str, Change]:
    """The changes by column, from the wire's null, list of one-key objects, or object (contract 8.15)."""
    parts = changed_attributes if isinstance(changed_attributes, list) else [changed_attributes]
    return {column: _change(value) for part in parts if isinstance(part, dict) for column, value in part.items()}


def _change(value: Any) -> Change:
    if isinstance(value, dict):
        return Change(value.get("previous_value"), value.get("current_value"))
    if isinstance(value, list) and len(value) == 2:
        return Change(*value)
    return Change(None, value)
