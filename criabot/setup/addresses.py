"""Where webhooks go: the addresses of a bot's three ways in, and how they may be shown.

An address holds the path secret, which is a secret as any other: what people see is `Addresses.shown`.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from yarl import URL

from criabot.errors import ConfigurationError

__all__ = ["SIGNS_SINCE", "Addresses", "SenderName", "fresh_path_secret", "is_public", "place_of", "root_of"]

SenderName: TypeAlias = Literal["agent-bot", "account", "api-inbox"]
"""The last part of an address, one for each of the platform's senders (contract 1.1)."""

SIGNS_SINCE: Mapping[SenderName, str] = {"agent-bot": "4.13.0", "account": "4.11.2", "api-inbox": "4.13.0"}
"""The first server version in which each of them signs (contract 0.2)."""

PATH = re.compile(r"(?P<prefix>.*)/webhooks/(?P<secret>[^/]+)/(?P<sender>agent-bot|account|api-inbox)/?")


@dataclass(frozen=True, slots=True)
class Place:
    """An address taken apart.

    Attributes:
        root: scheme, host, port and what comes before ``/webhooks``; without a slash at the end.
        path_secret: as it stands there.
        sender: for whom it is.
    """

    root: str
    path_secret: str = field(repr=False)
    sender: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of a bot.

    Attributes:
        root: such as ``https://bot.example.com``.
        path_secret: the part that nobody can guess.
    """

    root: str
    path_secret: str = field(repr=False)

    def of(self, sender: SenderName) -> str:
        """Where a sender is to post."""
        return f"{self.root}/webhooks/{self.path_secret}/{sender}"

    def is_here(self, url: str | None, sender: str | None = None) -> bool:
        """Whether an address leads to this host's webhooks, if need be those of a sender; whatever its path secret."""
        place = place_of(url)
        return place is not None and place.root == self.root and sender in (None, place.sender)

    def is_ours(self, url: str | None) -> bool:
        """Whether an address leads to this very bot: the host has its path secret, too."""
        place = place_of(url)
        return place is not None and (place.root, place.path_secret) == (self.root, self.path_secret)

    def brief(self, url: str | None) -> str:
        """The same as `shown`, shorter for the bot's own addresses: ``…/agent-bot``."""
        place = place_of(url)
        return f"…/{place.sender}" if place is not None and self.is_ours(url) else self.shown(url)

    def shown(self, url: str | None) -> str:
        """An address without its secrets; empty for none."""
        place = place_of(url)
        if not url:
            return ""
        if place is None:  # somebody else's: the path of such an address is often its secret
            return _origin(url)
        secret = "…" if place.path_secret == self.path_secret else "(another path secret)"
        return f"{_bare(place.root)}/webhooks/{secret}/{place.sender}"


def root_of(text: str) -> str:
    """The root of the addresses that a user gave, such as ``https://bot.example.com``.

    Raises:
        ConfigurationError: it is no http or https address, or has more than a path.
    """
    try:
        url = URL(text)
        is_root = url.scheme in ("http", "https") and bool(url.host) and not url.query_string and not url.fragment
    except ValueError:
        is_root = False
    if not is_root or "/webhooks/" in text:
        raise ConfigurationError(
            "The URL must be the address of the bot as the platform reaches it, such as https://bot.example.com: "
            "without /webhooks/…, which is added."
        )
    return _root(url)


def place_of(url: str | None) -> Place | None:
    """An address taken apart; None when it is not one of criabot's."""
    try:
        parsed = URL(url or "")
        found = PATH.fullmatch(parsed.path)
        if found is None or parsed.scheme not in ("http", "https") or not parsed.host:
            return None
    except ValueError:
        return None
    return Place(_root(parsed.with_path(found["prefix"] or "/")), found["secret"], found["sender"])


def fresh_path_secret() -> str:
    """A path secret that nobody can guess."""
    return secrets.token_urlsafe(18)


def is_public(address: str) -> bool:
    """Whether an IP address can be reached from the internet; platforms from 4.14.0 on post to no other."""
    return ipaddress.ip_address(address.partition("%")[0]).is_global


def _root(url: URL) -> str:
    return str(url.with_query(None).with_fragment(None)).rstrip("/")


def _origin(url: str) -> str:
    """Whose an address is."""
    try:
        return f"{URL(url).origin()}/…"
    except ValueError:
        return "(no address)"


def _bare(url: str) -> str:
    """Without user, password and query."""
    try:
        return str(URL(url).with_user(None).with_query(None).with_fragment(None))
    except ValueError:
        return "(no address)"
