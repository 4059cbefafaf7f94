"""The people of an account (contract 5.4 and 5.7)."""

from __future__ import annotations

from criabot.platform.parts import Id, Part

__all__ = ["Agent"]


class Agent(Part):
    """An agent or administrator (contract 5.4).

    Attributes:
        availability_status: ``online``, ``busy`` or ``offline``, as the platform sees it now: who is away is
            ``offline``, whatever was set.
        available_name: the name that customers see.
        confirmed: whether the e-mail address is.
        role: ``agent``, ``administrator`` or a later server's text.
    """

    shown = ("id", "role")

    id: Id
    account_id: Id | None = None
    availability_status: str | None = None
    auto_offline: bool | None = None
    confirmed: bool | None = None
    email: str | None = None
    provider: str | None = None
    available_name: str | None = None
    name: str | None = None
    role: str | None = None
    custom_role_id: Id | None = None
    thumbnail: str | None = None
