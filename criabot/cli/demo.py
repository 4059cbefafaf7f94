"""``criabot demo``: a customer, a bot and a small platform in one terminal."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import _SubParsersAction

__all__ = ["add_parser"]


def add_parser(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    parser = commands.add_parser("demo", help="see a bot at work, without an account or a Redis")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Show it."""
    raise SystemExit(1)
