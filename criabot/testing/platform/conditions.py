"""Whether an automation rule applies: its conditions, as the real server turns them into SQL (contract 5.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from criabot.testing.platform.casts import number, text
from criabot.testing.platform.events import Changes
from criabot.testing.platform.world import MESSAGE_TYPES, Conversation, Json, Message

__all__ = ["Case", "applies"]

DAY = 86400
OPERATORS: dict[str, Callable[[list[str], list[str]], bool]] = {
    "equal_to": lambda actual, wanted: any(each in wanted for each in actual),
    "not_equal_to": lambda actual, wanted: all(each not in wanted for each in actual),
    "contains": lambda actual, wanted: any(one in each for each in actual for one in wanted),
    "does_not_contain": lambda actual, wanted: not any(one in each for each in actual for one in wanted),
    "starts_with": lambda actual, wanted: any(each.startswith(one) for each in actual for one in wanted),
    "is_present": lambda actual, _wanted: any(actual),
    "is_not_present": lambda actual, _wanted: not any(actual),
}
OF_MESSAGE: dict[str, Callable[[Message], Any]] = {
    "content": lambda message: message.content,
    "message_type": lambda message: MESSAGE_TYPES[message.message_type],
    "private_note": lambda message: message.private,
}
OF_CONVERSATION: dict[str, Callable[[Conversation], Any]] = {
    "inbox_id": lambda conversation: conversation.inbox.id,
    "assignee_id": lambda conversation: conversation.assignee.id if conversation.assignee else None,
    "team_id": lambda conversation: conversation.team.id if conversation.team else None,
    "status": lambda conversation: conversation.status,
    "priority": lambda conversation: conversation.priority,
    "labels": lambda conversation: conversation.labels,
    "created_at": lambda conversation: conversation.created_at,
    "last_activity_at": lambda conversation: conversation.last_activity_at,
}
CONTACT_COLUMNS = ("email", "phone_number", "name", "identifier", "blocked")
CONTACT_DETAILS = ("city", "country_code", "company", "company_name")


@dataclass(frozen=True, slots=True)
class Case:
    """What a rule is asked about.

    Attributes:
        conversation: the conversation.
        message: of ``message_created``.
        changes: what the event brought, by column.
        now: epoch seconds.
    """

    conversation: Conversation
    message: Message | None
    changes: Changes
    now: float


def applies(conditions: list[Json], case: Case) -> bool:
    """Whether the conditions hold: AND binds closer than OR; without conditions they do."""
    groups: list[list[bool]] = [[]]
    for condition in conditions:
        groups[-1].append(_holds(condition, case))
        if str(condition.get("query_operator")).lower() == "or":
            groups.append([])
    return any(all(group) for group in groups)


def _holds(condition: Json, case: Case) -> bool:
    key, values = str(condition.get("attribute_key")), condition.get("values")
    operator = str(condition.get("filter_operator"))
    if operator == "attribute_changed":
        return _changed(key, values, case.changes)
    found = _actual(key, condition.get("custom_attribute_type"), case)
    if operator not in OPERATORS:
        return _compared(operator, found, values, case.now)
    if key == "status" and values == ["all"]:
        return operator == "equal_to"
    return OPERATORS[operator](_plain_list(found), _plain_list(values))


def _compared(operator: str, found: Any, values: Any, now: float) -> bool:
    wanted = values[0] if isinstance(values, list) and values else values
    if found is None or wanted is None:
        return False
    match operator:
        case "is_greater_than":
            return number(found) > number(wanted)
        case "is_less_than":
            return number(found) < number(wanted)
        case "days_before":
            return number(found) < now - number(wanted) * DAY
    return False


def _changed(key: str, values: Any, changes: Changes) -> bool:
    if key not in changes or not isinstance(values, dict):
        return False
    old, new = changes[key]
    return _is_among(old, values.get("from")) and _is_among(new, values.get("to"))


def _is_among(value: Any, wanted: Any) -> bool:
    return isinstance(wanted, Iterable) and _plain(value) in [_plain(each) for each in wanted]


def _plain_list(values: Any) -> list[str]:
    return [_plain(each) for each in (values if isinstance(values, list) else [values])]


def _plain(value: Any) -> str:
    """A value as conditions compare it: as text, whatever the case; nothing is an empty text."""
    return (text(value) or "").casefold()


def _actual(key: str, custom: Any, case: Case) -> Any:
    """The value of an attribute: of the message, the conversation or the contact."""
    conversation, contact = case.conversation, case.conversation.contact
    if custom == "contact_attribute":
        return contact.custom_attributes.get(key)
    if custom == "conversation_attribute":
        return conversation.custom_attributes.get(key)
    if key in OF_MESSAGE:
        return OF_MESSAGE[key](case.message) if case.message else None
    if key in OF_CONVERSATION:
        return OF_CONVERSATION[key](conversation)
    if key in CONTACT_COLUMNS:
        return getattr(contact, key)
    if key in CONTACT_DETAILS:
        return contact.additional_attributes.get(key)
    known = conversation.additional_attributes | conversation.custom_attributes
    return known.get(key, contact.custom_attributes.get(key))
