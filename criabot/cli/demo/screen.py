"""How the demo looks: a chat, customer on the left, bot and team on the right, and the steps between them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Literal

from rich.align import Align
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from criabot.cli.demo.timeline import Line

__all__ = ["Screen"]

WIDTH = 80
MARGIN = 16  # that a bubble leaves free on the other side
READ_SECONDS = 0.2
STEP_SECONDS = 0.02


class Screen:
    """The terminal.

    Args:
        paced: whether to leave time to read.
    """

    def __init__(self, *, paced: bool) -> None:
        self.console = Console(highlight=False)
        self.console.width = min(self.console.width, WIDTH)
        self._paced = paced

    def show(self, *what: RenderableType, end: str = "\n") -> None:
        """Print, each in lines of its own."""
        for each in what:
            self.console.print(each, end=end)

    async def scene(self, title: str, remark: str) -> None:
        """Begin something new."""
        self.show(Text(), Rule(Text(title, "bold"), align="left", style="dim"), Text(remark, "dim"))
        await self._wait(READ_SECONDS)

    async def customer(self, name: str, text: str) -> None:
        """The customer's words."""
        self.show(Padding(_bubble(name, text, "cyan"), (0, MARGIN, 0, 0), expand=False))
        await self._wait(READ_SECONDS)

    async def team(self, name: str, text: str, style: str) -> None:
        """The words of the bot or of an agent."""
        bubble = Padding(_bubble(name, text, style, align="right"), (0, 0, 0, MARGIN), expand=False)
        self.show(Align.right(bubble))
        await self._wait(READ_SECONDS)

    async def steps(self, lines: Iterable[Line]) -> None:
        """The steps of an event, one by one."""
        for line in lines:
            self.show(_row(line))
            await self._wait(STEP_SECONDS)

    def table(self, rows: Mapping[str, str]) -> None:
        """Names and what they mean."""
        table = Table.grid(padding=(0, 2))
        for name, meaning in rows.items():
            table.add_row(Text(f"  {name}", "bold"), Text(meaning, "dim"))
        self.show(table)

    def silence(self, text: str) -> None:
        """Where the bot would have spoken."""
        self.show(Align.right(Text(f"({text})", "italic")))

    def remark(self, text: str) -> None:
        """A word about it."""
        self.show(Text(text, "dim"))

    async def _wait(self, seconds: float) -> None:
        if self._paced:
            await asyncio.sleep(seconds)


def _bubble(name: str, text: str, style: str, *, align: Literal["left", "right"] = "left") -> Panel:
    title = Text(name, f"bold {style}")
    return Panel(Text(text), title=title, title_align=align, border_style=style, expand=False)


def _row(line: Line) -> Table:
    row = Table.grid(expand=True, padding=(0, 1, 0, 0))
    row.add_column(width=3)
    row.add_column(width=9)
    row.add_column(ratio=1)
    row.add_column(width=9, justify="right")
    rail = Text("  ├" if line.name else "  │", "dim")
    row.add_row(rail, Text(line.name, line.style), Text(line.text, "" if line.name else "italic"), _time(line.after))
    return row


def _time(milliseconds: float | None) -> Text:
    if milliseconds is None:
        return Text()
    shown = f"{milliseconds:.1f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.2f} s"
    return Text(shown, "dim")
