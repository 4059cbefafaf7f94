"""The settings: where they come from, and what is said when one is missing or unknown."""

from __future__ import annotations

import pytest

from criabot.errors import SettingsError
from criabot.settings import load_settings, unknown_settings

COMPLETE = {
    "account_id": "3",
    "bot_token": "a-bot-token",
    "agent_bot_secret": "new-secret,old-secret",
    "webhook_path_secret": "an-unguessable-path",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(f"CRIABOT_{name.upper()}", value)
    settings = load_settings()
    assert settings.account_id == 3
    assert [secret.get_secret_value() for secret in settings.agent_bot_secret] == ["new-secret", "old-secret"]
    assert settings.statuses == {"pending"}
    assert not any(secret in repr(settings) for secret in settings.secrets)


def test_everything_that_is_missing_is_named_at_once_with_how_to_get_it() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings()
    lines = str(caught.value).splitlines()
    names = [line.split()[0] for line in lines]
    assert set(names) == {f"CRIABOT_{name.upper()}" for name in COMPLETE}
    assert all("is missing" in line for line in lines)


def test_a_user_token_or_unsigned_deliveries_are_enough() -> None:
    settings = load_settings(account_id=1, user_token="u", webhook_path_secret="12345678", allow_unsigned=True)
    assert settings.bot_token is None


def test_a_slip_of_the_pen_is_noticed() -> None:
    assert unknown_settings(["CRIABOT_PORT", "PATH", "CRIABOT_BOT_TOKN"]) == [
        "CRIABOT_BOT_TOKN is no setting and has no effect. Did you mean CRIABOT_BOT_TOKEN?"
    ]
