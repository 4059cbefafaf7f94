"""``criabot connect``: let the platform post to a bot, and give the bot what it needs for that."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from criabot.errors import ApiError, ConfigurationError, SettingsError
from criabot.loading import load_bot
from criabot.logs import Redaction
from criabot.platform import ApplicationClient
from criabot.settings import CONFIG_FILE
from criabot.setup.addresses import root_of
from criabot.setup.carrying_out import carry_out, settings_for
from criabot.setup.config_file import Value, as_toml, merged, read, write_privately
from criabot.setup.known import Known, read_known, text_of
from criabot.setup.notes import notes
from criabot.setup.plan import Change, Plan, Step, Wish, addresses_of, plan
from criabot.setup.reach import reach_of
from criabot.setup.situation import Situation, look

if TYPE_CHECKING:
    from argparse import _SubParsersAction

__all__ = ["add_parser"]

ABOUT = f"""\
Let the platform post to your bot: make or change its agent bot and webhooks, connect inboxes with it, and write the
tokens and secrets into {CONFIG_FILE}.

  criabot connect https://bot.example.com --inbox 3            shows the plan and changes nothing
  criabot connect https://bot.example.com --inbox 3 --apply    carries it out

It takes an administrator's token: CRIABOT_USER_TOKEN, or it asks for it. What is right already stays as it is, so that
it can be run again at any time. `criabot doctor` checks the result.
"""

LOOKS = {
    Change.CREATE: ("create", "bold green"),
    Change.CHANGE: ("change", "bold yellow"),
    Change.NOTHING: ("nothing", "dim"),
    Change.REFUSED: ("refused", "bold red"),
}
WELL, WARNED, WRONG = ("✓ ", "green"), ("! ", "yellow"), ("✗ ", "bold red")
DONE, REFUSED, FAILED = 0, 1, 1


def add_parser(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "connect",
        help="let the platform post to a bot",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", metavar="URL", help="where the platform reaches the bot: https://bot.example.com")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--inbox", metavar="ID", nargs="+", type=int, action="extend", default=[], help="connect these")
    which.add_argument("--all-inboxes", action="store_true", help="connect all inboxes")
    parser.add_argument(
        "--account-webhook", action="store_true", help="for events that an agent bot does not get: contacts, typing, …"
    )
    parser.add_argument(
        "--inbox-webhook", metavar="ID", nargs="+", type=int, action="extend", default=[],
        help="let these API inboxes post their own events",
    )  # fmt: skip
    parser.add_argument("--bot", metavar="FILE_OR_MODULE[:BOT]", help="the account webhook gets what its handlers need")
    parser.add_argument(
        "--bot-name", metavar="NAME", default="", help="of the agent bot (default for a new one: criabot)"
    )
    parser.add_argument("--base-url", metavar="URL", help="of the platform (default: CRIABOT_BASE_URL)")
    parser.add_argument("--account-id", metavar="ID", type=int, help="(default: CRIABOT_ACCOUNT_ID)")
    parser.add_argument("--replace", action="store_true", help="take over what serves another bot now")
    parser.add_argument(
        "--print", action="store_true", help=f"with --apply: show the settings instead of writing {CONFIG_FILE}"
    )
    parser.add_argument("--apply", action="store_true", help="carry the plan out")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Plan, show, and carry out if that is wanted."""
    if options.bot and not options.account_webhook:
        raise ConfigurationError("--bot says which events --account-webhook takes: give both, or neither.")
    wish = Wish(
        root=root_of(options.url),
        inboxes=None if options.all_inboxes else options.inbox,
        account_webhook=options.account_webhook,
        inbox_webhooks=options.inbox_webhook,
        bot_name=options.bot_name,
        replace=options.replace,
        kinds=load_bot(options.bot).kinds_handled() if options.bot else (),
    )
    known = read_known(base_url=options.base_url, account_id=options.account_id)
    if known.account_id is None:
        raise SettingsError(
            "CRIABOT_ACCOUNT_ID is missing: the number after /app/accounts/ in the address of your inbox; "
            "or give --account-id."
        )
    token = text_of(known.user_token) or _asked()
    try:
        return asyncio.run(_Connection(wish, known, known.account_id, token, options).run())
    except ApiError as error:
        raise ConfigurationError(f"{error}. Nothing was changed.") from None


def _asked() -> str:
    """An administrator's token from the terminal, which does not show it."""
    if not sys.stdin.isatty():
        raise SettingsError(
            "CRIABOT_USER_TOKEN is missing: connecting takes an administrator's (Profile Settings → Access Token)."
        )
    try:
        token = getpass.getpass("Access token of an administrator (Profile Settings → Access Token): ").strip()
    except EOFError:
        token = ""
    if not token:
        raise SettingsError("Without an administrator's token nothing can be set up.")
    return token


