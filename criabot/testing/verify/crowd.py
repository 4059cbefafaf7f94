"""Many contacts at once, whose making the recording leaves out: made again from what later answers show of them."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from criabot.testing.verify.names import compact
from criabot.testing.verify.scenarios import Json, Scenario

__all__ = ["Crowd", "Member"]

MARKS = ("status", "priority", "assignee_id", "labels", "custom_attributes")


@dataclass(frozen=True, slots=True)
class Member:
    """One of the crowd: the contact's fields, the first message, and the ids that the recording shows."""

    number: int
    conversation: int
    contact: int
    message: int
    fields: Json
    content: str


class Crowd:
    """Contacts numbered 0, 1, 2…: the number is the last one in the contact's name, and follows the ids.

    What is known of some is true of all: the recording shows number 30 and 40 with a label, so every tenth has it.
    """

    def __init__(self, scenario: Scenario) -> None:
        seen = {row["id"]: row for step in scenario.steps for row in _conversations(step.response.get("body"))}
        numbered = [(row, _number(row["meta"]["sender"]["name"])) for row in seen.values()]
        rows = [(row, number) for row, number in numbered if number is not None]
        self._first = _most_common([row["id"] - number for row, number in rows])
        self._rows = {number: row for row, number in rows if row["id"] - number == self._first}
        self._contents = [
            (number, message["content"])
            for number, row in self._rows.items()
            for message in row["messages"]
            if message["message_type"] == 0
        ]
        said = [(number, row["last_non_activity_message"]) for number, row in self._rows.items()]
        self._first_message = _most_common([message["id"] - number for number, message in said if message])

    def members(self, size: int) -> Iterator[Member]:
        """The crowd, in the order of its making."""
        example = min(self._rows)
        for number in range(size):
            known = self._rows.get(number)
            row, old = (known, number) if known else (self._rows[example], example)
            sender = row["meta"]["sender"]
            names = ("name", "email", "phone_number", "identifier", "custom_attributes")
            fields = {name: sender[name] for name in names}
            if known is None:
                fields = {name: _renumbered(value, old, number) for name, value in fields.items()}
                fields["phone_number"] = f"+55819{number:08d}"
            told, content = self._contents[0]
            contact = sender["id"] - old + number
            message = self._first_message + number
            yield Member(number, self._first + number, contact, message, fields, _renumbered(content, told, number))

    def marks(self, size: int) -> dict[int, Json]:
        """What was done to which of them afterwards: status, priority, assignee, labels, attributes."""
        bearers: defaultdict[tuple[str, str], list[tuple[int, Any]]] = defaultdict(list)
        for number, row in self._rows.items():
            row = {**row, "assignee_id": (row["meta"].get("assignee") or {}).get("id")}
            for mark in MARKS:
                if row.get(mark) and row[mark] != "pending":
                    bearers[mark, re.sub(r"\d+", "9", compact(row[mark]))].append((number, row[mark]))
        marks: defaultdict[int, Json] = defaultdict(dict)
        for (mark, _text), held in bearers.items():
            numbers = sorted(number for number, _value in held)
            every = math.gcd(*(number - numbers[0] for number in numbers)) or size
            for number in range(numbers[0] % every if len(numbers) > 1 else numbers[0], size, every):
                marks[number][mark] = dict(held).get(number, held[0][1])
        return marks


def _conversations(value: Any) -> Iterator[Json]:
    if isinstance(value, list):
        for each in value:
            yield from _conversations(each)
    elif isinstance(value, dict):
        if {"id", "meta", "messages", "status"} <= value.keys() and "sender" in value["meta"]:
            yield value
        else:
            for each in value.values():
                yield from _conversations(each)


def _number(name: str) -> int | None:
    match = re.search(r" (\d+)$", name)
    return int(match[1]) if match else None


def _most_common(numbers: list[int]) -> int:
    return max(set(numbers), key=numbers.count)


def _renumbered(value: Any, old: int, new: int) -> Any:
    """The text of member `old` as member `new` has it, with as many digits."""
    if not isinstance(value, str):
        return value
    pattern = rf"(?<![\da-f])0*{old}(?!\d)(?=\D*$)|(?<=[.-])0*{old}(?=@|$)"
    return re.sub(pattern, lambda match: f"{new:0{len(match[0])}d}" if match[0] != str(old) else f"{new}", value)
