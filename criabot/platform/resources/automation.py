"""Automation rules and macros (contract 1.1 and 5.8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from criabot.platform.answers.integrations import AutomationRule, Macro, RuleAction, RuleCondition
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given, number_of
from criabot.platform.parts import JsonObject, Part

__all__ = ["AutomationRules", "Macros", "RuleEvent"]

RuleEvent: TypeAlias = Literal[
    "conversation_created", "conversation_updated", "conversation_opened", "conversation_resolved", "message_created"
]
"""What starts an automation rule."""

AnyCondition: TypeAlias = RuleCondition | Mapping[str, Any]
AnyAction: TypeAlias = RuleAction | Mapping[str, Any]


class AutomationRules(Resource):
    """Automation rules: when this happens, and that is so, do the following (contract 5.8). For administrators."""

    name = "automation_rules"

    async def list(self, *, page: int | None = None) -> list[AutomationRule]:
        """The rules of the account (contract 5.8).

        Args:
            page: only in the platform's own description; nobody has seen it make a difference.
        """
        return (await self._ask("list", params={"page": page})).read(list[AutomationRule])

    async def show(self, rule: int | Identified) -> AutomationRule:
        """A rule (contract 5.8)."""
        return (await self._ask("show", rule)).read(AutomationRule)

    async def create(
        self,
        name: str,
        event_name: RuleEvent,
        *,
        conditions: Iterable[AnyCondition],
        actions: Iterable[AnyAction],
        description: str | NotGiven = NOT_GIVEN,
        active: bool | NotGiven = NOT_GIVEN,
    ) -> AutomationRule:
        """Create a rule (contract 5.8).

        ```python
        await client.automation_rules.create(
            "Prices",
            "message_created",
            conditions=[RuleCondition(attribute_key="content", filter_operator="contains", values=["price"])],
            actions=[RuleAction(action_name="add_label", action_params=["billing"])],
        )
        ```

        Args:
            name: for people.
            event_name: what starts it.
            conditions: joined by their ``query_operator``, ``and`` or ``or``; the last has none.
            actions: done in their order.
            description: for people.
            active: whether it works from now on.

        Raises:
            Unprocessable: an unknown condition or action.
        """
        body = given(name=name, event_name=event_name, description=description, active=active)
        body |= {"conditions": _plain(conditions), "actions": _plain(actions)}
        return (await self._ask("create", json=body)).read(AutomationRule)

    async def update(
        self,
        rule: int | Identified,
        *,
        name: str | NotGiven = NOT_GIVEN,
        event_name: RuleEvent | NotGiven = NOT_GIVEN,
        conditions: Iterable[AnyCondition] | NotGiven = NOT_GIVEN,
        actions: Iterable[AnyAction] | NotGiven = NOT_GIVEN,
        description: str | NotGiven | None = NOT_GIVEN,
        active: bool | NotGiven = NOT_GIVEN,
    ) -> AutomationRule:
        """Change a rule; what is not given stays (contract 5.8).

        Args:
            rule: which.
            name: for people.
            event_name: what starts it.
            conditions: all of them, as in `create`.
            actions: all of them, as in `create`.
            description: None clears it.
            active: False stops it.

        Raises:
            Unprocessable: as in `create`.
        """
        body = given(name=name, event_name=event_name, description=description, active=active)
        if not isinstance(conditions, NotGiven):
            body["conditions"] = _plain(conditions)
        if not isinstance(actions, NotGiven):
            body["actions"] = _plain(actions)
        return (await self._ask("update", rule, json=body)).read(AutomationRule)

    async def delete(self, rule: int | Identified) -> None:
        """Delete a rule (contract 5.8)."""
        await self._ask("delete", rule)

    async def clone(self, rule: int | Identified) -> AutomationRule:
        """A second rule like this one, with the same name, and active if this one is (contract 5.8)."""
        return (await self._ask("clone", rule)).read(AutomationRule)


class Macros(Resource):
    """Macros: actions that an agent does to a conversation with one click (contract 5.8)."""

    name = "macros"

    async def list(self) -> list[Macro]:
        """The macros that the token's owner may use (contract 5.8)."""
        return (await self._ask("list")).read(list[Macro])

    async def show(self, macro: int | Identified) -> Macro:
        """A macro (contract 5.8)."""
        return (await self._ask("show", macro)).read(Macro)

    async def create(
        self,
        name: str,
        *,
        actions: Iterable[AnyAction],
        visibility: Literal["global", "personal"] | NotGiven = NOT_GIVEN,
    ) -> Macro:
        """Create a macro (contract 5.8).

        Args:
            name: for people.
            actions: done one after the other.
            visibility: ``global`` for all agents, ``personal`` for the token's owner.

        Raises:
            Unprocessable: an unknown action.
        """
        body = given(name=name, visibility=visibility) | {"actions": _plain(actions)}
        return (await self._ask("create", json=body)).read(Macro)

    async def update(
        self,
        macro: int | Identified,
        *,
        name: str | NotGiven = NOT_GIVEN,
        actions: Iterable[AnyAction] | NotGiven = NOT_GIVEN,
        visibility: Literal["global", "personal"] | NotGiven = NOT_GIVEN,
    ) -> Macro:
        """Change a macro; what is not given stays (contract 5.8).

        Args:
            macro: which.
            name: for people.
            actions: all of them.
            visibility: as in `create`.

        Raises:
            Unprocessable: an unknown action.
        """
        body = given(name=name, visibility=visibility)
        if not isinstance(actions, NotGiven):
            body["actions"] = _plain(actions)
        return (await self._ask("update", macro, json=body)).read(Macro)

    async def delete(self, macro: int | Identified) -> None:
        """Delete a macro (contract 5.8)."""
        await self._ask("delete", macro)

    async def execute(self, macro: int | Identified, conversation_ids: Iterable[int | Identified]) -> None:
        """Let a macro act on conversations (contract 5.8).

        It does so in the background: the answer comes before, and tells nothing of what became of it.

        Args:
            macro: which.
            conversation_ids: their numbers, or the conversations.
        """
        body = {"conversation_ids": [number_of(each) for each in conversation_ids]}
        await self._ask("execute", macro, json=body)


def _plain(parts: Iterable[Part | Mapping[str, Any]]) -> list[JsonObject]:
    return [
        part.model_dump(mode="json", exclude_unset=True) if isinstance(part, Part) else dict(part) for part in parts
    ]
