"""Conditions of filters: mistakes that the platform answers with 500 do not leave (contract 5.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from criabot.platform.filters import Condition, conditions_json

LAST: dict[str, Any] = {"attribute_key": "status", "filter_operator": "equal_to", "values": ["open"]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"values": "open"},
        {"values": None},
        {"values": [None]},
        {"values": [["open"]]},
        {"values": [datetime(2026, 11, 1, 12, tzinfo=UTC)]},
        {"filter_operator": "is"},
        {"query_operator": "and then"},
        {"custom_attribute_type": "message_attribute"},
        {"value": ["open"]},
    ],
)
def test_a_condition_that_makes_no_sense_cannot_be_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error") as caught:
        Condition(**(LAST | wrong))
    assert "open" not in str(caught.value)


def test_conditions_must_be_joined() -> None:
    last, joined = Condition(**LAST), Condition(**LAST, query_operator="AND")
    for wrong in ([last, last], [joined], [joined, last, last], [joined, joined]):
        with pytest.raises(ValueError, match="query_operator"):
            conditions_json(wrong)
    assert [each["query_operator"] for each in conditions_json([joined, joined, last])] == ["AND", "AND", None]
    assert conditions_json([]) == []


def test_a_number_stays_a_number_and_truth_stays_truth() -> None:
    values = [True, 1, 1.5, "1", "2026-11-01"]
    (sent,) = conditions_json([Condition(**(LAST | {"values": values}))])
    assert [(type(each), each) for each in sent["values"]] == [(type(each), each) for each in values]
