"""Conversations (contract 4 and 5.4)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict, get_args

from criabot.errors import ApiError
from criabot.platform.answers.conversations import (
    AssigneeDetails,
    AttachmentPage,
    ConversationAttachment,
    ConversationDetails,
    StatusChange,
)
from criabot.platform.answers.reports import ReportingEvent
from criabot.platform.answers.teams import TeamDetails
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, given, number_given, number_of
from criabot.platform.filters import ConversationStatus
from criabot.platform.paging import each_row
from criabot.platform.parts import JsonObject
from criabot.platform.resources.bulk_actions import BulkActions, label_list
from criabot.platform.resources.conversation_lists import ConversationLists
from criabot.platform.versions import surely_can

__all__ = ["Conversations", "FirstMessage"]

PriorityName: TypeAlias = Literal["low", "medium", "high", "urgent"]


class FirstMessage(TypedDict, total=False):
    """The message that a conversation begins with (contract 3.4 and 5.4)."""

    content: str
    private: bool
    content_type: str
    content_attributes: Mapping[str, Any]
    template_params: Mapping[str, Any]


class Conversations(ConversationLists):
    """Conversations, by the number that people see (contract 5.4)."""

    async def create(
        self,
        *,
        source_id: str | None = None,
        inbox_id: int | Identified | None = None,
        contact_id: int | Identified | None = None,
        status: ConversationStatus | None = None,
        assignee_id: int | Identified | None = None,
        team_id: int | Identified | None = None,
        snoozed_until: int | None = None,
        additional_attributes: Mapping[str, Any] | None = None,
        custom_attributes: Mapping[str, Any] | None = None,
        message: FirstMessage | None = None,
    ) -> ConversationDetails:
        """Begin a conversation with a contact (contract 5.4).

        Where the inbox is locked to one conversation, that is given instead. With an active bot in the inbox the
        status is ``pending``, whatever was asked for (contract 4.1).

        Args:
            source_id: of the contact in the inbox; or else the next two.
            inbox_id: of an inbox, or the inbox.
            contact_id: of a contact, or the contact.
            status: ``open`` when not given.
            assignee_id: of an agent.
            team_id: of a team.
            snoozed_until: in epoch seconds, for the status ``snoozed``.
            additional_attributes: such as ``mail_subject``.
            custom_attributes: of the conversation.
            message: what the token's owner says first.

        Raises:
            ValueError: it is not said with whom.
        """
        if source_id is None and (inbox_id is None or contact_id is None):
            raise ValueError("a conversation needs a source_id, or an inbox_id and a contact_id")
        body = {
            "source_id": source_id,
            "inbox_id": number_given(inbox_id),
            "contact_id": number_given(contact_id),
            "status": status,
            "assignee_id": number_given(assignee_id),
            "team_id": number_given(team_id),
            "snoozed_until": snoozed_until,
            "additional_attributes": additional_attributes,
            "custom_attributes": custom_attributes,
            "message": message,
        }
        body = {name: value for name, value in body.items() if value is not None}
        return (await self._ask("create", json=body)).read(ConversationDetails)

    async def show(self, conversation: int | Identified) -> ConversationDetails:
        """The conversation as it is now; a bot's token needs a server from 4.14.2 on (contract 4.7)."""
        return (await self._ask("show", conversation)).read(ConversationDetails)

    async def update(
        self,
        conversation: int | Identified,
        *,
        priority: PriorityName | NotGiven | None = NOT_GIVEN,
        sla_policy_id: int | NotGiven = NOT_GIVEN,
    ) -> ConversationDetails:
        """Change the priority or the service level agreement; a status would be ignored (contract 4.3 and 5.4).

        Args:
            conversation: its number, or the conversation.
            priority: None clears it.
            sla_policy_id: only where the platform has such agreements.

        Raises:
            ValueError: there is nothing to change.
        """
        body = given(priority=priority, sla_policy_id=sla_policy_id)
        if not body:
            raise ValueError("update needs a priority or an sla_policy_id")
        return (await self._ask("update", conversation, json=body)).read(ConversationDetails)

    async def delete(self, conversation: int | Identified) -> None:
        """Delete a conversation for good; for administrators (contract 5.4)."""
        await self._ask("delete", conversation)

    async def toggle_status(
        self, conversation: int | Identified, status: ConversationStatus, *, snoozed_until: int | None = None
    ) -> str:
        """Set the status, and the status the conversation then has (contract 4.3).

        ``snoozed_until`` is in epoch seconds; without it a snooze lasts until the next message. With an agent's token
        ``open`` also assigns the conversation to that agent, where it was ``pending``.
        """
        return (await self.change_status(conversation, status, snoozed_until=snoozed_until)).current_status

    async def change_status(
        self, conversation: int | Identified, status: ConversationStatus, *, snoozed_until: int | None = None
    ) -> StatusChange:
        """What `toggle_status` does, and all that the platform tells of it (contract 4.3).

        Raises:
            ValueError: there is no such status; the platform would answer with 500.
        """
        if status not in get_args(ConversationStatus):
            raise ValueError(f"a status is one of {', '.join(get_args(ConversationStatus))}, not {status!r}")
        body: JsonObject = {"status": status}
        if snoozed_until is not None:
            body["snoozed_until"] = snoozed_until
        return (await self._ask("toggle_status", conversation, json=body)).read(StatusChange)

    async def toggle_typing_status(self, conversation: int | Identified, on: bool, *, private: bool = False) -> None:
        """Show or hide "is typing" in the widget; it fades after about 30 s (contract 4.5)."""
        body = {"typing_status": "on" if on else "off", "is_private": private}
        await self._ask("toggle_typing_status", conversation, json=body)

    async def toggle_priority(self, conversation: int | Identified, priority: PriorityName | None) -> None:
        """Set the priority, or clear it with None (contract 4.5)."""
        await self._ask("toggle_priority", conversation, json={"priority": priority})

    # -- whose it is ----------------------------------------------------------------------------------------------

    async def assign(
        self,
        conversation: int | Identified,
        *,
        agent_id: int | Identified | None = None,
        agent_bot_id: int | Identified | None = None,
        team_id: int | Identified | None = None,
    ) -> bool:
        """Assign to an agent, a bot or a team; whether the platform knows the assignee (contract 4.4).

        False means that the id is unknown, and that the platform has *removed* the present assignee or team.

        Raises:
            ValueError: none or more than one of the three is given.
        """
        found = await self.assigned(conversation, agent_id=agent_id, agent_bot_id=agent_bot_id, team_id=team_id)
        return found is not None

    async def assigned(
        self,
        conversation: int | Identified,
        *,
        agent_id: int | Identified | None = None,
        agent_bot_id: int | Identified | None = None,
        team_id: int | Identified | None = None,
    ) -> AssigneeDetails | TeamDetails | None:
        """What `assign` does, and the agent, bot or team; None where it returns False (contract 4.4).

        Raises:
            ValueError: none or more than one of the three is given.
        """
        if sum(each is not None for each in (agent_id, agent_bot_id, team_id)) != 1:
            raise ValueError("assign takes exactly one of agent_id, agent_bot_id and team_id")
        if team_id is not None:
            answer = await self._ask("assign", conversation, json={"team_id": number_of(team_id)})
            return None if answer.is_empty else answer.read(TeamDetails)
        body: JsonObject = {"assignee_id": number_given(agent_id)}
        if agent_bot_id is not None:
            body = {"assignee_id": number_of(agent_bot_id), "assignee_type": "AgentBot"}
        answer = await self._ask("assign", conversation, json=body)
        return None if answer.is_empty else answer.read(AssigneeDetails)

    async def unassign(self, conversation: int | Identified, *, team: bool = False) -> None:
        """Take the agent or bot off, or the team (contract 4.4)."""
        await self._ask("assign", conversation, json={"team_id" if team else "assignee_id": None})

    # -- labels ---------------------------------------------------------------------------------------------------

    async def labels(self, conversation: int | Identified) -> list[str]:
        """The labels (contract 4.5); a bot's token needs a server from 4.14.2 on."""
        return (await self._ask("labels", conversation)).read(list[str])

    async def set_labels(self, conversation: int | Identified, labels: Iterable[str]) -> list[str]:
        """Replace *all* labels, and the labels the conversation then has (contract 4.5).

        Raises:
            TypeError: one text instead of a list of labels.
        """
        body = {"labels": label_list(labels)}
        return (await self._ask("set_labels", conversation, json=body)).read(list[str])

    async def add_labels(self, conversation: int | Identified, labels: Iterable[str]) -> None:
        """Add labels and leave the others alone (contract 4.5).

        With a user token the platform adds them, in the background: `labels` may not show them yet. With a bot's only,
        the labels are read and replaced: what others change in between is lost, so that two tasks must not do it at
        the same time (contract 8.27).

        Raises:
            TypeError: one text instead of a list of labels.
        """
        await self._change_labels(conversation, label_list(labels), [])

    async def remove_labels(self, conversation: int | Identified, labels: Iterable[str]) -> None:
        """Remove labels and leave the others alone; as `add_labels` does it (contract 4.5).

        Raises:
            TypeError: one text instead of a list of labels.
        """
        await self._change_labels(conversation, [], label_list(labels))

    async def _change_labels(self, conversation: int | Identified, added: list[str], removed: list[str]) -> None:
        if not added and not removed:
            return
        if self._caller.has("user"):
            await BulkActions(self._caller).create([conversation], add_labels=added, remove_labels=removed)
            return
        present = await self.labels(conversation)
        wanted = [label for label in dict.fromkeys([*present, *added]) if label not in removed]
        if wanted != present:
            await self.set_labels(conversation, wanted)

    # -- custom attributes ----------------------------------------------------------------------------------------

    async def set_custom_attributes(self, conversation: int | Identified, attributes: Mapping[str, Any]) -> JsonObject:
        """Replace the *whole* map of custom attributes, and the map the conversation then has (contract 4.5)."""
        body = {"custom_attributes": dict(attributes)}
        return (await self._ask("set_custom_attributes", conversation, json=body)).read(JsonObject)

    async def merge_custom_attributes(
        self, conversation: int | Identified, attributes: Mapping[str, Any]
    ) -> JsonObject:
        """Set some custom attributes, and the map the conversation then has (contract 0.2 and 4.5).

        Servers from 4.17 on leave the others alone by themselves. With older ones, and those that do not tell their
        version, the map is read and replaced: what others change in between is lost, so that two tasks must not do it
        at the same time (contract 8.27). A bot's token can read it from 4.14.2 on.
        """
        if await self._merges():
            body = {"custom_attributes": dict(attributes), "merge": True}
            return (await self._ask("set_custom_attributes", conversation, json=body)).read(JsonObject)
        present = (await self.show(conversation)).custom_attributes or {}
        return await self.set_custom_attributes(conversation, {**present, **attributes})

    async def _merges(self) -> bool:
        """Whether the server certainly merges; another would throw the other attributes away."""
        try:
            return surely_can(await self._caller.version(), "merge_attributes")
        except ApiError:  # some proxies let nobody ask
            return False

    async def destroy_custom_attributes(self, conversation: int | Identified, keys: Iterable[str]) -> JsonObject:
        """Remove custom attributes, and the map the conversation then has; needs a user token (contract 0.2).

        Raises:
            NotFound: the server is older than 4.17.
        """
        body = {"custom_attributes": [*keys]}
        return (await self._ask("destroy_custom_attributes", conversation, json=body)).read(JsonObject)

    # -- what agents do -------------------------------------------------------------------------------------------

    async def update_last_seen(self, conversation: int | Identified) -> ConversationDetails:
        """Say that the owner of the user token has read it, so that nothing is unread (contract 4.5)."""
        return (await self._ask("update_last_seen", conversation)).read(ConversationDetails)

    async def mark_unread(self, conversation: int | Identified) -> ConversationDetails:
        """Say that the last message is unread; needs a user token (contract 4.5)."""
        return (await self._ask("mark_unread", conversation)).read(ConversationDetails)

    async def mute(self, conversation: int | Identified) -> None:
        """Resolve the conversation and block its contact; needs a user token (contract 4.5)."""
        await self._ask("mute", conversation)

    async def unmute(self, conversation: int | Identified) -> None:
        """Block the contact no longer; needs a user token (contract 4.5)."""
        await self._ask("unmute", conversation)

    async def send_transcript(self, conversation: int | Identified, email: str) -> None:
        """Send what was written to an e-mail address; needs a user token (contract 4.5).

        Raises:
            PaymentRequired: the account's plan does not include it.
            RateLimited: more e-mails than the account may send in a day, or too many transcripts in an hour.
        """
        await self._ask("send_transcript", conversation, json={"email": email})

    async def attachments(self, conversation: int | Identified, *, page: int | None = None) -> AttachmentPage:
        """A page of 100 files; needs a user token (contract 5.4). Their count is of all."""
        return (await self._ask("attachments", conversation, params={"page": page})).read(AttachmentPage)

    async def each_attachment(self, conversation: int | Identified) -> AsyncIterator[ConversationAttachment]:
        """Every file of a conversation, page by page, none twice; see `attachments` (contract 5.4)."""

        async def page(number: int) -> Sequence[ConversationAttachment]:
            return (await self.attachments(conversation, page=number)).payload

        async for attachment in each_row(page):
            yield attachment

    async def reporting_events(self, conversation: int | Identified) -> list[ReportingEvent]:
        """What was measured for the reports, the oldest first; needs a user token (contract 5.9)."""
        return (await self._ask("reporting_events", conversation)).read(list[ReportingEvent])
