"""The endpoints of the Application API, grouped by what they are about (contract 5.4 and 5.5)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from mimetypes import guess_type
from pathlib import Path
from typing import Any, Literal

from aiohttp import FormData
from pydantic_core import to_json

from criabot.platform.answers import (
    ConversationDetails,
    CustomAttributes,
    Labels,
    MessageData,
    MessagePage,
    StatusAnswer,
)
from criabot.platform.parts import JsonObject
from criabot.platform.transport import Answer, Transport


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to attach, from memory; ``filename`` is what the customer sees.

    Raises:
        ValueError: the filename or content type has line ends or other control characters.
    """

    filename: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"

    def __post_init__(self) -> None:
        if not (self.filename.isprintable() and self.content_type.isprintable()):
            raise ValueError("an upload's filename and content_type must not have control characters")

    @classmethod
    def of(cls, path: Path) -> Upload:
        """The file at a path, its content type guessed by the suffix; it is read here and now."""
        return cls(path.name, path.read_bytes(), guess_type(path.name)[0] or "application/octet-stream")


class Resource:
    """Calls about one conversation, with the account's token."""

    def __init__(self, transport: Transport, account_id: int) -> None:
        self._transport = transport
        self._root = f"/api/v1/accounts/{account_id}/conversations"

    def _call(
        self,
        method: str,
        conversation_id: int,
        action: str = "",
        *,
        json: Mapping[str, Any] | None = None,
        form: FormData | None = None,
        params: Mapping[str, int] | None = None,
    ) -> Coroutine[Any, Any, Answer]:
        path = f"{self._root}/{conversation_id}{action}"
        return self._transport.request(method, path, json=json, form=form, params=params)


class Messages(Resource):
    """The messages of conversations (contract 5.5)."""

    async def create(
        self,
        conversation_id: int,
        content: str | None,
        *,
        private: bool = False,
        message_type: Literal["outgoing", "incoming"] | None = None,
        content_type: str | None = None,
        content_attributes: Mapping[str, Any] | None = None,
        attachments: Sequence[Path | Upload] = (),
    ) -> MessageData:
        """Post a message in the name of the token's owner (contract 3.4).

        ``private`` makes it a note for the team. ``incoming`` is for API inboxes only. Text between ``{{ }}``
        and ``{% %}`` is run as a template by the platform (contract 3.7). There is no idempotency key: after
        ``ApiOutcomeUnknown``, ``ServerError`` or ``Unprocessable`` the message may exist all the same.

        Raises:
            ValueError: neither content nor attachments; the platform would store an empty message.
        """
        if content is None and not attachments:
            raise ValueError("a message needs content or attachments")
        given: JsonObject = {"content": content} if content is not None else {}
        if private:
            given["private"] = private
        if message_type is not None:
            given["message_type"] = message_type
        if content_type is not None:
            given["content_type"] = content_type
        if content_attributes:
            given["content_attributes"] = content_attributes
        if attachments:
            form = multipart(given, await asyncio.to_thread(_uploads, attachments))
            answer = await self._call("POST", conversation_id, "/messages", form=form)
        else:
            answer = await self._call("POST", conversation_id, "/messages", json=given)
        return answer.read(MessageData)

    async def list(
        self, conversation_id: int, *, after: int | None = None, before: int | None = None
    ) -> list[MessageData]:
        """Messages, the oldest first by ``created_at``; needs a user token (contract 4.7 and 5.5).

        Without bounds the latest 20; ``before`` an id the 20 older; ``after`` an id up to 100 newer; with both
        up to 1000 from ``after`` to just below ``before``. Go on from the largest id of the page, not from
        its last: the cut is by id, the order is not.
        """
        bounds = {"after": after, "before": before}
        params = {name: value for name, value in bounds.items() if value is not None}
        answer = await self._call("GET", conversation_id, "/messages", params=params)
        return answer.read(MessagePage).payload


