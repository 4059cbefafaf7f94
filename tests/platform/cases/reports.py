"""Calls about reports, ratings, and of the contact's own side."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from tests.platform.cases import Case

SINCE, UNTIL = 1795265164, 1795351624
PERIOD = {"since": str(SINCE), "until": str(UNTIL)}
BEGIN = datetime.fromtimestamp(SINCE, UTC)
END = datetime.fromtimestamp(UNTIL, timezone(timedelta(hours=-3)))
SOURCE = "8dda5c2f-8e72-4f53-9324-90c611eeed96"
UUID = "75504dd3-4b29-4550-91ce-6dfa37cf5c07"


def over(**query: str | list[str]) -> Mapping[str, str | list[str]]:
    """The query of a report of the period."""
    return {**PERIOD, **query}


REPORTS = {
    "reports.account_events": [
        Case(lambda c: c.app.reports.account_events(), query={"page": "1"}),
        Case(
            lambda c: c.app.reports.account_events(
                page=2, since=SINCE, until=END, inbox_id=5, user_id=6, name="first_response"
            ),
            query=over(page="2", inbox_id="5", user_id="6", name="first_response"),
        ),
    ],
    "reports.timeseries": [
        Case(
            lambda c: c.app.reports.timeseries("conversations_count", since=SINCE, until=UNTIL),
            query=over(metric="conversations_count", type="account"),
        ),
        Case(
            lambda c: c.app.reports.timeseries(
                "reply_time",
                since=BEGIN,
                until=END,
                type="inbox",
                id=5,
                group_by="week",
                timezone_offset=-3.5,
                business_hours=True,
            ),
            query=over(
                metric="reply_time",
                type="inbox",
                id="5",
                group_by="week",
                timezone_offset="-3.5",
                business_hours="true",
            ),
        ),
    ],
    "reports.summary": [
        Case(lambda c: c.app.reports.summary(since=SINCE, until=UNTIL), query=over(type="account")),
        Case(
            lambda c: c.app.reports.summary(since=BEGIN, until=END, type="agent", id=6),
            query=over(type="agent", id="6"),
        ),
    ],
    "reports.bot_summary": [
        Case(lambda c: c.app.reports.bot_summary(since=SINCE, until=UNTIL), query=over(type="account")),
        Case(
            lambda c: c.app.reports.bot_summary(since=BEGIN, until=END, type="inbox", id=5),
            query=over(type="inbox", id="5"),
        ),
    ],
    "reports.bot_metrics": [
        Case(lambda c: c.app.reports.bot_metrics(since=BEGIN, until=END), query=PERIOD),
    ],
    "reports.conversations": [Case(lambda c: c.app.reports.conversations(), query={"type": "account"})],
    "reports.agents": [
        Case(lambda c: c.app.reports.agents(), query={"type": "agent"}),
        Case(lambda c: c.app.reports.agents(user_id=6), query={"type": "agent", "user_id": "6"}),
    ],
    "reports.by_agent": [
        Case(lambda c: c.app.reports.by_agent(since=SINCE, until=UNTIL), query=PERIOD),
        Case(
            lambda c: c.app.reports.by_agent(since=BEGIN, until=END, business_hours=True),
            query=over(business_hours="true"),
        ),
    ],
    "reports.by_team": [
        Case(lambda c: c.app.reports.by_team(since=SINCE, until=UNTIL), query=PERIOD),
        Case(
            lambda c: c.app.reports.by_team(since=BEGIN, until=END, business_hours=False),
            query=over(business_hours="false"),
        ),
    ],
    "reports.by_inbox": [
        Case(lambda c: c.app.reports.by_inbox(since=SINCE, until=UNTIL), query=PERIOD),
        Case(
            lambda c: c.app.reports.by_inbox(since=BEGIN, until=END, business_hours=True),
            query=over(business_hours="true"),
        ),
    ],
    "reports.by_label": [
        Case(lambda c: c.app.reports.by_label(since=SINCE, until=UNTIL), query=PERIOD),
        Case(
            lambda c: c.app.reports.by_label(since=BEGIN, until=END, business_hours=True),
            query=over(business_hours="true"),
        ),
    ],
    "reports.by_channel": [Case(lambda c: c.app.reports.by_channel(since=SINCE, until=END), query=PERIOD)],
    "reports.first_response_times": [
        Case(lambda c: c.app.reports.first_response_times(since=SINCE, until=END), query=PERIOD)
    ],
    "reports.inbox_label_matrix": [
        Case(lambda c: c.app.reports.inbox_label_matrix(since=SINCE, until=END), query=PERIOD),
        Case(
            lambda c: c.app.reports.inbox_label_matrix(since=SINCE, until=END, inbox_ids=[1, 2], label_ids=[3]),
            query=over(inbox_ids=["1", "2"], label_ids=["3"]),
        ),
    ],
    "reports.outgoing_messages": [
        Case(
            lambda c: c.app.reports.outgoing_messages("team", since=SINCE, until=END),
            query=over(group_by="team"),
        )
    ],
    "reports.live": [
        Case(lambda c: c.app.reports.live()),
        Case(lambda c: c.app.reports.live(team_id=8), query={"team_id": "8"}),
    ],
    "reports.live_grouped": [
        Case(lambda c: c.app.reports.live_grouped("assignee_id"), query={"group_by": "assignee_id"}),
        Case(lambda c: c.app.reports.live_grouped("team_id"), query={"group_by": "team_id"}),
    ],
    "csat.responses": [
        Case(lambda c: c.app.csat.responses(), query={"page": "1"}),
        Case(
            lambda c: c.app.csat.responses(
                page=2, since=BEGIN, until=END, user_ids=[6, 7], inbox_id=5, team_id=8, rating=1, sort="-created_at"
            ),
            query=over(page="2", user_ids=["6", "7"], inbox_id="5", team_id="8", rating="1", sort="-created_at"),
        ),
    ],
    "csat.metrics": [
        Case(lambda c: c.app.csat.metrics()),
        Case(
            lambda c: c.app.csat.metrics(since=SINCE, until=UNTIL, user_ids=[6], inbox_id=5, team_id=8, rating=5),
            query=over(user_ids=["6"], inbox_id="5", team_id="8", rating="5"),
        ),
    ],
}

PERSON = {
    "identifier": "cliente-1",
    "identifier_hash": "0f",
    "name": "Ana",
    "email": "ana@example.com",
    "phone_number": "+5581900000000",
    "avatar_url": "https://example.com/ana.png",
    "custom_attributes": {"plano": "ouro"},
}

CONTACT_SIDE = {
    "inbox.get": [Case(lambda c: c.contact.inbox.get())],
    "contact.create": [
        Case(lambda c: c.contact.contact.create(), {}),
        Case(
            lambda c: c.contact.contact.create(
                source_id=SOURCE,
                identifier="cliente-1",
                identifier_hash="0f",
                name="Ana",
                email="ana@example.com",
                phone_number="+5581900000000",
                avatar_url="https://example.com/ana.png",
                custom_attributes={"plano": "ouro"},
            ),
            {"source_id": SOURCE, **PERSON},
        ),
    ],
    "contact.show": [
        Case(lambda c: c.contact.contact.show(SOURCE), places=(SOURCE,)),
        Case(
            lambda c: c.contact.contact.show("app/1", identifier="cliente-1", identifier_hash="0f"),
            query={"identifier": "cliente-1", "identifier_hash": "0f"},
            places=("app/1",),
        ),
    ],
    "contact.update": [
        Case(lambda c: c.contact.contact.update(SOURCE, name="Ana"), {"name": "Ana"}, places=(SOURCE,)),
        Case(
            lambda c: c.contact.contact.update(
                SOURCE,
                identifier="cliente-1",
                identifier_hash="0f",
                name="Ana",
                email="ana@example.com",
                phone_number="+5581900000000",
                avatar_url="https://example.com/ana.png",
                custom_attributes={"plano": "ouro"},
            ),
            PERSON,
            places=(SOURCE,),
        ),
    ],
    "conversation.list": [Case(lambda c: c.contact.conversation.list(SOURCE), places=(SOURCE,))],
    "conversation.create": [
        Case(lambda c: c.contact.conversation.create(SOURCE), {}, places=(SOURCE,)),
        Case(
            lambda c: c.contact.conversation.create(SOURCE, custom_attributes={"origem": "app"}),
            {"custom_attributes": {"origem": "app"}},
            places=(SOURCE,),
        ),
    ],
    "conversation.show": [Case(lambda c: c.contact.conversation.show(SOURCE, 5), places=(SOURCE, 5))],
    "conversation.resolve": [Case(lambda c: c.contact.conversation.resolve(SOURCE, 5), places=(SOURCE, 5))],
    "conversation.toggle_typing": [
        Case(
            lambda c: c.contact.conversation.toggle_typing(SOURCE, 5, True), {"typing_status": "on"}, places=(SOURCE, 5)
        ),
        Case(
            lambda c: c.contact.conversation.toggle_typing(SOURCE, 5, False),
            {"typing_status": "off"},
            places=(SOURCE, 5),
        ),
    ],
    "conversation.update_last_seen": [
        Case(lambda c: c.contact.conversation.update_last_seen(SOURCE, 5), places=(SOURCE, 5))
    ],
    "message.list": [
        Case(lambda c: c.contact.message.list(SOURCE, 5), places=(SOURCE, 5)),
        Case(lambda c: c.contact.message.list(SOURCE, 5, before=16), query={"before": "16"}, places=(SOURCE, 5)),
    ],
    "message.create": [
        Case(lambda c: c.contact.message.create(SOURCE, 5, "Oi!"), {"content": "Oi!"}, places=(SOURCE, 5)),
        Case(
            lambda c: c.contact.message.create(SOURCE, 5, "com eco", echo_id="eco-1"),
            {"content": "com eco", "echo_id": "eco-1"},
            places=(SOURCE, 5),
        ),
    ],
    "message.update": [
        Case(
            lambda c: c.contact.message.update(SOURCE, 5, 69, [{"title": "Vendas", "value": "vendas"}]),
            {"submitted_values": [{"title": "Vendas", "value": "vendas"}]},
            places=(SOURCE, 5, 69),
        ),
        Case(
            lambda c: c.contact.message.rate(SOURCE, 5, 69, 5, "Muito bom"),
            {"submitted_values": {"csat_survey_response": {"rating": 5, "feedback_message": "Muito bom"}}},
            places=(SOURCE, 5, 69),
        ),
    ],
    "survey.show": [Case(lambda c: c.contact.survey.show(UUID), places=(UUID,))],
    "survey.answer": [
        Case(
            lambda c: c.contact.survey.answer(UUID, 3, "pela página"),
            {
                "message": {
                    "submitted_values": {"csat_survey_response": {"rating": 3, "feedback_message": "pela página"}}
                }
            },
            places=(UUID,),
        )
    ],
    "survey.page": [Case(lambda c: c.contact.survey.page(UUID), places=(UUID,))],
}

CASES: dict[str, list[Case]] = {**REPORTS, **CONTACT_SIDE}
