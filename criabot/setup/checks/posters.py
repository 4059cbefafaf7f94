"""Everybody who posts to this bot's host: agent bots, account webhooks, API inboxes (contract 1.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from criabot.setup.addresses import Addresses, SenderName
from criabot.setup.checks.facts import Facts

__all__ = ["Poster", "posters"]

WORDS = {"agent-bot": "agent bot", "account": "account webhook", "api-inbox": "webhook of inbox"}


@dataclass(frozen=True, slots=True)
class Poster:
    """Somebody who posts here.

    Attributes:
        sender: its kind.
        number: its id, an API inbox's own.
        url: where to.
        secret: with which it signs; None where the platform does not tell.
    """

    sender: SenderName
    number: int
    url: str = field(repr=False)
    secret: str | None = field(repr=False)

    @property
    def name(self) -> str:
        """In words."""
        return f"{WORDS[self.sender]} {self.number}"

    def is_right(self, addresses: Addresses) -> bool:
        """Whether it posts to the address of its kind."""
        return self.url == addresses.of(self.sender)


def posters(facts: Facts, addresses: Addresses) -> list[Poster]:
    """All who post to any webhook of this host."""
    found: list[tuple[SenderName, int, str | None, str | None]] = []
    found += [("agent-bot", each.id, each.outgoing_url, each.secret) for each in facts.bots.value or ()]
    found += [("account", each.id, each.url, each.secret) for each in facts.webhooks.value or ()]
    found += [("api-inbox", each.id, each.webhook_url, each.secret) for each in facts.inboxes.value or ()]
    return [
        Poster(sender, number, url, secret) for sender, number, url, secret in found if url and addresses.is_here(url)
    ]
