"""``criabot``: the commands and their arguments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from rich.console import Console

from criabot import __version__
from criabot.errors import ConfigurationError, StoreError
from criabot.logs import Redaction

__all__ = ["main"]

COMMANDS = {
    "run": "serve a bot",
    "demo": "see a bot at work, without an account or a Redis",
    "test": "play chat scripts with a bot, on a simulated platform",
    "connect": "let the platform post to a bot",
    "doctor": "check that a bot is set up right",
    "record": "make chat scripts of real conversations",
}
"""The commands, each a module of this package with ``add_parser``; only the one that is asked for is imported."""


_PROBLEM = {"connect": "cannot connect the bot", "doctor": "cannot look", "record": "cannot record"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it went well, 2 when something has to be put right first (the message says what)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser(given)
    options = parser.parse_args(given)
    if options.command is None:
        parser.print_help()
        return 2
    try:
        result: int = options.command(options)
    except (ConfigurationError, StoreError) as error:
        Console(stderr=True, soft_wrap=True).print(
            f"[bold red]criabot {_PROBLEM.get(given[0], 'cannot start')}.[/] {_plain(Redaction()(str(error)))}",
            highlight=False,
        )
        return 2
    except KeyboardInterrupt:
        return 130
    return result


def _plain(text: str) -> str:
    """Markup characters of a message are not markup; several lines are a list."""
    lines = text.replace("[", "\\[").splitlines()
    return lines[0] if len(lines) == 1 else "".join(f"\n  • {line}" for line in lines)


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="criabot", description="The runtime for bots in front of a human support team on CriaChat."
    )
    parser.set_defaults(command=None)
    parser.add_argument(
        "--version", action="version", version=f"criabot {__version__} (Python {sys.version.split()[0]})"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, about in COMMANDS.items():
        if name in given[:1]:
            import_module(f"criabot.cli.{name}").add_parser(commands)
        else:
            commands.add_parser(name, help=about)
    return parser
