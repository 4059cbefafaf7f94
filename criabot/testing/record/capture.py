"""Captured webhooks: read from files, written by an endpoint that stands in a bot's place or beside it."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from criabot.errors import CaptureError, MalformedEvent
from criabot.platform import Event, parse_event, verify_signature
from criabot.testing.record.disguise import Disguise, keyed

__all__ = ["Capture", "Endpoint", "read_captures"]

LARGEST = 4 * 2**20  # bytes of a body
KNOWN = re.compile(r"(message|conversation)_(?!typing)")
SECRET = re.compile(r"token|secret|password|hmac", re.IGNORECASE)
TIME = re.compile(r"_(at|since)$|^(timestamp|snoozed_until)$")
NAME_IN_URL = re.compile(r"/([^/?#]*\.\w{1,5})(?:[?#]|$)")


@dataclass(frozen=True, slots=True)
class Capture:
    """A webhook that has arrived.

    Attributes:
        event: what it tells.
        arrived_at: epoch seconds of the machine that took it in; None when nobody wrote that down.
    """

    event: Event
    arrived_at: float | None = None


def read_captures(paths: Iterable[Path]) -> list[Capture]:
    """The webhooks of files, in the order of their arrival.

    A file holds one body a line, what `Endpoint` writes, or ``{"steps": [{"webhooks": [{"raw_body": …}]}]}``.

    Raises:
        CaptureError: a file cannot be read or is something else; the message names the line.
    """
    return [capture for path in paths for place, value in _values(path) for capture in _captures(value, place)]


def _values(path: Path) -> Iterator[tuple[str, Any]]:
    """The JSON values of a file: the whole of it, or one a line."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CaptureError(f"{path} cannot be read: {error}") from None
    try:
        yield str(path), json.loads(text)
    except ValueError:
        lines = enumerate(text.split("\n"), 1)
        yield from ((f"{path}:{number}", _value(line, f"{path}:{number}")) for number, line in lines if line.strip())


def _value(line: str, place: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise CaptureError(f"{place}: this is not JSON ({error}): a line holds one webhook's body.") from None


def _captures(value: Any, place: str) -> Iterator[Capture]:
    match value:
        case {"steps": [*steps]}:
            for step in steps:
                for webhook in step.get("webhooks") or ():
                    yield Capture(_event(str(webhook.get("raw_body")).encode(), place))
        case {"body": dict(body), "arrived_at": float() | int() as arrived_at}:
            yield Capture(_event(json.dumps(body).encode(), place), arrived_at)
        case {"event": str()}:
            yield Capture(_event(json.dumps(value).encode(), place))
        case [*values]:
            for each in values:
                yield from _captures(each, place)
        case _:
            raise CaptureError(f"{place}: this is JSON, but no webhook's body: a body has a text 'event'.")


def _event(raw: bytes, place: str) -> Event:
    try:
        return parse_event(raw)
    except MalformedEvent as error:
        raise CaptureError(f"{place}: {error}") from None


class Endpoint:
    """Takes webhooks in at any path, answers at once, and appends what tells of conversations to a file.

    A line is ``{"arrived_at": …, "body": …}``. Tokens, e-mail addresses and numbers are replaced before they are
    written; names and the rest of the texts are not, so that only its owner may read the file.

    Args:
        out: the file.
        secrets: with which deliveries are signed; without any, unsigned ones are taken, too.
        told: called with every event that is written.
        clock: epoch seconds.
    """

    def __init__(
        self,
        out: Path,
        *,
        secrets: Sequence[str] = (),
        told: Callable[[Event], None] = lambda _event: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._out = out
        self._secrets = secrets
        self._told = told
        self._clock = clock
        self._disguise = Disguise(numbering=keyed())

    def app(self) -> web.Application:
        """The application to serve.

        Raises:
            CaptureError: the file cannot be written.
        """
        try:
            os.close(os.open(self._out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        except OSError as error:
            raise CaptureError(f"{self._out} cannot be written: {error.strerror}.") from None
        app = web.Application(client_max_size=LARGEST)
        app.router.add_post("/{path:.*}", self._receive)
        return app

    async def _receive(self, request: web.Request) -> web.Response:
        raw = await request.read()
        if self._secrets and not self._is_signed(request, raw):
            return web.json_response({"error": "wrong or stale signature"}, status=401)
        try:
            event = parse_event(raw)
        except MalformedEvent as error:
            return web.json_response({"error": str(error)}, status=400)
        if KNOWN.match(event.event):
            line = {"arrived_at": round(self._clock(), 3), "body": self._redacted(json.loads(raw))}
            with self._out.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(line, ensure_ascii=False)}\n")
            self._told(event)
        return web.Response()

    def _is_signed(self, request: web.Request, raw: bytes) -> bool:
        timestamp, signature = (request.headers.get(f"X-Chatwoot-{name}", "") for name in ("Timestamp", "Signature"))
        return verify_signature(self._secrets, timestamp, raw, signature, self._clock())

    def _redacted(self, value: Any, key: str = "") -> Any:
        """The same JSON without what must not be written down; the keys of times stay as they are."""
        if isinstance(value, dict):
            return {name: self._redacted(each, name) for name, each in value.items()}
        if isinstance(value, list):
            return [self._redacted(each, key) for each in value]
        if isinstance(value, str) and not TIME.search(key):
            return "redacted" if SECRET.search(key) else self._other(value, is_url=key.endswith("_url"))
        return value

    def _other(self, text: str, *, is_url: bool) -> str:
        name = NAME_IN_URL.search(text) if is_url else None
        return f"https://example.com/{self._disguise(name[1])}" if name else self._disguise(text)
