"""Reports (contract 5.9)."""

# ruff: noqa: A002 - the arguments have the platform's names

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

from criabot.platform.answers.reports import (
    AgentLoad,
    BotMetrics,
    BotSummary,
    ChannelSummary,
    ConversationLoad,
    FirstResponseTimes,
    GroupedLoad,
    GroupSummary,
    InboxLabelMatrix,
    OutgoingMessages,
    ReportingEvent,
    ReportingEventPage,
    ReportPoint,
    ReportSummary,
)
from criabot.platform.calls import Identified, Resource, number_of
from criabot.platform.paging import each_row

__all__ = ["Metric", "Moment", "Reports", "Subject", "epoch"]

Moment: TypeAlias = int | datetime
"""Epoch seconds, or a time with its zone."""

Subject: TypeAlias = Literal["account", "agent", "inbox", "label", "team"]
"""What a report is about: the whole account, or one of these by its id."""

Metric: TypeAlias = Literal[
    "conversations_count",
    "incoming_messages_count",
    "outgoing_messages_count",
    "resolutions_count",
    "bot_resolutions_count",
    "bot_handoffs_count",
    "avg_first_response_time",
    "avg_resolution_time",
    "reply_time",
]


def epoch(moment: Moment) -> int:
    """A moment in epoch seconds.

    Raises:
        ValueError: a time without its zone.
    """
    if isinstance(moment, int):
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone: pass an aware datetime, or epoch seconds")
    return int(moment.timestamp())


