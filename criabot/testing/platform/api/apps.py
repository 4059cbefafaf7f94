"""What the simulated account has none of: integrations, campaigns, notifications, audit logs (contract 5.8)."""

from __future__ import annotations

from criabot.testing.platform.http import Call, Routes, missing
from criabot.testing.platform.world import Json

__all__ = ["routes"]

routes = Routes("/api/v1/accounts/{account}")

MISSING = "Translation missing: en.integration_apps.%s.short_description"
APPS = (
    (
        "webhook",
        "Webhooks",
        "Webhook events provide real-time updates about activities in your Chatwoot account. You can subscribe to your "
        "preferred events, and Chatwoot will send you HTTP callbacks with the updates.",
        MISSING % "webhooks",
    ),
    (
        "dashboard_apps",
        "Dashboard Apps",
        "Dashboard Apps allow you to create and embed applications that display user information, orders, or payment "
        "history, providing more context to your customer support agents.",
        MISSING % "dashboard_apps",
    ),
    (
        "openai",
        "OpenAI",
        "Leverage the power of large language models from OpenAI with the features such as reply suggestions, "
        "summarization, message rephrasing, spell-checking, and label classification.",
        "AI-powered reply suggestions, summarization, and message enhancement.",
    ),
    (
        "dialogflow",
        "Dialogflow",
        "Build chatbots with Dialogflow and easily integrate them into your inbox. These bots can handle initial "
        "queries before transferring them to a customer service agent.",
        "Build chatbots to handle initial queries before transferring to agents.",
    ),
    (
        "google_translate",
        "Google Translate",
        "Integrate Google Translate to help agents easily translate customer messages. This integration automatically "
        "detects the language and converts it to the agent's or admin's preferred language.",
        "Automatically translate customer messages for agents.",
    ),
    (
        "dyte",
        "Dyte",
        "Dyte is a product that integrates audio and video functionalities into your application. With this "
        "integration, your agents can start video/voice calls with your customers directly from Chatwoot.",
        "Start video/voice calls with customers directly from Chatwoot.",
    ),
)


@routes.get("/integrations/apps")
def apps(_call: Call) -> Json:
    """The integrations that could be enabled; webhooks always are."""
    names = ("id", "name", "description", "short_description")
    rows = [dict(zip(names, app, strict=True)) for app in APPS]
    return {"payload": [{**row, "enabled": row["id"] == "webhook", "hooks": []} for row in rows]}


@routes.get("/campaigns", "admin")
def campaigns(_call: Call) -> list[Json]:
    """No campaigns."""
    return []


@routes.get("/notifications")
def notifications(_call: Call) -> Json:
    """No notifications: the simulated dashboard has no bell."""
    return {"data": {"meta": {"unread_count": 0, "count": 0, "current_page": 1}, "payload": []}}


@routes.get("/audit_logs", "admin")
def audit_logs(_call: Call) -> Json:
    """Only the paid edition has them."""
    raise missing()
