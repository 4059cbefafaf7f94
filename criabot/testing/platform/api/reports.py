"""Reports for administrators, computed from what happened in the simulator (contract 5.9)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from aiohttp import web

from criabot.testing.platform.casts import number
from criabot.testing.platform.finder import is_unattended
from criabot.testing.platform.http import Call, Refused, Routes, fault, missing
from criabot.testing.platform.reporting import METRICS, Scope, Test, average
from criabot.testing.platform.world import STATUSES, Conversation, Json, Label, User, World

__all__ = ["routes"]

routes = Routes("/api/v2/accounts/{account}")

SUMMARY = (
    "conversations_count", "incoming_messages_count", "outgoing_messages_count", "avg_first_response_time",
    "avg_resolution_time", "resolutions_count", "reply_time",
)  # fmt: skip
BOT_SUMMARY = ("bot_resolutions_count", "bot_handoffs_count")
UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
AGENTS_CSV = (
    "Agent name", "Assigned conversations", "Avg first response time", "Avg resolution time",
    "Avg customer waiting time", "Resolution Count",
)  # fmt: skip


# -- over time --------------------------------------------------------------------------------------------------


@routes.get("/reports", "admin")
def over_time(call: Call) -> list[Json] | Json:
    """A metric by hour, day, week, month or year; ``{}`` for an unknown one."""
    scope, name = _scope(call), call.query.get("metric", "")
    if name not in METRICS:
        return {}
    begins = list(_begins(scope, call.query.get("group_by", "day")))
    rows = []
    for begin, end in zip(begins, [*begins[1:], scope.until], strict=True):
        part = Scope(scope.world, max(begin, scope.since), end, scope.counts, scope.agent)
        rows.append({"value": part.metric(name) or 0, "timestamp": int(begin)})
    return rows


def _begins(scope: Scope, group: str) -> Iterable[float]:
    moment = _begin(datetime.fromtimestamp(scope.since, UTC), group)
    while moment.timestamp() < scope.until:
        yield moment.timestamp()
        moment = _next(moment, group)


def _begin(moment: datetime, group: str) -> datetime:
    hour = moment.replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    match group:
        case "hour":
            return hour
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "year":
            return day.replace(month=1, day=1)
    return day


def _next(moment: datetime, group: str) -> datetime:
    days = {"week": 7, "month": 31, "year": 366}.get(group, 1)
    return _begin(moment + (timedelta(hours=1) if group == "hour" else timedelta(days=days)), group)


# -- summaries --------------------------------------------------------------------------------------------------


@routes.get("/reports/summary", "admin")
def summary(call: Call) -> Json:
    """All metrics of a period and of the one before."""
    return _with_previous(_typed_scope(call), SUMMARY)


@routes.get("/reports/bot_summary", "admin")
def bot_summary(call: Call) -> Json:
    """What bots resolved and handed over."""
    return _with_previous(_typed_scope(call), BOT_SUMMARY)


@routes.get("/reports/bot_metrics", "admin")
def bot_metrics(call: Call) -> Json:
    """Rates in percent of the conversations of inboxes with a bot."""
    whole = _scope(call)
    scope = Scope(whole.world, whole.since, whole.until, lambda conversation: conversation.inbox.bot is not None)
    count = len(scope.conversations())
    return {
        "conversation_count": count,
        "message_count": scope.metric("outgoing_messages_count"),
        "resolution_rate": _percent(scope.metric("bot_resolutions_count"), count),
        "handoff_rate": _percent(scope.metric("bot_handoffs_count"), count),
    }


@routes.get("/reports/conversations", "admin")
def conversations(call: Call) -> Json | list[Json]:
    """The open conversations of now: of the account, or by agent."""
    if call.query.get("type") == "agent":
        return [_of_agent(call.world, user) for user in call.world.users.values()]
    return {**_open(call.world.conversations.values()), "pending": 0}  # of the open ones none is pending


@routes.get("/reports/agents.csv", "admin")
def agents_csv(call: Call) -> web.Response:
    """The agents' summary as CSV."""
    scope = _scope(call)
    days = [datetime.fromtimestamp(moment, UTC).date().isoformat() for moment in (scope.since, scope.until)]
    lines = [f"Reporting period {days[0]} to {days[1]}", "", "", ",".join(AGENTS_CSV)]
    for user in call.world.users.values():
        row = _row(Scope(scope.world, scope.since, scope.until, _assigned_to(user.id), user.id))
        times = [_duration(row[key]) for key in ("avg_first_response_time", "avg_resolution_time", "avg_reply_time")]
        cells = [user.name, row["conversations_count"], *times, row["resolved_conversations_count"]]
        lines.append(",".join(map(str, cells)))
    return web.Response(body="\n".join([*lines, ""]).encode(), content_type="text/csv")


def _with_previous(scope: Scope, metrics: tuple[str, ...]) -> Json:
    before = Scope(scope.world, 2 * scope.since - scope.until, scope.since, scope.counts, scope.agent)
    previous = {name: before.metric(name) for name in metrics}
    return {**{name: scope.metric(name) for name in metrics}, "previous": previous}


