"""Names that differ between a recording and its replay: ids, tokens, addresses.

What a server makes up cannot be the same twice. `Names` remembers what stands for what, so that later requests of the
recording can be asked of the simulator, and `masked` makes two texts comparable that differ only in such names.
"""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["Names", "compact", "kind_of", "masked"]

HOST = r"https?://(?:127\.0\.0\.1|localhost|\[::1\]):\d+"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
MOMENT = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"
DAY = r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"
EPOCH = r"(?<![\w.+])1[789]\d{8}(?![\w.])"  # seconds in a text, such as a cache key
JWT = r"eyJ[\w-]{8,}(?:\.[\w-]+){2}"
SIGNED = r"(?<![\w=+])[\w=+]{24,}--[0-9a-f]{40,64}"
TOKEN = r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9]{20,}(?![\w-])"  # noqa: S105
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
        numbers: (kind, recorded id) → simulated id, where they differ; kinds are as in paths: ``conversations``, …
    """

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.numbers: dict[tuple[str, int], int] = {}

    def learn(self, recorded: str, simulated: str) -> None:
        """Two texts are the same but for made-up names: remember these."""
        for old, new in zip(_pieces(recorded), _pieces(simulated), strict=False):
            self.learn_whole(old, new)

    def learn_whole(self, recorded: str, simulated: str) -> None:
        """One made-up name stands for another; the first meaning stays."""
        if recorded != simulated and len(recorded) >= SHORTEST:
            self.texts.setdefault(recorded, simulated)

    def learn_number(self, kind: str, recorded: int, simulated: int) -> None:
        """An id stands for another."""
        self.numbers.setdefault((kind, recorded), simulated)

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
