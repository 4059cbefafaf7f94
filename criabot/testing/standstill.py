"""Which code of a bot waits, for whoever waits for the bot."""

from __future__ import annotations

import asyncio
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import criabot

__all__ = ["is_theirs", "waiting_code"]

OWN = str(Path(criabot.__file__).parent)
NOT_THEIRS = (OWN, *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


def is_theirs(file: str) -> bool:
    """Whether code is the user's own: not criabot's, not of Python, not of an installed package."""
    return not file.startswith(NOT_THEIRS)


def waiting_code() -> list[str]:
    """The places where handlers wait now, such as ``bots/shop.py:12 (look_up)``; not what they started themselves."""
    tasks = (list(_frames(task.get_coro())) for task in asyncio.all_tasks())
    begun_here = (frames for frames in tasks if frames and frames[0].f_code.co_filename.startswith(OWN))
    return sorted({place for frames in begun_here for place in _places(frames)[-1:]})


def _frames(awaited: object) -> Iterator[FrameType]:
    """The frames of a coroutine and of those for which it waits, outermost first."""
    while (frame := getattr(awaited, "cr_frame", None)) is not None:
        yield frame
        awaited = getattr(awaited, "cr_await", None)


def _places(frames: list[FrameType]) -> list[str]:
    theirs = (frame for frame in frames if is_theirs(frame.f_code.co_filename))
    return [f"{_short(frame.f_code.co_filename)}:{frame.f_lineno} ({frame.f_code.co_name})" for frame in theirs]


def _short(file: str) -> str:
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
