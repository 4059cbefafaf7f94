"""What counts as the same: the rules by which recorded and simulated JSON are compared.

Keys and JSON types must agree at every level. Values must, too, but for what a server makes up (ids, times, tokens,
addresses: by type and form) and for counters that depend on what happened before the recording (by type).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from criabot.testing.verify.names import Names, kind_of, masked

__all__ = ["MISSING", "Difference", "differences"]


class _Missing:
    def __repr__(self) -> str:
        return "—"


MISSING = _Missing()
LEFT_OUT = "…"  # of an object that the recording cut

TIME = re.compile(r"(_at|_since|_until|_time|timestamp|_on|_from|_to)$|^(date|since|until|time)$")
ID = re.compile(r"(^|_)ids?$")
OPAQUE = {
    "access_token", "auth_token", "blob_id", "contact_source_id", "forward_to_email", "hmac_token", "identifier_hash",
    "inbox_identifier", "pubsub_token", "secret", "source_id", "token", "uuid", "website_token", "x-chatwoot-delivery",
    "webhook_verify_token", "confirmation_token", "message-id", "in-reply-to", "references",
}  # fmt: skip
COUNTER = {
    "all_count", "assigned_count", "count", "mine_count", "total_count", "unassigned_count", "articles_count",
    "all_articles_count", "archived_articles_count", "draft_articles_count", "mine_articles_count",
    "published_articles_count", "categories_count", "channel_id", "current_page_count", "bot_handoffs_count",
    "bot_resolutions_count", "conversation_count", "conversations_count", "handoff_rate", "incoming_messages_count",
    "message_count", "outgoing_messages_count", "resolution_rate", "resolutions_count", "resolved_conversations_count",
    "total_sent_messages_count",
}  # fmt: skip
BY_CLOCK = {"x-chatwoot-timestamp", "x-chatwoot-signature", "content-length", "host"}
KINDS = {type(None): "null", bool: "boolean", int: "integer", float: "float", str: "text", dict: "object", list: "list"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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
) -> list[Difference]:
    """All differences; made-up names that stand for each other are learned on the way.

    Args:
        recorded: of the real server.
        simulated: of the simulator.
        names: what is known to stand for what.
        where: the path of the value.
        kind: what a top-level ``id`` is the id of, as paths name it: ``messages``, …
        trimmed: lists that the recording cut, by their key: ``{"payload": {"kept": 2, "of": 25}}``.
    """
    found: list[Difference] = []
    _Comparison(names, found, trimmed or {}).value(recorded, simulated, where, "", kind)
    return found


@dataclass(slots=True)
class _Comparison:
    names: Names
    found: list[Difference]
    trimmed: Mapping[str, Mapping[str, int]]

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
            elif name == "messages" and self._is_another_message(recorded[name], simulated[name]):
                continue
            else:
                meaning = key if name in ("previous_value", "current_value") else name
                self.value(recorded[name], simulated[name], place, meaning, inner)

    def _is_another_message(self, recorded: Any, simulated: Any) -> bool:
        """The nested last message of a conversation is whichever was the last when the payload was built."""
        if not all(isinstance(each, list) and len(each) == 1 for each in (recorded, simulated)):
            return False
        old, new = recorded[0].get("id"), simulated[0].get("id")
        return old is not None and self.names.number("messages", old) != new

    def _lists(self, recorded: list[Any], simulated: list[Any], where: str, key: str, kind: str) -> None:
        cut = self.trimmed.get(key)
        length = cut["of"] if cut and cut["kept"] == len(recorded) else len(recorded)
        if length != len(simulated):
            self.found.append(Difference(f"{where}.length", length, len(simulated)))
        for number, (old, new) in enumerate(zip(recorded, simulated, strict=False)):
            self.value(old, new, f"{where}.{number}", key, kind)

    def _texts(self, recorded: str, simulated: str, where: str, key: str) -> None:
        if recorded == simulated or self.names.text(recorded) == simulated:
            return
        if key.lower() in BY_CLOCK:
            return
        if key.lower() in OPAQUE and _form(recorded) == _form(simulated) and recorded not in self.names.texts:
            self.names.learn_whole(recorded, simulated)
        elif masked(recorded) == masked(simulated) or masked(self.names.text(recorded)) == masked(simulated):
            self.names.learn(recorded, simulated)
        else:
            self.found.append(Difference(where, recorded, simulated))

    def _is_same_number(self, recorded: Any, simulated: Any, key: str, kind: str) -> bool:
        if ID.search(key) and isinstance(recorded, int):
            self.names.learn_number(kind_of(key) or kind, recorded, simulated)
            return True
        if TIME.search(key):
            return bool(recorded) == bool(simulated)
        return key in COUNTER or bool(recorded == simulated)


def _form(text: str) -> str:
    """What a made-up name looks like: two of the same form may stand for each other."""
    if UUID.fullmatch(text):
        return "uuid"
    return "token" if re.fullmatch(r"[\w.=+/@<>:-]{6,}", text) else text


def kind_name(value: Any) -> str:
    """What JSON calls the type of a value."""
    return KINDS.get(type(value), "")
