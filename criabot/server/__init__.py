"""The aiohttp application: the webhook and the health checks."""

from criabot.server.app import Sender, create_app

__all__ = ["Sender", "create_app"]
