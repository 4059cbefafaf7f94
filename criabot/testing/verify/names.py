"""Names that differ between a recording and its replay: ids, tokens, addresses.

What a server makes up cannot be the same twice. `Names` remembers what stands for what, so that later requests of the
recording can be asked of the simulator, and `masked` makes two texts comparable that differ only in such names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Names", "compact", "kind_of", "masked"]

HOST = r"https?://(?:127\.0\.0\.1|localhost|\[::1\]):\d+"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
MOMENT = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
DAY = r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"
EPOCH = r"(?<![\w.+])1[789]\d{8}(?![\w.])"  # seconds in a text, such as a cache key
JWT = r"eyJ[\w-]{8,}(?:\.[\w-]+){2}"
SIGNED = r"(?<![\w=+])[\w=+]{24,}--[0-9a-f]{40,64}"
TOKEN = r"(?<![\w-])(?=[\w-]*(?:\d|[a-z][A-Z]))(?=[\w-]*[A-Za-z])[A-Za-z0-9]{20,}(?![\w-])"  # noqa: S105
PET = r"\b[a-z]+-[a-z]+-\d{1,4}\b"  # a contact without a name gets one, such as red-waterfall-123

MASKS = [
    ("host", HOST),
    ("moment", MOMENT),
    ("day", DAY),
    ("epoch", EPOCH),
    ("uuid", UUID),
    ("jwt", JWT),
    ("signed", SIGNED),
    ("token", TOKEN),
    ("pet", PET),
]
MASK = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in MASKS))
CLOCK = ("moment", "day", "epoch")
SAME = {"jwt": "token", "signed": "token"}
SHORTEST = 6


def masked(text: str) -> str:
    """The text with every made-up name replaced by its kind; of a time, its digits by 9."""

    def replace(match: re.Match[str]) -> str:
        kind = str(match.lastgroup)
        return re.sub(r"\d", "9", match[0]) if kind in CLOCK else f"<{SAME.get(kind, kind)}>"

    return MASK.sub(replace, text)


class Names:
    """What stands for what.

    Attributes:
        texts: recorded → simulated: tokens, uuids, addresses.
        numbers: (kind, recorded id) → simulated id; kinds are as in paths: ``conversations``, …
        began: epoch seconds; what is older was there before the scenario.
    """

    def __init__(self, began: float = 0.0) -> None:
        self.began = began
        self.texts: dict[str, str] = {}
        self.numbers: dict[tuple[str, int], int] = {}
        self._recorded: dict[tuple[str, int], int] = {}
        self._meanings: dict[str, str] = {}
        self._learned: list[tuple[dict[Any, Any], Any]] = []

    def learn(self, recorded: str, simulated: str) -> bool:
        """Two texts are the same but for made-up names: remember these; False if one means something else already."""
        pairs = zip(_pieces(recorded), _pieces(simulated), strict=False)
        known = [self.learn_whole(old, new) for old, new in pairs]
        return all(known)

    def learn_whole(self, recorded: str, simulated: str) -> bool:
        """One made-up name stands for another; the first meaning stays."""
        if len(recorded) < SHORTEST:
            return True
        known = self.texts.get(recorded, simulated), self._meanings.get(simulated, recorded)
        self._remember(self.texts, recorded, simulated)
        self._remember(self._meanings, simulated, recorded)
        return known == (simulated, recorded)

    def learn_number(self, kind: str, recorded: int, simulated: int) -> bool:
        """An id stands for another; False if it stands for a third one, or the other for another one, already."""
        may_be = self.may_be(kind, recorded, simulated)
        self._remember(self.numbers, (kind, recorded), simulated)
        self._remember(self._recorded, (kind, simulated), recorded)
        return may_be

    def may_be(self, kind: str, recorded: int, simulated: int) -> bool:
        """Whether nothing is known against that an id stands for another."""
        known = self.numbers.get((kind, recorded), simulated), self._recorded.get((kind, simulated), recorded)
        return known == (simulated, recorded)

    def _remember(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        if key not in table:
            table[key] = value
            self._learned.append((table, key))

    @contextmanager
    def trial(self) -> Iterator[Callable[[], None]]:
        """What is learned inside is forgotten at the end, unless the function that it gives is called."""
        begin, kept = len(self._learned), []
        yield lambda: kept.append(True)
        if not kept:
            for table, key in self._learned[begin:]:
                del table[key]
            del self._learned[begin:]

    def number(self, kind: str, recorded: int) -> int:
        """The simulated id."""
        return self.numbers.get((kind, recorded), recorded)

    def text(self, recorded: str) -> str:
        """The text with simulated names instead of the recorded ones."""
        known = [name for name in self.texts if name in recorded]
        for name in sorted(known, key=len, reverse=True):
            recorded = recorded.replace(name, self.texts[name])
        return recorded

    def path(self, recorded: str) -> str:
        """A path whose ids and names are the simulated ones."""

        def replace(match: re.Match[str]) -> str:
            return f"/{match[1]}/{self.number(match[1], int(match[2]))}"

        moved = re.sub(
            r"([?&](?:before|after)=)(\d+)", lambda m: f"{m[1]}{self.number('messages', int(m[2]))}", recorded
        )
        return self.text(re.sub(r"/([a-z_]+)/(\d+)(?=[/?]|$)", replace, moved))

    def json(self, recorded: Any, key: str = "") -> Any:
        """A JSON value whose names, and ids by their key (``inbox_id``), are the simulated ones."""
        if isinstance(recorded, dict):
            return {name: self.json(value, name) for name, value in recorded.items()}
        if isinstance(recorded, list):
            return [self.json(value, key) for value in recorded]
        if isinstance(recorded, str):
            return self.text(recorded)
        if isinstance(recorded, int) and not isinstance(recorded, bool):
            return self.number(kind_of(key), recorded)
        return recorded


def kind_of(key: str) -> str:
    """The kind of id that a key holds, as paths name it: ``conversations`` for ``conversation_id``."""
    if key in ("in_reply_to", "reply_to"):
        return "messages"
    if key in ("id", "ids", ""):
        return ""
    noun = key.removesuffix("s").removesuffix("_id")
    return {"inbox": "inboxes", "assignee": "agents", "user": "agents"}.get(noun, f"{noun}s")


def _pieces(text: str) -> list[str]:
    return [match[0] for match in MASK.finditer(text) if match.lastgroup not in CLOCK]


def compact(value: Any) -> str:
    """A value as short JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
