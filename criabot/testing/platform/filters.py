"""Filters of conversations and contacts: conditions joined by and / or (contract 5.4, 5.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

from criabot.testing.platform.http import Refused, fault
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import Contact, Conversation, World

__all__ = ["CONTACT", "CONVERSATION", "Kind", "filtered"]

DAY = 86400
EQUAL = ("equal_to", "not_equal_to")
PRESENT = (*EQUAL, "is_present", "is_not_present")
TEXT = (*EQUAL, "contains", "does_not_contain")
DATE = ("is_greater_than", "is_less_than", "days_before")
BY_TYPE = {
    "text": (*TEXT, "is_present", "is_not_present"),
    "link": EQUAL,
    "number": EQUAL,
    "list": EQUAL,
    "checkbox": EQUAL,
    "date": ("is_present", "is_not_present", "is_greater_than", "is_less_than"),
}

Record = TypeVar("Record", Conversation, Contact)
Test: TypeAlias = Callable[[Any], bool]
Key: TypeAlias = "tuple[Callable[[Any], Any], tuple[str, ...]]"


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be filtered by: keys with how to read them and their operators.

    Attributes:
        keys: by name, in the order in which the server lists them.
        model: ``attribute_model`` of the custom attributes that count as keys, too.
    """

    keys: dict[str, Key]
    model: str


def filtered(world: World, kind: Kind, records: Iterable[Record], payload: Any) -> list[Record]:
    """The records that fit all conditions; ``and`` binds stronger than ``or``.

    Raises:
        Refused: 422, an unknown key or operator; 500, no list of conditions, values that are no list, or operators
            between them that do not join.
    """
    if not isinstance(payload, list):
        raise fault()
    tests = [_test(world, kind, condition) for condition in payload]
    joints = [_joint(condition.get("query_operator")) for condition in payload]
    if tests and (joints.pop() is not None or None in joints):
        raise fault()
    return [each for each in records if _fits(tests, joints, each)]


def _fits(tests: list[Test], joints: list[str | None], record: object) -> bool:
    """Groups of ``and``, one of which has to fit."""
    groups: list[list[Test]] = [[]]
    for test, joint in zip(tests, [None, *joints], strict=False):
        if joint == "OR":
            groups.append([])
        groups[-1].append(test)
    return any(all(test(record) for test in group) for group in groups)


def _unknown(text: str) -> Refused:
    return Refused(422, {"error": text})


def _joint(value: Any) -> str | None:
    if value in (None, ""):
        return None
    if str(value).upper() not in ("AND", "OR"):
        raise _unknown("Invalid query operator. Please use `AND` or `OR`.")
    return str(value).upper()


def _test(world: World, kind: Kind, condition: Any) -> Test:
    if not isinstance(condition, dict):
        raise fault()
    name = str(condition.get("attribute_key"))
    read, operators = _key(world, kind, name)
    operator = str(condition.get("filter_operator"))
    if operator not in operators:
        raise _unknown(f"Invalid operator. The allowed operators for {name} are [{','.join(operators)}].")
    values = condition.get("values", [])
    if values is not None and not isinstance(values, list):
        raise fault()
    if name == "status" and "all" in (values or ()):
        return lambda _each: True
    return _compare(world, read, operator, [_plain(value) for value in values or ()])


def _key(world: World, kind: Kind, name: str) -> Key:
    if name in kind.keys:
        return kind.keys[name]
    for row in world.rows["custom_attribute_definition"].values():
        if row["attribute_key"] == name and row["attribute_model"] == kind.model:
            operators = BY_TYPE.get(str(row.get("attribute_display_type")), EQUAL)
            return lambda each: each.custom_attributes.get(name), operators
    raise _unknown(
        f"Invalid attribute key - [{name}]. The key should be one of [{','.join(kind.keys)}] "
        "or a custom attribute defined in the account."
    )


def _compare(world: World, read: Callable[[Any], Any], operator: str, values: list[str]) -> Test:
    def found(record: object) -> list[str]:
        value = read(record)
        return [_plain(each) for each in (value if isinstance(value, list) else [value]) if each not in (None, "")]

    first = values[0] if values else ""
    day = iso(world.clock() - int(first) * DAY) if operator == "days_before" and first.isdigit() else None
    tests: dict[str, Test] = {
        "equal_to": lambda each: any(one in values for one in found(each)),
        "not_equal_to": lambda each: not any(one in values for one in found(each)),
        "contains": lambda each: any(value in one for one in found(each) for value in values),
        "does_not_contain": lambda each: not any(value in one for one in found(each) for value in values),
        "starts_with": lambda each: any(one.startswith(value) for one in found(each) for value in values),
        "is_present": lambda each: bool(found(each)),
        "is_not_present": lambda each: not found(each),
        "is_greater_than": lambda each: any(one[:10] > first[:10] for one in found(each)),
        "is_less_than": lambda each: any(one[:10] < first[:10] for one in found(each)),
        "days_before": lambda each: day is not None and any(one[:10] < day[:10] for one in found(each)),
    }
    return tests[operator]


def _plain(value: Any) -> str:
    """A value as text, of any case; dates as the day they are."""
    if isinstance(value, float):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d")
    return str(value).lower()


def _additional(key: str) -> Callable[[Any], Any]:
    return lambda each: each.additional_attributes.get(key)


CONVERSATION = Kind(
    {
        "status": (lambda each: each.status, EQUAL),
        "assignee_id": (lambda each: each.assignee and each.assignee.id, PRESENT),
        "inbox_id": (lambda each: each.inbox.id, PRESENT),
        "team_id": (lambda each: each.team and each.team.id, PRESENT),
        "contact_id": (lambda each: each.contact.id, PRESENT),
        "priority": (lambda each: each.priority, EQUAL),
        "display_id": (lambda each: each.id, TEXT),
        "campaign_id": (lambda _each: None, PRESENT),
        "labels": (lambda each: each.labels, PRESENT),
        "browser_language": (_additional("browser_language"), EQUAL),
        "conversation_language": (_additional("conversation_language"), EQUAL),
        "referer": (_additional("referer"), TEXT),
        "created_at": (lambda each: each.created_at, DATE),
        "last_activity_at": (lambda each: each.last_activity_at, DATE),
        "mail_subject": (_additional("mail_subject"), TEXT),
    },
    "conversation_attribute",
)

CONTACT = Kind(
    {
        "name": (lambda each: each.name, TEXT),
        "phone_number": (lambda each: each.phone_number, (*TEXT, "starts_with")),
        "email": (lambda each: each.email, TEXT),
        "identifier": (lambda each: each.identifier, EQUAL),
        "country_code": (_additional("country_code"), EQUAL),
        "city": (_additional("city"), TEXT),
        "company_name": (_additional("company_name"), TEXT),
        "labels": (lambda each: each.labels, PRESENT),
        "created_at": (lambda each: each.created_at, DATE),
        "last_activity_at": (lambda each: each.last_activity_at, DATE),
        "blocked": (lambda each: each.blocked, EQUAL),
    },
    "contact_attribute",
)
