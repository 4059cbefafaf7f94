"""A small platform in process: the Application API calls that a bot makes, and signed webhooks to it.

It keeps conversations and messages, checks the token, answers in the shapes of a real server, and sends the agent
bot's webhooks: a customer's message, the echo of the bot's own, status changes. Faults can be put between the two:
a lost answer, an error before or after the message was stored, a slow answer, no echo.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from criabot.platform import sign

__all__ = ["Call", "FakeConversation", "FakePlatform", "Fault"]

Json = dict[str, Any]

BOT = {"id": 9, "name": "bot", "avatar_url": "", "type": "agent_bot"}
INCOMING, OUTGOING = 0, 1


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one API call.

    Attributes:
        status: answered instead, before anything is done.
        status_after: answered although it was done.
        lose: do it, then cut the connection.
        delay: seconds to wait before the answer.
    """

    status: int = 0
    status_after: int = 0
    lose: bool = False
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Call:
    """One API call of the bot, and the status it was answered with."""

    method: str
    path: str
    body: Json
    status: int

    @property
    def action(self) -> str:
        """The last part of the path, such as ``messages`` or ``toggle_status``."""
        return self.path.rpartition("/")[2]


@dataclass
class FakeConversation:
    """A conversation on the platform; `messages` in the shape of the API (contract 5.5)."""

    id: int
    status: str = "pending"
    labels: list[str] = field(default_factory=list)
    custom_attributes: Json = field(default_factory=dict)
    priority: str | None = None
    assignee: Json | None = None
    messages: list[Json] = field(default_factory=list)
    updated_at: float = field(default_factory=time.time)

    @property
    def said(self) -> list[str]:
        """The texts that the customer can read of the bot and the team, in order."""
        return [m["content"] for m in self.messages if m["message_type"] == OUTGOING and not m["private"]]

    @property
    def notes(self) -> list[str]:
        """The private notes, in order."""
        return [m["content"] for m in self.messages if m["private"]]


