"""Inboxes, their bot and their agents (contract 4.2 and 5.7)."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

from criabot.platform import channels
from criabot.platform.answers.agents import Agent
from criabot.platform.answers.inboxes import InboxDetails, WorkingHours
from criabot.platform.answers.integrations import InboxAgentBot
from criabot.platform.calls import NOT_GIVEN, Identified, NotGiven, Resource, given, number_of
from criabot.platform.channels import Channel
from criabot.platform.parts import JsonObject
from criabot.platform.uploads import Upload, multipart, uploads_of

__all__ = ["CsatConfig", "InboxMembers", "InboxSettings", "Inboxes", "SurveyRules"]


class SurveyRules(TypedDict, total=False):
    """For which conversations a survey is sent: by their labels.

    Attributes:
        operator: such as ``contains``.
        values: labels.
    """

    operator: str
    values: list[str]


class CsatConfig(TypedDict, total=False):
    """The survey that asks customers how they were served.

    Attributes:
        display_type: what they choose from.
        message: the question.
        button_text: on the button.
        language: such as ``pt_BR``.
        survey_rules: for which conversations.
    """

    display_type: Literal["emoji", "star"]
    message: str
    button_text: str
    language: str
    survey_rules: SurveyRules


class InboxSettings(TypedDict, total=False):
    """What can be set of any inbox; what is left out stays as it is.

    Attributes:
        greeting_enabled: whether a new conversation is answered with ``greeting_message``.
        greeting_message: run as a template by the platform (contract 3.7); None clears it.
        enable_email_collect: whether a visitor of a website is asked for an e-mail address.
        csat_survey_enabled: whether a survey follows when a conversation is resolved.
        csat_config: how the survey looks.
        enable_auto_assignment: whether the platform gives new conversations to agents.
        working_hours_enabled: whether ``out_of_office_message`` is sent outside of the working hours.
        out_of_office_message: run as a template, too; None clears it.
        timezone: of the working hours, such as ``America/Recife``.
        allow_messages_after_resolved: whether a visitor of a website can go on after that.
        lock_to_single_conversation: whether a customer's messages always go on in his last conversation (contract 4.1).
        portal_id: of the help centre that belongs to it; None for none.
        sender_name_type: ``friendly`` shows the agent's name in e-mails, ``professional`` the business's.
        business_name: the name in e-mails; None clears it.
    """

    greeting_enabled: bool
    greeting_message: str | None
    enable_email_collect: bool
    csat_survey_enabled: bool
    csat_config: CsatConfig
    enable_auto_assignment: bool
    working_hours_enabled: bool
    out_of_office_message: str | None
    timezone: str
    allow_messages_after_resolved: bool
    lock_to_single_conversation: bool
    portal_id: int | None
    sender_name_type: Literal["friendly", "professional"]
    business_name: str | None


class Inboxes(Resource):
    """Inboxes; an agent's token sees only those that the agent belongs to (contract 5.7)."""

    name = "inboxes"

    async def list(self) -> builtins.list[InboxDetails]:
        """All inboxes that the token's owner sees, by name (contract 5.7)."""
        return (await self._ask("list")).read(builtins.list[InboxDetails])

    async def show(self, inbox: int | Identified) -> InboxDetails:
        """One inbox; its secrets are shown to administrators only (contract 5.7)."""
        return (await self._ask("show", inbox)).read(InboxDetails)

    async def create(self, name: str, channel: Channel, **settings: Unpack[InboxSettings]) -> InboxDetails:
        """Make an inbox; for administrators (contract 5.7).

        Its working hours are 9 to 17 from Monday to Friday, for when they are switched on; `update` changes them.

        Args:
            name: not blank.
            channel: such as `ApiChannel`, or a mapping with its ``type``.
            settings: see `InboxSettings`.

        Raises:
            Unprocessable: the name is blank, or the channel is unknown or invalid.
            TypeError: there is no such setting.
        """
        body = {"name": name, "channel": channels.new(channel)} | _known(settings)
        return (await self._ask("create", json=body)).read(InboxDetails)

    async def update(
        self,
        inbox: int | Identified,
        *,
        name: str | NotGiven = NOT_GIVEN,
        channel: Channel | NotGiven = NOT_GIVEN,
        working_hours: Iterable[WorkingHours | Mapping[str, Any]] | NotGiven = NOT_GIVEN,
        **settings: Unpack[InboxSettings],
    ) -> InboxDetails:
        """Change what is given, and leave the rest; for administrators (contract 5.7).

        Args:
            inbox: its number, or the inbox.
            name: not blank.
            channel: only what is set of it is changed; a mapping where a setting that it insists on shall stay.
            working_hours: of the days that change; what is left out of a day stays.
            settings: see `InboxSettings`.

        Raises:
            Unprocessable: a value is invalid.
            TypeError: there is no such setting.
        """
        body = given(
            name=name,
            channel=NOT_GIVEN if isinstance(channel, NotGiven) else channels.changed(channel),
            working_hours=NOT_GIVEN if isinstance(working_hours, NotGiven) else [_hours(day) for day in working_hours],
        )
        return (await self._ask("update", inbox, json=body | _known(settings))).read(InboxDetails)

    async def set_avatar(self, inbox: int | Identified, picture: Path | Upload) -> InboxDetails:
        """Change the picture of an inbox; for administrators (contract 5.7)."""
        form = multipart({}, await asyncio.to_thread(uploads_of, [picture]), "avatar")
        return (await self._ask("update", inbox, form=form)).read(InboxDetails)

    async def delete(self, inbox: int | Identified) -> None:
        """Delete an inbox, some time after the answer; for administrators (contract 5.7)."""
        await self._ask("delete", inbox)

    async def agent_bot(self, inbox: int | Identified) -> InboxAgentBot | None:
        """The bot that serves an inbox, None for none (contract 5.7)."""
        answer = await self._ask("agent_bot", inbox)
        return None if answer.value() is None else answer.read(InboxAgentBot)

    async def set_agent_bot(self, inbox: int | Identified, agent_bot: int | Identified | None) -> None:
        """Let a bot serve an inbox, in place of the present one; None unhooks it; for administrators (contract 4.2).

        Raises:
            NotFound: there is no such inbox or bot.
        """
        number = None if agent_bot is None else number_of(agent_bot)
        await self._ask("set_agent_bot", inbox, json={"agent_bot": number})

    async def reset_secret(self, inbox: int | Identified) -> InboxDetails:
        """Give an API inbox a new secret to sign its deliveries with; for administrators (contract 1.4).

        Raises:
            NotFound: it is no API inbox, or the server is older than 4.13.
        """
        return (await self._ask("reset_secret", inbox)).read(InboxDetails)

    async def assignable_agents(self, inboxes: Iterable[int | Identified]) -> builtins.list[Agent]:
        """The agents to whom conversations of these inboxes can be assigned (contract 5.4)."""
        params = {"inbox_ids": [number_of(inbox) for inbox in inboxes]}
        return (await self._ask("assignable_agents", params=params)).read(builtins.list[Agent])


