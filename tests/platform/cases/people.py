"""Calls about inboxes, agents, teams, and what an account defines."""

from __future__ import annotations

from typing import Any

from criabot.platform.answers.agents import Agent
from criabot.platform.answers.inboxes import InboxDetails, WorkingHours
from criabot.platform.channels import (
    ApiChannel,
    EmailChannel,
    LineChannel,
    SmsChannel,
    SmsConfig,
    TelegramChannel,
    WebWidgetChannel,
    WhatsappChannel,
    WhatsappConfig,
)
from tests.platform.cases import Case

INBOX = InboxDetails(id=12)
AGENT = Agent(id=2)
SETTINGS: dict[str, Any] = {
    "greeting_enabled": True,
    "greeting_message": "Olá!",
    "enable_email_collect": False,
    "csat_survey_enabled": True,
    "csat_config": {
        "display_type": "star",
        "message": "Como foi?",
        "button_text": "Avaliar",
        "language": "pt_BR",
        "survey_rules": {"operator": "contains", "values": ["vip"]},
    },
    "enable_auto_assignment": False,
    "working_hours_enabled": True,
    "out_of_office_message": None,
    "timezone": "America/Recife",
    "allow_messages_after_resolved": False,
    "lock_to_single_conversation": True,
    "portal_id": 4,
    "sender_name_type": "professional",
    "business_name": "Loja Azul",
}
WIDGET: dict[str, Any] = {
    "website_url": "https://example.com",
    "welcome_title": "Olá",
    "welcome_tagline": "Estamos aqui",
    "widget_color": "#1f93ff",
    "reply_time": "in_a_few_hours",
    "allowed_domains": "example.com",
    "selected_feature_flags": ["attachments", "emoji_picker"],
    "pre_chat_form_enabled": True,
    "pre_chat_form_options": {"pre_chat_message": "Quem é você?", "pre_chat_fields": []},
    "continuity_via_email": False,
    "hmac_mandatory": True,
}
WHATSAPP: dict[str, Any] = {"api_key": "EAAG", "phone_number_id": "1065", "business_account_id": "1022"}
LINE: dict[str, Any] = {"line_channel_id": "165", "line_channel_secret": "s", "line_channel_token": "t"}
SMS: dict[str, Any] = {"api_key": "k", "api_secret": "s", "application_id": "9", "account_id": "5"}
EMAIL: dict[str, Any] = {
    "email": "loja@example.com",
    "provider": "google",
    "verified_for_sending": True,
    "imap_enabled": True,
    "imap_address": "imap.example.com",
    "imap_port": 993,
    "imap_login": "loja",
    "imap_password": "p",
    "imap_enable_ssl": True,
    "imap_authentication": "plain",
    "smtp_enabled": True,
    "smtp_address": "smtp.example.com",
    "smtp_port": 587,
    "smtp_login": "loja",
    "smtp_password": "p",
    "smtp_domain": "example.com",
    "smtp_authentication": "login",
    "smtp_enable_starttls_auto": True,
    "smtp_enable_ssl_tls": False,
    "smtp_openssl_verify_mode": "none",
}

