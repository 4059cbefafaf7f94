"""Tokens that the server can read back: of the widget's visitors and of files (contract 2.1.7, 3.6)."""

from __future__ import annotations

import base64
import hmac
import json
import secrets

from criabot.testing.platform.times import iso
from criabot.testing.platform.world import Json

__all__ = ["read_id", "read_token", "signed_id", "signed_token"]

KEY = secrets.token_bytes(32)
HEADER = {"alg": "HS256"}


def signed_id(value: str, purpose: str, until: float | None = None) -> str:
    """A value for a purpose, as the addresses of files carry it; `until`: epoch seconds."""
    inner = {"message": base64.b64encode(value.encode()).decode(), "exp": iso(until), "pur": purpose}
    text = base64.b64encode(json.dumps({"_rails": inner}, separators=(",", ":")).encode()).decode()
    return f"{text}--{_digest(text, 'sha1').hex()}"


def read_id(signed: str, purpose: str, now: float) -> str | None:
    """The value; None if it is not ours, of another purpose or too old."""
    text, _, digest = signed.rpartition("--")
    if not _is_same(digest, _digest(text, "sha1").hex()):
        return None
    inner: Json = json.loads(base64.b64decode(text))["_rails"]
    is_over = inner["exp"] is not None and inner["exp"] < str(iso(now))
    return None if is_over or inner["pur"] != purpose else base64.b64decode(inner["message"]).decode()


def signed_token(payload: Json) -> str:
    """A JSON Web Token."""
    text = f"{_part(json.dumps(HEADER).encode())}.{_part(json.dumps(payload).encode())}"
    return f"{text}.{_part(_digest(text, 'sha256'))}"


def read_token(token: str, now: float) -> Json:
    """The payload; empty if the token is not ours or too old."""
    text, _, digest = token.rpartition(".")
    if not _is_same(digest, _part(_digest(text, "sha256"))):
        return {}
    part = text.partition(".")[2]
    payload: Json = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return payload if payload.get("exp", now) >= now else {}


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _digest(text: str, algorithm: str) -> bytes:
    return hmac.digest(KEY, text.encode(), algorithm)


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
