"""Conditions for filters of conversations and contacts (contract 5.4 and 5.6).

```python
waiting = [
    Condition(attribute_key="status", filter_operator="equal_to", values=["pending"], query_operator="AND"),
    Condition(attribute_key="assignee_id", filter_operator="is_not_present"),
]
page = await client.conversations.filter(waiting)
```
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias, TypedDict

from pydantic import AfterValidator, BaseModel, ConfigDict, StrictBool, StrictFloat, StrictInt, StrictStr

from criabot.platform.calls import Identified

__all__ = ["Condition", "ConversationChoice", "ConversationStatus", "conditions_json"]

ConversationStatus: TypeAlias = Literal["open", "resolved", "pending", "snoozed"]

Operator: TypeAlias = Literal[
    "equal_to",
    "not_equal_to",
    "contains",
    "does_not_contain",
    "starts_with",
    "is_present",
    "is_not_present",
    "is_greater_than",
    "is_less_than",
    "days_before",
]


def _day(value: date) -> date:
    if type(value) is not date:
        raise ValueError("dates are compared by the day: give a date, not a datetime")
    return value


Value: TypeAlias = StrictBool | StrictInt | StrictFloat | StrictStr | Annotated[date, AfterValidator(_day)]


class ConversationChoice(TypedDict, total=False):
    """Which conversations a list holds (contract 5.4).

    Attributes:
        status: ``open`` when not given.
        assignee_type: ``me`` is the owner of the user token.
        inbox_id: of an inbox, or the inbox.
        team_id: of a team, or the team.
        labels: all of them.
        q: text in their messages; the counts are then of the page.
        conversation_type: where the owner of the user token is mentioned or takes part, or nobody has answered.
        source_id: of the contact in the inbox.
        updated_within: seconds since the last change; the platform then gives *all* of them in one page.
    """

    status: ConversationStatus | Literal["all"]
    assignee_type: Literal["me", "unassigned", "assigned", "all"]
    inbox_id: int | Identified
    team_id: int | Identified
    labels: Sequence[str]
    q: str
    conversation_type: Literal["mention", "participating", "unattended"]
    source_id: str
    updated_within: int


class Condition(BaseModel):
    """One condition of a filter.

    The operators that a key takes differ, and the platform answers others with
    :class:`~criabot.errors.Unprocessable`: ``starts_with`` is for phone numbers of contacts only, what is compared as a
    time takes ``is_greater_than``, ``is_less_than`` and ``days_before``.

    Attributes:
        attribute_key: of conversations ``status``, ``assignee_id``, ``inbox_id``, ``team_id``, ``contact_id``,
            ``priority``, ``display_id``, ``campaign_id``, ``labels``, ``browser_language``, ``conversation_language``,
            ``referer``, ``created_at``, ``last_activity_at``, ``mail_subject``; of contacts ``name``, ``phone_number``,
            ``email``, ``identifier``, ``country_code``, ``city``, ``company_name``, ``labels``, ``created_at``,
            ``last_activity_at``, ``blocked``; or a custom attribute that is defined in the account.
        filter_operator: how it is compared.
        values: with what; one of them has to fit. Days are dates or ``YYYY-MM-DD``, the status goes by its name,
            ``days_before`` takes a number of days, ``is_present`` and ``is_not_present`` take nothing.
        query_operator: what joins it to the next condition, where ``AND`` binds stronger; None in the last.
        custom_attribute_type: for a custom attribute, whose it is.

    Raises:
        ValueError: a value is of no such kind, such as one text instead of a list.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    attribute_key: str
    filter_operator: Operator
    values: Sequence[Value] = ()
    query_operator: Literal["AND", "OR"] | None = None
    custom_attribute_type: Literal["conversation_attribute", "contact_attribute"] | None = None


def conditions_json(conditions: Iterable[Condition]) -> list[dict[str, Any]]:
    """The conditions as they are sent; none at all fits everything.

    Raises:
        ValueError: they are not joined: all but the last need a query operator, and the last must have none.
            The platform answers that with 500 (contract 5.1).
    """
    found = list(conditions)
    joints = [condition.query_operator for condition in found]
    if None in joints[:-1]:
        raise ValueError("every condition but the last needs a query_operator, AND or OR")
    if joints and joints[-1] is not None:
        raise ValueError("the last condition of a filter must not have a query_operator: nothing follows it")
    return [_json(condition) for condition in found]


def _json(condition: Condition) -> dict[str, Any]:
    left_out = {"custom_attribute_type"} if condition.custom_attribute_type is None else set()
    return condition.model_dump(mode="json", exclude=left_out)
