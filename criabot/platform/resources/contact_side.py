"""The contact's own side of an API inbox: its record, its conversations, its answers (contract 6.1)."""

from __future__ import annotations

import asyncio
import builtins
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypedDict

from criabot.platform.answers.contact_side import (
    PublicContact,
    PublicContactRecord,
    PublicConversation,
    PublicInbox,
    PublicMessage,
    Survey,
)
from criabot.platform.calls import Identified, Resource, number_of
from criabot.platform.parts import JsonObject
from criabot.platform.resources.csat import Rating
from criabot.platform.uploads import Upload, multipart, uploads_of

__all__ = [
    "OwnContact",
    "OwnConversations",
    "OwnInbox",
    "OwnMessages",
    "Sourced",
    "SubmittedValue",
    "Surveys",
    "identifier_hash",
]


class Sourced(Protocol):
    """Whatever knows a contact's place in an inbox, such as what `OwnContact.create` gives."""

    @property
    def source_id(self) -> str | None:
        """What opens the contact's side."""


class SubmittedValue(TypedDict, total=False):
    """A value of an answer: of a select ``title`` and ``value``, of a form ``name`` and ``value`` (contract 3.3)."""

    name: str
    title: str
    value: Any


def identifier_hash(hmac_token: str, identifier: str) -> str:
    """The proof that a contact is who it says (contract 6.1).

    Args:
        hmac_token: the inbox's key; it must never come into a browser or an app.
        identifier: of the contact.
    """
    return hmac.new(hmac_token.encode(), identifier.encode(), hashlib.sha256).hexdigest()


class OwnInbox(Resource):
    """The inbox that a contact writes to (contract 6.1)."""

    name = "inbox"

    async def get(self) -> PublicInbox:
        """Its name, its working hours, and whether contacts must prove who they are (contract 6.1)."""
        return (await self._ask("get")).read(PublicInbox)


class OwnContact(Resource):
    """A contact, as seen by itself (contract 6.1).

    Where the inbox demands a proof, or where one is given that is wrong, the platform answers 500 (``ServerError``).
    """

    name = "contact"

    async def create(
        self,
        *,
        source_id: str | None = None,
        identifier: str | None = None,
        identifier_hash: str | None = None,
        name: str | None = None,
        email: str | None = None,
        phone_number: str | None = None,
        avatar_url: str | None = None,
        custom_attributes: Mapping[str, Any] | None = None,
    ) -> PublicContact:
        """Make a contact, or find it (contract 6.1).

        A ``source_id`` that is known gives its contact as it is. An identifier, e-mail address or phone number that is
        known gives that contact a second place in the inbox, and its name stays what it was. With nothing at all the
        platform makes up a name.

        Args:
            source_id: of the contact's place in the inbox; the platform makes a random one when not given.
            identifier: the contact's number in an own system.
            identifier_hash: what `identifier_hash` makes of it.
            name: what agents see.
            email: an address.
            phone_number: with ``+`` and the country's code.
            avatar_url: of a picture.
            custom_attributes: of the contact.

        Raises:
            Unprocessable: an e-mail address or phone number that is none.
            ServerError: the proof is wrong, or missing.
        """
        body = _without_none(
            source_id=source_id,
            identifier=identifier,
            identifier_hash=identifier_hash,
            name=name,
            email=email,
            phone_number=phone_number,
            avatar_url=avatar_url,
            custom_attributes=custom_attributes,
        )
        return (await self._ask("create", json=body)).read(PublicContact)

    async def show(
        self, contact: str | Sourced, *, identifier: str | None = None, identifier_hash: str | None = None
    ) -> PublicContact:
        """The contact; the proof is needed where the inbox demands it (contract 6.1)."""
        params = {"identifier": identifier, "identifier_hash": identifier_hash}
        return (await self._ask("show", _source_of(contact), params=params)).read(PublicContact)

    async def update(
        self,
        contact: str | Sourced,
        *,
        identifier: str | None = None,
        identifier_hash: str | None = None,
        name: str | None = None,
        email: str | None = None,
        phone_number: str | None = None,
        avatar_url: str | None = None,
        custom_attributes: Mapping[str, Any] | None = None,
    ) -> PublicContactRecord:
        """Change what is given; custom attributes are added to those there are (contract 6.1).

        Who turns out to be known by identifier, e-mail address or phone number becomes the known contact, with another
        id.

        Args:
            contact: its source id, or the contact.
            identifier: as in `create`, like all that follow.
            identifier_hash: the proof.
            name: what agents see.
            email: an address.
            phone_number: with ``+`` and the country's code.
            avatar_url: of a picture.
            custom_attributes: of the contact.

        Raises:
            Unprocessable: an e-mail address or phone number that is none.
            ServerError: the proof is wrong, or missing.
        """
        body = _without_none(
            identifier=identifier,
            identifier_hash=identifier_hash,
            name=name,
            email=email,
            phone_number=phone_number,
            avatar_url=avatar_url,
            custom_attributes=custom_attributes,
        )
        return (await self._ask("update", _source_of(contact), json=body)).read(PublicContactRecord)


