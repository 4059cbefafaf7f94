"""What listens: the webhook and the health checks."""

from criabot.server.app import Sender, Webhook, WebhookSettings, create_app
from criabot.server.plain import PlainServer

__all__ = ["PlainServer", "Sender", "Webhook", "WebhookSettings", "create_app"]
