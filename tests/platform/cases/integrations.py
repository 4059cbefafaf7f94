"""Calls about webhooks, bots, automation, integrations and help centres, and those of the Platform API."""

from __future__ import annotations

from typing import Any

from criabot.platform.answers.help_center import Portal, PublicArticle
from criabot.platform.answers.integrations import AgentBot, RuleAction, RuleCondition, Webhook
from criabot.platform.parts import ConversationData, Inbox
from tests.platform.cases import Case
from tests.platform.cases.installation import INSTALLATION

URL = "https://bot.example.com/hook"
PORTAL = Portal(id=1, slug="ajuda")
CONDITION = {"attribute_key": "content", "filter_operator": "contains", "values": ["preço"], "query_operator": None}
ACTION = {"action_name": "add_label", "action_params": ["vip"]}

WEBHOOKS = {
    "webhooks.list": [Case(lambda c: c.app.webhooks.list())],
    "webhooks.create": [
        Case(
            lambda c: c.app.webhooks.create(URL, ["message_created", "conversation_typing_on"]),
            {"webhook": {"url": URL, "subscriptions": ["message_created", "conversation_typing_on"]}},
        ),
        Case(lambda c: c.app.webhooks.create(URL), {"webhook": {"url": URL}}),
        Case(
            lambda c: c.app.webhooks.create(URL, name="Bot", inbox_id=Inbox(id=5)),
            {"webhook": {"url": URL, "name": "Bot", "inbox_id": 5}},
        ),
    ],
    "webhooks.update": [
        Case(
            lambda c: c.app.webhooks.update(2, subscriptions=["message_updated"]),
            {"webhook": {"subscriptions": ["message_updated"]}},
            places=(2,),
        ),
        Case(
            lambda c: c.app.webhooks.update(Webhook(id=2), url=URL, name=None, inbox_id=None),
            {"webhook": {"url": URL, "name": None, "inbox_id": None}},
            places=(2,),
        ),
    ],
    "webhooks.delete": [Case(lambda c: c.app.webhooks.delete(2), places=(2,))],
}

AGENT_BOTS = {
    "agent_bots.list": [Case(lambda c: c.app.agent_bots.list())],
    "agent_bots.show": [Case(lambda c: c.app.agent_bots.show(AgentBot(id=1)), places=(1,))],
    "agent_bots.create": [
        Case(
            lambda c: c.app.agent_bots.create(
                "Robô",
                description="d",
                outgoing_url=URL,
                bot_type="webhook",
                bot_config={"a": 1},
                avatar_url="https://example.com/a.png",
            ),
            {
                "name": "Robô",
                "description": "d",
                "outgoing_url": URL,
                "bot_type": "webhook",
                "bot_config": {"a": 1},
                "avatar_url": "https://example.com/a.png",
            },
        ),
        Case(lambda c: c.app.agent_bots.create("Robô"), {"name": "Robô"}),
    ],
    "agent_bots.update": [
        Case(lambda c: c.app.agent_bots.update(1, outgoing_url=""), {"outgoing_url": ""}, places=(1,)),
        Case(
            lambda c: c.app.agent_bots.update(
                1,
                name="Robô",
                description=None,
                bot_type="webhook",
                bot_config={},
                avatar_url="https://example.com/a.png",
            ),
            {
                "name": "Robô",
                "description": None,
                "bot_type": "webhook",
                "bot_config": {},
                "avatar_url": "https://example.com/a.png",
            },
            places=(1,),
        ),
    ],
    "agent_bots.delete": [Case(lambda c: c.app.agent_bots.delete(2), places=(2,))],
    "agent_bots.reset_access_token": [Case(lambda c: c.app.agent_bots.reset_access_token(2), places=(2,))],
    "agent_bots.reset_secret": [Case(lambda c: c.app.agent_bots.reset_secret(2), places=(2,))],
}