class Reports(Resource):
    """Reports, for administrators; 100 calls in a minute at most (contract 5.9 and 5.10).

    A period goes from ``since``, included, to ``until``: epoch seconds, or datetimes that know their zone.
    """

    name = "reports"

    async def timeseries(
        self,
        metric: Metric,
        *,
        since: Moment,
        until: Moment,
        type: Subject = "account",
        id: int | Identified | None = None,
        group_by: Literal["hour", "day", "week", "month", "year"] | None = None,
        timezone_offset: float | None = None,
        business_hours: bool | None = None,
    ) -> list[ReportPoint] | None:
        """One metric over time; None when the server does not know it (contract 5.9).

        Args:
            metric: what to report; averages and ``reply_time`` are in seconds.
            since: where the period begins.
            until: where it ends.
            type: what it is about.
            id: of the agent, inbox, label or team.
            group_by: how long a step is; the platform's own choice is a day.
            timezone_offset: hours from UTC, for where a day begins.
            business_hours: True counts only the inbox's working hours in durations.
        """
        params = _about(type, id) | _period(since, until) | {"metric": metric, "group_by": group_by}
        params |= {"timezone_offset": timezone_offset, "business_hours": business_hours}
        answer = await self._ask("timeseries", params=params)
        return answer.read(list[ReportPoint]) if answer.value() != {} else None

    async def summary(
        self,
        *,
        since: Moment,
        until: Moment,
        type: Subject = "account",
        id: int | Identified | None = None,
    ) -> ReportSummary:
        """All metrics of a period, and of the one before it (contract 5.9).

        Args:
            since: where the period begins.
            until: where it ends.
            type: what it is about.
            id: of the agent, inbox, label or team.
        """
        answer = await self._ask("summary", params=_about(type, id) | _period(since, until))
        return answer.read(ReportSummary)

    async def bot_summary(
        self,
        *,
        since: Moment,
        until: Moment,
        type: Subject = "account",
        id: int | Identified | None = None,
    ) -> BotSummary:
        """What bots resolved and handed over in a period, and in the one before it (contract 5.9).

        Args:
            since: where the period begins.
            until: where it ends.
            type: what it is about.
            id: of the agent, inbox, label or team.
        """
        answer = await self._ask("bot_summary", params=_about(type, id) | _period(since, until))
        return answer.read(BotSummary)

    async def bot_metrics(self, *, since: Moment, until: Moment) -> BotMetrics:
        """How much of the conversations of a period bots resolved or handed over (contract 5.9)."""
        return (await self._ask("bot_metrics", params=_period(since, until))).read(BotMetrics)

    async def conversations(self) -> ConversationLoad:
        """The account's open conversations of now; for those pending ask `live` (contract 5.9)."""
        return (await self._ask("conversations", params={"type": "account"})).read(ConversationLoad)

    async def agents(self, *, user_id: int | Identified | None = None) -> list[AgentLoad]:
        """The open conversations that each agent has now, or that one has (contract 5.9)."""
        params = {"type": "agent", "user_id": _number(user_id)}
        return (await self._ask("agents", params=params)).read(list[AgentLoad])

    async def by_agent(self, *, since: Moment, until: Moment, business_hours: bool | None = None) -> list[GroupSummary]:
        """A period by agent (contract 5.9); ``business_hours`` counts only working hours in durations."""
        return await self._by("by_agent", since, until, business_hours)

    async def by_team(self, *, since: Moment, until: Moment, business_hours: bool | None = None) -> list[GroupSummary]:
        """A period by team (contract 5.9); ``business_hours`` counts only working hours in durations."""
        return await self._by("by_team", since, until, business_hours)

    async def by_inbox(self, *, since: Moment, until: Moment, business_hours: bool | None = None) -> list[GroupSummary]:
        """A period by inbox (contract 5.9); ``business_hours`` counts only working hours in durations."""
        return await self._by("by_inbox", since, until, business_hours)

    async def by_label(self, *, since: Moment, until: Moment, business_hours: bool | None = None) -> list[GroupSummary]:
        """A period by label (contract 5.9); ``business_hours`` counts only working hours in durations."""
        return await self._by("by_label", since, until, business_hours)

    async def by_channel(self, *, since: Moment, until: Moment) -> dict[str, ChannelSummary]:
        """A period by channel, such as ``Channel::Api``; six months at most, from 4.10 on (contract 5.9)."""
        answer = await self._ask("by_channel", params=_period(since, until))
        return answer.read(dict[str, ChannelSummary])

    async def first_response_times(self, *, since: Moment, until: Moment) -> dict[str, FirstResponseTimes]:
        """How long first answers took, by channel such as ``Channel::Api``; from 4.11 on (contract 5.9)."""
        answer = await self._ask("first_response_times", params=_period(since, until))
        return answer.read(dict[str, FirstResponseTimes])

    async def inbox_label_matrix(
        self,
        *,
        since: Moment,
        until: Moment,
        inbox_ids: Sequence[int | Identified] = (),
        label_ids: Sequence[int | Identified] = (),
    ) -> InboxLabelMatrix:
        """How many conversations of each inbox have each label, from 4.11 on (contract 5.9).

        Args:
            since: where the period begins.
            until: where it ends.
            inbox_ids: only these; all when there are none.
            label_ids: likewise.
        """
        params = _period(since, until)
        params |= {"inbox_ids": list(map(number_of, inbox_ids)), "label_ids": list(map(number_of, label_ids))}
        return (await self._ask("inbox_label_matrix", params=params)).read(InboxLabelMatrix)

    async def outgoing_messages(
        self, group_by: Literal["agent", "team", "inbox", "label"], *, since: Moment, until: Moment
    ) -> list[OutgoingMessages]:
        """How many messages went out, from 4.11 on; by agent those of bots do not count (contract 5.9)."""
        params = _period(since, until) | {"group_by": group_by}
        return (await self._ask("outgoing_messages", params=params)).read(list[OutgoingMessages])

    async def live(self, *, team_id: int | Identified | None = None) -> ConversationLoad:
        """The open and pending conversations of now, of all or of a team (contract 5.9)."""
        return (await self._ask("live", params={"team_id": _number(team_id)})).read(ConversationLoad)

    async def live_grouped(self, group_by: Literal["assignee_id", "team_id"]) -> list[GroupedLoad]:
        """The open conversations of now by assignee or team; nobody's have None (contract 5.9)."""
        return (await self._ask("live_grouped", params={"group_by": group_by})).read(list[GroupedLoad])

    async def account_events(
        self,
        *,
        page: int = 1,
        since: Moment | None = None,
        until: Moment | None = None,
        inbox_id: int | Identified | None = None,
        user_id: int | Identified | None = None,
        name: str | None = None,
    ) -> ReportingEventPage:
        """A page of 25 of the measurements that reports are made of (contract 5.9).

        Args:
            page: from 1.
            since: where the period begins.
            until: where it ends.
            inbox_id: only those of an inbox.
            user_id: only those of an agent.
            name: only this kind, such as ``first_response``.
        """
        params = _period(since, until) | {"page": page, "name": name}
        params |= {"inbox_id": _number(inbox_id), "user_id": _number(user_id)}
        return (await self._ask("account_events", params=params)).read(ReportingEventPage)

    def each_account_event(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        inbox_id: int | Identified | None = None,
        user_id: int | Identified | None = None,
        name: str | None = None,
    ) -> AsyncIterator[ReportingEvent]:
        """All measurements, page by page, none twice (contract 5.9); see `account_events`."""

        async def page_of(number: int) -> Sequence[ReportingEvent]:
            found = await self.account_events(
                page=number, since=since, until=until, inbox_id=inbox_id, user_id=user_id, name=name
            )
            return found.payload

        return each_row(page_of)

    async def _by(self, what: str, since: Moment, until: Moment, business_hours: bool | None) -> list[GroupSummary]:
        params = _period(since, until) | {"business_hours": business_hours}
        return (await self._ask(what, params=params)).read(list[GroupSummary])


def _about(type: Subject, id: int | Identified | None) -> dict[str, Any]:
    """The subject of a report; the platform fails without a type (contract 5.9)."""
    return {"type": type, "id": _number(id)}


def _period(since: Moment | None, until: Moment | None) -> dict[str, Any]:
    return {
        "since": epoch(since) if since is not None else None,
        "until": epoch(until) if until is not None else None,
    }


def _number(thing: int | Identified | None) -> int | None:
    return number_of(thing) if thing is not None else None
