"""What belongs to the whole installation: accounts, their users.

Never recorded: the Platform API takes a token that only a super administrator can make (contract 4.7). The fields are
those of the platform's own description; whatever else comes is kept. Users are
:class:`~criabot.platform.answers.account.Profile`, bots :class:`~criabot.platform.answers.integrations.AgentBot`.
"""

from __future__ import annotations

from criabot.platform.parts import Id, JsonObject, Part

__all__ = ["AccountUser", "PlatformAccount"]


class PlatformAccount(Part):
    """An account of the installation; ``status`` is ``active`` or ``suspended``."""

    id: Id
    name: str | None = None
    locale: str | None = None
    domain: str | None = None
    support_email: str | None = None
    status: str | None = None
    limits: JsonObject | None = None
    custom_attributes: JsonObject | None = None


class AccountUser(Part):
    """That a user belongs to an account, as ``agent`` or ``administrator``."""

    shown = ("account_id", "user_id", "role")

    account_id: Id | None = None
    user_id: Id | None = None
    role: str | None = None
