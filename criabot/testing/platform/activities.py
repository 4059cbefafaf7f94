"""What activity messages say, in the account's language (contract 4.3, 4.4)."""

from __future__ import annotations

from collections.abc import Iterator

from criabot.testing.platform.events import Changes
from criabot.testing.platform.world import Contact, Conversation, World

__all__ = ["phrase", "told"]

ENGLISH = {
    "open": "Conversation was reopened by {by}",
    "resolved": "Conversation was marked resolved by {by}",
    "pending": "Conversation was marked as pending by {by}",
    "snoozed": "Conversation was snoozed by {by}",
    "contact_resolved": "Conversation was resolved by {by}",
    "contact_opened": "System reopened the conversation due to a new incoming message.",
    "idle": "Conversation was marked resolved by system due to {minutes} minutes of inactivity",
    "bot_failed": "Conversation was marked open by system due to an error with the agent bot.",
    "priority_set": "{by} set the priority to {new}",
    "priority_changed": "{by} changed the priority from {old} to {new}",
    "priority_removed": "{by} removed the priority",
    "self_assigned": "{by} self-assigned this conversation",
    "assigned": "Assigned to {agent} by {by}",
    "unassigned": "Conversation unassigned by {by}",
    "team": "Assigned to {team} by {by}",
    "team_and_agent": "Assigned to {agent} via {team} by {by}",
    "team_removed": "Unassigned from {team} by {by}",
    "labels_added": "{by} added {labels}",
    "labels_removed": "{by} removed {labels}",
    "muted": "{by} has muted the conversation",
    "unmuted": "{by} has unmuted the conversation",
    "deleted": "This message was deleted",
    "no_survey": "CSAT survey not sent due to outgoing message restrictions",
    "reach_you": "Give the team a way to reach you.",
    "email_input": "Get notified by email",
}
PORTUGUESE = {
    "open": "Conversa foi reaberta por {by}",
    "resolved": "Conversa foi marcada como resolvida por {by}",
    "pending": "Conversa foi marcada como pendente por {by}",
    "snoozed": "Conversa foi adiada por {by}",
    "self_assigned": "{by} atribuiu a si mesmo esta conversa",
    "assigned": "Atribuído a {agent} por {by}",
    "unassigned": "Conversa não atribuída por {by}",
    "team": "Atribuído a {team} por {by}",
    "labels_added": "{by} adicionou {labels}",
    "labels_removed": "{by} removeu {labels}",
    "deleted": "Esta mensagem foi excluída",
}


def phrase(world: World, key: str, **values: object) -> str:
    """The text of an activity; English where the account's language has none."""
    texts = ENGLISH | (PORTUGUESE if world.account.locale.startswith("pt") else {})
    return texts[key].format(**values)


def told(world: World, conversation: Conversation, changes: Changes, by: str | None, *, who: object) -> Iterator[str]:
    """The activities that a commit leaves; without a name (`by`) the server keeps silent.

    Args:
        world: the platform's records.
        conversation: as it is after the commit.
        changes: by column.
        by: the name of who did it.
        who: who did it.
    """
    if by is None:
        return
    if "status" in changes:
        by_contact = isinstance(who, Contact) and conversation.status == "resolved"
        yield phrase(world, "contact_resolved" if by_contact else conversation.status, by=by)
    if "priority" in changes:
        yield _priority(world, changes, by)
    if "team_id" in changes:
        yield _team(world, conversation, changes, by)
    elif "assignee_id" in changes:
        yield _assignee(world, conversation, by, who)
    if "label_list" in changes:
        yield from _labels(world, changes, by)


def _priority(world: World, changes: Changes, by: str) -> str:
    old, new = changes["priority"]
    key = "priority_removed" if new is None else "priority_set" if old is None else "priority_changed"
    return phrase(world, key, by=by, old=old, new=new)


def _team(world: World, conversation: Conversation, changes: Changes, by: str) -> str:
    if conversation.team is None:
        number, _ = changes["team_id"]
        old = world.teams.get(number)
        return phrase(world, "team_removed", team=old.name if old else "", by=by)
    agent = conversation.assignee if "assignee_id" in changes else None
    key = "team_and_agent" if agent else "team"
    return phrase(world, key, agent=agent.name if agent else "", team=conversation.team.name, by=by)


def _assignee(world: World, conversation: Conversation, by: str, who: object) -> str:
    agent = conversation.assignee
    if agent is None:
        return phrase(world, "unassigned", by=by)
    return phrase(world, "self_assigned" if agent is who else "assigned", agent=agent.name, by=by)


def _labels(world: World, changes: Changes, by: str) -> Iterator[str]:
    old, new = changes["label_list"]
    for key, names in (
        ("labels_added", [each for each in new if each not in old]),
        ("labels_removed", [each for each in old if each not in new]),
    ):
        if names:
            yield phrase(world, key, by=by, labels=", ".join(names))
