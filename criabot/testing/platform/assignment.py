"""Assignment of agents, bots and teams, by hand and by the inbox's round robin (contract 4.3, 4.4)."""

from __future__ import annotations

from functools import partial
from typing import Any

from criabot.testing.platform.casts import number
from criabot.testing.platform.core import Core
from criabot.testing.platform.events import Changes
from criabot.testing.platform.lifecycle import Actor, change
from criabot.testing.platform.shapes import agent_json, bot_slim
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import AgentBot, Conversation, Json, Principal, Team, User

__all__ = ["assign", "assign_on_opening", "assign_team", "assignable", "from_request"]

POLICY = "Default Policy"
POLICY_SECONDS = 0.35  # from the opening to the assignment


def assign(
    core: Core, conversation: Conversation, who: Principal | None, *, by: Actor = None, shown: bool = False
) -> None:
    """Give the conversation to an agent, a bot or nobody."""
    user = who if isinstance(who, User) else None
    bot = who if isinstance(who, AgentBot) else None
    status = _status(core, conversation, who)
    change(core, conversation, by=by, shown=shown, status=status, assignee=user, assignee_bot=bot)
    if user is not None and user not in conversation.participants:
        conversation.participants.append(user)


def _status(core: Core, conversation: Conversation, who: Principal | None) -> str:
    """Since 4.16 what a bot gets is pending, and what an agent takes from a bot is open (contract 4.1)."""
    if core.world.since("4.16.0"):
        if isinstance(who, AgentBot):
            return "pending"
        if who is not None and conversation.assignee_bot is not None and conversation.status == "pending":
            return "open"
    return conversation.status


def assign_team(core: Core, conversation: Conversation, team: Team | None, *, by: Actor = None) -> None:
    """Give the conversation to a team; an assignee who is no member of it is taken off, an online member put on."""
    change(core, conversation, by=by, team=team, **team_values(core, conversation, team))


def team_values(core: Core, conversation: Conversation, team: Team | None) -> dict[str, Any]:
    """What else changes with the team (contract 4.4)."""
    if team is None or team is conversation.team:
        return {}
    assignee = conversation.assignee if conversation.assignee in team.members else None
    if assignee is None and team.allow_auto_assign:
        both = [each for each in conversation.inbox.members if each in team.members]
        assignee = _next_agent(core, conversation, both)
    return {} if assignee is conversation.assignee else {"assignee": assignee}


def from_request(core: Core, conversation: Conversation, body: Json, actor: Principal | None) -> Json | None:
    """What ``POST assignments`` does and answers; unknown ids unassign without a word."""
    world = core.world
    if "assignee_id" in body:
        wanted = number(body["assignee_id"])
        if body.get("assignee_type") == "AgentBot" and world.since("4.8.0"):
            bot = world.bots.get(wanted)
            assign(core, conversation, bot, by=actor)
            return bot_slim(bot) if bot else None
        user = world.users.get(wanted)
        assign(core, conversation, user, by=actor)
        return agent_json(world, user) if user else None
    if "team_id" in body:
        team = world.teams.get(number(body["team_id"]))
        assign_team(core, conversation, team, by=actor)
        return _team_row(core, team) if team else None
    return None


def assignable(core: Core, inboxes: list[int]) -> list[User]:
    """Who may be assigned in all of these inboxes: their common members and the administrators."""
    world = core.world
    members = [world.inboxes[each].members for each in inboxes if each in world.inboxes]
    return [user for user in world.users.values() if user.is_admin or all(user in each for each in members)]


def assign_on_opening(core: Core, event: str, subject: object, _changes: Changes) -> None:
    """Let the inbox's round robin look at a conversation that was opened: a listener of the events."""
    if event not in ("conversation_created", "conversation_status_changed") or not isinstance(subject, Conversation):
        return
    if subject.status == "open" and subject.assignee is None:
        core.jobs.later(POLICY_SECONDS, partial(_assign_by_policy, core, subject))


async def _assign_by_policy(core: Core, conversation: Conversation) -> None:
    inbox = conversation.inbox
    if conversation.status != "open" or conversation.assignee is not None or conversation.assignee_bot is not None:
        return
    if inbox.settings.get("enable_auto_assignment", True):
        agent = _next_agent(core, conversation, _candidates(conversation))
        if agent is not None:
            assign(core, conversation, agent, by=POLICY)
            core.events.live("assignee_changed", conversation)  # a second time, as the real policy does


def _candidates(conversation: Conversation) -> list[User]:
    team, members = conversation.team, conversation.inbox.members
    if team is None:
        return members
    return [each for each in members if each in team.members] if team.allow_auto_assign else []


def _next_agent(core: Core, conversation: Conversation, candidates: list[User]) -> User | None:
    """The online agent whose turn it is: who got one of the inbox's conversations longest ago."""
    online = [each for each in candidates if each.availability_status == "online"]
    turns = core.world.rows["round_robin"].setdefault(conversation.inbox.id, {})
    chosen = min(online, key=lambda each: turns.get(str(each.id), 0), default=None)
    if chosen is not None:
        turns[str(chosen.id)] = max(turns.values(), default=0) + 1
    return chosen


def _team_row(core: Core, team: Team) -> Json:
    return {
        "id": team.id,
        "name": team.name,
        "description": team.description,
        "allow_auto_assign": team.allow_auto_assign,
        "account_id": core.world.account.id,
        "created_at": iso(team.created_at),
        "updated_at": iso(team.updated_at),
    }
