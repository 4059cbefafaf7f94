"""Which conversations an agent finds: the list's parameters, sorting, counts, pages (contract 5.2, 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, TypeVar

from criabot.testing.platform.casts import number
from criabot.testing.platform.world import INCOMING, OUTGOING, Conversation, Json, Message, User, World

__all__ = [
    "counts",
    "is_unattended",
    "is_visible",
    "listed",
    "of_assignee",
    "page_of",
    "sorted_by",
    "spoken",
    "visible",
]

PAGE = 25
SORT = "last_activity_at_desc"
PRIORITIES = (None, "low", "medium", "high", "urgent")

Row = TypeVar("Row")
Query: TypeAlias = "dict[str, str]"


def page_of(rows: Sequence[Row], page: Any, size: int = PAGE) -> Sequence[Row]:
    """One page; 0, negative numbers and text count as the first."""
    begin = (max(number(page), 1) - 1) * size
    return rows[begin : begin + size]


def is_visible(conversation: Conversation, user: User) -> bool:
    """Whether a user may see it: agents see their inboxes and their teams (contract 4.7)."""
    team = conversation.team
    return user.is_admin or user in conversation.inbox.members or (team is not None and user in team.members)


def is_unattended(conversation: Conversation) -> bool:
    """Whether no human answered yet, or the customer waits again."""
    return conversation.first_reply_created_at is None or conversation.waiting_since is not None


def visible(world: World, user: User) -> list[Conversation]:
    """The conversations that a user's lists are made of: agents have those of their inboxes."""
    every = world.conversations.values()
    return [each for each in every if user.is_admin or user in each.inbox.members]


def listed(world: World, user: User, query: Query) -> list[Conversation]:
    """What the parameters leave, but for the choice by assignee, sorted; `labels` are separated by commas."""
    found = [each for each in visible(world, user) if all(test(each) for test in _tests(world, user, query))]
    return sorted_by(found, query.get("sort_by"))


def of_assignee(found: Iterable[Conversation], user: User, kind: str | None) -> list[Conversation]:
    """The choice by assignee: me, assigned, unassigned, all."""
    match kind:
        case "me":
            return [each for each in found if each.assignee is user]
        case "assigned":
            return [each for each in found if each.assignee is not None]
        case "unassigned":
            return [each for each in found if each.assignee is None]
    return list(found)


def counts(found: Sequence[Conversation], user: User, query: Query) -> Json:
    """The four counts; in a search for a text each of them counts one page only (contract 5.2)."""
    mine = [each for each in found if each.assignee is user]
    unassigned = [each for each in found if each.assignee is None]
    sets: list[Sequence[Conversation]] = [mine, unassigned, found]
    if query.get("q"):
        sets = [page_of(each, query.get("page")) for each in sets]
    return {
        "mine_count": len(sets[0]),
        "assigned_count": len(sets[2]) - len(sets[1]),
        "unassigned_count": len(sets[1]),
        "all_count": len(sets[2]),
    }


def sorted_by(found: Iterable[Conversation], key: str | None) -> list[Conversation]:
    """In the order asked for; an unknown one is the default, the latest activity first."""
    name, reverse = ORDERS.get(key or SORT, ORDERS[SORT])
    return sorted(found, key=name, reverse=reverse)


def spoken(conversation: Conversation, text: str) -> list[Message]:
    """The messages of customer and team in which a text occurs, whatever its case."""
    wanted = text.lower()
    said = (each for each in conversation.messages if each.message_type in (INCOMING, OUTGOING))
    return [each for each in said if wanted in (each.content or "").lower()]


def _tests(world: World, user: User, query: Query) -> list[Callable[[Conversation], bool]]:
    tests: list[Callable[[Conversation], bool]] = []
    status, text = query.get("status") or "open", query.get("q")
    if text:
        tests.append(lambda each: bool(spoken(each, text)))
    elif status != "all":
        tests.append(lambda each: each.status == status)
    for key, read in IDS.items():
        if wanted := query.get(key):
            tests.append(lambda each, read=read, wanted=wanted: str(read(each)) == wanted)  # type: ignore[misc]
    if labels := query.get("labels"):
        tests.append(lambda each: not set(each.labels).isdisjoint(labels.split(",")))
    if within := number(query.get("updated_within") or 0):
        tests.append(lambda each: each.updated_at > world.clock() - within)
    if kind := KINDS.get(query.get("conversation_type") or ""):
        tests.append(lambda each: kind(each, user))
    return tests


IDS: dict[str, Callable[[Conversation], Any]] = {
    "inbox_id": lambda each: each.inbox.id,
    "team_id": lambda each: each.team.id if each.team else None,
    "source_id": lambda each: each.contact_inbox.source_id,
}

KINDS: dict[str, Callable[[Conversation, User], bool]] = {
    "mention": lambda each, user: any(f"mention://user/{user.id}/" in note for note in each.notes),
    "participating": lambda each, user: user in each.participants,
    "unattended": lambda each, _user: is_unattended(each),
}


def _activity(each: Conversation) -> tuple[float, int]:
    return each.last_activity_at, each.id


def _waiting_first(each: Conversation) -> tuple[bool, float, float]:
    """Who does not wait comes last."""
    return each.waiting_since is None, each.waiting_since or 0.0, each.created_at


def _waiting_longest_last(each: Conversation) -> tuple[bool, float, float]:
    return each.waiting_since is not None, each.waiting_since or 0.0, each.created_at


ORDERS: dict[str, tuple[Callable[[Conversation], Any], bool]] = {
    "latest": (_activity, True),
    "last_activity_at_desc": (_activity, True),
    "last_activity_at_asc": (_activity, False),
    "created_at_desc": (lambda each: (each.created_at, each.id), True),
    "created_at_asc": (lambda each: (each.created_at, each.id), False),
    "priority_desc": (lambda each: (PRIORITIES.index(each.priority), each.last_activity_at), True),
    "priority_asc": (lambda each: (PRIORITIES.index(each.priority), -each.last_activity_at), False),
    "waiting_since_asc": (_waiting_first, False),
    "waiting_since_desc": (_waiting_longest_last, True),
    "sort_on_last_user_message_at": (_activity, False),
}
