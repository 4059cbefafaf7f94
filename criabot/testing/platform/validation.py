"""What the server checks before it stores a message (contract 3.1, 3.2, 5.1)."""

from __future__ import annotations

from typing import Any

from criabot.testing.platform.http import Refused
from criabot.testing.platform.interactive import item_problems
from criabot.testing.platform.world import Conversation, Json, World

__all__ = ["Invalid", "check_message"]

LONGEST = 150_000
PER_MINUTE = 200
TEMPLATE_TEXTS = ("name", "category", "language", "namespace")


class Invalid(Refused):
    """A record that is not stored: 422 with what is wrong, by attribute (contract 5.1).

    Attributes:
        problems: attributes and what is wrong with them; ``base`` stands for the record as a whole.
        attributes: each of them once.
        text: the whole, as the message builder answers.
    """

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        text = ", ".join(_sentence(*problem) for problem in problems)
        self.problems = problems
        self.attributes = list(dict.fromkeys(attribute for attribute, _ in problems))
        self.text = f"Validation failed: {text}"
        super().__init__(422, {"message": text, "attributes": self.attributes})


def _sentence(attribute: str, problem: str) -> str:
    if attribute == "base":
        return problem
    words = attribute.removesuffix("_id").replace("_", " ").replace(".", " ")
    return f"{words.capitalize()} {problem}"


def check_message(
    world: World, conversation: Conversation, content: str | None, content_type: str, attributes: Json, template: Any
) -> None:
    """Check a message that is about to be stored.

    Raises:
        Invalid: it is not stored.
        MissingMethod: the items are no list of objects.
    """
    problems = [("base", "Too many messages")] if is_flooded(world, conversation) else []
    problems += [("content_attributes", each) for each in item_problems(content_type, attributes)]
    if content is not None and len(content) > LONGEST:
        problems.append(("content", f"is too long (maximum is {LONGEST} characters)"))
    problems += _template_problems(template)
    if problems:
        raise Invalid(problems)


def is_flooded(world: World, conversation: Conversation) -> bool:
    """Whether the conversation had 200 messages of any kind in the last minute (contract 5.10)."""
    since, messages = world.clock() - 60, conversation.messages
    return len(messages) >= PER_MINUTE and messages[-PER_MINUTE].created_at >= since


def _template_problems(template: Any) -> list[tuple[str, str]]:
    """``template_params`` against its schema (contract 3.4)."""
    if not template:
        return []
    if not isinstance(template, dict):
        return [("template_params", "must be of type hash")]
    problems = [] if "name" in template else [("name", "is required")]
    strange = [key for key in TEMPLATE_TEXTS if not isinstance(template.get(key, ""), str)]
    problems += [(f"template_params/{key}", "must be of type string") for key in strange]
    if not isinstance(template.get("processed_params", {}), dict):
        problems.append(("template_params/processed_params", "must be of type hash"))
    return problems
