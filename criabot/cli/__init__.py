"""The command line: ``criabot run``, ``criabot demo``."""

from criabot.cli.main import main

__all__ = ["main"]
