"""The command line: ``criabot run``, ``criabot demo``, ``criabot test``, ``criabot record``."""

from criabot.cli.main import main

__all__ = ["main"]
