"""``criabot doctor``: check that a bot is set up right."""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from criabot.logs import Redaction
from criabot.setup.addresses import root_of
from criabot.setup.checks import Examination, Finding, Verdict, examine
from criabot.setup.known import read_known

if TYPE_CHECKING:
    from argparse import _SubParsersAction

__all__ = ["add_parser"]

ABOUT = """\
Check that a bot is set up right: its settings, the platform and the tokens, the agent bot, its inboxes and webhooks,
whether signed webhooks get in from outside (and no others), the clocks and the Redis. With a bot file: whether its
handlers get their events.

  criabot doctor --url https://bot.example.com bots/hello.py

Run it where the bot runs, with the bot's settings, and CRIABOT_USER_TOKEN of an administrator to check all of it. It
changes nothing; the webhooks it posts are of an event that the bot ignores. The exit status is 1 when a check failed.
"""

LOOKS = {
    Verdict.OK: ("✓ ok", "green"),
    Verdict.WARNING: ("! warning", "yellow"),
    Verdict.FAILED: ("✗ failed", "bold red"),
}


def add_parser(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "doctor",
        help="check that a bot is set up right",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "bot", metavar="FILE_OR_MODULE[:BOT]", nargs="?", default="", help="the bot; loading it runs its file"
    )
    parser.add_argument(
        "--url", metavar="URL", help="where the platform reaches the bot (default: where its agent bot posts to)"
    )
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Check, and show what was found."""
    root = root_of(options.url) if options.url else ""
    console = Console(highlight=False)
    with console.status("Checking…"):
        examination = asyncio.run(examine(read_known(is_strict=False), root=root, bot=options.bot))
    console.print(_table(examination))
    console.print(_summary(examination.findings))
    return 1 if any(finding.verdict is Verdict.FAILED for finding in examination.findings) else 0


def _table(examination: Examination) -> Table:
    redact, before = Redaction(examination.secrets), ""
    table = Table("", "Check", Column("What", overflow="fold"), box=SIMPLE_HEAD, header_style="bold")
    for finding in examination.findings:
        word, style = LOOKS[finding.verdict]
        about = finding.about if finding.about != before else ""
        advice = Text(f"\n→ {redact(finding.advice)}", "bold") if finding.advice else ""
        table.add_row(Text(word, style), about, Text.assemble(redact(finding.what), advice))
        before = finding.about
    return table


def _summary(findings: Sequence[Finding]) -> Text:
    number = Counter(finding.verdict for finding in findings)
    parts = [Text(f"{number[verdict]} {verdict.value}", LOOKS[verdict][1]) for verdict in Verdict if number[verdict]]
    return Text(", ").join(parts)
