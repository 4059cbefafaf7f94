"""The customer, as handlers see them."""

from __future__ import annotations

from typing import Any

from criabot.platform import ContactData

__all__ = ["Contact"]


class Contact:
    """A customer (contract 2.1.2), as the event showed them."""

    data: ContactData

    def __init__(self, data: ContactData) -> None:
        self.data = data

    @property
    def id(self) -> int:
        """The contact's id in the account."""
        return self.data.id

    @property
    def name(self) -> str:
        """The full name, empty when unknown."""
        return self.data.name or ""

    @property
    def first_name(self) -> str:
        """The first word of the name."""
        return self.name.split(maxsplit=1)[0] if self.name.strip() else ""

    @property
    def email(self) -> str | None:
        """The e-mail address, where known."""
        return self.data.email

    @property
    def phone_number(self) -> str | None:
        """The phone number with ``+`` and country, where known."""
        return self.data.phone_number

    @property
    def identifier(self) -> str | None:
        """Your own key of the customer, where one was set."""
        return self.data.identifier

    @property
    def blocked(self) -> bool:
        """Whether the team blocked them."""
        return bool(self.data.blocked)

    @property
    def custom_attributes(self) -> dict[str, Any]:
        """The team's own fields."""
        return self.data.custom_attributes or {}

    @property
    def additional_attributes(self) -> dict[str, Any]:
        """What the channel knows: city, social profiles, ad data."""
        return self.data.additional_attributes or {}

    def __repr__(self) -> str:
        return f"Contact(id={self.id})"