def _percent(part: float | None, whole: int) -> int:
    return int(100 * (part or 0) / whole) if whole else 0


def _of_agent(world: World, user: User) -> Json:
    own = [each for each in world.conversations.values() if each.assignee is user]
    metric = _open(own)
    del metric["unassigned"]
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "thumbnail": "",
        "availability": user.availability_status,
        "metric": metric,
    }


def _duration(seconds: float | None) -> str:
    if not seconds:
        return "N/A"
    left, parts = int(seconds), []
    for name, size in UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    return " ".join(parts[:2]) or "0 seconds"


# -- by agent, team, inbox, label, channel ----------------------------------------------------------------------


@routes.get("/summary_reports/{kind}", "admin")
def by_kind(call: Call) -> list[Json] | Json:
    """The same numbers for each agent, team, inbox or label; states by channel."""
    world, kind = call.world, call.request.match_info["kind"]
    whole = _scope(call)
    if kind == "channel":
        return _channels(whole)
    if kind == "label":
        return [_label(whole, label) for label in sorted(world.labels.values(), key=lambda each: each.title)]
    owners: dict[str, Iterable[int]] = {"agent": world.users, "team": world.teams, "inbox": world.inboxes}
    if kind not in owners:
        raise missing()
    return [{"id": each, **_row(_narrowed(whole, kind, each))} for each in sorted(owners[kind])]


def _row(scope: Scope) -> Json:
    return {
        "conversations_count": len(scope.conversations()),
        "resolved_conversations_count": scope.metric("resolutions_count"),
        "avg_resolution_time": scope.metric("avg_resolution_time"),
        "avg_first_response_time": scope.metric("avg_first_response_time"),
        "avg_reply_time": average(scope.values("reply_time")),
    }


def _label(whole: Scope, label: Label) -> Json:
    row = _row(Scope(whole.world, whole.since, whole.until, lambda conversation: label.title in conversation.labels))
    return {"id": label.id, "name": label.title, **row}


def _channels(whole: Scope) -> Json:
    found: Json = {}
    for conversation in whole.conversations():
        row = found.setdefault(conversation.inbox.channel_type, dict.fromkeys((*STATUSES, "total"), 0))
        row[conversation.status] += 1
        row["total"] += 1
    return found


# -- of now -----------------------------------------------------------------------------------------------------


@routes.get("/live_reports/conversation_metrics", "admin")
def live(call: Call) -> Json:
    """The open and pending conversations of now, of a team if told."""
    team = number(call.query.get("team_id"))
    own = [each for each in call.world.conversations.values() if not team or _team_of(each) == team]
    return {**_open(own), "pending": sum(each.status == "pending" for each in own)}


@routes.get("/live_reports/grouped_conversation_metrics", "admin")
def live_groups(call: Call) -> list[Json]:
    """The same by ``assignee_id`` or ``team_id``."""
    key = call.query.get("group_by")
    if key not in ("assignee_id", "team_id"):
        raise Refused(422, {"error": "invalid group_by"})
    groups: dict[int | None, list[Conversation]] = {}
    for conversation in call.world.conversations.values():
        if conversation.status == "open":
            owner = _team_of(conversation) if key == "team_id" else _assignee_of(conversation)
            groups.setdefault(owner, []).append(conversation)
    ordered = sorted(groups.items(), key=lambda pair: pair[0] or 0)
    return [{**_open(own), key: owner} for owner, own in ordered]


def _open(conversations: Iterable[Conversation]) -> Json:
    own = [each for each in conversations if each.status == "open"]
    return {
        "open": len(own),
        "unattended": sum(map(is_unattended, own)),
        "unassigned": sum(each.assignee is None for each in own),
    }


# -- parts ------------------------------------------------------------------------------------------------------


def _typed_scope(call: Call) -> Scope:
    """The period; without a type the server fails (contract 5.9)."""
    if not call.query.get("type"):
        raise fault()
    return _scope(call)


def _scope(call: Call) -> Scope:
    query = call.query
    whole = Scope(call.world, number(query.get("since")), number(query.get("until")) or call.core.now)
    kind, owner = query.get("type", "account"), number(query.get("id"))
    if kind == "label":
        title = getattr(call.world.labels.get(owner), "title", "")
        return Scope(call.world, whole.since, whole.until, lambda conversation: title in conversation.labels)
    return _narrowed(whole, kind, owner)


def _narrowed(whole: Scope, kind: str, owner: int) -> Scope:
    tests: dict[str, Test] = {
        "agent": _assigned_to(owner),
        "team": lambda conversation: _team_of(conversation) == owner,
        "inbox": lambda conversation: conversation.inbox.id == owner,
    }
    agent = owner if kind == "agent" else None
    return Scope(whole.world, whole.since, whole.until, tests.get(kind, whole.counts), agent)


def _assigned_to(user: int) -> Test:
    return lambda conversation: _assignee_of(conversation) == user


def _assignee_of(conversation: Conversation) -> int | None:
    return conversation.assignee.id if conversation.assignee else None


def _team_of(conversation: Conversation) -> int | None:
    return conversation.team.id if conversation.team else None
