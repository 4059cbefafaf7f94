"""Automation rules and macros at work: conditions, actions, the webhooks they send (contract 1.1, 5.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, cast

from criabot.testing.platform import assignment
from criabot.testing.platform.casts import number
from criabot.testing.platform.conditions import Case, applies
from criabot.testing.platform.contacts import update_contact
from criabot.testing.platform.core import Core
from criabot.testing.platform.events import Changes
from criabot.testing.platform.lifecycle import change, create_message, set_status
from criabot.testing.platform.world import ACTIVITY, OUTGOING, Conversation, Json, Message, User

__all__ = ["AUTOMATION", "Automation", "Run", "run_macro"]

AUTOMATION = "Automation System"
EVENTS = (
    "message_created", "conversation_created", "conversation_updated", "conversation_opened", "conversation_resolved",
)  # fmt: skip
STATUSES: dict[str, Literal["open", "resolved", "pending", "snoozed"]] = {
    "open_conversation": "open",
    "resolve_conversation": "resolved",
    "pending_conversation": "pending",
    "snooze_conversation": "snoozed",
}

Action: TypeAlias = "Callable[[Run, list[Any]], None]"


class Automation:
    """Listens to events and runs the rules of the account in the background, before the account's webhooks leave."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._is_acting = False

    def hear(self, event: str, subject: object, changes: Changes) -> None:
        """An event; what a rule itself causes starts no other rule."""
        if self._is_acting or event not in EVENTS:
            return
        if isinstance(subject, Message) and subject.message_type == ACTIVITY:
            return
        if not any(rule["event_name"] == event and rule["active"] for rule in self._rules()):
            return

        async def job() -> None:
            self._run(event, subject, changes)

        self._core.jobs.soon(job)

    def _rules(self) -> list[Json]:
        return list(self._core.world.rows["automation_rule"].values())

    def _run(self, event: str, subject: object, changes: Changes) -> None:
        message = subject if isinstance(subject, Message) else None
        conversation = message.conversation if message else cast("Conversation", subject)
        case = Case(conversation, message, changes, self._core.now)
        for rule in self._rules():
            if rule["active"] and rule["event_name"] == event and applies(rule["conditions"], case):
                self._act(rule, conversation)

    def _act(self, rule: Json, conversation: Conversation) -> None:
        self._is_acting = True
        try:
            marker = {"automation_rule_id": rule["id"]}
            event = f"automation_event.{rule['event_name']}"
            run = Run(self._core, conversation, AUTOMATION, event, marker)
            for action in rule["actions"]:
                run.do(action)
        finally:
            self._is_acting = False


def run_macro(core: Core, macro: Json, conversation: Conversation, user: User) -> None:
    """Do what a macro says, in a user's name and in the background; what each action causes comes before the next."""
    run, actions = Run(core, conversation, user, "macro.executed", {}), iter(list(macro["actions"]))

    async def job() -> None:
        if (action := next(actions, None)) is not None:
            run.do(action)
            core.jobs.soon(job)

    core.jobs.soon(job)


class Run:
    """The actions of one rule or macro on one conversation.

    Args:
        core: the platform's.
        conversation: which.
        by: who does it: a user, or the name of the automation.
        event: of the webhook it may send.
        marker: content attributes of the messages it writes.
    """

    def __init__(self, core: Core, conversation: Conversation, by: User | str, event: str, marker: Json) -> None:
        self.core = core
        self.conversation = conversation
        self.by = by
        self.event = event
        self.marker = marker

    def do(self, action: Json) -> None:
        """Do one of the actions; mails and attachments are left out."""
        given = action.get("action_params")
        name, values = str(action.get("action_name")), given if isinstance(given, list) else []
        if name in STATUSES:
            self.set_status(STATUSES[name])
        elif name in ACTIONS:
            ACTIONS[name](self, values)

    def set_status(self, status: str) -> None:
        """Change the status."""
        set_status(self.core, self.conversation, status, by=self.by)

    def write(self, text: Any, *, private: bool) -> None:
        """Write a message or a note."""
        sender = self.by if isinstance(self.by, User) else None
        create_message(
            self.core, self.conversation, text, sender=sender, private=private, content_attributes=dict(self.marker)
        )

    def change(self, **values: Any) -> None:
        """Change the conversation."""
        change(self.core, self.conversation, by=self.by, **values)

    def send_webhook(self, url: str) -> None:
        """Send the conversation to an address, unsigned."""
        self.core.events.rule(self.event, url, self.conversation)


def _send_message(run: Run, values: list[Any]) -> None:
    if values:
        run.write(values[0], private=False)


def _add_private_note(run: Run, values: list[Any]) -> None:
    if values:
        run.write(values[0], private=True)


def _add_label(run: Run, values: list[Any]) -> None:
    run.change(labels=list(dict.fromkeys([*run.conversation.labels, *map(str, values)])))


def _remove_label(run: Run, values: list[Any]) -> None:
    run.change(labels=[label for label in run.conversation.labels if label not in values])


def _assign_agent(run: Run, values: list[Any]) -> None:
    world, wanted = run.core.world, values[0] if values else None
    if wanted == "nil":
        assignment.assign(run.core, run.conversation, None, by=run.by)
        return
    if wanted == "self" and isinstance(run.by, User):
        user: User | None = run.by
    elif wanted == "last_responding_agent":
        spoken = [m.sender for m in run.conversation.messages if m.message_type == OUTGOING]
        user = next((sender for sender in reversed(spoken) if isinstance(sender, User)), None)
    else:
        user = world.users.get(number(wanted))
    if user is not None and (user.is_admin or user in run.conversation.inbox.members):
        assignment.assign(run.core, run.conversation, user, by=run.by)


def _assign_team(run: Run, values: list[Any]) -> None:
    if not values or str(values[0]) in ("nil", "0"):
        assignment.assign_team(run.core, run.conversation, None, by=run.by)
    elif (team := run.core.world.teams.get(number(values[0]))) is not None:
        assignment.assign_team(run.core, run.conversation, team, by=run.by)


def _remove_team(run: Run, _values: list[Any]) -> None:
    assignment.assign_team(run.core, run.conversation, None, by=run.by)


def _change_priority(run: Run, values: list[Any]) -> None:
    run.change(priority=None if not values or values[0] == "nil" else values[0])


def _change_status(run: Run, values: list[Any]) -> None:
    if values:
        run.set_status(str(values[0]))


def _mute(run: Run, _values: list[Any]) -> None:
    run.set_status("resolved")
    update_contact(run.core, run.conversation.contact, blocked=True)


def _send_webhook(run: Run, values: list[Any]) -> None:
    if values:
        run.send_webhook(str(values[0]))


ACTIONS: dict[str, Action] = {
    "send_message": _send_message,
    "add_private_note": _add_private_note,
    "add_label": _add_label,
    "remove_label": _remove_label,
    "assign_agent": _assign_agent,
    "assign_team": _assign_team,
    "remove_assigned_team": _remove_team,
    "change_priority": _change_priority,
    "change_status": _change_status,
    "mute_conversation": _mute,
    "send_webhook_event": _send_webhook,
}
