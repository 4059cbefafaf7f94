"""Contacts (contract 5.6)."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from criabot.platform.answers.contacts import ContactDetails, ContactPage, CreatedContact, InboxPlace
from criabot.platform.answers.conversations import ConversationDetails
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given, number_of
from criabot.platform.filters import Condition, conditions_json
from criabot.platform.paging import each_row
from criabot.platform.uploads import Upload, multipart, uploads_of

__all__ = ["ContactSort", "Contacts"]

ContactSort: TypeAlias = (
    Literal["name", "email", "phone_number", "last_activity_at", "created_at", "company_name", "city", "country"]
    | Literal["-name", "-email", "-phone_number", "-last_activity_at", "-created_at"]
    | Literal["-company_name", "-city", "-country"]
)
"""What contacts are sorted by; ``-`` turns it round (contract 5.6)."""


class Contacts(Resource):
    """Contacts, with the token of an agent or administrator (contract 5.6).

    A bot's token may do none of this: the platform answers 401 (contract 4.7), so a client that has only a bot's token
    raises :class:`~criabot.errors.CredentialMissing` before a call leaves. To delete, import and export needs an
    administrator's; an agent's is refused with :class:`~criabot.errors.Unauthorized`.

    A contact is a :class:`~criabot.platform.answers.contacts.ContactDetails`: ``id``, ``name``, ``email``,
    ``phone_number``, ``identifier``, ``blocked``, ``thumbnail``, ``additional_attributes`` (the platform's own, such as
    ``city`` and ``company_name``), ``custom_attributes`` (the account's), ``availability_status`` (``online`` or
    ``offline``), ``last_activity_at`` and ``created_at`` in epoch seconds, and ``contact_inboxes``: where he is known
    and by which ``source_id``. His labels are not among it; `labels` asks for them.

    ``email``, ``phone_number`` and ``identifier`` belong to one contact of the account each.
    """

    name = "contacts"

    async def list(
        self,
        *,
        page: int | None = None,
        sort: ContactSort | None = None,
        labels: Sequence[str] | None = None,
        include_contact_inboxes: bool | None = None,
    ) -> ContactPage:
        """A page of the contacts that have an e-mail, a phone number or an identifier (contract 5.6).

        Args:
            page: from 1 on, 15 contacts each; an empty one is past the end.
            sort: what by.
            labels: only those who have one of them.
            include_contact_inboxes: False leaves ``contact_inboxes`` out.
        """
        params = {"page": page, "sort": sort, "labels": labels, "include_contact_inboxes": include_contact_inboxes}
        return (await self._ask("list", params=params)).read(ContactPage)

    async def each(
        self,
        *,
        sort: ContactSort = "created_at",
        labels: Sequence[str] | None = None,
        include_contact_inboxes: bool | None = None,
    ) -> AsyncIterator[ContactDetails]:
        """Every contact that `list` has, page by page, none twice (contract 5.2).

        By default the oldest first, so that those who come in between are at the end.
        """

        async def rows(page: int) -> builtins.list[ContactDetails]:
            found = await self.list(
                page=page, sort=sort, labels=labels, include_contact_inboxes=include_contact_inboxes
            )
            return found.payload

        async for contact in each_row(rows):
            yield contact

    async def active(self, *, page: int | None = None) -> ContactPage:
        """A page of those who are online now (contract 5.6)."""
        return (await self._ask("active", params={"page": page})).read(ContactPage)

    async def search(self, q: str, *, page: int | None = None, sort: ContactSort | None = None) -> ContactPage:
        """A page of those in whose name, e-mail, phone number or identifier a text occurs (contract 5.6).

        Of an account 100 such calls a minute are let through (contract 5.10). From 4.11.2 on ``meta.has_more`` tells
        whether there is a next page, and ``meta.count`` counts this page only (contract 5.2).

        Args:
            q: the text, in capitals or not; a blank one finds nobody.
            page: from 1 on, 15 contacts each.
            sort: what by.
        """
        return (await self._ask("search", params={"q": q, "page": page, "sort": sort})).read(ContactPage)

    async def each_found(self, q: str, *, sort: ContactSort | None = None) -> AsyncIterator[ContactDetails]:
        """Every contact that `search` finds, page by page, none twice (contract 5.2)."""

        async def rows(page: int) -> builtins.list[ContactDetails]:
            return (await self.search(q, page=page, sort=sort)).payload

        async for contact in each_row(rows):
            yield contact

    async def filter(self, conditions: Iterable[Condition], *, page: int | None = None) -> ContactPage:
        """A page of those whom conditions hold for, among the contacts that `list` has (contract 5.6).

        Raises:
            Unprocessable: a key or operator that the platform does not know, such as of a custom attribute that is not
                defined in the account.
            ValueError: the conditions are not joined.
        """
        body = {"payload": conditions_json(conditions)}
        return (await self._ask("filter", json=body, params={"page": page})).read(ContactPage)

    async def each_filtered(self, conditions: Iterable[Condition]) -> AsyncIterator[ContactDetails]:
        """Everybody whom `filter` finds, page by page, none twice (contract 5.2)."""
        wanted = [*conditions]

        async def rows(page: int) -> builtins.list[ContactDetails]:
            return (await self.filter(wanted, page=page)).payload

        async for contact in each_row(rows):
            yield contact

    async def find_by_email(self, email: str) -> ContactDetails | None:
        """Who has exactly this e-mail, in capitals or not (contract 5.6); None when nobody has.

        The platform can only search for what contains it, which others may, too: they are left out here.
        """
        return await self._first(email, lambda contact: (contact.email or "").lower() == email.lower())

    async def find_by_phone_number(self, phone_number: str) -> ContactDetails | None:
        """Who has exactly this number, in E.164 as the platform keeps it (contract 5.6); None when nobody has.

        Searched for as in `find_by_email`.
        """
        return await self._first(phone_number, lambda contact: contact.phone_number == phone_number)

    async def find_by_identifier(self, identifier: str) -> ContactDetails | None:
        """Who has exactly this identifier (contract 5.6); None when nobody has. Searched for as in `find_by_email`."""
        return await self._first(identifier, lambda contact: contact.identifier == identifier)

    async def _first(self, q: str, is_it: Callable[[ContactDetails], bool]) -> ContactDetails | None:
        async for contact in self.each_found(q):
            if is_it(contact):
                return contact
        return None

    async def find_by_source_id(self, inbox: int | Identified, source_id: str) -> ContactDetails:
        """Who is called so in an inbox (contract 5.6).

        Raises:
            NotFound: nobody is, or there is no such inbox.
        """
        body = {"inbox_id": number_of(inbox), "source_id": source_id}
        return (await self._ask("find_by_source_id", json=body)).read(ContactDetails)

    async def create(
        self,
        *,
        name: str | NotGiven = NOT_GIVEN,
        email: str | NotGiven = NOT_GIVEN,
        phone_number: str | NotGiven = NOT_GIVEN,
        identifier: str | NotGiven = NOT_GIVEN,
        blocked: bool | NotGiven = NOT_GIVEN,
        avatar_url: str | NotGiven = NOT_GIVEN,
        additional_attributes: Mapping[str, Any] | NotGiven = NOT_GIVEN,
        custom_attributes: Mapping[str, Any] | NotGiven = NOT_GIVEN,
        inbox: int | Identified | None = None,
        source_id: str | NotGiven = NOT_GIVEN,
    ) -> CreatedContact:
        """A new contact, and what he is called in the inbox if one is named (contract 5.6).

        Args:
            name: what agents see.
            email: his alone in the account.
            phone_number: in E.164, such as ``+5581999990000``; his alone in the account.
            identifier: his number in your own system; his alone in the account.
            blocked: whether his messages are ignored.
            avatar_url: of a JPEG or PNG, which the platform fetches; `set_avatar` takes a file.
            additional_attributes: the platform's own, such as ``city``, ``country``, ``company_name``.
            custom_attributes: the account's.
            inbox: where he becomes known.
            source_id: what he is called there; not given, the platform chooses where the channel lets it.

        Raises:
            Unprocessable: an e-mail, number or identifier is taken or invalid.
        """
        body = given(
            name=name,
            email=email,
            phone_number=phone_number,
            identifier=identifier,
            blocked=blocked,
            avatar_url=avatar_url,
            additional_attributes=additional_attributes,
            custom_attributes=custom_attributes,
            inbox_id=NOT_GIVEN if inbox is None else number_of(inbox),
            source_id=source_id,
        )
        return (await self._ask("create", json=body)).read(CreatedContact)

    async def show(self, contact: int | Identified) -> ContactDetails:
        """The contact as he is now (contract 5.6)."""
        return (await self._ask("show", contact)).read(ContactDetails)

    async def update(
        self,
        contact: int | Identified,
        *,
        name: str | NotGiven = NOT_GIVEN,
        email: str | NotGiven | None = NOT_GIVEN,
        phone_number: str | NotGiven | None = NOT_GIVEN,
        identifier: str | NotGiven | None = NOT_GIVEN,
        blocked: bool | NotGiven = NOT_GIVEN,
        avatar_url: str | NotGiven = NOT_GIVEN,
        additional_attributes: Mapping[str, Any] | NotGiven = NOT_GIVEN,
        custom_attributes: Mapping[str, Any] | NotGiven = NOT_GIVEN,
    ) -> ContactDetails:
        """Change what is given and leave the rest, and the contact as he then is (contract 5.6).

        Both maps of attributes are *merged*, unlike a conversation's: keys that are given are set, all others stay.
        `destroy_custom_attributes` takes custom ones away.

        Args:
            contact: his number, or himself.
            name: what agents see.
            email: his alone in the account; None clears it.
            phone_number: in E.164, his alone in the account; None clears it.
            identifier: his alone in the account; None clears it.
            blocked: whether his messages are ignored.
            avatar_url: of a JPEG or PNG, which the platform fetches.
            additional_attributes: the platform's own to set.
            custom_attributes: the account's to set.

        Raises:
            Unprocessable: an e-mail, number or identifier is taken or invalid.
        """
        body = given(
            name=name,
            email=email,
            phone_number=phone_number,
            identifier=identifier,
            blocked=blocked,
            avatar_url=avatar_url,
            additional_attributes=additional_attributes,
            custom_attributes=custom_attributes,
        )
        return (await self._ask("update", contact, json=body)).read(ContactDetails)

    async def set_avatar(self, contact: int | Identified, avatar: Path | Upload) -> ContactDetails:
        """Give a contact a picture from a file, JPEG or PNG (contract 5.6)."""
        form = multipart({}, await asyncio.to_thread(uploads_of, [avatar]), "avatar")
        return (await self._ask("update", contact, form=form)).read(ContactDetails)

    async def destroy_custom_attributes(self, contact: int | Identified, keys: Iterable[str]) -> ContactDetails:
        """Take custom attributes off a contact by their keys, and the contact as he then is (contract 5.6).

        Raises:
            TypeError: one text instead of a list of keys.
        """
        body = {"custom_attributes": _texts(keys, "destroy_custom_attributes takes a list of keys")}
        return (await self._ask("destroy_custom_attributes", contact, json=body)).read(ContactDetails)

    async def delete(self, contact: int | Identified) -> None:
        """Delete a contact; administrators only, and no webhook tells of it (contract 2.9 and 5.6).

        Raises:
            Unprocessable: he is online.
        """
        await self._ask("delete", contact)

    async def merge(self, base_contact: int | Identified, mergee_contact: int | Identified) -> ContactDetails:
        """Make two contacts one, and the one who stays (contract 5.6).

        The base keeps what he has and gets what he lacks; the other's conversations become his, and the other is
        deleted. Every message that the other sent comes as ``message_updated`` once more (contract 2.9).

        Args:
            base_contact: who stays.
            mergee_contact: who ceases to exist.

        Raises:
            NotFound: one of them does not exist (any more).
        """
        body = {"base_contact_id": number_of(base_contact), "mergee_contact_id": number_of(mergee_contact)}
        return (await self._ask("merge", json=body)).read(ContactDetails)

    async def conversations(self, contact: int | Identified) -> builtins.list[ConversationDetails]:
        """His latest 20 conversations, among those that the token's owner may see (contract 5.6)."""
        return (await self._ask("conversations", contact)).read(builtins.list[ConversationDetails])

    async def labels(self, contact: int | Identified) -> builtins.list[str]:
        """His labels (contract 5.6)."""
        return (await self._ask("labels", contact)).read(builtins.list[str])

    async def set_labels(self, contact: int | Identified, labels: Iterable[str]) -> builtins.list[str]:
        """Replace *all* his labels, and those he then has (contract 5.6).

        Raises:
            TypeError: one text instead of a list of labels, which would clear them all.
        """
        body = {"labels": _texts(labels, "set_labels takes a list of labels")}
        return (await self._ask("set_labels", contact, json=body)).read(builtins.list[str])

    async def add_labels(self, contact: int | Identified, labels: Iterable[str]) -> builtins.list[str]:
        """Give him more labels, and those he then has (contract 5.6).

        The platform can only replace them all, so they are read first: what somebody else changes between the two calls
        is undone.

        Raises:
            TypeError: one text instead of a list of labels.
        """
        more = _texts(labels, "add_labels takes a list of labels")
        return await self.set_labels(contact, dict.fromkeys([*await self.labels(contact), *more]))

    async def remove_labels(self, contact: int | Identified, labels: Iterable[str]) -> builtins.list[str]:
        """Take labels off him, and those he then has; read and replaced as in `add_labels` (contract 5.6).

        Raises:
            TypeError: one text instead of a list of labels.
        """
        gone = _texts(labels, "remove_labels takes a list of labels")
        return await self.set_labels(contact, [each for each in await self.labels(contact) if each not in gone])

    async def contactable_inboxes(self, contact: int | Identified) -> builtins.list[InboxPlace]:
        """Where a conversation with him can be begun, and by which ``source_id`` (contract 5.6).

        Facebook, Instagram and Telegram are never among them: there the contact has to write first.
        """
        return (await self._ask("contactable_inboxes", contact)).read(builtins.list[InboxPlace])

    async def create_contact_inbox(
        self, contact: int | Identified, inbox: int | Identified, *, source_id: str | None = None
    ) -> InboxPlace:
        """Make a contact known in one more inbox (contract 5.6).

        Args:
            contact: his number, or himself.
            inbox: its number, or the inbox.
            source_id: what he is called there; only some channels can tell it from his number or e-mail, or choose it.

        Raises:
            ServerError: somebody else is called so in this inbox.
        """
        body = {"inbox_id": number_of(inbox)} | ({"source_id": source_id} if source_id is not None else {})
        return (await self._ask("create_contact_inbox", contact, json=body)).read(InboxPlace)

    async def import_csv(self, file: Path | bytes) -> None:
        """Have contacts imported from a CSV file, its first line the columns; administrators only (contract 5.6).

        A file on disk is read piece by piece while it travels. The platform imports it later, in the background.
        """
        table = file if isinstance(file, Path) else Upload("contacts.csv", file, "text/csv")
        form = multipart({}, await asyncio.to_thread(uploads_of, [table]), "import_file")
        await self._ask("import_csv", form=form)

    async def export(
        self,
        *,
        column_names: Sequence[str] | None = None,
        conditions: Iterable[Condition] = (),
        label: str | None = None,
    ) -> None:
        """Have a CSV file of contacts sent to the token's owner by e-mail, later; administrators only (contract 5.6).

        Args:
            column_names: such as ``id``, ``name``, ``email``, ``phone_number``; the platform's choice when not given.
            conditions: as in `filter`; all contacts that `list` has without.
            label: only those who have it.
        """
        body: dict[str, Any] = {} if column_names is None else {"column_names": [*column_names]}
        if wanted := conditions_json(conditions):
            body["payload"] = wanted
        if label is not None:
            body["label"] = label
        await self._ask("export", json=body)


def _texts(texts: Iterable[str], should: str) -> list[str]:
    """The texts as a list.

    Raises:
        TypeError: it is one text, whose letters would be taken for texts.
    """
    if isinstance(texts, str):
        raise TypeError(f"{should}, not one text")
    return list(texts)
