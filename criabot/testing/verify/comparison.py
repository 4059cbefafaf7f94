"""What counts as the same: the rules by which recorded and simulated JSON are compared.

Keys and JSON types must agree at every level. Values must, too, but for what a server makes up: an id or a token may be
another one, as long as it is the same other one everywhere, and a time may be a little earlier or later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from criabot.testing.verify.names import Names, kind_of, masked

__all__ = ["MISSING", "Difference", "differences", "is_same_time"]


class _Missing:
    def __repr__(self) -> str:
        return "—"


MISSING = _Missing()
LEFT_OUT = "…"  # of an object that the recording cut

TIME = re.compile(r"(_at|_since|_until|_time|timestamp|_on|_from|_to)$|^(date|since|until|time)$")
ID = re.compile(r"(^|_)ids?$")
OPAQUE = {
    "access_token", "appsecret_proof", "auth_token", "blob_id", "confirmation_token", "contact_source_id",
    "forward_to_email", "hmac_token", "identifier_hash", "in-reply-to", "inbox_identifier", "message-id",
    "pubsub_token", "references", "secret", "source_id", "token", "uuid", "webhook_verify_token", "website_token",
    "x-chatwoot-delivery",
}  # fmt: skip
BY_CLOCK = {"x-chatwoot-timestamp", "x-chatwoot-signature", "content-length", "host"}
KINDS = {type(None): "null", bool: "boolean", int: "integer", float: "float", str: "text", dict: "object", list: "list"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
LONG_AGO = 1_000_000_000  # epoch seconds: larger numbers are times
SLACK = (
    4.0  # seconds: a recording tells the second in which it began, and the real worker looks for what is due every few
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Attributes:
        where: ``body.payload.0.content``, or with the webhook or provider's request before it.
        recorded: what the real server had there; `MISSING` for nothing.
        simulated: what the simulator had there.
    """

    where: str
    recorded: Any
    simulated: Any


def differences(
    recorded: Any,
    simulated: Any,
    names: Names,
    where: str = "body",
    *,
    kind: str = "",
    trimmed: Mapping[str, Mapping[str, int]] | None = None,
    learns: bool = True,
) -> list[Difference]:
    """All differences; made-up names that stand for each other are learned on the way.

    Args:
        recorded: of the real server.
        simulated: of the simulator.
        names: what is known to stand for what.
        where: the path of the value.
        kind: what a top-level ``id`` is the id of, as paths name it: ``messages``, …
        trimmed: lists that the recording cut, by their key: ``{"payload": {"kept": 2, "of": 25}}``.
        learns: whether what is new becomes known.
    """
    with names.trial() as keep:
        comparison = _Comparison(names, trimmed or {})
        comparison.value(recorded, simulated, where, "", kind)
        if learns:
            keep()
    return comparison.found


@dataclass(slots=True)
class _Comparison:
    names: Names
    trimmed: Mapping[str, Mapping[str, int]]
    found: list[Difference] = field(default_factory=list)

    def value(self, recorded: Any, simulated: Any, where: str, key: str, kind: str) -> None:
        """Compare two values; `key` is the nearest key above that says what they are."""
        if type(recorded) is not type(simulated):
            self.found.append(Difference(where, recorded, simulated))
        elif isinstance(recorded, dict):
            self._objects(recorded, simulated, where, key, kind)
        elif isinstance(recorded, list):
            self._lists(recorded, simulated, where, key, kind)
        elif isinstance(recorded, str):
            self._texts(recorded, simulated, where, key)
        elif not self._is_same_number(recorded, simulated, key, kind):
            self.found.append(Difference(where, recorded, simulated))

    def _objects(self, recorded: dict[str, Any], simulated: dict[str, Any], where: str, key: str, kind: str) -> None:
        if LEFT_OUT in recorded:
            simulated = {name: value for name, value in simulated.items() if name in recorded} | {LEFT_OUT: "left out"}
        inner = kind_of(key) if key and key not in ("payload", "data") else kind
        for name in [*recorded, *(name for name in simulated if name not in recorded)]:
            place = f"{where}.{name}"
            if name not in recorded or name not in simulated:
                pair = recorded.get(name, MISSING), simulated.get(name, MISSING)
                self.found.append(Difference(place, *pair))
            elif name == "messages" and (ids := self._other_messages(recorded[name], simulated[name])):
                self.found.append(Difference(place, *ids))
            else:
                meaning = key if name in ("previous_value", "current_value") else name
                self.value(recorded[name], simulated[name], place, meaning, inner)

    def _other_messages(self, recorded: Any, simulated: Any) -> tuple[int, int] | None:
        """Their ids if the nested last messages of a conversation are not the same one."""
        if not all(isinstance(each, list) and len(each) == 1 for each in (recorded, simulated)):
            return None
        old, new = recorded[0].get("id"), simulated[0].get("id")
        return (old, new) if old is not None and self.names.number("messages", old) != new else None

    def _lists(self, recorded: list[Any], simulated: list[Any], where: str, key: str, kind: str) -> None:
        cut = self.trimmed.get(key)
        length = cut["of"] if cut and cut["kept"] == len(recorded) else len(recorded)
        if length != len(simulated):
            self.found.append(Difference(f"{where}.length", length, len(simulated)))
        for number, (old, new) in enumerate(zip(recorded, simulated, strict=False)):
            before = len(self.found)
            with self.names.trial() as keep:
                self.value(old, new, f"{where}.{number}", key, kind)
                if len(self.found) == before:
                    keep()  # two rows of a list that differ may be two different things

    def _texts(self, recorded: str, simulated: str, where: str, key: str) -> None:
        if key.lower() not in BY_CLOCK and not self._is_same_text(recorded, simulated, key.lower()):
            self.found.append(Difference(where, recorded, simulated))

    def _is_same_text(self, recorded: str, simulated: str, key: str) -> bool:
        if key in OPAQUE and _form(recorded) == _form(simulated):
            return self.names.learn_whole(recorded, simulated)
        if recorded == simulated or self.names.text(recorded) == simulated:
            return True
        if ISO.fullmatch(recorded) and masked(recorded) == masked(simulated):
            return is_same_time(recorded, simulated, self.names.began)
        if masked(recorded) == masked(simulated) or masked(self.names.text(recorded)) == masked(simulated):
            return self.names.learn(recorded, simulated)
        return False

    def _is_same_number(self, recorded: Any, simulated: Any, key: str, kind: str) -> bool:
        if ID.search(key) and isinstance(recorded, int):
            what = kind_of(key) or kind
            # each kind of channel counts for itself
            return what == "channels" or self.names.learn_number(what, recorded, simulated)
        if TIME.search(key) and recorded and simulated:
            return is_same_time(recorded, simulated, self.names.began)
        return bool(recorded == simulated)


def is_same_time(recorded: float | str, simulated: float | str, began: float) -> bool:
    """Whether two times are the same but for a moment, or both before the scenario began; two durations always are."""
    old, new = _moment(recorded), _moment(simulated)
    is_before = LONG_AGO < old < began and LONG_AGO < new <= began + SLACK
    return is_before or max(old, new) < LONG_AGO or abs(old - new) <= SLACK


def _moment(time: float | str) -> float:
    return datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() if isinstance(time, str) else time


def _form(text: str) -> str:
    """What a made-up name looks like: two of the same form may stand for each other."""
    if UUID.fullmatch(text):
        return "uuid"
    return "token" if re.fullmatch(r"[\w.=+/@<>:-]{6,}", text) else text


def kind_name(value: Any) -> str:
    """What JSON calls the type of a value."""
    return KINDS.get(type(value), "")