class FakePlatform:
    """The platform; an async context manager that listens on a free loopback port.

    Args:
        bot_url: where its webhooks go; may be set later, when the bot listens.
        secret: with which they are signed.
        token: of the bot.
        user_token: of the administrator, who may read what a bot may not; None when there is none.
        account: the account's id.
        fault: asked for each API call (method, path, body) what goes wrong with it.
        echo: whether the bot's own messages come back as webhooks.
    """

    def __init__(
        self,
        *,
        bot_url: str = "",
        secret: str = "a-signing-secret",  # noqa: S107 - of a platform that is not there
        token: str = "a-bot-token",  # noqa: S107
        user_token: str | None = None,
        account: int = 1,
        fault: Callable[[str, str, Json], Fault | None] = lambda _method, _path, _body: None,
        echo: bool = True,
        on_call: Callable[[Call], None] = lambda _call: None,
    ) -> None:
        self.bot_url = bot_url
        self.secret = secret
        self.token = token
        self.user_token = user_token
        self.account = account
        self.fault = fault
        self.echo = echo
        self.on_call = on_call
        self.calls: list[Call] = []
        self.refused: list[int] = []
        self.conversations: dict[int, FakeConversation] = {}
        self._ids = itertools.count(1001)
        self._deliveries: set[asyncio.Task[int]] = set()

    async def __aenter__(self) -> Self:
        self._session = ClientSession(timeout=ClientTimeout(total=5))
        app = web.Application(middlewares=[self._answer])
        root = f"/api/v1/accounts/{self.account}/conversations/{{id:\\d+}}"
        app.add_routes(
            [
                web.get("/api", self._info),
                web.get("/api/v1/profile", self._profile),
                web.get(root, self._show),
                web.get(root + "/messages", self._list),
                web.post(root + "/messages", self._create),
                web.get(root + "/labels", self._labels),
                web.post(root + "/{action:\\w+}", self._act),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._deliveries:
            task.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        await self._session.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Its base URL."""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    def conversation(self, number: int) -> FakeConversation:
        """A conversation, new when it does not exist: pending, as in an inbox with a bot."""
        return self.conversations.setdefault(number, FakeConversation(number))

    # -- what people do -----------------------------------------------------------------------------------------

    async def customer(self, number: int, text: str) -> int:
        """The customer writes; the status of the webhook's answer."""
        return await self.deliver(self.message(number, text))

    async def agent(self, number: int, text: str) -> int:
        """An agent answers the customer; the status of the webhook's answer."""
        sender = {"id": 5, "name": "Agent", "email": "agent@example.com", "type": "user"}
        return await self.deliver(self.message(number, text, message_type=OUTGOING, sender=sender))

    async def set_status(self, number: int, status: str) -> None:
        """Somebody changes the status; the bot hears of it as the real server tells it (contract 2.6)."""
        conversation = self.conversation(number)
        previous, conversation.status = conversation.status, status
        conversation.updated_at = time.time()
        for event in self._status_events(conversation, previous):
            await self.deliver(event)

    def message(
        self,
        number: int,
        text: str,
        *,
        message_type: int = INCOMING,
        private: bool = False,
        attributes: Json | None = None,
        sender: Json | None = None,
    ) -> Json:
        """Store a message, and the webhook's body for it."""
        conversation = self.conversation(number)
        conversation.updated_at = time.time()
        message = {
            "id": next(self._ids),
            "content": text,
            "inbox_id": 1,
            "conversation_id": number,
            "message_type": message_type,
            "content_type": "text",
            "status": "sent",
            "content_attributes": attributes or {},
            "created_at": int(time.time()),
            "private": private,
            "source_id": None,
            **({"sender": sender} if sender else {}),
        }
        conversation.messages.append(message)
        return self._message_created(conversation, message)

    def newest(self, number: int) -> Json:
        """The webhook's body for the newest message of a conversation, whoever wrote it."""
        conversation = self.conversation(number)
        return self._message_created(conversation, conversation.messages[-1])

    async def deliver(self, event: Json, *, delivery: str = "", raw: bytes | None = None) -> int:
        """Send a webhook to the bot, signed; the status of its answer, 0 when there was none."""
        body = json.dumps(event, ensure_ascii=False).encode() if raw is None else raw
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Chatwoot-Delivery": delivery or str(uuid.uuid4()),
            "X-Chatwoot-Timestamp": timestamp,
            "X-Chatwoot-Signature": sign(self.secret, timestamp, body),
        }
        try:
            async with self._session.post(self.bot_url, data=body, headers=headers) as response:
                if response.status != 200:
                    self.refused.append(response.status)
                return response.status
        except (ClientError, TimeoutError):
            self.refused.append(0)
            return 0

    # -- the API ------------------------------------------------------------------------------------------------

    @web.middleware
    async def _answer(self, request: web.Request, handler: Any) -> web.StreamResponse:
        body: Json = await request.json() if request.can_read_body else {}
        fault = self.fault(request.method, request.path, body) or Fault()
        await asyncio.sleep(fault.delay)
        response = await self._do(request, handler, fault)
        status = fault.status_after or response.status
        if request.path != "/api":
            call = Call(request.method, request.path, body, status)
            self.calls.append(call)
            self.on_call(call)
        if fault.lose:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return web.json_response({"error": "fault"}, status=status) if fault.status_after else response

    async def _do(self, request: web.Request, handler: Any, fault: Fault) -> web.StreamResponse:
        if fault.status:
            return web.json_response({"error": "fault"}, status=fault.status)
        if request.path == "/api":
            return await self._info(request)
        token = request.headers.get("Api-Access-Token")
        if token not in {self.token, self.user_token} - {None}:
            return web.json_response({"error": "Invalid Access Token"}, status=401)
        if token == self.token and handler in (self._profile, self._list):
            return web.json_response({"error": "Access to this endpoint is not authorized for bots"}, status=401)
        if "id" in request.match_info and int(request.match_info["id"]) not in self.conversations:
            return web.json_response({"error": "Resource could not be found"}, status=404)
        try:
            response: web.StreamResponse = await handler(request)
        except web.HTTPException as error:
            return web.json_response({"error": error.reason}, status=error.status)
        return response

    async def _info(self, _request: web.Request) -> web.Response:
        return web.json_response({"version": "4.15.1", "timestamp": "", "queue_services": "ok", "data_services": "ok"})

    async def _profile(self, _request: web.Request) -> web.Response:
        membership = {"id": self.account, "role": "administrator"}
        return web.json_response({"id": 5, "name": "Agent", "accounts": [membership]})

    def _of(self, request: web.Request) -> FakeConversation:
        return self.conversations[int(request.match_info["id"])]

    async def _show(self, request: web.Request) -> web.Response:
        conversation = self._of(request)
        last = conversation.messages[-1] if conversation.messages else None
        return web.json_response({**self._data(conversation), "last_non_activity_message": last})

    async def _list(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", 0))
        return web.json_response({"meta": {}, "payload": [m for m in self._of(request).messages if m["id"] > after]})

    async def _create(self, request: web.Request) -> web.Response:
        body = await request.json()
        conversation = self._of(request)
        event = self.message(
            conversation.id,
            body.get("content", ""),
            message_type=OUTGOING,
            private=bool(body.get("private")),
            attributes=body.get("content_attributes"),
            sender=BOT,
        )
        if self.echo:
            self._deliver_soon(event)
        return web.json_response(conversation.messages[-1])

    async def _labels(self, request: web.Request) -> web.Response:
        return web.json_response({"payload": self._of(request).labels})

    async def _act(self, request: web.Request) -> web.Response:
        conversation, body = self._of(request), await request.json()
        match request.match_info["action"]:
            case "toggle_status":
                previous, conversation.status = conversation.status, body["status"]
                conversation.updated_at = time.time()
                if previous != conversation.status and self.echo:
                    for event in self._status_events(conversation, previous):
                        self._deliver_soon(event)
                answer: Any = {"payload": {"conversation_id": conversation.id, "current_status": conversation.status}}
            case "labels":
                conversation.labels = body["labels"]
                answer = {"payload": conversation.labels}
            case "custom_attributes":
                answer = {"custom_attributes": body["custom_attributes"]}
                conversation.custom_attributes = body["custom_attributes"]
            case "toggle_priority":
                conversation.priority = body["priority"]
                answer = None
            case "assignments":
                answer = {"id": body.get("assignee_id") or body.get("team_id")}
            case _:
                answer = None
        return web.json_response(answer)

    # -- the webhooks -------------------------------------------------------------------------------------------

    def _deliver_soon(self, event: Json) -> None:
        task = asyncio.get_running_loop().create_task(self.deliver(event))
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    def _data(self, conversation: FakeConversation) -> Json:
        """A conversation in the shape of a webhook (contract 2.1.5)."""
        return {
            "id": conversation.id,
            "inbox_id": 1,
            "status": conversation.status,
            "priority": conversation.priority,
            "channel": "Channel::Api",
            "can_reply": True,
            "additional_attributes": {},
            "custom_attributes": conversation.custom_attributes,
            "labels": conversation.labels,
            "contact_inbox": {"id": 1, "contact_id": conversation.id + 100, "inbox_id": 1, "source_id": "x"},
            "messages": conversation.messages[-1:],
            "meta": {
                "sender": {"id": conversation.id + 100, "name": "Ana Lima", "type": "contact"},
                "assignee": conversation.assignee,
                "team": None,
            },
            "updated_at": conversation.updated_at,
            "account": {"id": self.account, "name": "Demo"},
        }

    def _message_created(self, conversation: FakeConversation, message: Json) -> Json:
        """The webhook of a message (contract 2.2): strings where the API has numbers."""
        contact = {"id": conversation.id + 100, "name": "Ana Lima", "account": {"id": self.account, "name": "Demo"}}
        return {
            **{key: message[key] for key in ("id", "content", "content_type", "content_attributes", "private")},
            "event": "message_created",
            "message_type": "incoming" if message["message_type"] == INCOMING else "outgoing",
            "source_id": None,
            "created_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "additional_attributes": {},
            "sender": message.get("sender") or contact,
            "account": {"id": self.account, "name": "Demo"},
            "inbox": {"id": 1, "name": "Demo"},
            "conversation": self._data(conversation),
        }

    def _status_events(self, conversation: FakeConversation, previous: str) -> list[Json]:
        """In the order in which a bot gets them (contract 2.6)."""
        data = self._data(conversation)
        change = {"status": {"previous_value": previous, "current_value": conversation.status}}
        dedicated = {"open": "conversation_opened", "resolved": "conversation_resolved"}.get(conversation.status)
        events: list[Json] = [{"event": dedicated, **data}] if dedicated else []
        events.append({"event": "conversation_status_changed", "changed_attributes": None, **data})
        return [*events, {"event": "conversation_updated", "changed_attributes": [change], **data}]