INBOXES = {
    "inboxes.list": [Case(lambda c: c.app.inboxes.list())],
    "inboxes.show": [
        Case(lambda c: c.app.inboxes.show(12), places=(12,)),
        Case(lambda c: c.app.inboxes.show(INBOX), places=(12,)),
    ],
    "inboxes.create": [
        Case(
            lambda c: c.app.inboxes.create(
                "Caixa",
                ApiChannel(
                    webhook_url="https://bot.example.com", additional_attributes={"agent_reply_time_window": 24}
                ),
            ),
            {
                "name": "Caixa",
                "channel": {
                    "type": "api",
                    "webhook_url": "https://bot.example.com",
                    "additional_attributes": {"agent_reply_time_window": 24},
                },
            },
        ),
        Case(
            lambda c: c.app.inboxes.create("Caixa", ApiChannel(hmac_mandatory=True), **SETTINGS),
            {"name": "Caixa", "channel": {"type": "api", "hmac_mandatory": True}, **SETTINGS},
        ),
        Case(
            lambda c: c.app.inboxes.create("Site", WebWidgetChannel(**WIDGET)),
            {"name": "Site", "channel": {"type": "web_widget", **WIDGET}},
        ),
        Case(
            lambda c: c.app.inboxes.create(
                "Loja",
                WhatsappChannel(
                    phone_number="+5511900000001", provider="whatsapp_cloud", provider_config=WhatsappConfig(**WHATSAPP)
                ),
            ),
            {
                "name": "Loja",
                "channel": {
                    "type": "whatsapp",
                    "phone_number": "+5511900000001",
                    "provider": "whatsapp_cloud",
                    "provider_config": WHATSAPP,
                },
            },
        ),
        Case(
            lambda c: c.app.inboxes.create("Robô", TelegramChannel(bot_token="700:AAH")),
            {"name": "Robô", "channel": {"type": "telegram", "bot_token": "700:AAH"}},
        ),
        Case(
            lambda c: c.app.inboxes.create("Linha", LineChannel(**LINE)),
            {"name": "Linha", "channel": {"type": "line", **LINE}},
        ),
        Case(
            lambda c: c.app.inboxes.create(
                "SMS", SmsChannel(phone_number="+5511900000001", provider_config=SmsConfig(**SMS))
            ),
            {"name": "SMS", "channel": {"type": "sms", "phone_number": "+5511900000001", "provider_config": SMS}},
        ),
        Case(
            lambda c: c.app.inboxes.create("Correio", EmailChannel(**EMAIL)),
            {"name": "Correio", "channel": {"type": "email", **EMAIL}},
        ),
        Case(
            lambda c: c.app.inboxes.create("Outra", {"type": "pigeon", "loft": 3}),
            {"name": "Outra", "channel": {"type": "pigeon", "loft": 3}},
        ),
    ],
    "inboxes.update": [
        Case(lambda c: c.app.inboxes.update(12, name="Nova"), {"name": "Nova"}, places=(12,)),
        Case(lambda c: c.app.inboxes.update(INBOX, **SETTINGS), SETTINGS, places=(12,)),
        Case(
            lambda c: c.app.inboxes.update(12, channel=ApiChannel(webhook_url=None, hmac_mandatory=False)),
            {"channel": {"webhook_url": None, "hmac_mandatory": False}},
            places=(12,),
        ),
        Case(
            lambda c: c.app.inboxes.update(12, channel={"welcome_title": "Oi"}),
            {"channel": {"welcome_title": "Oi"}},
            places=(12,),
        ),
        Case(
            lambda c: c.app.inboxes.update(
                12,
                working_hours=[
                    WorkingHours(day_of_week=1, open_hour=8, open_minutes=30, close_hour=18, close_minutes=0),
                    {"day_of_week": 0, "closed_all_day": True},
                ],
            ),
            {
                "working_hours": [
                    {"day_of_week": 1, "open_hour": 8, "open_minutes": 30, "close_hour": 18, "close_minutes": 0},
                    {"day_of_week": 0, "closed_all_day": True},
                ]
            },
            places=(12,),
        ),
    ],
    "inboxes.delete": [Case(lambda c: c.app.inboxes.delete(12), places=(12,))],
    "inboxes.agent_bot": [Case(lambda c: c.app.inboxes.agent_bot(12), places=(12,))],
    "inboxes.set_agent_bot": [
        Case(lambda c: c.app.inboxes.set_agent_bot(12, 1), {"agent_bot": 1}, places=(12,)),
        Case(lambda c: c.app.inboxes.set_agent_bot(INBOX, None), {"agent_bot": None}, places=(12,)),
    ],
    "inboxes.reset_secret": [Case(lambda c: c.app.inboxes.reset_secret(12), places=(12,))],
    "inboxes.assignable_agents": [
        Case(lambda c: c.app.inboxes.assignable_agents([1, INBOX]), query={"inbox_ids": ["1", "12"]})
    ],
    "inbox_members.list": [Case(lambda c: c.app.inbox_members.list(12), places=(12,))],
    "inbox_members.add": [
        Case(lambda c: c.app.inbox_members.add(12, [1, AGENT]), {"inbox_id": 12, "user_ids": [1, 2]})
    ],
    "inbox_members.set": [Case(lambda c: c.app.inbox_members.set(INBOX, [1]), {"inbox_id": 12, "user_ids": [1]})],
    "inbox_members.remove": [Case(lambda c: c.app.inbox_members.remove(12, [1]), {"inbox_id": 12, "user_ids": [1]})],
}