AUTOMATION = {
    "automation_rules.list": [
        Case(lambda c: c.app.automation_rules.list()),
        Case(lambda c: c.app.automation_rules.list(page=2), query={"page": "2"}),
    ],
    "automation_rules.show": [Case(lambda c: c.app.automation_rules.show(12), places=(12,))],
    "automation_rules.create": [
        Case(
            lambda c: c.app.automation_rules.create(
                "Preço",
                "message_created",
                conditions=[CONDITION],
                actions=[ACTION],
                description="d",
                active=False,
            ),
            {
                "name": "Preço",
                "event_name": "message_created",
                "description": "d",
                "active": False,
                "conditions": [CONDITION],
                "actions": [ACTION],
            },
        ),
        Case(
            lambda c: c.app.automation_rules.create(
                "Preço",
                "conversation_opened",
                conditions=[RuleCondition(attribute_key="status", filter_operator="is_present", values=[])],
                actions=[RuleAction(action_name="open_conversation", action_params=[])],
            ),
            {
                "name": "Preço",
                "event_name": "conversation_opened",
                "conditions": [{"attribute_key": "status", "filter_operator": "is_present", "values": []}],
                "actions": [{"action_name": "open_conversation", "action_params": []}],
            },
        ),
    ],
    "automation_rules.update": [
        Case(lambda c: c.app.automation_rules.update(12, active=True), {"active": True}, places=(12,)),
        Case(
            lambda c: c.app.automation_rules.update(
                12,
                name="Outra",
                event_name="conversation_resolved",
                conditions=[RuleCondition.model_validate(CONDITION)],
                actions=[RuleAction.model_validate(ACTION)],
                description=None,
            ),
            {
                "name": "Outra",
                "event_name": "conversation_resolved",
                "description": None,
                "conditions": [CONDITION],
                "actions": [ACTION],
            },
            places=(12,),
        ),
    ],
    "automation_rules.delete": [Case(lambda c: c.app.automation_rules.delete(12), places=(12,))],
    "automation_rules.clone": [Case(lambda c: c.app.automation_rules.clone(12), places=(12,))],
    "macros.list": [Case(lambda c: c.app.macros.list())],
    "macros.show": [Case(lambda c: c.app.macros.show(3), places=(3,))],
    "macros.create": [
        Case(
            lambda c: c.app.macros.create("Macro", actions=[ACTION], visibility="global"),
            {"name": "Macro", "visibility": "global", "actions": [ACTION]},
        ),
        Case(
            lambda c: c.app.macros.create("Macro", actions=[RuleAction.model_validate(ACTION)]),
            {"name": "Macro", "actions": [ACTION]},
        ),
    ],
    "macros.update": [
        Case(lambda c: c.app.macros.update(3, name="Outra"), {"name": "Outra"}, places=(3,)),
        Case(
            lambda c: c.app.macros.update(3, actions=[ACTION], visibility="personal"),
            {"visibility": "personal", "actions": [ACTION]},
            places=(3,),
        ),
    ],
    "macros.delete": [Case(lambda c: c.app.macros.delete(3), places=(3,))],
    "macros.execute": [
        Case(
            lambda c: c.app.macros.execute(3, [174, ConversationData(id=175)]),
            {"conversation_ids": [174, 175]},
            places=(3,),
        )
    ],
}

INTEGRATIONS = {
    "integrations.apps": [Case(lambda c: c.app.integrations.apps())],
    "integrations.create_hook": [
        Case(lambda c: c.app.integrations.create_hook("openai"), {"app_id": "openai"}),
        Case(
            lambda c: c.app.integrations.create_hook("dialogflow", inbox_id=5, status=1, settings={"project_id": "p"}),
            {"app_id": "dialogflow", "inbox_id": 5, "status": 1, "settings": {"project_id": "p"}},
        ),
    ],
    "integrations.update_hook": [
        Case(
            lambda c: c.app.integrations.update_hook(4, status=0, settings={"project_id": "q"}),
            {"status": 0, "settings": {"project_id": "q"}},
            places=(4,),
        )
    ],
    "integrations.delete_hook": [Case(lambda c: c.app.integrations.delete_hook(4), places=(4,))],
}

LOOKS: dict[str, Any] = {
    "color": "#1f93ff",
    "custom_domain": "help.example.com",
    "header_text": "Como podemos ajudar?",
    "homepage_link": "https://example.com",
    "page_title": "Central",
}
NO_LOOKS: dict[str, Any] = dict.fromkeys(LOOKS)
ARTICLE: dict[str, Any] = {
    "content": "**2 dias**",
    "description": "d",
    "locale": "pt_BR",
    "status": "published",
    "category_id": 1,
    "author_id": 2,
    "associated_article_id": 4,
    "slug": "prazo",
    "position": 10,
    "meta": {"title": "t"},
}