class _Connection:
    """One run of the command."""

    def __init__(self, wish: Wish, known: Known, account_id: int, token: str, options: argparse.Namespace) -> None:
        self._wish = wish
        self._known = known
        self._stored = read_known(is_strict=False)
        self._account_id = account_id
        self._token = token
        self._is_applied: bool = options.apply
        self._is_printed: bool = options.print
        self._console = Console(highlight=False, stderr=options.print)
        self._redact = Redaction([token, *known.secrets])

    async def run(self) -> int:
        """The exit status."""
        async with self._client() as client:
            situation = await look(client, self._account_id, self._wish.inboxes)
            path_secret, bot_token = text_of(self._known.webhook_path_secret), text_of(self._known.bot_token)
            addresses = addresses_of(self._wish, path_secret, situation)
            found = plan(self._wish, situation, addresses, bot_token=bot_token)
            settings = self._settings(found, situation.version)
            self._show(found, situation, settings)
            for note in notes(found, self._wish, situation, await reach_of(self._wish.root)):
                self._say(note, WARNED)
            if not self._is_applied:
                return self._rehearsed(found, settings)
            if problem := await carry_out(client, found, self._done):
                return self._broke_off(found, problem)
        return self._finished(found, situation.version)

    def _client(self) -> ApplicationClient:
        try:
            return ApplicationClient(self._known.url, self._account_id, user_token=self._token)
        except ValueError as error:
            raise SettingsError(f"CRIABOT_USER_TOKEN is wrong: {error}.") from None

    def _settings(self, found: Plan, version: str) -> dict[str, Value | None]:
        """The settings to tell: all when they are printed, else those that are not right yet."""
        if self._is_printed:
            return settings_for(found, self._known, Known.model_construct(), version, in_file=())
        return settings_for(found, self._known, self._stored, version, in_file=read(Path(CONFIG_FILE))[1])

    # -- before -------------------------------------------------------------------------------------------------

    def _show(self, found: Plan, situation: Situation, settings: Mapping[str, object]) -> None:
        where = f"account {self._account_id} at {self._known.base_url.host}, version {situation.version}"
        cells = [Column(name, overflow="fold") for name in ("What", "Is", "Will be")]
        table = Table("", *cells, title=where, title_justify="left", header_style="bold", box=SIMPLE_HEAD)
        for step in found.steps:
            table.add_row(*self._row(step))
        if not self._is_printed:
            table.add_row(*self._row(_file_step(settings)))
        self._console.print(table)
        self._say(f"… is {found.addresses.shown(found.addresses.root)}/webhooks/ and the path secret.")

    def _row(self, step: Step) -> list[Text]:
        word, style = LOOKS[step.change]
        cells = (step.subject, step.present or "-", step.wanted)
        return [Text(word, style), *(Text(self._redact(cell)) for cell in cells)]

    def _rehearsed(self, found: Plan, settings: Mapping[str, object]) -> int:
        if found.to_do or (settings and not self._is_printed):
            self._say("Nothing was changed. Add --apply to carry this out.")
        elif not found.refused:
            self._say("Nothing to do.", WELL)
        return REFUSED if found.refused else DONE

    # -- meanwhile and after ------------------------------------------------------------------------------------

    def _done(self, step: Step) -> None:
        self._say(f"{step.subject}: {step.wanted}", WELL)

    def _broke_off(self, found: Plan, problem: ApiError) -> int:
        self._say(f"{problem}.", WRONG)
        self._say("It broke off here; what is marked ✓ was done. Run the same command again: it goes on.")
        return FAILED

    def _finished(self, found: Plan, version: str) -> int:
        settings = self._settings(found, version)
        values = {name: value for name, value in settings.items() if value is not None}
        if self._is_printed:
            sys.stdout.write(as_toml(values))
        elif values:
            self._write(values)
        elif not found.to_do and not found.refused:
            self._say("Nothing to do.", WELL)
        for name in settings.keys() - values.keys():
            self._say(f"The platform did not tell {name}: copy it from there yourself.", WARNED)
        if found.to_do or values:
            self._say("Start the bot (criabot run), then check it with criabot doctor.")
        return REFUSED if found.refused else DONE

    def _write(self, values: Mapping[str, Value]) -> None:
        path = Path(CONFIG_FILE)
        write_privately(path, merged(read(path)[0], values))
        self._say(f"{CONFIG_FILE}: {', '.join(values)}. It holds secrets: do not commit it.", WELL)
        for name, value in values.items():
            variable = f"CRIABOT_{name.upper()}"
            if os.environ.get(variable, "").rstrip("/") not in ("", _as_variable(value)):
                self._say(f"{variable} in the environment goes before the file: change it.", WARNED)

    def _say(self, text: str, mark: tuple[str, str] = ("", "")) -> None:
        self._console.print(Text.assemble(mark, self._redact(text)), soft_wrap=True)


def _as_variable(value: Value) -> str:
    """A value as the environment has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int) else ",".join(value)


def _file_step(settings: Mapping[str, object]) -> Step:
    if not settings:
        return Step(CONFIG_FILE, "right", "the same", Change.NOTHING)
    is_there = Path(CONFIG_FILE).exists()
    return Step(
        CONFIG_FILE,
        "not right yet" if is_there else "",
        f"has {', '.join(settings)}",
        Change.CHANGE if is_there else Change.CREATE,
    )
