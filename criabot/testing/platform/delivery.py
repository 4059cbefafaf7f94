"""Deliveries: a signed POST per event and receiver, retried as the real server does it (contract 1.3 to 1.6)."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias, cast
from weakref import WeakValueDictionary

from aiohttp import ClientError, ClientSession, ClientTimeout

from criabot.platform import sign
from criabot.testing.platform.jobs import Jobs
from criabot.testing.platform.world import Json, World

__all__ = ["Deliveries", "Delivery", "Post", "Sender"]

TIMEOUT = 5.0
ATTEMPTS = 3
RETRY_SECONDS = 3.0
MOMENT, MOMENTS = 0.05, 5  # seconds of real time: the next delivery waits so many for the one before
MAX_REDIRECTS = 10
ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, and with what.

    Attributes:
        kind: ``agent_bot``, ``account``, ``api_inbox``, or ``rule`` for automations and macros.
        url: where to.
        secret: with which it signs, None where it does not.
    """

    kind: str
    url: str
    secret: str | None = field(repr=False)


@dataclass(slots=True)
class Delivery:
    """One event for one receiver.

    Attributes:
        sender: who sends it.
        event: its name.
        body: the bytes.
        id: of ``X-Chatwoot-Delivery``, the same for every attempt.
        message: the message's id, for message events.
        conversation: the conversation's id, where there is one.
        answers: what each attempt was answered: a status, or the text of the failure.
        seconds: of real time until the last attempt was answered.
    """

    sender: Sender
    event: str
    body: bytes = field(repr=False)
    message: int | None = None
    conversation: int | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    answers: list[int | str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_accepted(self) -> bool:
        """Whether the last attempt was answered 2xx."""
        last = self.answers[-1] if self.answers else ""
        return isinstance(last, int) and 200 <= last < 300


Post: TypeAlias = Callable[[Delivery], Awaitable[None]]


def encode(payload: Json) -> bytes:
    """Compact JSON as Rails writes it (contract 1.3)."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).translate(ESCAPES).encode()


class Deliveries:
    """Sends what the events bring.

    Args:
        world: for the version, and the clock of the signature.
        jobs: the background worker.
        failed: what a failure does (contract 1.6).

    Attributes:
        timeout: seconds, the server's ``WEBHOOK_TIMEOUT``, which it knows since 4.8.
    """

    def __init__(self, world: World, jobs: Jobs, failed: Callable[[Delivery], None]) -> None:
        self._world = world
        self._jobs = jobs
        self._failed = failed
        self._turns: WeakValueDictionary[tuple[str, int | None], asyncio.Lock] = WeakValueDictionary()
        self._session: ClientSession | None = None
        self.log: list[Delivery] = []
        self.timeout = TIMEOUT
        self.between: Callable[[Delivery, Post], Awaitable[None]] | None = None

    async def open(self) -> None:
        """Get ready to send."""
        self._session = ClientSession(timeout=ClientTimeout(total=None), skip_auto_headers=["User-Agent"])

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def send(self, sender: Sender, event: str, payload: Json) -> None:
        """Send an event in the background; the body is what it is now."""
        delivery = Delivery(sender, event, encode(payload), *_about(event, payload))
        self.log.append(delivery)
        self._jobs.soon(partial(self._deliver, delivery))

    async def repeat(self, delivery: Delivery, *, new_id: bool = False) -> Delivery:
        """Send a delivery once more, as the platform does for several reasons (contract 1.8); the copy."""
        copy = replace(delivery, answers=[], id=str(uuid.uuid4()) if new_id else delivery.id)
        self.log.append(copy)
        await self._attempt(copy)
        return copy

    async def _deliver(self, delivery: Delivery) -> None:
        if self.between is not None:
            await self.between(delivery, self._attempt)
        else:
            await self._attempt(delivery)

    async def _attempt(self, delivery: Delivery) -> None:
        """Try once; deliveries of one conversation to one receiver leave in turn unless one is slow."""
        async with self._turns.setdefault((delivery.sender.url, delivery.conversation), asyncio.Lock()):
            task = asyncio.ensure_future(self._answer(delivery))
            try:
                for _moment in range(MOMENTS):
                    if (await asyncio.wait([task], timeout=MOMENT))[0]:
                        break
            except asyncio.CancelledError:
                task.cancel()
                raise
        try:
            delivery.answers.append(await task)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if not delivery.is_accepted:
            self._again_or_failed(delivery)

    def _again_or_failed(self, delivery: Delivery) -> None:
        retries = delivery.sender.kind == "agent_bot" and self._world.since("4.11.2")
        if retries and delivery.answers[-1] in (429, 500) and len(delivery.answers) < ATTEMPTS:
            self._jobs.later(RETRY_SECONDS, partial(self._deliver, delivery))
        else:
            self._failed(delivery)

    async def _answer(self, delivery: Delivery) -> int | str:
        """The status of the answer, or what went wrong instead; gives up after a time of the clock (contract 1.3)."""
        began = asyncio.get_running_loop().time()
        post = asyncio.ensure_future(self._post(delivery))
        over = asyncio.get_running_loop().create_future()
        seconds = self.timeout if self._world.since("4.8.0") else TIMEOUT
        job = self._jobs.later(seconds, partial(_finish, over))
        try:
            await asyncio.wait([post, over], return_when=asyncio.FIRST_COMPLETED)
            if not post.done():
                return "Net::ReadTimeout with #<TCPSocket:(closed)>"
            return post.result()
        except (ClientError, OSError) as error:
            return f"{type(error).__name__}"
        finally:
            delivery.seconds = asyncio.get_running_loop().time() - began
            job.is_cancelled = True
            post.cancel()

    async def _post(self, delivery: Delivery) -> int:
        session = cast("ClientSession", self._session)
        headers, url = self._headers(delivery), delivery.sender.url
        for _hop in range(MAX_REDIRECTS):
            async with session.post(url, data=delivery.body, headers=headers, allow_redirects=False) as response:
                await response.read()
                target = response.headers.get("Location")
                if response.status not in (301, 302, 303, 307, 308) or not target or not self._world.since("4.14.0"):
                    return response.status
                url = str(response.url.join(type(response.url)(target)))
        return 310

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "Ruby" if self._world.since("4.14.0") else "rest-client/2.1.0 (linux x86_64) ruby/3.4.5p51",
            "Accept-Encoding": "gzip;q=1.0,deflate;q=0.6,identity;q=0.3",
        }
        if delivery.sender.kind == "rule" or not self._world.since("4.11.2"):
            return headers
        headers["X-Chatwoot-Delivery"] = delivery.id
        if delivery.sender.secret and (delivery.sender.kind == "account" or self._world.since("4.13.0")):
            timestamp = str(int(self._world.clock()))
            headers["X-Chatwoot-Timestamp"] = timestamp
            headers["X-Chatwoot-Signature"] = sign(delivery.sender.secret, timestamp, delivery.body)
        return headers


def _about(event: str, payload: Json) -> tuple[int | None, int | None]:
    if event.startswith("message_"):
        return payload["id"], payload["conversation"]["id"]
    if "typing" in event:
        return None, payload["conversation"]["id"]
    return None, payload["id"] if event.startswith("conversation_") else None


async def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