AGENTS = {
    "agents.list": [Case(lambda c: c.app.agents.list())],
    "agents.create": [
        Case(
            lambda c: c.app.agents.create("Nova", "nova@example.com"),
            {"name": "Nova", "email": "nova@example.com", "role": "agent"},
        ),
        Case(
            lambda c: c.app.agents.create(
                "Nova", "nova@example.com", role="administrator", availability="busy", auto_offline=False
            ),
            {
                "name": "Nova",
                "email": "nova@example.com",
                "role": "administrator",
                "availability": "busy",
                "auto_offline": False,
            },
        ),
    ],
    "agents.update": [
        Case(lambda c: c.app.agents.update(AGENT, role="agent"), {"role": "agent"}, places=(2,)),
        Case(
            lambda c: c.app.agents.update(2, name="Ana", availability="online", auto_offline=True),
            {"name": "Ana", "availability": "online", "auto_offline": True},
            places=(2,),
        ),
    ],
    "agents.delete": [Case(lambda c: c.app.agents.delete(2), places=(2,))],
    "teams.list": [Case(lambda c: c.app.teams.list())],
    "teams.show": [Case(lambda c: c.app.teams.show(5), places=(5,))],
    "teams.create": [
        Case(lambda c: c.app.teams.create("vendas"), {"name": "vendas"}),
        Case(
            lambda c: c.app.teams.create("vendas", description=None, allow_auto_assign=False),
            {"name": "vendas", "description": None, "allow_auto_assign": False},
        ),
    ],
    "teams.update": [
        Case(
            lambda c: c.app.teams.update(5, name="compras", description="d", allow_auto_assign=True),
            {"name": "compras", "description": "d", "allow_auto_assign": True},
            places=(5,),
        )
    ],
    "teams.delete": [Case(lambda c: c.app.teams.delete(5), places=(5,))],
    "team_members.list": [Case(lambda c: c.app.team_members.list(5), places=(5,))],
    "team_members.add": [
        Case(lambda c: c.app.team_members.add(5, [1, AGENT]), {"user_ids": [1, 2]}, places=(5,)),
    ],
    "team_members.set": [Case(lambda c: c.app.team_members.set(5, []), {"user_ids": []}, places=(5,))],
    "team_members.remove": [Case(lambda c: c.app.team_members.remove(5, [2]), {"user_ids": [2]}, places=(5,))],
}