HELP_CENTER = {
    "portals.list": [Case(lambda c: c.app.portals.list())],
    "portals.show": [
        Case(lambda c: c.app.portals.show("ajuda"), places=("ajuda",)),
        Case(lambda c: c.app.portals.show(PORTAL), places=("ajuda",)),
    ],
    "portals.create": [
        Case(
            lambda c: c.app.portals.create("Ajuda", "ajuda", config={"allowed_locales": ["pt_BR"]}),
            {"portal": {"name": "Ajuda", "slug": "ajuda", "config": {"allowed_locales": ["pt_BR"]}}},
        ),
        Case(
            lambda c: c.app.portals.create("Ajuda", "ajuda", archived=True, **LOOKS),
            {"portal": {"name": "Ajuda", "slug": "ajuda", "archived": True, **LOOKS}},
        ),
    ],
    "portals.update": [
        Case(lambda c: c.app.portals.update(PORTAL, archived=True), {"portal": {"archived": True}}, places=("ajuda",)),
        Case(
            lambda c: c.app.portals.update(
                "ajuda", name="Outra", slug="outra", config={"default_locale": "en"}, **NO_LOOKS
            ),
            {"portal": {"name": "Outra", "slug": "outra", "config": {"default_locale": "en"}} | NO_LOOKS},
            places=("ajuda",),
        ),
    ],
    "portals.delete": [Case(lambda c: c.app.portals.delete("ajuda"), places=("ajuda",))],
    "categories.list": [
        Case(lambda c: c.app.categories.list("ajuda"), places=("ajuda",)),
        Case(lambda c: c.app.categories.list("ajuda", locale="en"), query={"locale": "en"}, places=("ajuda",)),
    ],
    "categories.create": [
        Case(
            lambda c: c.app.categories.create("ajuda", "Entrega", "entrega"),
            {"category": {"name": "Entrega", "slug": "entrega"}},
            places=("ajuda",),
        ),
        Case(
            lambda c: c.app.categories.create(
                PORTAL,
                "Entrega",
                "entrega",
                locale="pt_BR",
                description="d",
                position=1,
                icon="📦",
                parent_category_id=2,
                associated_category_id=3,
            ),
            {
                "category": {
                    "name": "Entrega",
                    "slug": "entrega",
                    "locale": "pt_BR",
                    "description": "d",
                    "position": 1,
                    "icon": "📦",
                    "parent_category_id": 2,
                    "associated_category_id": 3,
                }
            },
            places=("ajuda",),
        ),
    ],
    "articles.list": [
        Case(lambda c: c.app.articles.list("ajuda"), query={"page": "1"}, places=("ajuda",)),
        Case(
            lambda c: c.app.articles.list(
                PORTAL, page=2, locale="pt_BR", query="a b", category_slug="entrega", status="draft", author_id=2
            ),
            query={
                "page": "2",
                "locale": "pt_BR",
                "query": "a b",
                "category_slug": "entrega",
                "status": "draft",
                "author_id": "2",
            },
            places=("ajuda",),
        ),
    ],
    "articles.show": [Case(lambda c: c.app.articles.show("ajuda", 1), places=("ajuda", 1))],
    "articles.create": [
        Case(
            lambda c: c.app.articles.create("ajuda", "Prazo", category_id=None),
            {"article": {"title": "Prazo", "category_id": None}},
            places=("ajuda",),
        ),
        Case(
            lambda c: c.app.articles.create("ajuda", "Prazo", **ARTICLE),
            {"article": {"title": "Prazo", **ARTICLE}},
            places=("ajuda",),
        ),
    ],
    "articles.update": [
        Case(
            lambda c: c.app.articles.update("ajuda", 1, status="archived"),
            {"article": {"status": "archived"}},
            places=("ajuda", 1),
        ),
        Case(
            lambda c: c.app.articles.update(PORTAL, 1, title="Prazos", **ARTICLE),
            {"article": {"title": "Prazos", **ARTICLE}},
            places=("ajuda", 1),
        ),
    ],
    "articles.delete": [Case(lambda c: c.app.articles.delete("ajuda", 1), places=("ajuda", 1))],
    "help_center.articles": [
        Case(lambda c: c.app.help_center.articles("ajuda", "pt_BR"), places=("ajuda", "pt_BR")),
        Case(
            lambda c: c.app.help_center.articles(PORTAL, "pt_BR", query="prazo", page=2, per_page=50),
            query={"query": "prazo", "page": "2", "per_page": "50"},
            places=("ajuda", "pt_BR"),
        ),
    ],
    "help_center.article_text": [
        Case(lambda c: c.app.help_center.article_text("ajuda", "17-prazo"), places=("ajuda", "17-prazo")),
        Case(
            lambda c: c.app.help_center.article_text(PORTAL, PublicArticle(id=1, slug="17-prazo")),
            places=("ajuda", "17-prazo"),
        ),
    ],
}

CASES: dict[str, list[Case]] = {
    **WEBHOOKS,
    **AGENT_BOTS,
    **AUTOMATION,
    **INTEGRATIONS,
    **HELP_CENTER,
    **INSTALLATION,
}