class InboxMembers(Resource):
    """The agents of inboxes; administrators see all inboxes without that (contract 5.7)."""

    name = "inbox_members"

    async def list(self, inbox: int | Identified) -> builtins.list[Agent]:
        """The agents of an inbox (contract 5.7)."""
        return (await self._ask("list", inbox)).read(builtins.list[Agent])

    async def add(self, inbox: int | Identified, agents: Iterable[int | Identified]) -> builtins.list[Agent]:
        """Add agents, and all agents the inbox then has; for administrators (contract 5.7).

        Raises:
            Unprocessable: one of them is unknown.
        """
        return (await self._ask("add", json=_members(inbox, agents))).read(builtins.list[Agent])

    async def set(self, inbox: int | Identified, agents: Iterable[int | Identified]) -> builtins.list[Agent]:
        """Replace *all* agents, and the agents the inbox then has; for administrators (contract 5.7).

        Raises:
            Unprocessable: one of them is unknown.
        """
        return (await self._ask("set", json=_members(inbox, agents))).read(builtins.list[Agent])

    async def remove(self, inbox: int | Identified, agents: Iterable[int | Identified]) -> None:
        """Take agents off an inbox; for administrators (contract 5.7)."""
        await self._ask("remove", json=_members(inbox, agents))


def _members(inbox: int | Identified, agents: Iterable[int | Identified]) -> JsonObject:
    return {"inbox_id": number_of(inbox), "user_ids": [number_of(agent) for agent in agents]}


def _hours(day: WorkingHours | Mapping[str, Any]) -> JsonObject:
    return day.model_dump(mode="json", exclude_unset=True) if isinstance(day, WorkingHours) else dict(day)


def _known(settings: InboxSettings) -> JsonObject:
    """The settings; one that is misspelt would be ignored by the platform."""
    unknown = settings.keys() - InboxSettings.__optional_keys__
    if unknown:
        raise TypeError(f"an inbox has no such settings: {', '.join(sorted(unknown))}")
    return {**settings}
