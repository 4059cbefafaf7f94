"""Scripts: tests that read like chats."""

from criabot.testing.scripts.language import Script
from criabot.testing.scripts.parser import parse
from criabot.testing.scripts.player import Player
from criabot.testing.scripts.report import ScriptFailed
from criabot.testing.scripts.transcript import Transcript

__all__ = ["Player", "Script", "ScriptFailed", "Transcript", "parse"]
