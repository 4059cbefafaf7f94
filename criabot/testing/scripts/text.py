"""Texts, lists and durations as scripts write them: each function has an inverse."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["SPEAKER", "duration", "escaped", "listed", "seconds", "split", "unescaped"]

UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
DURATION = re.compile("".join(rf"(?:(?P<{unit}>\d+){unit})?" for unit in UNITS))
CONTROL = {"n": "\n", "t": "\t", "r": "\r", "s": " "}
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
EDGE = re.compile(r"^ | $", re.MULTILINE)
HASH = re.compile(r"^#|(?<=  )#", re.MULTILINE)
INDENT = "    "
SPEAKER = re.compile(r"((?:\+ *)?(?:customer|bot|agent)\b[^:\\\n]*):")
"""How a step begins; a line of a longer text that begins so needs a backslash before its colon."""


def escaped(text: str, special: str = "", first: str = "(") -> str:
    r"""A text as a script has it: several lines are indented, ``\n`` stands for the end of a line beside an empty one.

    Args:
        text: any text.
        special: characters that mean something wherever they stand.
        first: characters that mean something at the beginning.
    """
    for char in "\\" + special:
        text = text.replace(char, f"\\{char}")
    if text[:1] and text[0] in first:
        text = f"\\{text}"
    text = HASH.sub(r"\\#", EDGE.sub(r"\\s", text)).replace("\t", r"\t").replace("\r", r"\r")
    first_line, *others = text.split("\n")
    lines = [first_line, *(SPEAKER.sub(r"\1\\:", line, count=1) if SPEAKER.match(line) else line for line in others)]
    return f"\n{INDENT}".join(lines) if all(lines) else r"\n".join(lines)


def unescaped(text: str) -> str:
    r"""The text that is meant by ``\n``, ``\t``, ``\r``, ``\s`` (a blank), a backslash before a sign; ``\d`` stays."""
    return ESCAPE.sub(_meant, text)


def _meant(match: re.Match[str]) -> str:
    char = match[1]
    return CONTROL.get(char, match[0] if char.isalnum() else char)


def seconds(text: str) -> int | None:
    """The seconds of ``90s``, ``15m``, ``1h30m``, ``2d``; None for anything else."""
    match = DURATION.fullmatch(text)
    if not text or match is None:
        return None
    return sum(int(match[unit] or 0) * size for unit, size in UNITS.items())


def duration(length: int) -> str:
    """The opposite of `seconds`: ``1h30m``."""
    parts = []
    for unit, size in UNITS.items():
        number, length = divmod(length, size)
        parts += [f"{number}{unit}"] if number else []
    return "".join(parts) or "0s"


def split(text: str, at: str = ",") -> tuple[str, ...]:
    """The parts between unescaped separators, without blanks around them and without empty ones."""
    parts = re.findall(rf"(?:[^{at}\\]|\\.)+", text, re.DOTALL)
    return tuple(unescaped(part.strip()) for part in parts if part.strip())


def listed(parts: Iterable[str], at: str = ", ") -> str:
    """The opposite of `split`, for one line."""
    return at.join(escaped(part, special="()[]|,").replace(f"\n{INDENT}", r"\n") for part in parts)
