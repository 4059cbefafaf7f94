"""What the account is connected with: webhooks, agent bots, rules, macros, integrations (contract 5.8)."""

from __future__ import annotations

from typing import Any

from criabot.platform.answers.agents import Agent
from criabot.platform.parts import Id, Inbox, JsonObject, Part, Time

__all__ = [
    "AccessToken",
    "AgentBot",
    "AgentBotFields",
    "AutomationRule",
    "InboxAgentBot",
    "IntegrationApp",
    "IntegrationHook",
    "Macro",
    "RuleAction",
    "RuleCondition",
    "Webhook",
]


class Webhook(Part):
    """An account webhook (contract 5.8).

    ``secret`` signs the deliveries (contract 1.4): the server makes it, nobody can set or rotate it. Servers before
    4.8 have no ``name``, those before 4.11.2 no ``secret`` (contract 0.2).
    """

    id: Id
    name: str | None = None
    url: str | None = None
    account_id: Id | None = None
    subscriptions: list[str] | None = None
    secret: str | None = None
    inbox: Inbox | None = None


class AgentBotFields(Part):
    """What every description of an agent bot has (contract 5.8).

    ``secret`` signs the deliveries (contract 1.4) and is shown to administrators only. A ``system_bot`` belongs to no
    account and is visible to all.
    """

    id: Id
    name: str | None = None
    description: str | None = None
    thumbnail: str | None = None
    outgoing_url: str | None = None
    bot_type: str | None = None
    bot_config: JsonObject | None = None
    account_id: Id | None = None
    secret: str | None = None
    system_bot: bool | None = None


class AgentBot(AgentBotFields):
    """An agent bot (contract 5.8); ``access_token`` is what it acts with, and agents see it, too."""

    access_token: str | None = None


class AccessToken(Part):
    """An access token with what the platform knows of it; ``token`` is the secret itself."""

    id: Id | None = None
    owner_type: str | None = None
    owner_id: Id | None = None
    token: str | None = None
    created_at: Time | None = None
    updated_at: Time | None = None


class InboxAgentBot(AgentBotFields):
    """An agent bot as its inbox shows it: the token comes as an object (contract 5.7)."""

    access_token: AccessToken | None = None


class RuleCondition(Part):
    """A condition of an automation rule (contract 5.8).

    Attributes:
        attribute_key: such as ``content``, ``status`` or ``inbox_id``, or a custom attribute's key.
        filter_operator: such as ``equal_to``, ``contains`` or ``is_present`` (contract 5.4).
        values: a list, whatever the key compares with.
        query_operator: ``and`` or ``or`` with the next condition; null in the last one.
        custom_attribute_type: ``conversation_attribute`` or ``contact_attribute`` for a custom attribute's key.
    """

    shown = ("attribute_key", "filter_operator")

    attribute_key: str | None = None
    filter_operator: str | None = None
    values: Any = None
    query_operator: str | None = None
    custom_attribute_type: str | None = None


class RuleAction(Part):
    """What an automation rule or a macro does (contract 5.8).

    Attributes:
        action_name: such as ``add_label``, ``send_message``, ``assign_team`` or ``send_webhook_event``.
        action_params: a list: the labels, the text, the team's id, the address.
    """

    shown = ("action_name",)

    action_name: str | None = None
    action_params: Any = None


class AutomationRule(Part):
    """An automation rule (contract 5.8); ``created_on`` is in epoch seconds."""

    shown = ("id", "event_name", "active")

    id: Id
    account_id: Id | None = None
    name: str | None = None
    description: str | None = None
    event_name: str | None = None
    conditions: list[RuleCondition] | None = None
    actions: list[RuleAction] | None = None
    active: bool | None = None
    created_on: Time | None = None


class Macro(Part):
    """A macro (contract 5.8); ``visibility`` is ``global`` or ``personal``."""

    shown = ("id", "visibility")

    id: Id
    name: str | None = None
    visibility: str | None = None
    account_id: Id | None = None
    actions: list[RuleAction] | None = None
    created_by: Agent | None = None
    updated_by: Agent | None = None


class IntegrationHook(Part):
    """An integration at work, in the account or in one inbox.

    Never recorded: the fields are those of the platform's own description, which is known to be wrong in places, so
    that no type is insisted on. ``settings`` can hold another service's keys.
    """

    shown = ("id", "app_id")

    id: int
    app_id: str | None = None
    inbox_id: int | str | None = None
    account_id: int | str | None = None
    status: bool | int | str | None = None
    hook_type: bool | int | str | None = None
    settings: JsonObject | None = None


class IntegrationApp(Part):
    """An integration that the server offers (contract 5.8); ``id`` is its name, such as ``dialogflow``."""

    id: str
    name: str | None = None
    description: str | None = None
    short_description: str | None = None
    enabled: bool | None = None
    hook_type: str | None = None
    allow_multiple_hooks: bool | None = None
    hooks: list[IntegrationHook] | None = None
