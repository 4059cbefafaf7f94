"""The HTTP interfaces: Application API, public Client API, widget, providers' webhooks."""

from __future__ import annotations

from criabot.testing.platform.api import (
    account,
    actions,
    apps,
    bots,
    bulk,
    contact_details,
    contacts,
    conversations,
    definitions,
    desk,
    help_pages,
    inboxes,
    information,
    messages,
    people,
    portals,
    public,
    public_contacts,
    ratings,
    reports,
    rules,
    search,
    webhooks,
)
from criabot.testing.platform.http import Routes

__all__ = ["ALL"]

ALL: tuple[Routes, ...] = (
    information.routes,
    conversations.routes,
    desk.routes,
    desk.account_routes,
    contacts.routes,
    contacts.merge_routes,
    contact_details.routes,
    contact_details.inbox_routes,
    bulk.routes,
    search.routes,
    actions.routes,
    messages.routes,
    public.routes,
    public_contacts.routes,
    account.routes,
    apps.routes,
    bots.routes,
    definitions.routes,
    inboxes.routes,
    inboxes.members_routes,
    people.agent_routes,
    people.team_routes,
    webhooks.routes,
    rules.routes,
    ratings.routes,
    reports.routes,
    portals.routes,
    help_pages.routes,
)
