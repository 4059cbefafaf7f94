"""Calls of the Platform API."""

from __future__ import annotations

from typing import Any

from criabot.platform.answers.account import Profile
from criabot.platform.answers.installation import PlatformAccount
from tests.platform.cases import Case

__all__ = ["INSTALLATION"]

ACCOUNT: dict[str, Any] = {
    "locale": "pt_BR",
    "domain": "example.com",
    "support_email": "support@example.com",
    "status": "suspended",
    "limits": {"agents": 5},
    "custom_attributes": {"plan": "small"},
}
BOT: dict[str, Any] = {
    "description": "d",
    "outgoing_url": "https://bot.example.com/hook",
    "account_id": 8,
    "avatar_url": "https://example.com/a.png",
}
USER: dict[str, Any] = {"password": "Passw0rd!", "display_name": "Ana", "custom_attributes": {"team": "north"}}

INSTALLATION = {
    "platform_accounts.create": [
        Case(lambda c: c.platform.accounts.create("Loja"), {"name": "Loja"}),
        Case(lambda c: c.platform.accounts.create("Loja", **ACCOUNT), {"name": "Loja", **ACCOUNT}),
    ],
    "platform_accounts.show": [
        Case(lambda c: c.platform.accounts.show(8), places=(8,)),
        Case(lambda c: c.platform.accounts.show(PlatformAccount(id=8)), places=(8,)),
    ],
    "platform_accounts.update": [
        Case(lambda c: c.platform.accounts.update(8, status="active"), {"status": "active"}, places=(8,)),
        Case(
            lambda c: c.platform.accounts.update(8, name="Outra", domain=None, support_email=None),
            {"name": "Outra", "domain": None, "support_email": None},
            places=(8,),
        ),
        Case(lambda c: c.platform.accounts.update(8, **ACCOUNT), ACCOUNT, places=(8,)),
    ],
    "platform_accounts.delete": [Case(lambda c: c.platform.accounts.delete(8), places=(8,))],
    "account_users.list": [Case(lambda c: c.platform.account_users.list(8), places=(8,))],
    "account_users.add": [
        Case(
            lambda c: c.platform.account_users.add(PlatformAccount(id=8), Profile(id=5), "agent"),
            {"user_id": 5, "role": "agent"},
            places=(8,),
        )
    ],
    "account_users.remove": [Case(lambda c: c.platform.account_users.remove(8, 5), {"user_id": 5}, places=(8,))],
    "platform_agent_bots.list": [Case(lambda c: c.platform.agent_bots.list())],
    "platform_agent_bots.create": [
        Case(lambda c: c.platform.agent_bots.create("Robô"), {"name": "Robô"}),
        Case(lambda c: c.platform.agent_bots.create("Robô", **BOT), {"name": "Robô", **BOT}),
    ],
    "platform_agent_bots.show": [Case(lambda c: c.platform.agent_bots.show(2), places=(2,))],
    "platform_agent_bots.update": [
        Case(lambda c: c.platform.agent_bots.update(2, name="Outro", **BOT), {"name": "Outro", **BOT}, places=(2,)),
        Case(
            lambda c: c.platform.agent_bots.update(2, description=None, account_id=None),
            {"description": None, "account_id": None},
            places=(2,),
        ),
    ],
    "platform_agent_bots.delete": [Case(lambda c: c.platform.agent_bots.delete(2), places=(2,))],
    "users.create": [
        Case(
            lambda c: c.platform.users.create("Ana Lima", "ana@example.com"),
            {"name": "Ana Lima", "email": "ana@example.com"},
        ),
        Case(
            lambda c: c.platform.users.create("Ana Lima", "ana@example.com", **USER),
            {"name": "Ana Lima", "email": "ana@example.com", **USER},
        ),
    ],
    "users.show": [Case(lambda c: c.platform.users.show(Profile(id=5)), places=(5,))],
    "users.update": [
        Case(lambda c: c.platform.users.update(5, display_name=None), {"display_name": None}, places=(5,)),
        Case(
            lambda c: c.platform.users.update(5, name="Ana", email="ana@example.com", **USER),
            {"name": "Ana", "email": "ana@example.com", **USER},
            places=(5,),
        ),
    ],
    "users.delete": [Case(lambda c: c.platform.users.delete(5), places=(5,))],
    "users.login_url": [Case(lambda c: c.platform.users.login_url(5), places=(5,))],
}
