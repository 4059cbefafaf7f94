"""Every error that criabot raises, in one tree.

A message says what happened, to which conversation or setting, and what to do next. It never holds a
token, a signature, a text of a customer, an e-mail address or a phone number.

    CriabotError
    ├── ConfigurationError        a setting is missing or wrong; a bot file cannot be loaded
    │   ├── SettingsError
    │   ├── BotError              the bot's own code: unknown parameter, no bot in the file, bad state class
    │   └── ScriptError           a line of a chat script that means nothing
    ├── MalformedEvent            a webhook body that is not an event (contract 2)
    ├── ApiError                  the platform refused a call or could not be reached (contract 5.1)
    │   ├── CredentialMissing     never sent: no token at hand may do it
    │   ├── NotSubscribed         the live socket hears nothing (contract 6.2)
    │   ├── DownloadRefused       by us: a file that is too large, or from a place we do not ask
    │   ├── ApiUnreachable        never sent: no connection
    │   ├── ApiOutcomeUnknown     sent, but the answer was lost
    │   └── ApiRefused            answered with a status other than 2xx
    │       ├── BadRequest 400 · PaymentRequired 402 · Forbidden 403
    │       ├── Unauthorized 401
    │       │   └── TokenMissing · TokenUnknown · NotAllowed
    │       ├── NotFound 404 · Unprocessable 422 · RateLimited 429
    │       └── ServerError 5xx
    ├── StoreError                Redis
    │   ├── StoreUnavailable      down, slow, loading
    │   ├── StoreFull             above its memory limit
    │   │   └── QueueFull         too many events of one conversation wait
    │   └── StoreSetupError       no server binary, damaged append-only file, wrong version
    └── StateError                a state that does not fit its class or its size limit
"""

from __future__ import annotations

__all__ = [
    "ApiError",
    "ApiOutcomeUnknown",
    "ApiRefused",
    "ApiUnreachable",
    "BadRequest",
    "BotError",
    "ConfigurationError",
    "CredentialMissing",
    "CriabotError",
    "DownloadRefused",
    "Forbidden",
    "MalformedEvent",
    "NotAllowed",
    "NotFound",
    "NotSubscribed",
    "PaymentRequired",
    "QueueFull",
    "RateLimited",
    "ScriptError",
    "ServerError",
    "SettingsError",
    "StateError",
    "StoreError",
    "StoreFull",
    "StoreSetupError",
    "StoreUnavailable",
    "TokenMissing",
    "TokenUnknown",
    "Unauthorized",
    "Unprocessable",
]


class CriabotError(Exception):
    """The root: catch it to catch everything that criabot itself raises."""


class ConfigurationError(CriabotError):
    """The bot cannot start as it is configured; the message names the setting or the line."""


class SettingsError(ConfigurationError):
    """A ``CRIABOT_*`` setting is missing or has a wrong value."""


class BotError(ConfigurationError):
    """The bot's own code cannot work: an unknown handler parameter, no bot in the file, a bad state class."""


class ScriptError(ConfigurationError):
    """A chat script cannot be read or carried out as it is written; the message names the line."""


class CaptureError(ConfigurationError):
    """Captured webhooks cannot be read, or cannot become scripts; the message names the file and line."""


class MalformedEvent(CriabotError):
    """A webhook body is not a JSON object that the contract knows (section 2); names the place, never the value."""


class ApiError(CriabotError):
    """A call to the platform did not succeed.

    Attributes:
        endpoint: method and path of the call, without host and query, such as
            ``POST /api/v1/accounts/1/conversations/7/messages``.
    """

    def __init__(self, message: str, *, endpoint: str) -> None:
        super().__init__(message)
        self.endpoint = endpoint


class CredentialMissing(ApiError):
    """No token of the client may make the call, so it was not sent (contract 4.7); the message says which it needs."""


class DownloadRefused(ApiError):
    """A file is not fetched: it is too large, or leads to an address that is none of the internet (contract 8.37)."""


class NotSubscribed(ApiError):
    """The live socket hears nothing: its subscription was not confirmed, or is not wanted (contract 6.2)."""


class ApiUnreachable(ApiError):
    """No connection could be made: the platform certainly did not get the call."""


class ApiOutcomeUnknown(ApiError):
    """The call left, but its answer was lost (timeout, reset): the platform may or may not have acted on it."""


class ApiRefused(ApiError):
    """The platform answered with a status other than 2xx.

    Attributes:
        status: the HTTP status.
        request_id: the platform's own name of the call, to find it in its logs; empty where it told none.
        fields: the fields whose values it did not take, where it told them (contract 5.1).
        retry_after: seconds to wait, where a proxy told them; the platform itself never does (contract 5.10).
    """

    def __init__(
        self,
        message: str,
        *,
        endpoint: str,
        status: int,
        request_id: str = "",
        fields: tuple[str, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, endpoint=endpoint)
        self.status = status
        self.request_id = request_id
        self.fields = fields
        self.retry_after = retry_after


class BadRequest(ApiRefused):
    """400: malformed JSON or text that is not UTF-8 (contract 5.1)."""


class Unauthorized(ApiRefused):
    """401: no token, a wrong token, or a token that may not do this (contract 4.7 and 5.1)."""


class TokenMissing(Unauthorized):
    """401: no token arrived (contract 8.31); a proxy may have dropped the header."""


class TokenUnknown(Unauthorized):
    """401: the platform does not know the token (contract 8.31): it was reset, or not copied whole."""


class NotAllowed(Unauthorized):
    """401: the token's owner may not do this (contract 8.31); the platform answers so where others say 403."""


class PaymentRequired(ApiRefused):
    """402: the account's plan does not include this."""


class Forbidden(ApiRefused):
    """403: the feature is off, or the inbox is of another kind."""


class NotFound(ApiRefused):
    """404: no such account, conversation or message."""


class Unprocessable(ApiRefused):
    """422: invalid, or, for a new message, *any* failure, even after it was stored (contract 3.4)."""


class RateLimited(ApiRefused):
    """429: too many calls; the platform counts by the minute of the clock (contract 5.10)."""


class ServerError(ApiRefused):
    """5xx: a fault of the platform or its proxy; for a new message the outcome is unknown (contract 3.4)."""


class StoreError(CriabotError):
    """Redis (or Valkey) cannot do its part."""


class StoreUnavailable(StoreError):
    """Redis is down, unreachable, loading, or slower than the time limit."""


class StoreFull(StoreError):
    """Redis is above its memory limit."""


class QueueFull(StoreFull):
    """A conversation has as many events waiting as it may have; the others are not concerned."""


class StoreSetupError(StoreError, ConfigurationError):
    """The store cannot be used as it is: no server binary, damaged append-only file, too old a version."""


class StateError(CriabotError):
    """A conversation's stored state does not fit its class, or is larger than its limit."""
