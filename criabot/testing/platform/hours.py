"""Working hours of an inbox (contract 4.6)."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from criabot.testing.platform.inboxes import column
from criabot.testing.platform.world import Inbox, Json

__all__ = ["is_closed", "zone_of"]


def is_closed(inbox: Inbox, moment: float) -> bool:
    """Whether the inbox has working hours and `moment` (epoch seconds) is outside of them, in its time zone."""
    if not column(inbox, "working_hours_enabled"):
        return False
    now = datetime.fromtimestamp(moment, zone_of(inbox))
    today = next((day for day in inbox.working_hours if day["day_of_week"] == now.isoweekday() % 7), None)
    return today is not None and not _is_open(today, now.hour * 60 + now.minute)


def zone_of(inbox: Inbox) -> tzinfo:
    """The inbox's time zone; UTC if this machine does not know it."""
    try:
        return ZoneInfo(column(inbox, "timezone"))
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _is_open(day: Json, minute: int) -> bool:
    if day.get("closed_all_day") or day.get("open_all_day"):
        return not day.get("closed_all_day")
    opening, closing = (day[f"{word}_hour"] * 60 + day[f"{word}_minutes"] for word in ("open", "close"))
    return bool(opening <= minute <= closing)
