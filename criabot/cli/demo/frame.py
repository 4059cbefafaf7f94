"""What the demo says before it begins and after it has ended."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from rich.padding import Padding
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from criabot.cli.demo.screen import Screen
from criabot.cli.demo.stage import BOT_FILE, Stage

__all__ = ["HELLO", "show_cast", "show_ending", "show_opening"]

HELLO = """\
from criabot import Bot, F, Message
bot = Bot()

@bot.message(F.text.lower().in_({"oi", "olá", "hello"}))
async def greet(message: Message) -> None:
    await message.answer(f"Olá, {message.contact.first_name}!")
"""


def show_opening(screen: Screen) -> None:
    """Say what it is, while everything starts."""
    screen.show(
        Text.assemble(("criabot demo", "bold"), "  one answer per question, in order, none lost"),
        Text("A bot, a customer and a small platform. Everything but the platform is real.", "dim"),
    )


def show_cast(screen: Screen, stage: Stage) -> None:
    """Say who takes part."""
    screen.table(
        {
            "bot": f"process {stage.bot.pid}, runs {_short(BOT_FILE)}",
            "store": f"Valkey {stage.server.version} from {stage.server.source}, in a temporary directory",
            "platform": f"{stage.platform.url}, signs its webhooks and keeps the messages",
        }
    )


def show_ending(screen: Screen) -> None:
    """Say what next."""
    screen.show(Text(), Rule(Text("What next", "bold"), align="left", style="dim"))
    screen.show(Text.assemble(("1 ", "bold"), "Write a bot file, such as ", ("bots/hello.py", "bold"), ":"))
    screen.show(
        Padding(Syntax(HELLO.rstrip(), "python", theme="ansi_light", background_color="default"), (0, 0, 0, 4)),
        Text.assemble(
            ("2 ", "bold"), "Run it (it names the settings it needs): ", (f"{_command()} run bots/hello.py", "bold")
        ),
        Text.assemble(
            ("3 ", "bold"), "Read on: ", ("docs/write-a-bot.md", "bold"), " and ", ("docs/architecture.md", "bold")
        ),
    )


def _short(path: Path) -> str:
    """As seen from where we are, if that is above it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _command() -> str:
    """How this criabot is called from here."""
    return "criabot" if shutil.which("criabot") else _short(Path(sys.executable).with_name("criabot"))