DEFINITIONS = {
    "labels.list": [Case(lambda c: c.app.labels.list())],
    "labels.show": [Case(lambda c: c.app.labels.show(3), places=(3,))],
    "labels.create": [
        Case(lambda c: c.app.labels.create("vip"), {"title": "vip"}),
        Case(
            lambda c: c.app.labels.create("vip", description="d", color="#ff0000", show_on_sidebar=True),
            {"title": "vip", "description": "d", "color": "#ff0000", "show_on_sidebar": True},
        ),
    ],
    "labels.update": [
        Case(
            lambda c: c.app.labels.update(3, title="vip", description=None, color="#00ff00", show_on_sidebar=False),
            {"title": "vip", "description": None, "color": "#00ff00", "show_on_sidebar": False},
            places=(3,),
        )
    ],
    "labels.delete": [Case(lambda c: c.app.labels.delete(3), places=(3,))],
    "canned_responses.list": [
        Case(lambda c: c.app.canned_responses.list()),
        Case(lambda c: c.app.canned_responses.list("oi"), query={"search": "oi"}),
    ],
    "canned_responses.create": [
        Case(
            lambda c: c.app.canned_responses.create("oi", "Olá {{contact.name}}!"),
            {"canned_response": {"short_code": "oi", "content": "Olá {{contact.name}}!"}},
        )
    ],
    "canned_responses.update": [
        Case(
            lambda c: c.app.canned_responses.update(6, content="novo"),
            {"canned_response": {"content": "novo"}},
            places=(6,),
        ),
        Case(
            lambda c: c.app.canned_responses.update(6, short_code="ola"),
            {"canned_response": {"short_code": "ola"}},
            places=(6,),
        ),
    ],
    "canned_responses.delete": [Case(lambda c: c.app.canned_responses.delete(6), places=(6,))],
    "custom_filters.list": [
        Case(lambda c: c.app.custom_filters.list("conversation"), query={"filter_type": "conversation"}),
        Case(lambda c: c.app.custom_filters.list()),
    ],
    "custom_filters.show": [Case(lambda c: c.app.custom_filters.show(8), places=(8,))],
    "custom_filters.create": [
        Case(
            lambda c: c.app.custom_filters.create("abertas", "conversation", {"payload": []}),
            {"custom_filter": {"name": "abertas", "filter_type": "conversation", "query": {"payload": []}}},
        )
    ],
    "custom_filters.update": [
        Case(lambda c: c.app.custom_filters.update(8, name="todas"), {"custom_filter": {"name": "todas"}}, places=(8,)),
        Case(
            lambda c: c.app.custom_filters.update(8, query={"payload": []}),
            {"custom_filter": {"query": {"payload": []}}},
            places=(8,),
        ),
    ],
    "custom_filters.delete": [Case(lambda c: c.app.custom_filters.delete(8), places=(8,))],
    "custom_attribute_definitions.list": [
        Case(lambda c: c.app.custom_attribute_definitions.list()),
        Case(
            lambda c: c.app.custom_attribute_definitions.list("conversation_attribute"), query={"attribute_model": "0"}
        ),
        Case(lambda c: c.app.custom_attribute_definitions.list("contact_attribute"), query={"attribute_model": "1"}),
    ],
    "custom_attribute_definitions.show": [Case(lambda c: c.app.custom_attribute_definitions.show(9), places=(9,))],
    "custom_attribute_definitions.create": [
        Case(
            lambda c: c.app.custom_attribute_definitions.create(
                "pedido", "Pedido", attribute_model="conversation_attribute"
            ),
            {
                "custom_attribute_definition": {
                    "attribute_key": "pedido",
                    "attribute_display_name": "Pedido",
                    "attribute_model": "conversation_attribute",
                    "attribute_display_type": "text",
                }
            },
        ),
        Case(
            lambda c: c.app.custom_attribute_definitions.create(
                "plano",
                "Plano",
                attribute_model="contact_attribute",
                attribute_display_type="list",
                attribute_description="d",
                attribute_values=("a", "b"),
                regex_pattern="^a",
                regex_cue="a…",
            ),
            {
                "custom_attribute_definition": {
                    "attribute_key": "plano",
                    "attribute_display_name": "Plano",
                    "attribute_model": "contact_attribute",
                    "attribute_display_type": "list",
                    "attribute_description": "d",
                    "attribute_values": ["a", "b"],
                    "regex_pattern": "^a",
                    "regex_cue": "a…",
                }
            },
        ),
    ],
    "custom_attribute_definitions.update": [
        Case(
            lambda c: c.app.custom_attribute_definitions.update(9, attribute_display_name="Pedido nº"),
            {"custom_attribute_definition": {"attribute_display_name": "Pedido nº"}},
            places=(9,),
        ),
        Case(
            lambda c: c.app.custom_attribute_definitions.update(
                9,
                attribute_display_type="list",
                attribute_description=None,
                attribute_values=["a"],
                regex_pattern=None,
                regex_cue=None,
            ),
            {
                "custom_attribute_definition": {
                    "attribute_display_type": "list",
                    "attribute_description": None,
                    "attribute_values": ["a"],
                    "regex_pattern": None,
                    "regex_cue": None,
                }
            },
            places=(9,),
        ),
    ],
    "custom_attribute_definitions.delete": [Case(lambda c: c.app.custom_attribute_definitions.delete(9), places=(9,))],
}

CASES: dict[str, list[Case]] = {**INBOXES, **AGENTS, **DEFINITIONS}