class Conversations(Resource):
    """Conversations, by the number that people see (contract 5.4)."""

    async def show(self, conversation_id: int) -> ConversationDetails:
        """The conversation as it is now; a bot's token needs a server from 4.14.2 on (contract 4.7)."""
        return (await self._call("GET", conversation_id)).read(ConversationDetails)

    async def toggle_status(
        self,
        conversation_id: int,
        status: Literal["open", "resolved", "pending", "snoozed"],
        *,
        snoozed_until: int | None = None,
    ) -> str:
        """Set the status, and the status the conversation then has (contract 4.3).

        ``snoozed_until`` is in epoch seconds; without it a snooze lasts until the next message.
        """
        body: JsonObject = {"status": status}
        if snoozed_until is not None:
            body["snoozed_until"] = snoozed_until
        answer = await self._call("POST", conversation_id, "/toggle_status", json=body)
        return answer.read(StatusAnswer).payload.current_status

    async def toggle_typing_status(self, conversation_id: int, on: bool, *, private: bool = False) -> None:
        """Show or hide "is typing" in the widget; it fades after about 30 s (contract 4.5)."""
        body = {"typing_status": "on" if on else "off", "is_private": private}
        await self._call("POST", conversation_id, "/toggle_typing_status", json=body)

    async def assign(
        self,
        conversation_id: int,
        *,
        agent_id: int | None = None,
        agent_bot_id: int | None = None,
        team_id: int | None = None,
    ) -> bool:
        """Assign to an agent, a bot or a team; whether the platform knows the assignee (contract 4.4).

        False means that the id is unknown, and that the platform has *removed* the present assignee or team.

        Raises:
            ValueError: none or more than one of the three is given.
        """
        if sum(each is not None for each in (agent_id, agent_bot_id, team_id)) != 1:
            raise ValueError("assign takes exactly one of agent_id, agent_bot_id and team_id")
        body: JsonObject = {"team_id": team_id} if team_id is not None else {"assignee_id": agent_id}
        if agent_bot_id is not None:
            body = {"assignee_id": agent_bot_id, "assignee_type": "AgentBot"}
        answer = await self._call("POST", conversation_id, "/assignments", json=body)
        return not answer.is_empty

    async def labels(self, conversation_id: int) -> list[str]:
        """The labels (contract 4.5); a bot's token needs a server from 4.14.2 on."""
        return (await self._call("GET", conversation_id, "/labels")).read(Labels).payload

    async def set_labels(self, conversation_id: int, labels: Iterable[str]) -> list[str]:
        """Replace *all* labels, and the labels the conversation then has (contract 4.5).

        Raises:
            TypeError: one text instead of a list of labels.
        """
        if isinstance(labels, str):
            raise TypeError("set_labels takes a list of labels, not one text")
        body = {"labels": list(labels)}
        return (await self._call("POST", conversation_id, "/labels", json=body)).read(Labels).payload

    async def toggle_priority(
        self, conversation_id: int, priority: Literal["low", "medium", "high", "urgent"] | None
    ) -> None:
        """Set the priority, or clear it with None (contract 4.5)."""
        await self._call("POST", conversation_id, "/toggle_priority", json={"priority": priority})

    async def set_custom_attributes(self, conversation_id: int, attributes: Mapping[str, Any]) -> JsonObject:
        """Replace the *whole* map of custom attributes, and the map the conversation then has (contract 4.5)."""
        body = {"custom_attributes": dict(attributes)}
        answer = await self._call("POST", conversation_id, "/custom_attributes", json=body)
        return answer.read(CustomAttributes).custom_attributes


def multipart(fields: Mapping[str, Any], uploads: Iterable[Upload]) -> FormData:
    """A message with files as the platform wants it: parts named ``attachments[]`` (contract 3.4)."""
    # Percent-encoded names would be taken literally: a customer would see "foto%20da%20nota.png".
    form = FormData(quote_fields=False)
    for name, value in fields.items():
        form.add_field(name, value if isinstance(value, str) else to_json(value).decode())
    for upload in uploads:
        form.add_field("attachments[]", upload.content, filename=upload.filename, content_type=upload.content_type)
    return form


def _uploads(attachments: Iterable[Path | Upload]) -> list[Upload]:
    return [Upload.of(each) if isinstance(each, Path) else each for each in attachments]
