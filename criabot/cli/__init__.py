"""The command line: ``criabot run``, ``demo``, ``test``, ``connect``, ``doctor``, ``record``."""

from criabot.cli.main import main

__all__ = ["main"]
