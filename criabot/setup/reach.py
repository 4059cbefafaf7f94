"""Whether the platform can reach an address (contract 1.3 and 8.32)."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass

from yarl import URL

from criabot.platform.versions import at_least
from criabot.setup.addresses import is_public

__all__ = ["REFUSED_SINCE", "Reach", "reach_of"]

REFUSED_SINCE = "4.14.0"
RESOLVE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Reach:
    """How an address looks from here.

    Attributes:
        is_https: whether it is encrypted.
        is_known: whether the host has an address at all.
        private: its addresses that are none of the internet.
    """

    is_https: bool
    is_known: bool
    private: tuple[str, ...]

    def problem(self, version: str) -> str:
        """Why the platform may not post there; empty when it may."""
        if not self.is_known:
            return "no such host is known here"
        if self.private:
            means = "refuses them" if at_least(version, REFUSED_SINCE) else f"would refuse them from {REFUSED_SINCE} on"
            return (
                f"{', '.join(self.private)} is no address of the internet: the platform {means}, unless it runs with "
                "SAFE_FETCH_ALLOW_PRIVATE_NETWORK=true"
            )
        return ""


async def reach_of(root: str) -> Reach:
    """Look an address up."""
    url = URL(root)
    is_https = url.scheme == "https"
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return Reach(is_https, is_known=False, private=())
    addresses = dict.fromkeys(str(place[0]) for *_kind, place in found)
    return Reach(is_https, is_known=True, private=tuple(each for each in addresses if not is_public(each)))
