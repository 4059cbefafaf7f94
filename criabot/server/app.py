"""Webhooks in, statuses out.

The status is chosen for what the platform does with it (contract 1.5 and 1.6): an agent bot's delivery is tried again
after 429 and 500 only, and after any other refusal of a message a pending conversation goes to the humans at once.

| Answer | When |
|---|---|
| 200 | the event is stored durably, or needs no storing (an echo, a repetition, an unknown event) |
| 400 | not JSON, not an event; in a burst, in which nobody reads it yet, it is 200 and becomes a dead letter |
| 401 | wrong, stale or missing signature |
| 404 | wrong path |
| 413 | larger than the limit |
| 429 | the conversation's queue is full |
| 500 | Redis is down, full, or did not answer within a second |
"""

from __future__ import annotations

import hmac
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol, TypeAlias

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from criabot.errors import MalformedEvent, QueueFull, StoreError
from criabot.limit import Limit, LimitExceeded
from criabot.platform import parse_event, verify_signature

__all__ = ["BROKE_OFF", "HEADERS", "Accept", "Refusal", "Sender", "Webhook", "WebhookSettings", "create_app"]

logger = logging.getLogger("criabot.webhook")

STORE_SECONDS = 0.9
LONGEST_DELIVERY = 100
BROKE_OFF = "the body broke off: look at the proxy before this bot"
HEADERS = ("X-Chatwoot-Timestamp", "X-Chatwoot-Signature", "X-Chatwoot-Delivery")
WRONG_PATH = (
    "no such webhook: its path on the platform must be /webhooks/, CRIABOT_WEBHOOK_PATH_SECRET, and one of "
    "/agent-bot, /account and /api-inbox"
)


class Accept(Protocol):
    """Stores an event durably before it returns, or raises `MalformedEvent`, `QueueFull` or another `StoreError`."""

    async def __call__(self, body: bytes, delivery: str) -> object:
        """Take an event; `delivery` is the id of its delivery, empty on servers before 4.11.2."""


Stored: TypeAlias = Callable[[bool | Exception], None]
"""Told whether an event is stored: True, False if `Accept` has to do it, or an error of those that it raises."""


class Hurry(Protocol):
    """Stores an event if there is a burst; returns whether it tells `stored` what becomes of it."""

    def __call__(self, body: bytes, delivery: str, stored: Stored, /) -> bool:
        """Begin."""


@dataclass(frozen=True, slots=True)
class Sender:
    """One of the platform's three webhook senders (contract 1.1).

    Attributes:
        setting: the setting with its secrets, for messages.
        secrets: with which its deliveries are signed; several while rotating.
    """

    setting: str
    secrets: Sequence[str]


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """What the webhook checks; `path_secret` is the unguessable part of its path."""

    path_secret: str
    senders: Mapping[str, Sender]
    allow_unsigned: bool
    tolerance: float
    max_body: int


def create_app(webhook: Webhook, is_ready: Callable[[], Awaitable[Mapping[str, object]]]) -> web.Application:
    """The application.

    Args:
        webhook: takes the deliveries.
        is_ready: problems by name, empty when there are none.
    """
    logging.getLogger("aiohttp.server").addFilter(_in_a_line)
    app = web.Application(client_max_size=webhook.settings.max_body)
    app.router.add_post("/webhooks/{path_secret}/{sender:[a-z-]+}", partial(_receive, webhook))
    app.router.add_get("/healthz", _healthz)

    async def readyz(_request: web.Request) -> web.Response:
        problems = await is_ready()
        return web.json_response({"ready": not problems, **problems}, status=503 if problems else 200)

    app.router.add_get("/readyz", readyz)
    return app


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"alive": True})


async def _receive(webhook: Webhook, request: web.Request) -> web.Response:
    """One delivery: path and size; the rest is the webhook's."""
    name, max_body = request.match_info["sender"], webhook.settings.max_body
    if not webhook.knows(request.match_info["path_secret"], name):
        return _answer(webhook.refuse(404, name, WRONG_PATH))
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return _answer(webhook.refuse(413, name, f"the body is larger than {max_body} bytes (CRIABOT_MAX_BODY)"))
    except (ConnectionError, web.RequestPayloadError):
        return _answer(webhook.refuse(400, name, BROKE_OFF))
    timestamp, signature, delivery = (request.headers.get(header, "") for header in HEADERS)
    return _answer(await webhook.take(name, timestamp, signature, delivery, body))


def _answer(refusal: Refusal | None) -> web.Response:
    if refusal is None:
        return web.Response()
    return web.Response(status=refusal.status, body=refusal.body, content_type="application/json", charset="utf-8")


class Refusal(NamedTuple):
    """Why a delivery was not taken, and the status that says so."""

    status: int
    reason: str

    @property
    def body(self) -> bytes:
        """What the answer says, JSON."""
        return json.dumps({"error": self.reason}).encode()


