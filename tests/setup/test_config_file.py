"""`criabot.toml` gets new values, and keeps what its owner wrote."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from criabot.errors import ConfigurationError
from criabot.setup.config_file import Value, as_toml, merged, write_privately

OWN = """\
# our bot
account_id = 3   # the shop

bot_token = "old"  # from "Settings # Bots"
api_inbox_secret = [
    "a",  # of the shop
    "b",
]
statuses = "pending"
"""


def test_values_are_replaced_and_comments_stay() -> None:
    text = merged(OWN, {"bot_token": "new", "api_inbox_secret": ["c", "d"], "webhook_path_secret": "p" * 8})
    assert text == (
        "# our bot\n"
        "account_id = 3   # the shop\n"
        "\n"
        'bot_token = "new"  # from "Settings # Bots"\n'
        'api_inbox_secret = ["c", "d"]\n'
        'statuses = "pending"\n'
        'webhook_path_secret = "pppppppp"\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment, without an end of line",
        'note = """\nbot_token = "a trap"\n"""\n',
        "'bot_token' = 'x'\n",
        "\"bot_token\"='x # y' # z\n",
        'bot_token = "a" # b # c',
        '[other]\nbot_token = "not ours"\n',
        'first = 1\n\n[other]\nbot_token = "not ours"\n',
        'bot_token = """x\ny"""\nlast = true\n',
    ],
)
def test_whatever_the_file_looks_like_the_values_are_in_it_and_nothing_else_has_changed(text: str) -> None:
    values: dict[str, Value] = {"bot_token": 'a "quoted" \\ ção', "allow_unsigned": True, "account_id": 7}
    assert tomllib.loads(merged(text, values)) == {**tomllib.loads(text), **values}
    assert merged(merged(text, values), values) == merged(text, values)


def test_a_file_that_is_no_toml_is_not_touched() -> None:
    with pytest.raises(ConfigurationError, match=r"criabot\.toml cannot be read"):
        merged("bot_token = \n", {"bot_token": "x"})


def test_what_is_printed_can_be_read() -> None:
    values: dict[str, Value] = {
        "account_id": 3,
        "allow_unsigned": True,
        "bot_token": "x",
        "api_inbox_secret": ["a", "b"],
    }
    assert tomllib.loads(as_toml(values)) == values


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "criabot.toml"
    path.write_text("account_id = 1\n")
    path.chmod(0o644)
    write_privately(path, "account_id = 2\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "account_id = 2\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text("")
    link = tmp_path / "criabot.toml"
    link.symlink_to("real.toml")
    write_privately(link, "account_id = 2\n")
    assert link.is_symlink()
    assert (tmp_path / "real.toml").read_text() == "account_id = 2\n"


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be written .*--print"):
        write_privately(tmp_path / "nowhere" / "criabot.toml", "")
