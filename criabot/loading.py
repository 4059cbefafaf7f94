"""From ``FILE_OR_MODULE[:BOT]`` to a bot, with an error that names the line when that is not possible."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

from criabot.bot import Bot
from criabot.errors import BotError

__all__ = ["load_bot"]


def load_bot(target: str) -> Bot:
    """Load a bot.

    Args:
        target: a file (``bots/hello.py``) or a module (``mypackage.bot``), with ``:name`` when it holds several bots.

    Raises:
        BotError: there is no such file or bot, or its code cannot be run; the message names the line.
    """
    place, _, name = target.partition(":")
    is_file = place.endswith(".py") or "/" in place
    module = _load_file(Path(place)) if is_file else _load_module(place)
    bot = _pick(module, name, place)
    bot.named(Path(place).stem if is_file else place.rpartition(".")[2])
    return bot


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise BotError(f"There is no file {path} in {Path.cwd()}: give the path of the file with your bot.")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise BotError(f"{path} is not a Python file: its name must end in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except BotError:
        raise
    except (Exception, SystemExit) as error:
        raise BotError(_explained(error, path)) from error
    return module


def _load_module(name: str) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise BotError(f"{name!r} is neither a module nor a Python file: give its path, such as bots/hello.py.")
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(name)
    except BotError:
        raise
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise BotError(
                f"There is no module {error.name}; for a file give its path, such as bots/hello.py."
            ) from None
        raise BotError(_explained(error, Path(name))) from error
    except (Exception, SystemExit) as error:
        raise BotError(_explained(error, Path(name))) from error


def _explained(error: Exception | SystemExit, path: Path) -> str:
    """Where in the bot's own code it went wrong, and what."""
    if isinstance(error, SyntaxError):
        line = (error.text or "").rstrip()
        where = f"{error.filename}:{error.lineno}" if error.lineno else str(path)
        return f"{where}: {error.msg}" + (f": {line.strip()}" if line else "")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).name == path.name]
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else str(path)
    hint = ""
    if isinstance(error, ModuleNotFoundError):
        hint = f" Install it where criabot is: {sys.executable} -m pip install …"
    return f"{where}: {type(error).__name__}: {error}.{hint}"


def _pick(module: ModuleType, name: str, place: str) -> Bot:
    bots = {key: value for key, value in vars(module).items() if isinstance(value, Bot)}
    if name:
        if name not in bots:
            raise BotError(f"{place} has no bot called {name!r}; it has: {', '.join(bots) or 'none'}.")
        return bots[name]
    if not bots:
        raise BotError(f"{place} has no bot: write `bot = Bot()` at its top level.")
    if "bot" not in bots and len({id(bot) for bot in bots.values()}) > 1:
        raise BotError(
            f"{place} has several bots ({', '.join(bots)}): say which one, as in {place}:{next(iter(bots))}."
        )
    return bots.get("bot") or next(iter(bots.values()))
