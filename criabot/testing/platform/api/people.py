"""Agents and teams (contract 5.7)."""

from __future__ import annotations

import re

from criabot.testing.platform import seed
from criabot.testing.platform.casts import number, truth
from criabot.testing.platform.http import Call, Refused, Routes, fault, not_found
from criabot.testing.platform.shapes import agent_json, team_json
from criabot.testing.platform.tables import refuse, texts, truths, wrapped
from criabot.testing.platform.world import Inbox, Json, Team, User

__all__ = ["agent_routes", "team_routes"]

agent_routes = Routes("/api/v1/accounts/{account}/agents")
team_routes = Routes("/api/v1/accounts/{account}/teams")

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
MEMBERS = "/{team}/team_members"


# -- agents -----------------------------------------------------------------------------------------------------


@agent_routes.get("")
def agents(call: Call) -> list[Json]:
    """All agents and administrators, by name."""
    ordered = sorted(call.world.users.values(), key=lambda user: user.name.lower())
    return [agent_json(call.world, user) for user in ordered]


@agent_routes.post("", "admin")
def create_agent(call: Call) -> Json:
    """Invite an agent, who has not confirmed yet."""
    given = wrapped(call, "agent")
    email = str(given.get("email") or "").lower()
    if any(user.email == email for user in call.world.users.values()):
        refuse([("user_id", "has already been taken")])
    if not EMAIL.fullmatch(email):
        refuse([("email", "is invalid"), ("email", "is not an email")])
    name = texts(given, "name").get("name") or email.partition("@")[0]
    user = seed.add_user(call.core, name, email=email, confirmed=False)
    _set_membership(user, given)
    return agent_json(call.world, user)


@agent_routes.patch("/{user}", "admin")
def update_agent(call: Call) -> Json:
    """Change an agent's name, role or availability."""
    user, given = _user(call), wrapped(call, "agent")
    user.name = texts(given, "name").get("name") or user.name
    _set_membership(user, given)
    return agent_json(call.world, user)


@agent_routes.delete("/{user}", "admin")
def delete_agent(call: Call) -> None:
    """Take an agent out of the account: no inbox, team or conversation has him any more."""
    user = call.world.users.pop(_user(call).id)
    groups: list[Inbox | Team] = [*call.world.inboxes.values(), *call.world.teams.values()]
    for group in groups:
        group.members = [each for each in group.members if each is not user]
    for conversation in call.world.conversations.values():
        if conversation.assignee is user:
            conversation.assignee = None


def _user(call: Call) -> User:
    user = call.world.users.get(call.number("user"))
    if user is None:
        raise not_found()
    return user


def _set_membership(user: User, given: Json) -> None:
    for key, allowed in (("role", ("agent", "administrator")), ("availability", ("online", "offline", "busy"))):
        value = given.get(key)
        if value is not None and value not in allowed:
            raise fault()
        if value is not None:
            setattr(user, key, value)
    if given.get("auto_offline") is not None:
        user.attributes["auto_offline"] = truth(given["auto_offline"])


# -- teams ------------------------------------------------------------------------------------------------------


@team_routes.get("")
def teams(call: Call) -> list[Json]:
    """All teams."""
    return [team_json(call.world, team, call.actor) for team in call.world.teams.values()]


@team_routes.get("/{team}")
def show_team(call: Call) -> Json:
    """One team."""
    return team_json(call.world, _team(call), call.actor)


@team_routes.post("", "admin")
def create_team(call: Call) -> Json:
    """A new team."""
    values = _team_values(call, None)
    team = seed.add_team(call.core, values.pop("name", ""))
    _set(team, values)
    return team_json(call.world, team, call.actor)


@team_routes.patch("/{team}", "admin")
def update_team(call: Call) -> Json:
    """Change a team."""
    team = _team(call)
    _set(team, _team_values(call, team))
    team.updated_at = call.core.now
    return team_json(call.world, team, call.actor)


@team_routes.delete("/{team}", "admin")
def delete_team(call: Call) -> None:
    """Delete a team; its conversations have none then."""
    team = call.world.teams.pop(_team(call).id)
    for conversation in call.world.conversations.values():
        if conversation.team is team:
            conversation.team = None


@team_routes.get(MEMBERS)
def members(call: Call) -> list[Json]:
    """The team's members."""
    return [agent_json(call.world, user) for user in _team(call).members]


@team_routes.post(MEMBERS, "admin")
def add_members(call: Call) -> list[Json]:
    """Add members; the answer has the new ones only."""
    team = _team(call)
    new = [user for user in _members(call) if user not in team.members]
    team.members = team.members + new
    return [agent_json(call.world, user) for user in new]


@team_routes.patch(MEMBERS, "admin")
def set_members(call: Call) -> list[Json]:
    """Replace the members."""
    team = _team(call)
    team.members = _members(call)
    return [agent_json(call.world, user) for user in team.members]


@team_routes.delete(MEMBERS, "admin")
def remove_members(call: Call) -> None:
    """Take members off."""
    team, gone = _team(call), _members(call)
    team.members = [user for user in team.members if user not in gone]


def _team(call: Call) -> Team:
    team = call.world.teams.get(call.number("team"))
    if team is None:
        raise not_found()
    return team


def _team_values(call: Call, team: Team | None) -> Json:
    given = wrapped(call, "team")
    values = texts(given, "name", "description") | truths(given, "allow_auto_assign")
    name = values.get("name", team.name if team else None)
    if not name:
        refuse([("name", "must not be blank")])
    values["name"] = str(name).lower()
    if any(each.name == values["name"] and each is not team for each in call.world.teams.values()):
        refuse([("name", "has already been taken")])
    return values


def _set(team: Team, values: Json) -> None:
    for key, value in values.items():
        setattr(team, key, value)


def _members(call: Call) -> list[User]:
    given = call.body.get("user_ids")
    users = [call.world.users.get(number(each)) for each in (given if isinstance(given, list) else [])]
    if None in users:
        raise Refused(401, {"error": "Invalid User IDs"})
    return list(dict.fromkeys(user for user in users if user is not None))
