"""The live socket, ActionCable at ``/cable``: agents and contacts see at once what happens (contract 6.2).

As on the real server, a background job sends the frames. What the frame of a conversation shows is read when the
worker gets to it; a message is shown as it was when it changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

from aiohttp import WSCloseCode, WSMsgType, web

from criabot.testing.platform.core import Core
from criabot.testing.platform.events import Changes
from criabot.testing.platform.jobs import Job
from criabot.testing.platform.payloads import contact_push, conversation_push, message_push, performer, sender_push
from criabot.testing.platform.world import ACTIVITY, TEMPLATE, Contact, ContactInbox, Conversation, Json, Message, User

__all__ = ["Cable"]

PROTOCOL = "actioncable-v1-json"
BEAT_SECONDS = 3.0
CLOSING_SECONDS = 0.1  # of real time: whoever does not say goodbye by then is gone
AGENT_SECONDS, CONTACT_SECONDS = 20.0, 90.0  # how long one is online after the last sign of life
CONVERSATION_EVENTS = {
    "conversation_read": "conversation.read",
    "conversation_updated": "conversation.updated",
    "conversation_status_changed": "conversation.status_changed",
    "assignee_changed": "assignee.changed",
    "team_changed": "team.changed",
}
CONTACT_EVENTS = {f"contact_{word}": f"contact.{word}" for word in ("created", "updated", "merged", "deleted")}
FOR_AGENTS = ("assignee_changed", "conversation_read", "first_reply_created", "team_changed")

Viewer: TypeAlias = "User | Contact"


class Cable:
    """Who is connected, what they subscribed to, and what they are told; `hear` listens to the events."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._world = core.world
        self._sockets: dict[web.WebSocketResponse, dict[str, tuple[Viewer, set[str]]]] = {}
        self._beat: Job | None = None
        self._leaving: dict[Viewer, Job] = {}

    def attach(self, app: web.Application) -> None:
        """Serve ``/cable`` of an application."""
        app.router.add_get("/cable", self._serve)
        app.on_shutdown.append(self._close)

    # -- sockets ------------------------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=[PROTOCOL], timeout=CLOSING_SECONDS)
        if not socket.can_prepare(request):
            raise web.HTTPNotFound
        await socket.prepare(request)
        self._sockets[socket] = {}
        if self._beat is None:
            self._beat = self._core.jobs.later(BEAT_SECONDS, self._ping, is_timer=True)
        try:
            await _send(socket, {"type": "welcome"})
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await self._obey(socket, _object(frame.data))
        finally:
            del self._sockets[socket]
        return socket

    async def _close(self, _app: web.Application) -> None:
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _ping(self) -> None:
        self._beat = None
        for socket in list(self._sockets):
            await _send(socket, {"type": "ping", "message": int(self._core.now)})
        if self._sockets:
            self._beat = self._core.jobs.later(BEAT_SECONDS, self._ping, is_timer=True)

    async def _obey(self, socket: web.WebSocketResponse, command: Json) -> None:
        """Do what a client asks; what makes no sense is passed over in silence, as the real server does."""
        identifier, own = command.get("identifier"), self._sockets[socket]
        match command.get("command"):
            case "subscribe" if isinstance(identifier, str) and identifier not in own:
                await self._subscribe(socket, identifier)
            case "unsubscribe":
                own.pop(str(identifier), None)
            case "message" if identifier in own and _object(command.get("data")).get("action") == "update_presence":
                await self._present(socket, str(identifier))

    async def _subscribe(self, socket: web.WebSocketResponse, identifier: str) -> None:
        wanted = _object(identifier)
        token, viewer = wanted.get("pubsub_token"), self._viewer(wanted)
        if wanted.get("channel") != "RoomChannel" or viewer is None:
            return
        streams = {str(token)} | ({"account"} if isinstance(viewer, User) else set())
        self._sockets[socket][identifier] = viewer, streams
        await _send(socket, {"identifier": identifier, "type": "confirm_subscription"})
        await self._present(socket, identifier)

    def _viewer(self, wanted: Json) -> Viewer | None:
        token = wanted.get("pubsub_token")
        if not token:
            return None
        if not wanted.get("user_id"):
            rows = self._world.contact_inboxes.values()
            return next((row.contact for row in rows if row.pubsub_token == token), None)
        user = next((each for each in self._world.users.values() if each.pubsub_token == token), None)
        numbers = str(wanted["user_id"]), str(wanted.get("account_id"))
        return user if user is not None and numbers == (str(user.id), str(self._world.account.id)) else None

    # -- who is online ------------------------------------------------------------------------------------------

    async def _present(self, socket: web.WebSocketResponse, identifier: str) -> None:
        """A sign of life: the viewer is online for a while, and is told who else is."""
        viewer, _streams = self._sockets[socket][identifier]
        seconds = AGENT_SECONDS if isinstance(viewer, User) else CONTACT_SECONDS
        if viewer in self._leaving:
            self._leaving[viewer].is_cancelled = True
        viewer.is_online = True
        self._leaving[viewer] = self._core.jobs.later(seconds, partial(self._leave, viewer), is_timer=True)
        users = {str(each.id): each.availability_status for each in self._world.users.values() if _is_here(each)}
        data: Json = {"account_id": self._world.account.id, "users": users}
        if isinstance(viewer, User):
            data["contacts"] = {str(each.id): "online" for each in self._world.contacts.values() if each.is_online}
        await _send(socket, {"identifier": identifier, "message": {"event": "presence.update", "data": data}})

    async def _leave(self, viewer: Viewer) -> None:
        viewer.is_online = False
        del self._leaving[viewer]

    # -- what happens -------------------------------------------------------------------------------------------

    def hear(self, event: str, subject: object, changes: Changes) -> None:
        """Tell the sockets of an event."""
        if not any(self._sockets.values()):
            return
        match subject:
            case Message():
                self._message(event, subject, changes)
            case Conversation():
                self._conversation(event, subject, changes)
            case Contact() if event in CONTACT_EVENTS:
                self._tell(["account"], CONTACT_EVENTS[event], contact_push(subject))

    def _message(self, event: str, message: Message, changes: Changes) -> None:
        data = message_push(self._world, message)
        if event == "message_updated":
            data["previous_changes"] = {key: list(both) for key, both in changes.items() if key != "attachments"}
        elif message.echo_id not in (None, False, ""):
            data["echo_id"] = message.echo_id
        streams = self._agents(message.conversation)
        if message.is_visible and event not in FOR_AGENTS:
            streams += self._contact(message.conversation.contact_inbox)
        by_itself = message.message_type in (ACTIVITY, TEMPLATE) and event == "message_created"
        self._tell(streams, event.replace("_", "."), data, by_itself=by_itself)

    def _conversation(self, event: str, conversation: Conversation, changes: Changes) -> None:
        if "typing" in event:
            self._typing(event, conversation, changes)
            return
        streams = self._agents(conversation)
        if event not in FOR_AGENTS:
            streams += self._contact(conversation.contact_inbox)
        if event == "conversation_created":
            self._tell(streams, "conversation.created", conversation_push(self._world, conversation))
        elif event in CONVERSATION_EVENTS:
            data = self._core.events.soon(partial(conversation_push, self._world, conversation))
            self._core.jobs.soon(partial(self._show, streams, CONVERSATION_EVENTS[event], data))
        if event == "conversation_updated":
            for columns, happened in (({"assignee_id", "assignee_agent_bot_id"}, "assignee"), ({"team_id"}, "team")):
                if columns & changes.keys():
                    self._conversation(f"{happened}_changed", conversation, {})

    def _typing(self, event: str, conversation: Conversation, changes: Changes) -> None:
        who, is_private = changes["user"][1], changes["is_private"][1]
        row = conversation.contact_inbox
        own = row.pubsub_token if isinstance(who, Contact) else getattr(who, "pubsub_token", None)
        streams = [each for each in [*self._agents(conversation), row.pubsub_token] if each and each != own]
        shown = conversation_push(self._world, conversation)
        data = {"conversation": shown, "user": sender_push(who), "is_private": is_private}
        self._tell(streams, event.replace("conversation_", "conversation."), data)

    def _agents(self, conversation: Conversation) -> list[str]:
        """The inbox's members and every administrator."""
        admins = [each for each in self._world.users.values() if each.is_admin]
        return [each.pubsub_token for each in dict.fromkeys([*conversation.inbox.members, *admins])]

    def _contact(self, row: ContactInbox) -> list[str]:
        """The contact, wherever he is known for sure if he is known for sure here."""
        same = [each for each in self._world.contact_inboxes.values() if each.contact is row.contact]
        rows = [each for each in same if each.hmac_verified] if row.hmac_verified else [row]
        return [each.pubsub_token for each in rows if each.pubsub_token]

    # -- frames -------------------------------------------------------------------------------------------------

    def _tell(self, streams: list[str], event: str, data: Json, *, by_itself: bool = False) -> None:
        """Send what is known now, with who did it unless the platform did it by itself."""
        data["account_id"] = self._world.account.id
        if not by_itself and (who := performer.get()) is not None:
            data["performer"] = sender_push(who)
        self._core.jobs.soon(partial(self._broadcast, streams, json.dumps({"event": event, "data": data})))

    async def _show(self, streams: list[str], event: str, data: Callable[[], Json]) -> None:
        """Send what the conversation was like when the worker got to it."""
        shown = data() | {"account_id": self._world.account.id}
        await self._broadcast(streams, json.dumps({"event": event, "data": shown}))

    async def _broadcast(self, streams: list[str], message: str) -> None:
        for socket, subscriptions in list(self._sockets.items()):
            for identifier, (_viewer, own) in list(subscriptions.items()):
                if not own.isdisjoint(streams):
                    await _write(socket, f'{{"identifier": {json.dumps(identifier)}, "message": {message}}}')


async def _send(socket: web.WebSocketResponse, frame: Json) -> None:
    await _write(socket, json.dumps(frame))


async def _write(socket: web.WebSocketResponse, text: str) -> None:
    with suppress(ConnectionError):  # whoever left hears nothing
        await socket.send_str(text)


def _object(text: Any) -> Json:
    """The JSON object that a text holds, else an empty one."""
    with suppress(ValueError, TypeError):
        if isinstance(found := json.loads(text), dict):
            return found
    return {}


def _is_here(user: User) -> bool:
    return user.is_online or not user.attributes.get("auto_offline", True)
