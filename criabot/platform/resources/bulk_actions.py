"""Changes of many conversations at once (contract 5.4)."""

from __future__ import annotations

from collections.abc import Iterable

from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given, number_given, number_of
from criabot.platform.filters import ConversationStatus
from criabot.platform.parts import JsonObject

__all__ = ["BulkActions", "label_list"]


class BulkActions(Resource):
    """Changes of many conversations at once (contract 5.4)."""

    name = "bulk_actions"

    async def create(
        self,
        conversations: Iterable[int | Identified],
        *,
        status: ConversationStatus | NotGiven = NOT_GIVEN,
        assignee_id: int | Identified | NotGiven | None = NOT_GIVEN,
        team_id: int | Identified | NotGiven | None = NOT_GIVEN,
        add_labels: Iterable[str] = (),
        remove_labels: Iterable[str] = (),
        snoozed_until: int | None = None,
    ) -> None:
        """Change conversations, in the background: they are not changed yet when this returns (contract 5.4).

        Needs a user token. Unlike `Conversations.set_labels` it can add and remove labels and leave the others alone.
        Nothing tells what became of it, and unknown conversations are passed over.

        Args:
            conversations: their numbers, or the conversations; not more than 100 at once.
            status: the new one.
            assignee_id: of an agent; None for nobody.
            team_id: of a team; None for none.
            add_labels: their names.
            remove_labels: their names.
            snoozed_until: in epoch seconds, for the status ``snoozed``.

        Raises:
            TypeError: one text instead of a list of labels.
            ValueError: there is nothing to change.
        """
        fields = given(status=status, assignee_id=number_given(assignee_id), team_id=number_given(team_id))
        labels = {"add": label_list(add_labels), "remove": label_list(remove_labels)}
        labels = {what: names for what, names in labels.items() if names}
        if not fields and not labels:
            raise ValueError("a bulk action needs a status, assignee, team or labels")
        body: JsonObject = {"type": "Conversation", "ids": [number_of(each) for each in conversations]}
        if fields:
            body["fields"] = fields
        if labels:
            body["labels"] = labels
        if snoozed_until is not None:
            body["snoozed_until"] = snoozed_until
        await self._ask("create", json=body)


def label_list(labels: Iterable[str]) -> list[str]:
    """Labels as a list. A text instead of it would clear all labels of a conversation (contract 4.5).

    Raises:
        TypeError: it is one text.
    """
    if isinstance(labels, str):
        raise TypeError("labels must be a list of labels, not one text")
    return list(labels)
