"""Assignment of agents, bots and teams (contract 4.4)."""

from __future__ import annotations

from typing import Any

from criabot.testing.platform.conversations import update_conversation
from criabot.testing.platform.core import Core
from criabot.testing.platform.lifecycle import activity
from criabot.testing.platform.shapes import agent_json, bot_slim
from criabot.testing.platform.times import iso
from criabot.testing.platform.world import AgentBot, Contact, Conversation, Json, Principal, Team, User

__all__ = ["assign", "assign_team", "from_request"]


def assign(
    core: Core, conversation: Conversation, who: Principal | None, *, by: Principal | Contact | None = None
) -> None:
    """Give the conversation to an agent, a bot or nobody."""
    user = who if isinstance(who, User) else None
    bot = who if isinstance(who, AgentBot) else None
    changes = update_conversation(core, conversation, assignee=user, assignee_bot=bot)
    if "assignee_id" in changes or "assignee_agent_bot_id" in changes:
        activity(core, conversation, _text(user, by))


def assign_team(
    core: Core, conversation: Conversation, team: Team | None, *, by: Principal | Contact | None = None
) -> None:
    """Give the conversation to a team; an assignee who is no member of it is taken off."""
    values: dict[str, Any] = {"team": team}
    if team is not None and conversation.assignee is not None and conversation.assignee not in team.members:
        values["assignee"] = None
    if "team_id" in update_conversation(core, conversation, **values):
        text = f"Assigned to {team.name} via {_name(by)}" if team else f"Unassigned from team by {_name(by)}"
        activity(core, conversation, text)


def from_request(core: Core, conversation: Conversation, body: Json, actor: Principal | None) -> Json | None:
    """What ``POST assignments`` does and answers; unknown ids unassign without a word."""
    world = core.world
    if "assignee_id" in body:
        number = _number(body["assignee_id"])
        if body.get("assignee_type") == "AgentBot" and world.since("4.8.0"):
            bot = world.bots.get(number)
            assign(core, conversation, bot, by=actor)
            return bot_slim(bot) if bot else None
        user = world.users.get(number)
        assign(core, conversation, user, by=actor)
        return agent_json(world, user) if user else None
    if "team_id" in body:
        team = world.teams.get(_number(body["team_id"]))
        assign_team(core, conversation, team, by=actor)
        return _team_row(core, team) if team else None
    return None


def _number(value: Any) -> int:
    text = str(value)
    return int(text) if text.isdigit() else 0


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


def _text(user: User | None, by: Principal | Contact | None) -> str:
    if user is None:
        return f"Conversation unassigned by {_name(by)}"
    return f"{user.name} self-assigned this conversation" if user is by else f"Assigned to {user.name} by {_name(by)}"


def _name(by: Principal | Contact | None) -> str:
    return by.name if by is not None else "System"