class OwnConversations(Resource):
    """A contact's conversations (contract 6.1)."""

    name = "conversation"

    async def list(self, contact: str | Sourced) -> builtins.list[PublicConversation]:
        """All of them; a contact that has proved who it is sees those of other inboxes, too (contract 6.1)."""
        return (await self._ask("list", _source_of(contact))).read(builtins.list[PublicConversation])

    async def create(
        self, contact: str | Sourced, *, custom_attributes: Mapping[str, Any] | None = None
    ) -> PublicConversation:
        """Begin one; an inbox that keeps to one conversation gives the last (contract 6.1)."""
        body = _without_none(custom_attributes=custom_attributes)
        return (await self._ask("create", _source_of(contact), json=body)).read(PublicConversation)

    async def show(self, contact: str | Sourced, conversation: int | Identified) -> PublicConversation:
        """The conversation with all its messages (contract 6.1)."""
        return (await self._ask("show", _source_of(contact), conversation)).read(PublicConversation)

    async def resolve(self, contact: str | Sourced, conversation: int | Identified) -> PublicConversation:
        """End the conversation; a contact can set no other status (contract 6.1)."""
        return (await self._ask("resolve", _source_of(contact), conversation)).read(PublicConversation)

    async def toggle_typing(self, contact: str | Sourced, conversation: int | Identified, on: bool) -> None:
        """Show or hide "is typing" to the agents (contract 6.1)."""
        body = {"typing_status": "on" if on else "off"}
        await self._ask("toggle_typing", _source_of(contact), conversation, json=body)

    async def update_last_seen(self, contact: str | Sourced, conversation: int | Identified) -> None:
        """The contact has seen everything: what was sent to it becomes read, a little later (contract 6.1)."""
        await self._ask("update_last_seen", _source_of(contact), conversation)


