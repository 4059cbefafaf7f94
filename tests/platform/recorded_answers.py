"""What real servers answered to an operation, from the recordings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from criabot.platform.operations import OPERATIONS, Operation
from tests.recorded import VERSIONS, recordings

__all__ = ["RecordedAnswer", "answers_of", "refusals_of"]


@dataclass(frozen=True)
class RecordedAnswer:
    """One answer: where it was recorded, its status and body."""

    where: str
    status: int
    text: str = field(repr=False)

    @property
    def body(self) -> Any:
        """As JSON, or the text where it is none; None when it is empty."""
        try:
            return json.loads(self.text)
        except ValueError:
            return self.text or None

    def __str__(self) -> str:
        return self.where


def answers_of(operation: Operation) -> list[RecordedAnswer]:
    """The different answers with 2xx."""
    return [answer for answer in _recorded().get(operation.name, ()) if answer.status < 300]


def refusals_of(operation: Operation) -> list[RecordedAnswer]:
    """The different refusals."""
    return [answer for answer in _recorded().get(operation.name, ()) if answer.status >= 400]


@cache
def _recorded() -> dict[str, list[RecordedAnswer]]:
    """By operation, each body once."""
    found: dict[str, dict[tuple[int, str], RecordedAnswer]] = {}
    for version in VERSIONS:
        for recording in recordings(version):
            for step in recording.steps:
                operation = _operation_of(step.get("request") or {})
                if operation is not None:
                    answer = _answer(f"{version}/{recording.name}/{step['step']}", step["response"])
                    found.setdefault(operation.name, {}).setdefault((answer.status, answer.text), answer)
    return {name: list(answers.values()) for name, answers in found.items()}


def _answer(where: str, response: dict[str, Any]) -> RecordedAnswer:
    body = response.get("body")
    text = json.dumps(body) if body is not None else response.get("body_text") or ""
    return RecordedAnswer(where, response["status"], text)


def _operation_of(request: dict[str, Any]) -> Operation | None:
    if not request.get("path"):
        return None
    path = urlsplit(request["path"]).path
    # PATCH and PUT of a record are the same to the platform.
    verbs = {"PATCH", "PUT"} if request["method"] in ("PATCH", "PUT") else {request["method"]}
    matching = [each for each in OPERATIONS.values() if each.verb in verbs and _pattern(each).fullmatch(path)]
    found = min(matching, key=lambda each: len(each.places), default=None)
    if found is OPERATIONS["reports.conversations"] and "type=agent" in request["path"]:
        return OPERATIONS["reports.agents"]  # the same path, but another answer
    return found


@cache
def _pattern(operation: Operation) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation.path)))
