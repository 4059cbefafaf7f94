"""Reports count what happened in the simulator."""

from __future__ import annotations

from tests.testing.platform.office import Office, open_office


async def report(office: Office, path: str) -> dict[str, float]:
    period = f"since={int(office.clock()) - 86400}&until={int(office.clock()) + 1}"
    status, body = await office.ask("GET", f"/api/v2/accounts/1{path}{'&' if '?' in path else '?'}{period}")
    assert status == 200
    assert isinstance(body, dict)
    return body


async def test_a_summary_of_one_conversation_that_a_human_finished() -> None:
    async with open_office() as office:
        rui, customer = office.platform.agent("Rui"), office.platform.customer("Ana")
        await customer.says("oi")
        conversation = customer.conversation
        assert conversation is not None
        office.clock.advance(60)
        await rui.says(conversation, "olá")
        await customer.says("obrigada")
        office.clock.advance(30)
        await rui.says(conversation, "de nada")
        await rui.sets_status(conversation, "resolved")
        summary = await report(office, "/reports/summary?type=account")
        assert summary["conversations_count"] == 1
        assert summary["incoming_messages_count"] == summary["outgoing_messages_count"] == 2
        assert summary["resolutions_count"] == 1
        assert 60 <= (summary["avg_first_response_time"] or 0) < 90
        assert 30 <= (summary["reply_time"] or 0) < 60
        assert 90 <= (summary["avg_resolution_time"] or 0) < 120
        bots = await report(office, "/reports/bot_summary?type=account")
        assert bots["bot_resolutions_count"] == 0


async def test_a_bot_gets_the_credit_for_what_no_human_touched() -> None:
    async with open_office() as office:
        for name, status in (("Ana", "resolved"), ("Bia", "open")):
            customer = office.platform.customer(name)
            await customer.says("oi")
            conversation = customer.conversation
            assert conversation is not None
            await office.platform.agent("Rui").sets_status(conversation, status)
        metrics = await report(office, "/reports/bot_metrics")
        assert metrics == {"conversation_count": 2, "message_count": 0, "resolution_rate": 50, "handoff_rate": 50}
        live = await report(office, "/live_reports/conversation_metrics")
        assert live == {"open": 1, "unattended": 1, "unassigned": 1, "pending": 0}


async def test_an_unknown_metric_is_empty_and_a_missing_type_a_fault() -> None:
    async with open_office() as office:
        assert await report(office, "/reports?metric=banana&type=account") == {}
        assert (await office.ask("GET", "/api/v2/accounts/1/reports/summary?since=1"))[0] == 500