class Webhook:
    """What a delivery goes through once its body is there: its signature, then whoever stores it.

    Args:
        settings: what is checked.
        accept: stores events.
        clock: epoch seconds, for the age of a signature.
        hurry: in a burst stores an event more cheaply, see `Hurry`.
    """

    def __init__(
        self,
        settings: WebhookSettings,
        accept: Accept,
        clock: Callable[[], float] = time.time,
        *,
        hurry: Hurry = lambda _body, _delivery, _stored: False,
    ) -> None:
        self.settings = settings
        self._accept = accept
        self._hurry = hurry
        self._clock = clock
        self._limit = Limit(STORE_SECONDS)

    def knows(self, path_secret: str, sender: str) -> bool:
        """Whether there is such a path."""
        is_secret = hmac.compare_digest(path_secret.encode(), self.settings.path_secret.encode())
        return is_secret and sender in self.settings.senders

    async def take(self, name: str, timestamp: str, signature: str, delivery: str, body: bytes) -> Refusal | None:
        """Take a delivery of the sender `name` with the values of `HEADERS`; None when all is well."""
        return self.check(name, timestamp, signature, body) or await self.store(name, delivery, body)

    def check(self, name: str, timestamp: str, signature: str, body: bytes) -> Refusal | None:
        """Refuse a delivery that is not to be trusted."""
        reason = self._unsigned(self.settings.senders[name], timestamp, signature, body)
        return self.refuse(401, name, reason) if reason else None

    async def store(self, name: str, delivery: str, body: bytes) -> Refusal | None:
        """Store a delivery that was checked; None when all is well."""
        delivery = delivery[:LONGEST_DELIVERY]
        try:
            what = await self._limit.within(self._accept(body, delivery))
        except Exception as error:
            return self.failed(error, name, delivery, body)
        if logger.isEnabledFor(logging.DEBUG):
            values = _ids(body, delivery)
            logger.debug("%s from %s: %s", values.get("event", "a webhook"), name, what, extra={"values": values})
        return None

    def hurry(self, delivery: str, body: bytes, stored: Stored) -> bool:
        """In a burst the same at half the cost, see `Hurry`; its errors are for `failed`."""
        return self._hurry(body, delivery[:LONGEST_DELIVERY], stored)

    def failed(self, error: BaseException, name: str, delivery: str, body: bytes) -> Refusal:
        """What a delivery is answered with that could not be taken."""
        match error:
            case MalformedEvent():
                return self.refuse(400, name, str(error))
            case QueueFull():
                return self.refuse(429, name, str(error), _ids(body, delivery))
            case StoreError():
                return self.refuse(500, name, str(error), _ids(body, delivery))
            case LimitExceeded():
                return self.refuse(500, name, "Redis did not answer within a second", _ids(body, delivery))
        values = {"delivery": delivery}
        logger.error("a webhook of %s was not taken", name, exc_info=error, extra={"values": values})
        return Refusal(500, "this failed, and criabot's log says why")

    def refuse(self, status: int, sender: str, reason: str, values: Mapping[str, object] | None = None) -> Refusal:
        """Refuse a delivery, and say so in the log, with these values."""
        values = {"status": status, **(values or {})}
        logger.warning("refused a webhook of %s: %s", sender[:20], reason, extra={"values": values})
        return Refusal(status, reason)

    def _unsigned(self, sender: Sender, timestamp: str, signature: str, body: bytes) -> str:
        """Why a delivery is not to be trusted; empty when it is."""
        if not sender.secrets:
            return "" if self.settings.allow_unsigned else f"nothing can verify this sender: set {sender.setting}"
        if not signature:
            return (
                "no signature: look whether a proxy drops the X-Chatwoot headers; for a server before 4.13, which does "
                f"not sign, remove {sender.setting} and set CRIABOT_ALLOW_UNSIGNED=true"
            )
        now = self._clock()
        if verify_signature(sender.secrets, timestamp, body, signature, now, self.settings.tolerance):
            return ""
        if verify_signature(sender.secrets, timestamp, body, signature, now, tolerance=float("inf")):
            return "the signature is right but too old or too new: compare this machine's clock with the platform's"
        return f"wrong signature: compare {sender.setting} with the sender's secret on the platform"


def _in_a_line(record: logging.LogRecord) -> bool:
    """Somebody who does not speak HTTP is worth a line, not a traceback with his bytes in it."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, web.RequestPayloadError):
        return False  # the webhook has said so
    if isinstance(error, HttpProcessingError):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg = "refused what is not HTTP (%s): look what else than the platform connects to this port"
        record.args, record.exc_info = (type(error).__name__,), None
    return True


def _ids(body: bytes, delivery: str) -> dict[str, object]:
    """What a line about an event says of it."""
    try:
        event = parse_event(body)
    except MalformedEvent:
        return {"delivery": delivery or None}
    return {
        "event": event.event,
        "account": event.account_id,
        "inbox": event.inbox_id,
        "contact": event.contact_id,
        "conversation": event.conversation_id,
        "message": event.message_id,
        "delivery": delivery or None,
    }
