"""Inboxes: made, changed and deleted, with their events (contract 2.10, 5.7)."""

from __future__ import annotations

from functools import partial
from typing import Any

from criabot.testing.platform import seed
from criabot.testing.platform.channels.onboarding import introduce, subscribe
from criabot.testing.platform.core import Core
from criabot.testing.platform.payloads import account_data, changes_data
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import Inbox, Json, World

__all__ = ["DEFAULTS", "announce", "column", "create_inbox", "delete_inbox", "update_inbox", "working_hours"]

DEFAULTS: Json = {
    "allow_messages_after_resolved": True,
    "lock_to_single_conversation": False,
    "auto_assignment_config": {},
    "enable_auto_assignment": True,
    "enable_email_collect": True,
    "greeting_enabled": False,
    "greeting_message": None,
    "csat_survey_enabled": False,
    "csat_config": {},
    "business_name": None,
    "sender_name_type": "friendly",
    "timezone": "UTC",
    "out_of_office_message": None,
    "working_hours_enabled": False,
}
TOLD = [key for key in DEFAULTS if key != "csat_config"]
ORDER = (  # of the server's columns, in which it tells of changes
    "name", "updated_at", "enable_auto_assignment", "greeting_enabled", "greeting_message", "working_hours_enabled",
    "out_of_office_message", "timezone", "enable_email_collect", "csat_survey_enabled", "allow_messages_after_resolved",
    "auto_assignment_config", "lock_to_single_conversation", "sender_name_type", "business_name", "csat_config",
)  # fmt: skip


def column(inbox: Inbox, key: str) -> Any:
    """A column of an inbox, or its default."""
    return inbox.settings.get(key, DEFAULTS[key])


def create_inbox(core: Core, channel: str, name: str, settings: Json, columns: Json) -> Inbox:
    """A new inbox: `settings` of its own, `columns` of its channel."""
    inbox = seed.add_inbox(core, channel, name=name, **columns)
    inbox.settings.update(settings)
    introduce(core.providers, inbox, core.now)
    announce(core, inbox)
    return inbox


def announce(core: Core, inbox: Inbox) -> None:
    """Tell the account's webhooks of a new inbox, and its provider of us."""
    subscribe(core.providers, inbox, core.world.account.attributes.get("frontend_url", ""))
    core.events.inbox("inbox_created", partial(_data, core.world, inbox))


def update_inbox(core: Core, inbox: Inbox, **values: Any) -> None:
    """Change an inbox's name or settings."""
    before = inbox.updated_at
    changes = {}
    for key, value in values.items():
        old = inbox.name if key == "name" else column(inbox, key)
        if old != value:
            changes[key] = (old, value)
            _set(inbox, key, value)
    if not changes:
        return
    inbox.updated_at = core.now
    changes["updated_at"] = (iso(before), iso(core.now))
    ordered = {key: changes[key] for key in ORDER if key in changes}
    extra = {"changed_attributes": changes_data(ordered)}
    core.events.inbox("inbox_updated", lambda: {**_data(core.world, inbox), **extra})


def delete_inbox(world: World, inbox: Inbox) -> None:
    """Remove an inbox with its conversations and identities."""
    world.inboxes.pop(inbox.id, None)
    for number in [c.id for c in world.conversations.values() if c.inbox is inbox]:
        for message in world.conversations.pop(number).messages:
            world.messages.pop(message.id, None)
    for number in [row.id for row in world.contact_inboxes.values() if row.inbox is inbox]:
        del world.contact_inboxes[number]


def working_hours(world: World, inbox: Inbox) -> list[Json]:
    """The rows of the days, Sunday first."""
    owner = {"inbox_id": inbox.id, "account_id": world.account.id}
    born = {"created_at": iso(inbox.created_at), "updated_at": iso(inbox.created_at)}
    first = (inbox.id - 1) * len(inbox.working_hours) + 1
    return [{"id": first + i, **owner, **day, **born} for i, day in enumerate(inbox.working_hours)]


def _set(inbox: Inbox, key: str, value: Any) -> None:
    if key == "name":
        inbox.name = value
    else:
        inbox.settings[key] = value


def _data(world: World, inbox: Inbox) -> Json:
    """The webhook's payload: neither id nor name, but the whole channel (contract 2.10)."""
    times = {"created_at": iso(inbox.created_at), "updated_at": iso(inbox.updated_at)}
    born = {"created_at": times["created_at"], "updated_at": times["created_at"]}
    return {
        **{key: column(inbox, key) for key in TOLD},
        "working_hours": working_hours(world, inbox),
        **times,
        "channel": {"id": inbox.channel_id, "account_id": world.account.id, **inbox.channel, **born},
        **({"account": account_data(world)} if world.since("4.14.2") else {}),
    }
