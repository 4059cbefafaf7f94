"""Calls of a simulated platform, short."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientSession

from criabot.testing.platform import SimulatedPlatform

__all__ = ["call", "public"]


async def call(platform: SimulatedPlatform, method: str, path: str, body: Any = None, token: str = "") -> Any:
    """Status and JSON of a call of the Application API, by the administrator unless `token` says otherwise."""
    headers = {"Api-Access-Token": token or platform.admin.access_token}
    return await _ask(method, f"{platform.url}/api/v1/accounts/1/{path}", body, headers)


async def public(platform: SimulatedPlatform, method: str, path: str, body: Any = None) -> Any:
    """Status and JSON of a call of the Client API of the first inbox."""
    base = f"{platform.url}/public/api/v1/inboxes/{platform.inbox.channel['identifier']}"
    return await _ask(method, f"{base}/{path}", body, {})


async def _ask(method: str, url: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
    async with (
        ClientSession(headers=headers) as session,
        session.request(method, url, json=body) as response,
    ):
        return response.status, await response.json() if await response.read() else None
