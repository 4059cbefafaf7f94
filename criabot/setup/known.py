"""What of the settings is known already, when some may still be missing or wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from criabot.errors import SettingsError
from criabot.settings import CONFIG_FILE, SecretList

__all__ = ["Known", "read_known"]


class Known(BaseSettings):
    """The settings that say where the platform, the bot and its Redis are; see `criabot.settings.Settings`."""

    model_config = SettingsConfigDict(
        env_prefix="CRIABOT_", toml_file=CONFIG_FILE, extra="ignore", hide_input_in_errors=True, env_ignore_empty=True
    )

    base_url: AnyHttpUrl = AnyHttpUrl("https://app.cria.chat")
    account_id: int | None = Field(None, ge=1)
    user_token: SecretStr | None = None
    bot_token: SecretStr | None = None
    webhook_path_secret: SecretStr | None = None
    allow_unsigned: bool = False
    account_secret: SecretList = ()
    api_inbox_secret: SecretList = ()
    agent_bot_secret: SecretList = ()
    signature_tolerance: float = 300.0
    redis_url: SecretStr | None = None
    redis_bin: Path | None = None
    data_dir: Path = Path(".criabot")

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

    @property
    def url(self) -> str:
        """Of the platform, without a slash at its end."""
        return str(self.base_url).rstrip("/")

    @property
    def secrets(self) -> list[str]:
        """Every secret value, for redaction."""
        single = [self.bot_token, self.user_token, self.webhook_path_secret, self.redis_url]
        return [plain for secret in single if (plain := text_of(secret))] + [
            plain for name in ("agent_bot", "account", "api_inbox") for plain in self.signing(name)
        ]

    def signing(self, sender: str) -> list[str]:
        """The secrets with which a sender (``agent-bot``, ``account``, ``api-inbox``) may sign."""
        listed: tuple[SecretStr, ...] = getattr(self, f"{sender.replace('-', '_')}_secret")
        return [secret.get_secret_value() for secret in listed]


class _WithoutFile(Known):
    model_config = SettingsConfigDict(toml_file=None)


def read_known(*, is_strict: bool = True, **given: Any) -> Known:
    """Read what there is; `given` goes before the environment and the file.

    Args:
        is_strict: False takes the default for what is wrong, and does without a file that cannot be read.
        given: what is None counts as not given.

    Raises:
        SettingsError: a value is wrong, or the file cannot be read, and it is strict.
    """
    values = {name: value for name, value in given.items() if value is not None}
    kind: type[Known] = Known
    for _try in range(3):
        try:
            return kind(**values)
        except ValidationError as error:
            wrong = {str(each["loc"][0]): each["msg"] for each in error.errors(include_input=False)}
            if is_strict:
                raise SettingsError("\n".join(_line(name, why) for name, why in wrong.items())) from None
            values |= {name: Known.model_fields[name].get_default() for name in wrong}
        except (ValueError, OSError) as error:  # the file itself
            if is_strict:
                raise SettingsError(f"{CONFIG_FILE} cannot be read: {error}") from None
            kind = _WithoutFile
    return Known.model_construct()


def text_of(secret: SecretStr | None) -> str:
    """A secret's value, empty for none."""
    return secret.get_secret_value() if secret is not None else ""


def _line(name: str, why: str) -> str:
    return f"CRIABOT_{name.upper()} ({name} in {CONFIG_FILE}) is wrong: {why}."
