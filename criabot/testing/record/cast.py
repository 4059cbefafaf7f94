"""The people of a recorded conversation, and whom the script makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from criabot.platform.parts import Sender
from criabot.testing.record.disguise import Disguise, parts_of
from criabot.testing.record.story import Said, Story

__all__ = ["Cast"]

CUSTOMERS = ("Carla Souza", "João Pereira", "Marina Alves", "Paulo Rocha", "Teresa Nunes")
AGENTS = ("Ana", "Rui", "Bia", "Caio", "Duda", "Edu", "Gil", "Iara", "Leo", "Nina")
A_NAME = r"[^\W\d_]+(?:['-][^\W\d_]+)*"
TELLS_NAME = re.compile(
    rf"\b(?i:meu nome (?:completo )?[ée]|me chamo|aqui (?:é|quem fala é) [oa]|my name is|mi nombre es|me llamo)"
    rf"[ :]+({A_NAME}(?: (?:(?:da|de|do|das|dos|e) )?(?-i:[A-ZÀ-Þ])[\w'-]*)*)"
)
ASKS_NAME = re.compile(r"\b(?:seu|teu|your|full|su|tu) (?:\w+ )?(?:nome|name|nombre)\b|\bno(?:me|mbre) completo", re.I)
JUST_A_NAME = re.compile(rf"\s*({A_NAME}(?: {A_NAME}){{0,5}})[\s.!]*")
NAME_KEY = re.compile(r"(?:full_?|first_?|last_?)?name|(?:primeiro_?|sobre)?nome(?:_?completo)?|nombre", re.I)
FIELDS = {"phone": "phone_number", "email": "email"}


@dataclass(slots=True)
class Cast:
    """Who takes part, under other names.

    Attributes:
        customer: what a script's header says of the customer.
        agents: their names by their number.
        disguise: of texts.
    """

    customer: Mapping[str, str]
    agents: Mapping[int, str]
    disguise: Disguise

    @classmethod
    def of(cls, story: Story) -> Cast:
        """The people of a conversation."""
        given = [name for _who, name in _learned(story, from_customer=True)]
        customers = sorted({name for name in (*_names(story.contacts), *given) if parts_of(name)})
        real = {part.casefold() for name in (*customers, *_names(story.agents.values())) for part in parts_of(name)}
        shown = next(_unlike(real, CUSTOMERS))
        agents = dict(zip(story.agents, _unlike(real, AGENTS), strict=False))
        called = {agent.name or "": agents[number] for number, agent in story.agents.items()}
        for who, name in _learned(story, from_customer=False):
            if who in agents:
                called.setdefault(name, agents[who])
        identifiers = {contact.identifier: "customer-1" for contact in story.contacts if contact.identifier}
        disguise = Disguise(dict.fromkeys(customers, shown), called, identifiers)
        return cls(_header(story, shown, disguise), agents, disguise)


def _header(story: Story, shown: str, disguise: Disguise) -> dict[str, str]:
    """What the platform knew of the customer at the start."""
    first = story.contacts[0] if story.contacts else None
    known = {field: str(getattr(first, column, None) or "") for field, column in FIELDS.items()}
    name = disguise(first.name or "") if first is not None else ""
    header = {"name": name or shown} | {field: disguise(value) for field, value in known.items() if value}
    return header | ({"identifier": "customer-1"} if first is not None and first.identifier else {})


def _names(people: Iterable[Sender]) -> Iterator[str]:
    return (person.name for person in people if person.name)


def _unlike(real: set[str], names: tuple[str, ...]) -> Iterator[str]:
    """Names that nobody there has, without end."""
    free = [name for name in names if not any(part.casefold() in real for part in parts_of(name))] or ["Someone"]
    yield from free
    yield from (f"{name} {number}" for number in count(2) for name in free)


def _learned(story: Story, *, from_customer: bool) -> Iterator[tuple[int | None, str]]:
    """Names that were told in the conversation, or given where a name was asked for; with the number of who did."""
    is_asked = False
    for message in (happening.message for happening in story.happenings if isinstance(happening, Said)):
        text, who = message.content or "", message.sender.id if message.sender is not None else None
        if message.is_from_contact == from_customer:
            yield from ((who, name) for name in TELLS_NAME.findall(text))
            if is_asked and from_customer and (answer := JUST_A_NAME.fullmatch(text)):
                yield who, answer[1]
        is_asked = not message.is_from_contact and ASKS_NAME.search(text) is not None
    for happening in story.happenings if from_customer else ():
        yield from ((None, name) for name in _in_attributes(happening))


def _in_attributes(happening: object) -> Iterator[str]:
    """Names in a conversation's attributes and in the answers to a form."""
    value = getattr(happening, "value", None)
    if isinstance(value, dict):
        yield from (str(each) for key, each in value.items() if NAME_KEY.fullmatch(key) and each)
    message = getattr(happening, "message", None)
    answers = (message.content_attributes or {}).get("submitted_values") if message is not None else None
    for answer in answers if isinstance(answers, list) else ():
        if isinstance(answer, dict) and NAME_KEY.fullmatch(str(answer.get("name", ""))) and answer.get("value"):
            yield str(answer["value"])
