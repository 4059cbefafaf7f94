"""The settings of a bot: ``CRIABOT_*`` from the environment, then ``criabot.toml``, then the defaults.

Secrets are `SecretStr`: they do not show in a ``repr``, a log or an error.
"""

from __future__ import annotations

import difflib
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AnyHttpUrl, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from criabot.errors import SettingsError

__all__ = ["Settings", "load_settings", "unknown_settings"]

CONFIG_FILE = "criabot.toml"


def _listed(value: Any) -> Any:
    """Several values in one text, separated by commas, as the environment has them."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


SecretList = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_listed)]
Status = Literal["open", "pending", "resolved", "snoozed"]
StatusList = Annotated[frozenset[Status], NoDecode, BeforeValidator(_listed), Field(min_length=1)]


class Settings(BaseSettings):
    """Everything that differs from one installation of a bot to the next.

    Attributes:
        base_url: the platform.
        account_id: the number in ``/app/accounts/<number>/`` of the inbox.
        bot_token: of the agent bot: it acts with it.
        user_token: of an agent, to read what bots may not (contract 4.7); acts when there is no `bot_token`.
        webhook_path_secret: the unguessable part of the webhook's path.
        agent_bot_secret: with which the agent bot's deliveries are signed; several, by comma, while rotating.
        account_secret: the same of the account webhook.
        api_inbox_secret: the same of the API inbox.
        allow_unsigned: accept deliveries of senders that have no secret here: servers before 4.13, automations.
        signature_tolerance: seconds that a signature stays valid.
        redis_url: ``redis://``, ``rediss://`` or ``unix://``; without it a Valkey of its own runs in `data_dir`.
        redis_bin: the server binary for that, when it is not to be found.
        data_dir: where that keeps its data.
        host: to listen on.
        port: to listen on.
        max_body: largest webhook, bytes.
        statuses: in which the bot may speak; ``pending,open`` for an inbox without a connected agent bot.
        concurrency: conversations that are worked on at once.
        handler_timeout: seconds that a handler may take.
        max_attempts: how often an event is tried before it goes to the dead letters and its conversation to a human.
        lease: seconds after which the conversations of a dead process move to another.
        hold: seconds to wait for stragglers so that quick messages can be put in order; 0 for never.
        drain: seconds that running handlers get at shutdown.
        partitions: of the data in Redis; fixed once there is data.
        calls_per_minute: that the platform lets through from the bot's address, all processes together; 0 for no limit.
        log_format: ``text``, ``json``, or ``auto``: text in a terminal.
        log_level: ``debug``, ``info``, ``warning`` or ``error``.
    """

    model_config = SettingsConfigDict(
        env_prefix="CRIABOT_", toml_file=CONFIG_FILE, extra="forbid", hide_input_in_errors=True, env_ignore_empty=True
    )

    base_url: AnyHttpUrl = AnyHttpUrl("https://app.cria.chat")
    account_id: int = Field(ge=1)
    user_token: SecretStr | None = None
    bot_token: SecretStr | None = Field(None, validate_default=True)
    webhook_path_secret: SecretStr
    allow_unsigned: bool = False
    account_secret: SecretList = ()
    api_inbox_secret: SecretList = ()
    agent_bot_secret: SecretList = Field((), validate_default=True)
    signature_tolerance: float = Field(300.0, gt=0)
    redis_url: SecretStr | None = None
    redis_bin: Path | None = None
    data_dir: Path = Path(".criabot")
    host: str = "0.0.0.0"  # noqa: S104 - a webhook receiver is there to be reached
    port: int = Field(8080, ge=0, le=65535)
    max_body: int = Field(1_000_000, ge=10_000)
    statuses: StatusList = frozenset({"pending"})
    concurrency: int = Field(1000, ge=1)
    handler_timeout: float = Field(60.0, gt=0)
    max_attempts: int = Field(5, ge=1)
    lease: float = Field(15.0, ge=0.1, le=3600)
    hold: float = Field(0.25, ge=0, le=60)
    drain: float = Field(20.0, ge=0)
    partitions: int = Field(16, ge=1, le=1024)
    calls_per_minute: int = Field(3000, ge=0)
    log_format: Literal["auto", "text", "json"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @field_validator("bot_token", "user_token")
    @classmethod
    def _sendable(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise PydanticCustomError("token", "copy the token as the platform shows it, without blanks or line ends")
        return value

    @field_validator("webhook_path_secret")
    @classmethod
    def _part_of_a_path(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[\w.~-]{8,}", value.get_secret_value(), re.ASCII):
            raise PydanticCustomError("path", "it takes 8 or more letters, digits, and - . _ ~, being a part of a URL")
        return value

    @field_validator("bot_token")
    @classmethod
    def _some_token(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and info.data.get("user_token") is None:
            raise PydanticCustomError("missing", "missing")
        return value

    @field_validator("agent_bot_secret")
    @classmethod
    def _some_secret(cls, value: tuple[SecretStr, ...], info: ValidationInfo) -> tuple[SecretStr, ...]:
        others = ("account_secret", "api_inbox_secret", "allow_unsigned")
        if not value and not any(info.data.get(other) for other in others):
            raise PydanticCustomError("missing", "missing")
        return value

    @property
    def secrets(self) -> list[str]:
        """Every secret value, for redaction."""
        single = [self.bot_token, self.user_token, self.webhook_path_secret, self.redis_url]
        listed = [*self.agent_bot_secret, *self.account_secret, *self.api_inbox_secret]
        return [secret.get_secret_value() for secret in (*single, *listed) if secret is not None]


HOW_TO_GET = {
    "account_id": "the number after /app/accounts/ in the address of your inbox",
    "bot_token": "Settings → Bots → your bot → Access Token; or set CRIABOT_USER_TOKEN: Profile Settings → Access "
    "Token",
    "webhook_path_secret": "any text that nobody can guess; here is a fresh one: {fresh}",
    "agent_bot_secret": "Settings → Bots → your bot → Secret; on servers before 4.13, which sign nothing, "
    "set CRIABOT_ALLOW_UNSIGNED=true instead",
}


def load_settings(**given: Any) -> Settings:
    """Read the settings; `given` goes before the environment and the file.

    Raises:
        SettingsError: one line for each setting that is missing or wrong, with how to get it.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError("\n".join(_line(each) for each in error.errors(include_input=False))) from None
    except (ValueError, OSError) as error:  # the file itself
        raise SettingsError(f"{CONFIG_FILE} cannot be read: {error}") from None


def unknown_settings(environment: Iterable[str]) -> list[str]:
    """A line for each ``CRIABOT_*`` variable that is no setting: a slip of the pen would otherwise go unnoticed."""
    known = [f"CRIABOT_{name.upper()}" for name in Settings.model_fields]
    unknown = sorted(name for name in environment if name.startswith("CRIABOT_") and name not in known)
    return [f"{name} is no setting and has no effect.{_did_you_mean(name, known)}" for name in unknown]


def _did_you_mean(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]}?" if close else ""


def _line(error: Any) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "missing":
        return _missing(name)
    if error["type"] == "extra_forbidden":
        return f"{CONFIG_FILE}: there is no setting {name!r}; known are: {', '.join(sorted(Settings.model_fields))}."
    return f"CRIABOT_{name.upper()} ({name} in {CONFIG_FILE}) is wrong: {error['msg']}."


def _missing(name: str) -> str:
    how = HOW_TO_GET.get(name, "see the documentation").format(fresh=secrets.token_urlsafe(18))
    return f"CRIABOT_{name.upper()} is missing ({name} in {CONFIG_FILE}): {how}."
