"""The command line: ``criabot run``, ``criabot demo``, ``criabot test``."""

from criabot.cli.main import main

__all__ = ["main"]
