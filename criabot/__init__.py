"""criabot: the runtime for bots in front of a human support team on CriaChat."""

__version__ = "0.1.0"
