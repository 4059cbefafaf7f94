"""Addresses of webhooks: made, recognised, and shown without their secrets."""

from __future__ import annotations

import pytest

from criabot.errors import ConfigurationError
from criabot.setup.addresses import Addresses, is_public, place_of, root_of

SECRET = "an-unguessable-path"
HERE = Addresses("https://bot.example.com", SECRET)


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("https://bot.example.com", "https://bot.example.com"),
        ("https://Bot.Example.com/", "https://bot.example.com"),
        ("https://bot.example.com:443", "https://bot.example.com"),
        ("http://127.0.0.1:8080/shop/", "http://127.0.0.1:8080/shop"),
        ("https://user:word@bot.example.com", "https://user:word@bot.example.com"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_root(given: str, root: str) -> None:
    assert root_of(given) == root
    place = place_of(Addresses(root, SECRET).of("account"))
    assert place is not None
    assert (place.root, place.path_secret, place.sender) == (root, SECRET, "account")


@pytest.mark.parametrize(
    "given",
    [
        "bot.example.com",
        "ftp://bot.example.com",
        "https://",
        "https://x/?a=b",
        "https://x/#a",
        HERE.of("account"),
        "h:",
    ],
)
def test_no_root(given: str) -> None:
    with pytest.raises(ConfigurationError, match=r"such as https://bot\.example\.com"):
        root_of(given)


@pytest.mark.parametrize("url", [None, "", "https://n8n.example.com/hook", "http://[bad", "https://x/webhooks/a/other"])
def test_no_address_of_ours(url: str | None) -> None:
    assert place_of(url) is None
    assert not HERE.is_here(url)


def test_no_secret_is_shown() -> None:
    assert HERE.shown(HERE.of("agent-bot")) == "https://bot.example.com/webhooks/…/agent-bot"
    other = Addresses("https://bot.example.com", "another-secret-path")
    assert HERE.shown(other.of("account")) == "https://bot.example.com/webhooks/(another path secret)/account"
    assert HERE.shown("https://me:word@n8n.example.com/hook?key=1") == "https://n8n.example.com/…"
    secret = Addresses("https://me:word@bot.example.com", SECRET)
    assert "word" not in secret.shown(secret.of("account"))
    assert HERE.shown(None) == ""
    assert SECRET not in repr(HERE)


def test_private_addresses_are_none_of_the_internet() -> None:
    assert is_public("1.1.1.1")
    for address in ("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.1.1", "::1", "fe80::1%eth0", "fd00::1"):
        assert not is_public(address)
