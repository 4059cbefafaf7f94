"""The second part of the demo: whoever sits at the terminal is the customer."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio import StreamReader
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.text import Text

from criabot.cli.demo.screen import Screen
from criabot.cli.demo.stage import Stage
from criabot.cli.demo.talk import CUSTOMER, Talk

__all__ = ["chat"]

COMMANDS = {
    "/twice": "the platform delivers your last message again",
    "/crash TEXT": "you write TEXT, and the bot is killed before its reply leaves",
    "/agent TEXT": "a human of the team writes TEXT to you",
    "/new": "another conversation",
    "/quit": "leave",
}


async def chat(stage: Stage, screen: Screen) -> None:
    """Let the person at the terminal write until they leave."""
    await screen.scene("Your turn", f"You are {CUSTOMER}. Say hi, or:")
    screen.table(COMMANDS)
    talk = Talk(stage, screen)
    async with _typed() as reader:
        while (said := await _ask(screen, reader)) not in (None, "/quit"):
            if said == "/new":
                talk = Talk(stage, screen)
                screen.remark("This is a new customer's conversation, which the bot has not seen before.")
            elif said:
                await _act(talk, screen, said)


async def _act(talk: Talk, screen: Screen, said: str) -> None:
    match said.partition(" "):
        case ("/twice", _, ""):
            if not await talk.again():
                screen.remark("Write something first.")
        case ("/crash", _, text) if text:
            await talk.customer(text, crash=True)
        case ("/agent", _, text) if text:
            if not await talk.agent(text):
                screen.remark("Write something first.")
        case (command, _, _) if command.startswith("/"):
            screen.table(COMMANDS)
        case _:
            await talk.customer(said)


async def _ask(screen: Screen, reader: StreamReader) -> str | None:
    """The next line, None at the end of the input."""
    screen.show(Text(f"\n{CUSTOMER} ▸ ", "bold cyan"), end="")
    line = await reader.readline()
    return line.decode(errors="replace").strip() if line else None


@asynccontextmanager
async def _typed() -> AsyncIterator[StreamReader]:
    """What is typed, read without a thread: one that waits for a line could not be cancelled by Ctrl-C."""
    loop, reader, keyboard = asyncio.get_running_loop(), StreamReader(), sys.stdin.fileno()

    def read() -> None:
        try:
            data = os.read(keyboard, 4096)
        except OSError:  # the terminal is gone
            data = b""
        if data:
            reader.feed_data(data)
        else:
            loop.remove_reader(keyboard)
            reader.feed_eof()

    loop.add_reader(keyboard, read)
    try:
        yield reader
    finally:
        loop.remove_reader(keyboard)
