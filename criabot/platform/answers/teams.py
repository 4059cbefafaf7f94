"""Teams (contract 5.4 and 5.7)."""

from __future__ import annotations

from criabot.platform.parts import Id, Team, Time

__all__ = ["TeamDetails"]


class TeamDetails(Team):
    """A team, whose name the platform keeps in lower case (contract 5.4).

    Attributes:
        allow_auto_assign: whether a conversation of the team is given to one of its members by the platform.
        is_member: whether the owner of the token belongs to it; absent where a conversation was assigned to it.
        created_at: ISO-8601, only where a conversation was assigned to it.
        updated_at: likewise.
    """

    description: str | None = None
    allow_auto_assign: bool | None = None
    account_id: Id | None = None
    is_member: bool | None = None
    created_at: Time | None = None
    updated_at: Time | None = None
