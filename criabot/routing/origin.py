"""Where a piece of the bot's code stands, for messages that a developer reads."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType


@dataclass(frozen=True, slots=True)
class Origin:
    """A function or class of the bot: its name, file and line.

    Attributes:
        name: the name it was defined with.
        where: ``file:line``, the file relative to the working directory if it is below it; the module's name
            for something that was not written in Python.
    """

    name: str
    where: str

    @classmethod
    def of(cls, code: Callable[..., object]) -> Origin:
        """Find where *code* was defined, looking through ``functools.wraps``."""
        inner = inspect.unwrap(code)
        name = getattr(inner, "__name__", type(inner).__name__)
        body = code_of(inner)
        if body is None:
            return cls(name, str(getattr(inner, "__module__", "unknown")))
        return cls(name, f"{_shortened(body.co_filename)}:{body.co_firstlineno}")

    def __str__(self) -> str:
        return f"{self.name} ({self.where})"


def code_of(function: object) -> CodeType | None:
    """Return the code object of a function or bound method, or None for anything else."""
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None


def _shortened(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file
