"""Every operation of the platform, in one table: where it is, who may call it, and what may be done after a failure.

The client's methods have the names of the first column: ``conversations.toggle_status`` is
``client.conversations.toggle_status``. In a path ``A`` is ``/api/v1/accounts/{account}``, ``A2`` the same under
``/api/v2``, ``I`` is ``/public/api/v1/inboxes/{inbox}``, ``P`` is ``/platform/api/v1``. Who may call it:

- ``bot``: an agent bot's token, from the server version in ``bot_since`` on, or any user's (contract 4.7);
- ``user``: any agent's or administrator's token; ``admin``: an administrator's;
- ``platform``: a platform app's token; ``public``: nobody is asked for a token.

`criabot.platform.coverage` shows the table with what is recorded and tested of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

__all__ = ["OPERATIONS", "Access", "Operation", "Throttle", "Verb"]

Verb: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Access: TypeAlias = Literal["bot", "user", "admin", "platform", "public"]
Throttle: TypeAlias = Literal["all", "meta", "search", "upload", "transcript", "reports", "messages"]
"""What the platform counts by (contract 5.10); every call counts for ``all``, too."""

ROOTS = {
    "A": "/api/v1/accounts/{account}",
    "A2": "/api/v2/accounts/{account}",
    "I": "/public/api/v1/inboxes/{inbox}",
    "P": "/platform/api/v1",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        name: ``resource.method`` in the client.
        verb: of HTTP.
        path: with ``{names}`` of what is put in.
        access: who may call it.
        section: of the contract.
        envelope: the keys around what is asked for, such as ``payload.webhook`` (contract 5.2); empty when it is bare.
        repeatable: calling it twice is the same as calling it once, so that a lost answer may be followed by a
            second call.
        bot_since: the first server version that lets a bot's token do it; empty for all.
        throttle: what the platform counts it by.
        in_swagger: the platform's own description has it; else only the contract and the traffic.
    """

    name: str
    verb: Verb
    path: str
    access: Access
    section: str
    envelope: str = ""
    repeatable: bool = False
    bot_since: str = ""
    throttle: Throttle = "all"
    in_swagger: bool = True

    @property
    def endpoint(self) -> str:
        """Verb and path, as errors and the coverage table show it."""
        return f"{self.verb} {self.path}"

    @property
    def places(self) -> tuple[str, ...]:
        """The names in the path, the root's included, in their order."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))


def _row(
    name: str,
    endpoint: str,
    access: Access,
    section: str,
    envelope: str = "",
    *,
    repeat: bool = False,
    bot: str = "",
    throttle: Throttle = "all",
    extra: bool = False,
) -> Operation:
    """A row of the table; ``extra``: the swagger file does not know it."""
    verb, path = endpoint.split()
    root, slash, rest = path.partition("/")
    path = ROOTS[root] + slash + rest if root else path
    is_safe = repeat or verb == "GET"
    return Operation(name, cast("Verb", verb), path, access, section, envelope, is_safe, bot, throttle, not extra)


_C = "A/conversations/{conversation}"
_M = f"{_C}/messages"
_IC = "I/contacts/{contact}"
_IV = f"{_IC}/conversations/{{conversation}}"

_ROWS = [
    # The server and the token's owner
    _row("server.info", "GET /api", "public", "0.1", extra=True),
    _row("server.health", "GET /health", "public", "5.3", extra=True),
    _row("profile.get", "GET /api/v1/profile", "user", "5.3"),
    _row("profile.update", "PUT /api/v1/profile", "user", "5.3", repeat=True),
    _row("profile.set_availability", "POST /api/v1/profile/availability", "user", "5.3", repeat=True, extra=True),
    _row("profile.reset_access_token", "POST /api/v1/profile/reset_access_token", "user", "5.3", extra=True),
    _row("account.get", "GET A", "user", "5.3"),
    _row("account.update", "PATCH A", "admin", "5.3", repeat=True),
    _row("account.audit_logs", "GET A/audit_logs", "admin", "5.3"),
    # Conversations
    _row("conversations.list", "GET A/conversations", "user", "5.4", "data"),
    _row("conversations.meta", "GET A/conversations/meta", "user", "5.4", "meta", throttle="meta"),
    _row("conversations.search", "GET A/conversations/search", "user", "5.4", extra=True),
    _row("conversations.unread_counts", "GET A/conversations/unread_counts", "user", "5.4", "payload", extra=True),
    _row("conversations.filter", "POST A/conversations/filter", "user", "5.4", repeat=True),
    _row("conversations.create", "POST A/conversations", "bot", "5.4"),
    _row("conversations.show", f"GET {_C}", "bot", "5.4", bot="4.14.2"),
    _row("conversations.update", f"PATCH {_C}", "bot", "5.4", repeat=True),
    _row("conversations.delete", f"DELETE {_C}", "admin", "5.4", extra=True),
    _row("conversations.toggle_status", f"POST {_C}/toggle_status", "bot", "4.3", "payload", repeat=True),
    _row("conversations.toggle_priority", f"POST {_C}/toggle_priority", "bot", "4.5", repeat=True),
    _row(
        "conversations.toggle_typing_status",
        f"POST {_C}/toggle_typing_status",
        "bot",
        "4.5",
        repeat=True,
        bot="4.11.2",
    ),
    _row(
        "conversations.set_custom_attributes",
        f"POST {_C}/custom_attributes",
        "bot",
        "4.5",
        "custom_attributes",
        repeat=True,
    ),
    _row(
        "conversations.destroy_custom_attributes",
        f"POST {_C}/destroy_custom_attributes",
        "user",
        "0.2",
        "custom_attributes",
        repeat=True,
        extra=True,
    ),
    _row("conversations.assign", f"POST {_C}/assignments", "bot", "4.4", repeat=True),
    _row("conversations.labels", f"GET {_C}/labels", "bot", "4.5", "payload", bot="4.14.2"),
    _row("conversations.set_labels", f"POST {_C}/labels", "bot", "4.5", "payload", repeat=True, bot="4.14.2"),
    _row("conversations.update_last_seen", f"POST {_C}/update_last_seen", "user", "4.5", repeat=True, extra=True),
    _row("conversations.mark_unread", f"POST {_C}/unread", "user", "4.5", repeat=True, extra=True),
    _row("conversations.mute", f"POST {_C}/mute", "user", "4.5", repeat=True, extra=True),
    _row("conversations.unmute", f"POST {_C}/unmute", "user", "4.5", repeat=True, extra=True),
    _row("conversations.send_transcript", f"POST {_C}/transcript", "user", "4.5", throttle="transcript", extra=True),
    _row("conversations.attachments", f"GET {_C}/attachments", "user", "5.4", extra=True),
    _row("conversations.reporting_events", f"GET {_C}/reporting_events", "user", "5.9"),
    _row("participants.list", f"GET {_C}/participants", "user", "4.5", extra=True),
    _row("participants.add", f"POST {_C}/participants", "user", "4.5", repeat=True, extra=True),
    _row("participants.set", f"PATCH {_C}/participants", "user", "4.5", repeat=True, extra=True),
    _row("participants.remove", f"DELETE {_C}/participants", "user", "4.5", repeat=True, extra=True),
    _row("drafts.get", f"GET {_C}/draft_messages", "user", "4.5", extra=True),
    _row("drafts.set", f"PATCH {_C}/draft_messages", "user", "4.5", repeat=True, extra=True),
    _row("drafts.delete", f"DELETE {_C}/draft_messages", "user", "4.5", repeat=True, extra=True),
    _row("bulk_actions.create", "POST A/bulk_actions", "user", "5.4", repeat=True, extra=True),
    # Messages
    _row("messages.list", f"GET {_M}", "user", "5.5"),
    _row("messages.create", f"POST {_M}", "bot", "3.4", throttle="messages"),
    _row("messages.update", f"PATCH {_M}/{{message}}", "user", "3.5", repeat=True, extra=True),
    _row("messages.delete", f"DELETE {_M}/{{message}}", "user", "3.5", repeat=True),
    _row("messages.retry", f"POST {_M}/{{message}}/retry", "user", "3.5", extra=True),
    _row("messages.translate", f"POST {_M}/{{message}}/translate", "user", "3.5", extra=True),
    _row("uploads.create", "POST A/upload", "user", "3.6", throttle="upload", extra=True),
    _row("uploads.create_direct", f"POST {_C}/direct_uploads", "user", "3.6", extra=True),
    # Contacts
    _row("contacts.list", "GET A/contacts", "user", "5.6"),
    _row("contacts.active", "GET A/contacts/active", "user", "5.6", extra=True),
    _row("contacts.search", "GET A/contacts/search", "user", "5.6", throttle="search"),
    _row("contacts.filter", "POST A/contacts/filter", "user", "5.6", repeat=True),
    _row("contacts.create", "POST A/contacts", "user", "5.6", "payload"),
    _row("contacts.show", "GET A/contacts/{contact}", "user", "5.6", "payload"),
    _row("contacts.update", "PUT A/contacts/{contact}", "user", "5.6", "payload", repeat=True),
    _row(
        "contacts.destroy_custom_attributes",
        "POST A/contacts/{contact}/destroy_custom_attributes",
        "user",
        "5.6",
        "payload",
        repeat=True,
        extra=True,
    ),
    _row("contacts.delete", "DELETE A/contacts/{contact}", "admin", "5.6", repeat=True),
    _row("contacts.conversations", "GET A/contacts/{contact}/conversations", "user", "5.6", "payload"),
    _row("contacts.labels", "GET A/contacts/{contact}/labels", "user", "5.6", "payload"),
    _row("contacts.set_labels", "POST A/contacts/{contact}/labels", "user", "5.6", "payload", repeat=True),
    _row("contacts.contactable_inboxes", "GET A/contacts/{contact}/contactable_inboxes", "user", "5.6", "payload"),
    _row("contacts.create_contact_inbox", "POST A/contacts/{contact}/contact_inboxes", "user", "5.6"),
    _row("contacts.find_by_source_id", "POST A/contact_inboxes/filter", "user", "5.6", repeat=True, extra=True),
    _row("contacts.merge", "POST A/actions/contact_merge", "user", "5.6"),
    _row("contacts.import_csv", "POST A/contacts/import", "admin", "5.6", extra=True),
    _row("contacts.export", "POST A/contacts/export", "admin", "5.6", extra=True),
    _row("notes.list", "GET A/contacts/{contact}/notes", "user", "5.6", extra=True),
    _row("notes.create", "POST A/contacts/{contact}/notes", "user", "5.6", extra=True),
    _row("notes.show", "GET A/contacts/{contact}/notes/{note}", "user", "5.6", extra=True),
    _row("notes.update", "PATCH A/contacts/{contact}/notes/{note}", "user", "5.6", repeat=True, extra=True),
    _row("notes.delete", "DELETE A/contacts/{contact}/notes/{note}", "user", "5.6", repeat=True, extra=True),
    # Inboxes and people
    _row("inboxes.list", "GET A/inboxes", "user", "5.7", "payload"),
    _row("inboxes.show", "GET A/inboxes/{inbox}", "user", "5.7"),
    _row("inboxes.create", "POST A/inboxes", "admin", "5.7"),
    _row("inboxes.update", "PATCH A/inboxes/{inbox}", "admin", "5.7", repeat=True),
    _row("inboxes.delete", "DELETE A/inboxes/{inbox}", "admin", "5.7", repeat=True, extra=True),
    _row("inboxes.agent_bot", "GET A/inboxes/{inbox}/agent_bot", "user", "5.7", "agent_bot"),
    _row("inboxes.set_agent_bot", "POST A/inboxes/{inbox}/set_agent_bot", "admin", "5.7", repeat=True),
    _row("inboxes.reset_secret", "POST A/inboxes/{inbox}/reset_secret", "admin", "5.7", extra=True),
    _row("inboxes.assignable_agents", "GET A/assignable_agents", "user", "5.4", "payload", extra=True),
    _row("inbox_members.list", "GET A/inbox_members/{inbox}", "user", "5.7", "payload"),
    _row("inbox_members.add", "POST A/inbox_members", "admin", "5.7", "payload", repeat=True),
    _row("inbox_members.set", "PATCH A/inbox_members", "admin", "5.7", "payload", repeat=True),
    _row("inbox_members.remove", "DELETE A/inbox_members", "admin", "5.7", repeat=True),
    _row("agents.list", "GET A/agents", "user", "5.7"),
    _row("agents.create", "POST A/agents", "admin", "5.7"),
    _row("agents.update", "PATCH A/agents/{agent}", "admin", "5.7", repeat=True),
    _row("agents.delete", "DELETE A/agents/{agent}", "admin", "5.7", repeat=True),
    _row("teams.list", "GET A/teams", "user", "5.7"),
    _row("teams.show", "GET A/teams/{team}", "user", "5.7"),
    _row("teams.create", "POST A/teams", "admin", "5.7"),
    _row("teams.update", "PATCH A/teams/{team}", "admin", "5.7", repeat=True),
    _row("teams.delete", "DELETE A/teams/{team}", "admin", "5.7", repeat=True),
    _row("team_members.list", "GET A/teams/{team}/team_members", "user", "5.7"),
    _row("team_members.add", "POST A/teams/{team}/team_members", "admin", "5.7", repeat=True),
    _row("team_members.set", "PATCH A/teams/{team}/team_members", "admin", "5.7", repeat=True),
    _row("team_members.remove", "DELETE A/teams/{team}/team_members", "admin", "5.7", repeat=True),
    _row("labels.list", "GET A/labels", "user", "5.7", "payload"),
    _row("labels.show", "GET A/labels/{label}", "user", "5.7"),
    _row("labels.create", "POST A/labels", "admin", "5.7"),
    _row("labels.update", "PATCH A/labels/{label}", "admin", "5.7", repeat=True),
    _row("labels.delete", "DELETE A/labels/{label}", "admin", "5.7", repeat=True),
    _row("canned_responses.list", "GET A/canned_responses", "user", "5.7"),
    _row("canned_responses.create", "POST A/canned_responses", "user", "5.7"),
    _row("canned_responses.update", "PATCH A/canned_responses/{response}", "user", "5.7", repeat=True),
    _row("canned_responses.delete", "DELETE A/canned_responses/{response}", "user", "5.7", repeat=True),
    _row("custom_filters.list", "GET A/custom_filters", "user", "5.7"),
    _row("custom_filters.show", "GET A/custom_filters/{filter}", "user", "5.7"),
    _row("custom_filters.create", "POST A/custom_filters", "user", "5.7"),
    _row("custom_filters.update", "PATCH A/custom_filters/{filter}", "user", "5.7", repeat=True),
    _row("custom_filters.delete", "DELETE A/custom_filters/{filter}", "user", "5.7", repeat=True),
    _row("custom_attribute_definitions.list", "GET A/custom_attribute_definitions", "user", "5.7"),
    _row("custom_attribute_definitions.show", "GET A/custom_attribute_definitions/{definition}", "user", "5.7"),
    _row("custom_attribute_definitions.create", "POST A/custom_attribute_definitions", "admin", "5.7"),
    _row(
        "custom_attribute_definitions.update",
        "PATCH A/custom_attribute_definitions/{definition}",
        "admin",
        "5.7",
        repeat=True,
    ),
    _row(
        "custom_attribute_definitions.delete",
        "DELETE A/custom_attribute_definitions/{definition}",
        "admin",
        "5.7",
        repeat=True,
    ),
    # Integrations
    _row("webhooks.list", "GET A/webhooks", "admin", "5.8", "payload.webhooks"),
    _row("webhooks.create", "POST A/webhooks", "admin", "5.8", "payload.webhook"),
    _row("webhooks.update", "PATCH A/webhooks/{webhook}", "admin", "5.8", "payload.webhook", repeat=True),
    _row("webhooks.delete", "DELETE A/webhooks/{webhook}", "admin", "5.8", repeat=True),
    _row("agent_bots.list", "GET A/agent_bots", "user", "5.8"),
    _row("agent_bots.show", "GET A/agent_bots/{agent_bot}", "user", "5.8"),
    _row("agent_bots.create", "POST A/agent_bots", "admin", "5.8"),
    _row("agent_bots.update", "PATCH A/agent_bots/{agent_bot}", "admin", "5.8", repeat=True),
    _row("agent_bots.delete", "DELETE A/agent_bots/{agent_bot}", "admin", "5.8", repeat=True),
    _row(
        "agent_bots.reset_access_token", "POST A/agent_bots/{agent_bot}/reset_access_token", "admin", "5.8", extra=True
    ),
    _row("agent_bots.reset_secret", "POST A/agent_bots/{agent_bot}/reset_secret", "admin", "5.8", extra=True),
    _row("automation_rules.list", "GET A/automation_rules", "admin", "5.8", "payload"),
    _row("automation_rules.show", "GET A/automation_rules/{rule}", "admin", "5.8", "payload"),
    _row("automation_rules.create", "POST A/automation_rules", "admin", "5.8"),
    _row("automation_rules.update", "PATCH A/automation_rules/{rule}", "admin", "5.8", "payload", repeat=True),
    _row("automation_rules.delete", "DELETE A/automation_rules/{rule}", "admin", "5.8", repeat=True),
    _row("automation_rules.clone", "POST A/automation_rules/{rule}/clone", "admin", "5.8", "payload", extra=True),
    _row("macros.list", "GET A/macros", "user", "5.8", "payload", extra=True),
    _row("macros.show", "GET A/macros/{macro}", "user", "5.8", "payload", extra=True),
    _row("macros.create", "POST A/macros", "user", "5.8", "payload", extra=True),
    _row("macros.update", "PATCH A/macros/{macro}", "user", "5.8", "payload", repeat=True, extra=True),
    _row("macros.delete", "DELETE A/macros/{macro}", "user", "5.8", repeat=True, extra=True),
    _row("macros.execute", "POST A/macros/{macro}/execute", "user", "5.8", extra=True),
    _row("integrations.apps", "GET A/integrations/apps", "user", "5.8", "payload"),
    _row("integrations.create_hook", "POST A/integrations/hooks", "admin", "5.8"),
    _row("integrations.update_hook", "PATCH A/integrations/hooks/{hook}", "admin", "5.8", repeat=True),
    _row("integrations.delete_hook", "DELETE A/integrations/hooks/{hook}", "admin", "5.8", repeat=True),
    # Help centre and search
    _row("portals.list", "GET A/portals", "user", "5.9"),
    _row("portals.show", "GET A/portals/{portal}", "user", "5.9", extra=True),
    _row("portals.create", "POST A/portals", "admin", "5.9"),
    _row("portals.update", "PATCH A/portals/{portal}", "admin", "5.9", repeat=True),
    _row("portals.delete", "DELETE A/portals/{portal}", "admin", "5.9", repeat=True, extra=True),
    _row("categories.list", "GET A/portals/{portal}/categories", "user", "5.9", extra=True),
    _row("categories.create", "POST A/portals/{portal}/categories", "admin", "5.9", "payload"),
    _row("articles.list", "GET A/portals/{portal}/articles", "user", "5.9", extra=True),
    _row("articles.show", "GET A/portals/{portal}/articles/{article}", "admin", "5.9", "payload", extra=True),
    _row("articles.create", "POST A/portals/{portal}/articles", "admin", "5.9", "payload"),
    _row(
        "articles.update",
        "PATCH A/portals/{portal}/articles/{article}",
        "admin",
        "5.9",
        "payload",
        repeat=True,
        extra=True,
    ),
    _row("articles.delete", "DELETE A/portals/{portal}/articles/{article}", "admin", "5.9", repeat=True, extra=True),
    _row("help_center.articles", "GET /hc/{portal}/{locale}/articles.json", "public", "5.9", extra=True),
    _row("help_center.article_text", "GET /hc/{portal}/articles/{article}.md", "public", "5.9", extra=True),
    _row("search.all", "GET A/search", "user", "5.9", "payload", extra=True),
    _row("search.messages", "GET A/search/messages", "user", "5.9", "payload.messages", extra=True),
    _row("search.conversations", "GET A/search/conversations", "user", "5.9", "payload.conversations", extra=True),
    _row("search.contacts", "GET A/search/contacts", "user", "5.9", "payload.contacts", extra=True),
    _row("search.articles", "GET A/search/articles", "user", "5.9", "payload.articles", extra=True),
    # Reports
    _row("reports.account_events", "GET A/reporting_events", "admin", "5.9"),
    _row("reports.timeseries", "GET A2/reports", "admin", "5.9", throttle="reports"),
    _row("reports.summary", "GET A2/reports/summary", "admin", "5.9", throttle="reports"),
    _row("reports.bot_summary", "GET A2/reports/bot_summary", "admin", "5.9", throttle="reports", extra=True),
    _row("reports.bot_metrics", "GET A2/reports/bot_metrics", "admin", "5.9", throttle="reports", extra=True),
    _row("reports.conversations", "GET A2/reports/conversations", "admin", "5.9", throttle="reports"),
    _row("reports.agents", "GET A2/reports/conversations", "admin", "5.9", throttle="reports"),
    _row("reports.by_agent", "GET A2/summary_reports/agent", "admin", "5.9", throttle="reports"),
    _row("reports.by_team", "GET A2/summary_reports/team", "admin", "5.9", throttle="reports"),
    _row("reports.by_inbox", "GET A2/summary_reports/inbox", "admin", "5.9", throttle="reports"),
    _row("reports.by_label", "GET A2/summary_reports/label", "admin", "5.9", throttle="reports", extra=True),
    _row("reports.by_channel", "GET A2/summary_reports/channel", "admin", "5.9", throttle="reports"),
    _row(
        "reports.first_response_times",
        "GET A2/reports/first_response_time_distribution",
        "admin",
        "5.9",
        throttle="reports",
    ),
    _row("reports.inbox_label_matrix", "GET A2/reports/inbox_label_matrix", "admin", "5.9", throttle="reports"),
    _row("reports.outgoing_messages", "GET A2/reports/outgoing_messages_count", "admin", "5.9", throttle="reports"),
    _row("reports.live", "GET A2/live_reports/conversation_metrics", "admin", "5.9", throttle="reports", extra=True),
    _row(
        "reports.live_grouped",
        "GET A2/live_reports/grouped_conversation_metrics",
        "admin",
        "5.9",
        throttle="reports",
        extra=True,
    ),
    _row("csat.responses", "GET A/csat_survey_responses", "admin", "5.9", extra=True),
    _row("csat.metrics", "GET A/csat_survey_responses/metrics", "admin", "5.9", extra=True),
    # Client API: the contact's own side of an API inbox
    _row("inbox.get", "GET I", "public", "6.1"),
    _row("contact.create", "POST I/contacts", "public", "6.1"),
    _row("contact.show", f"GET {_IC}", "public", "6.1"),
    _row("contact.update", f"PATCH {_IC}", "public", "6.1", repeat=True),
    _row("conversation.list", f"GET {_IC}/conversations", "public", "6.1"),
    _row("conversation.create", f"POST {_IC}/conversations", "public", "6.1"),
    _row("conversation.show", f"GET {_IV}", "public", "6.1"),
    _row("conversation.resolve", f"POST {_IV}/toggle_status", "public", "6.1", repeat=True),
    _row("conversation.toggle_typing", f"POST {_IV}/toggle_typing", "public", "6.1", repeat=True),
    _row("conversation.update_last_seen", f"POST {_IV}/update_last_seen", "public", "6.1", repeat=True),
    _row("message.list", f"GET {_IV}/messages", "public", "6.1"),
    _row("message.create", f"POST {_IV}/messages", "public", "6.1", throttle="messages"),
    _row("message.update", f"PATCH {_IV}/messages/{{message}}", "public", "6.1", repeat=True),
    _row("survey.show", "GET /public/api/v1/csat_survey/{uuid}", "public", "6.1", extra=True),
    _row("survey.answer", "PUT /public/api/v1/csat_survey/{uuid}", "public", "6.1", repeat=True, extra=True),
    _row("survey.page", "GET /survey/responses/{uuid}", "public", "6.1"),
    # Platform API: for who runs the installation
    _row("platform_accounts.create", "POST P/accounts", "platform", "4.7"),
    _row("platform_accounts.show", "GET P/accounts/{account}", "platform", "4.7"),
    _row("platform_accounts.update", "PATCH P/accounts/{account}", "platform", "4.7", repeat=True),
    _row("platform_accounts.delete", "DELETE P/accounts/{account}", "platform", "4.7", repeat=True),
    _row("account_users.list", "GET P/accounts/{account}/account_users", "platform", "4.7"),
    _row("account_users.add", "POST P/accounts/{account}/account_users", "platform", "4.7", repeat=True),
    _row("account_users.remove", "DELETE P/accounts/{account}/account_users", "platform", "4.7", repeat=True),
    _row("platform_agent_bots.list", "GET P/agent_bots", "platform", "4.7"),
    _row("platform_agent_bots.create", "POST P/agent_bots", "platform", "4.7"),
    _row("platform_agent_bots.show", "GET P/agent_bots/{agent_bot}", "platform", "4.7"),
    _row("platform_agent_bots.update", "PATCH P/agent_bots/{agent_bot}", "platform", "4.7", repeat=True),
    _row("platform_agent_bots.delete", "DELETE P/agent_bots/{agent_bot}", "platform", "4.7", repeat=True),
    _row("users.create", "POST P/users", "platform", "4.7"),
    _row("users.show", "GET P/users/{user}", "platform", "4.7"),
    _row("users.update", "PATCH P/users/{user}", "platform", "4.7", repeat=True),
    _row("users.delete", "DELETE P/users/{user}", "platform", "4.7", repeat=True),
    _row("users.login_url", "GET P/users/{user}/login", "platform", "4.7", "url"),
]

OPERATIONS = {row.name: row for row in _ROWS}
"""By name."""
