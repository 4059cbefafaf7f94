"""Which addresses may be asked for a file (contract 8.37): those on the internet.

Where the platform itself has a private address, so may its files. What only means this machine's link, such as the
metadata of a cloud, or many machines at once is never asked.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

__all__ = ["AddressRefused", "Addresses"]

Address: TypeAlias = IPv4Address | IPv6Address

NAT64 = IPv6Network("64:ff9b::/96")
PROTOCOLS = IPv4Network("192.0.0.0/24")


class AddressRefused(Exception):
    """An address is not asked; says why."""


class Addresses(AbstractResolver):
    """Looks hosts up for a session, and refuses addresses as they are found: nobody can change them in between.

    Args:
        platform: the base URL of the platform.
    """

    def __init__(self, platform: URL) -> None:
        self._platform = platform
        self._resolver: AbstractResolver = DefaultResolver()
        self._platform_is_private: bool | None = None

    async def check(self, url: URL) -> None:
        """Refuse what is no web address, and a host that is a number, which is never looked up.

        Raises:
            AddressRefused: it may not be asked.
        """
        if url.scheme not in ("http", "https") or not url.host:
            raise AddressRefused("its address is none of the web")
        if ":" in url.host or url.host.replace(".", "").isdigit():
            await self._admit(url.host)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host.

        Raises:
            AddressRefused: one of them may not be asked.
            OSError: the host is unknown.
        """
        found = await self._resolver.resolve(host, port, family)
        for each in found:
            await self._admit(each["host"])
        return found

    async def close(self) -> None:
        """Release what looks up hosts."""
        await self._resolver.close()

    async def _admit(self, host: str) -> None:
        try:
            address = _meant(ip_address(host))
        except ValueError:
            raise AddressRefused("its address is no proper number") from None
        if _is_public(address):
            return
        if address.is_link_local or address.is_multicast or not await self._is_private():
            raise AddressRefused("its address is not on the internet")

    async def _is_private(self) -> bool:
        """Whether the platform is on a private network."""
        if self._platform_is_private is None:
            try:
                found = await self._resolver.resolve(self._platform.host or "", 0, socket.AF_UNSPEC)
            except OSError:  # nobody knows: then it is not
                found = []
            self._platform_is_private = not all(_is_public(_meant(ip_address(each["host"]))) for each in found)
        return self._platform_is_private


def _is_public(address: Address) -> bool:
    if address in PROTOCOLS or (isinstance(address, IPv6Address) and address.is_site_local):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _meant(address: Address) -> Address:
    """The address that one of IPv4 wrapped into one of IPv6 leads to."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
