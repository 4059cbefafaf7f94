"""What a refusal means: its error, and what to do about it (contract 5.1 and 8.31).

The status decides, never a human's text: that is localised. Only a 401 has three causes behind one status. Two of them
differ in nothing but a sentence; the contract marks none of these sentences as localised, so they are known here, as
recorded in 01_auth. Any other sentence leaves the cause open.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic_core import from_json

from criabot.errors import (
    ApiRefused,
    BadRequest,
    Forbidden,
    NotAllowed,
    NotFound,
    PaymentRequired,
    RateLimited,
    ServerError,
    TokenMissing,
    TokenUnknown,
    Unauthorized,
    Unprocessable,
)
from criabot.platform.reply import Reply

__all__ = ["refusal"]

REFUSALS: dict[int, tuple[type[ApiRefused], str]] = {
    400: (BadRequest, "The body is not JSON in UTF-8 to the platform; half of an emoji in a text does this"),
    402: (PaymentRequired, "The account's plan does not include this; change the plan, or do without"),
    403: (Forbidden, "The feature is off, or the inbox is of another kind; look at both in the account's settings"),
    404: (NotFound, "There is no such thing, or it is not yours: check the ids, the account's too, and the base URL"),
    422: (
        Unprocessable,
        "A value is invalid: correct it (`fields` names it, where the platform does). A new message may be stored all "
        "the same (contract 3.4): look before posting it again",
    ),
    429: (RateLimited, "Wait for the next minute of the clock, which is what the platform counts by"),
}
"""The error and the advice by status; a 401 is in `CAUSES`."""

CAUSES: dict[type[Unauthorized], str] = {
    TokenMissing: "No token arrived: let the proxy before the platform pass the Api-Access-Token header on",
    TokenUnknown: "The platform does not know the token: copy it again, whole; it may have been reset",
    NotAllowed: (
        "The token is right, but its owner may not do this: a bot's may call few endpoints of its own account, an "
        "agent's only those of his inboxes (contract 4.7). Use an administrator's or agent's token of this account"
    ),
    Unauthorized: (
        "Either no token arrived (does a proxy drop the Api-Access-Token header?), or the token is unknown "
        "(was it copied whole, was it reset?), or its owner may not do this (a bot's token may call few "
        "endpoints, an agent's only those of his inboxes: contract 4.7; use an administrator's or agent's token)"
    ),
}
"""The advice for each cause of a 401."""

SENTENCES: dict[str, type[Unauthorized]] = {
    "Invalid Access Token": TokenUnknown,
    "Access to this endpoint is not authorized for bots": NotAllowed,
    "Bot is not authorized to access this account": NotAllowed,
    "You are not authorized to do this action": NotAllowed,
    "You are not authorized to access this account": NotAllowed,
    "Account is suspended": NotAllowed,
}
"""What the server says with a 401, and what it means."""

FIELD = re.compile(r"[A-Za-z_][\w.]{0,60}", re.ASCII)
MOST_FIELDS = 50
DIGITS = re.compile(r"\d{1,6}", re.ASCII)


def refusal(reply: Reply, endpoint: str) -> ApiRefused:
    """The error of an answer other than 2xx; the message has nothing of its body, which can hold people's data."""
    status = reply.status
    kind: type[ApiRefused]
    if status == 401:
        cause = _cause(reply.body)
        kind, advice = cause, CAUSES[cause]
    else:
        kind, advice = REFUSALS.get(status) or _other(status)
    return kind(
        f"{endpoint}: answered {status}. {advice}",
        endpoint=endpoint,
        status=status,
        request_id=reply.request_id,
        fields=_fields(reply.body) if status == 422 else (),
        retry_after=float(reply.retry_after) if DIGITS.fullmatch(reply.retry_after) else None,
    )


def _cause(body: bytes) -> type[Unauthorized]:
    said = _object(body)
    if isinstance(said.get("errors"), list):
        return TokenMissing
    sentence = said.get("error")
    return SENTENCES.get(sentence, Unauthorized) if isinstance(sentence, str) else Unauthorized


def _fields(body: bytes) -> tuple[str, ...]:
    """The fields that a validation names; never a value."""
    names = _object(body).get("attributes")
    if not isinstance(names, list):
        return ()
    return tuple(name for name in names[:MOST_FIELDS] if isinstance(name, str) and FIELD.fullmatch(name))


def _object(body: bytes) -> dict[str, Any]:
    """A body as a JSON object; empty when it is none."""
    try:
        found = from_json(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _other(status: int) -> tuple[type[ApiRefused], str]:
    if status >= 500:
        return (
            ServerError,
            "A fault of the platform or its proxy; a change may have been made (contract 3.4): look before making it "
            "again",
        )
    if 300 <= status < 400:
        return ApiRefused, "Redirects are not followed with a token; set the base URL to the final address"
    return ApiRefused, "The platform does not answer so itself; look at the proxy before it"