class OwnMessages(Resource):
    """A contact's messages (contract 6.1)."""

    name = "message"

    async def create(
        self,
        contact: str | Sourced,
        conversation: int | Identified,
        content: str | None = None,
        *,
        attachments: Sequence[Path | Upload] = (),
        echo_id: str | None = None,
    ) -> PublicMessage:
        """Write as the contact (contract 6.1).

        Args:
            contact: its source id, or the contact.
            conversation: its number, or the conversation.
            content: what is written.
            attachments: files, at most 15.
            echo_id: a name of the caller's own that comes back through the live socket, not in the answer.

        Raises:
            ValueError: neither content nor attachments; the platform would store an empty message.
            Unprocessable: more than 200 messages of the conversation in a minute (contract 5.10).
        """
        if content is None and not attachments:
            raise ValueError("a message needs content or attachments")
        body = _without_none(content=content, echo_id=echo_id)
        places = _source_of(contact), conversation
        if attachments:
            form = multipart(body, await asyncio.to_thread(uploads_of, attachments))
            answer = await self._ask("create", *places, form=form)
        else:
            answer = await self._ask("create", *places, json=body)
        return answer.read(PublicMessage)

    async def list(
        self, contact: str | Sourced, conversation: int | Identified, *, before: int | Identified | None = None
    ) -> builtins.list[PublicMessage]:
        """The newest 20 messages, or the 20 before one, the oldest first; no notes, no activities (contract 6.1)."""
        params = {"before": number_of(before) if before is not None else None}
        answer = await self._ask("list", _source_of(contact), conversation, params=params)
        return answer.read(builtins.list[PublicMessage])

    async def each(
        self, contact: str | Sourced, conversation: int | Identified, *, before: int | Identified | None = None
    ) -> AsyncIterator[PublicMessage]:
        """All messages, or all before one, the newest first, page by page, none twice (contract 6.1)."""
        while page := await self.list(contact, conversation, before=before):
            for message in reversed(page):
                yield message
            before = min(message.id for message in page)

    async def update(
        self,
        contact: str | Sourced,
        conversation: int | Identified,
        message: int | Identified,
        submitted_values: Sequence[SubmittedValue],
    ) -> PublicMessage:
        """Answer a select, a form or another interactive message; a second answer replaces the first (contract 3.3).

        The platform takes values that were not offered, too.

        Args:
            contact: its source id, or the contact.
            conversation: its number, or the conversation.
            message: what is answered.
            submitted_values: what was chosen, or one for each field of a form.
        """
        body = {"submitted_values": builtins.list(submitted_values)}
        return await self._answer(contact, conversation, message, body)

    async def rate(
        self,
        contact: str | Sourced,
        conversation: int | Identified,
        message: int | Identified,
        rating: Rating,
        feedback_message: str = "",
    ) -> PublicMessage:
        """Answer a satisfaction survey, or change the answer (contract 6.1).

        Args:
            contact: its source id, or the contact.
            conversation: its number, or the conversation.
            message: the survey.
            rating: 1 to 5.
            feedback_message: what the contact has to say.

        Raises:
            ValueError: another rating: the platform would take it and then stumble over it (contract 1.9).
            Unprocessable: the survey is older than 14 days.
        """
        return await self._answer(contact, conversation, message, _rated(rating, feedback_message))

    async def _answer(
        self, contact: str | Sourced, conversation: int | Identified, message: int | Identified, body: JsonObject
    ) -> PublicMessage:
        answer = await self._ask("update", _source_of(contact), conversation, message, json=body)
        return answer.read(PublicMessage)


class Surveys(Resource):
    """Satisfaction surveys, by the ``uuid`` of their conversation: who has it may answer (contract 6.1)."""

    name = "survey"

    async def show(self, uuid: str) -> Survey:
        """The survey, and its answer when there is one (contract 6.1)."""
        return (await self._ask("show", uuid)).read(Survey)

    async def answer(self, uuid: str, rating: Rating, feedback_message: str = "") -> Survey:
        """Answer a survey, or change the answer (contract 6.1).

        Args:
            uuid: of the conversation.
            rating: 1 to 5.
            feedback_message: what the contact has to say.

        Returns:
            The survey as it was before: the answer is stored a little later.

        Raises:
            ValueError: another rating: the platform would take it and then stumble over it (contract 1.9).
            Unprocessable: the survey is older than 14 days.
        """
        body = {"message": _rated(rating, feedback_message)}
        return (await self._ask("answer", uuid, json=body)).read(Survey)

    async def page(self, uuid: str) -> str:
        """The HTML of the page on which people answer (contract 6.1)."""
        return (await self._ask("page", uuid)).raw.decode(errors="replace")


def _source_of(contact: str | Sourced) -> str:
    """The source id of a contact.

    Raises:
        ValueError: it has none.
    """
    source_id = contact if isinstance(contact, str) else contact.source_id
    if source_id is None:
        raise ValueError(f"{contact!r} has no source_id")
    return source_id


def _without_none(**values: Any) -> JsonObject:
    return {name: value for name, value in values.items() if value is not None}


def _rated(rating: Rating, feedback_message: str) -> JsonObject:
    if not 1 <= rating <= 5:
        raise ValueError(f"a rating is 1 to 5, not {rating}")
    answer = {"rating": rating, "feedback_message": feedback_message}
    return {"submitted_values": {"csat_survey_response": answer}}
