"""The outbox's last step: effects become API calls, and a lost answer becomes a question before it is a second call.

The platform has no idempotency key (contract 3.4). A message therefore carries a marker, and when nobody knows
whether it arrived it stays in flight until one of these answers, in this order:

1. its echo, which pops it from the outbox without our asking (`Lanes.confirm`);
2. with a user token the list of messages since the trigger;
3. with a bot token, on servers from 4.14.2 on, the conversation's last message;
4. the message's own policy (`Say.when_unknown`).

All other effects say what shall be, not what shall change, so doing them twice is doing them once.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeAlias

from pydantic_core import from_json, to_json

from criabot.conversation.effects import (
    Assign,
    Change,
    Effect,
    Labels,
    Say,
    SetAttributes,
    SetPriority,
    SetStatus,
    decode_effect,
    encode_effect,
    yields_to_human,
)
from criabot.conversation.ownership import Rules
from criabot.engine.lanes import Reply
from criabot.engine.turns import Delivered, GivenUp, Later
from criabot.errors import (
    ApiError,
    ApiOutcomeUnknown,
    ApiRefused,
    ApiUnreachable,
    CredentialMissing,
    NotFound,
    RateLimited,
    ServerError,
    TokenMissing,
    TokenUnknown,
    Unauthorized,
    Unprocessable,
)
from criabot.logs import inform
from criabot.platform import ApplicationClient, ConversationData, MessageData
from criabot.platform.versions import can

__all__ = ["Delivery", "backoff", "handover", "pack"]

logger = logging.getLogger("criabot.reply")

SETTLE_MS = 2000
LAST_TRY = 20
LAST_TRY_INVALID = 5
WRONG_TOKEN_WAIT = 10.0
COURTESY_SECONDS = 5.0
INSTEAD = "!"  # marks the ids of what is done instead of a reply that was given up


Trail: TypeAlias = Mapping[str, int | str]
"""Where a reply comes from, for its log line: account, inbox, contact, delivery."""


def pack(effects: Sequence[Effect], trigger: str, trail: Trail) -> list[Reply]:
    """Number effects by the event that caused them: a turn that runs again gives the same ids."""
    head = to_json(trail) + b"\n" if effects else b""
    replies = []
    for number, effect in enumerate(effects):
        read = (trail, effect) if isinstance(effect, Say) and effect.content_attributes is None else None
        reply = Reply(f"{trigger}:{number}", yields_to_human(effect), head + encode_effect(effect), read)
        replies.append(reply)
    return replies


def unpack(body: bytes) -> tuple[Trail, Effect]:
    """What `pack` put into a reply."""
    trail, _, effect = body.partition(b"\n")
    return from_json(trail), decode_effect(effect)


def handover(reason: str) -> list[Effect]:
    """What is done so that nobody is left waiting: the humans are told why, and get the conversation."""
    return [Say(text=reason, private=True), SetStatus(status="open")]


def backoff(tries: int) -> float:
    """Seconds to wait after the given number of failures: 0.1 · 2ᵃ up to 30, and up to half as much again."""
    return min(30.0, 0.1 * 2.0 ** min(tries, 10)) * (1 + random.random() / 2)  # noqa: S311 - jitter


def pause(tries: int) -> float:
    """Seconds until the platform may be asked what became of a call, or may be called again."""
    return max(SETTLE_MS / 1000, backoff(tries))


class _Job(NamedTuple):
    """One reply on its way out."""

    conversation: int
    reply: Reply
    tries: int
    trail: Trail

    @property
    def trigger_message(self) -> int:
        """The id of the message that caused the reply, 0 when it was no message."""
        head = self.reply.id.split(":", 1)[0]
        return int(head) if head.isdigit() else 0


class Delivery:
    """Carries out the outbox of all lanes.

    Args:
        client: to act, and with a user token, too, for questions that a bot may not ask.
        rules: hold the bot's name, and learn its id on the platform from the first answer.
        learned: told of that id, to remember it for the next start.
        clock: epoch seconds.

    Attributes:
        version: of the server, as soon as it is known; None counts as the newest.
    """

    def __init__(
        self,
        client: ApplicationClient,
        rules: Rules,
        *,
        learned: Callable[[int], Awaitable[None]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._rules = rules
        self._learned = learned
        self._clock = clock
        self.version: str | None = None

    async def deliver(self, lane: str, reply: Reply, *, tries: int, age: int | None) -> Delivered | Later | GivenUp:
        """Carry out one reply; see `engine.worker.Turns.deliver`."""
        try:
            trail, effect = reply.read or unpack(reply.body)
        except ValueError:
            return _unreadable(reply, tries, unsure=age is not None)
        job = _Job(int(lane[1:]), reply, tries, trail)
        try:
            if age is not None and isinstance(effect, Say):
                answered = await self._find_out(job, effect, age)
                if answered is not None:
                    return answered
            message = await (self._say(job, effect) if isinstance(effect, Say) else self._change(job, effect))
        except ApiError as error:
            return self._failed(job, effect, error)
        except OSError as error:  # an attachment
            return self._given_up(job, effect, f"{error.strerror}: {error.filename}")
        except Exception as error:
            logger.exception("a fault in criabot itself while a reply was sent")
            return self._given_up(job, effect, f"a fault in criabot itself ({type(error).__name__})")
        self._sent(job, effect, message)
        return Delivered()

    async def show(self, conversation: int) -> ConversationData:
        """The conversation as it is now; raises as the client does."""
        return await self._client.conversations.show(conversation)

    async def typing(self, conversation: int, on: bool) -> None:
        """Show or hide the typing indicator; it is a courtesy, so a failure is only noted."""
        try:
            async with asyncio.timeout(COURTESY_SECONDS):  # while the platform's limits are reached, it is left out
                await self._client.conversations.toggle_typing_status(conversation, on)
        except (ApiError, TimeoutError) as error:
            logger.debug("typing was not shown: %s", error)

    # -- doing it -----------------------------------------------------------------------------------------------

    async def _change(self, job: _Job, effect: Change) -> None:
        number, conversations = job.conversation, self._client.conversations
        match effect:
            case SetStatus():
                await conversations.toggle_status(number, effect.status)
            case Assign():
                await conversations.assign(number, agent_id=effect.agent_id, team_id=effect.team_id)
            case Labels():
                present = await conversations.labels(number)
                kept = [label for label in present if label not in effect.remove]
                await conversations.set_labels(number, [*kept, *(label for label in effect.add if label not in kept)])
            case SetPriority():
                await conversations.toggle_priority(number, effect.priority)
            case SetAttributes():
                known = (await conversations.show(number)).custom_attributes or {}
                await conversations.set_custom_attributes(number, {**known, **effect.attributes})

    async def _say(self, job: _Job, effect: Say) -> int:
        attributes = {**(effect.content_attributes or {}), "criabot": {"key": self._marker(job)}}
        if effect.reply_to is not None:
            attributes["in_reply_to"] = effect.reply_to
        message = await self._client.messages.create(
            job.conversation,
            effect.text,
            private=effect.private,
            content_type=effect.content_type,
            content_attributes=attributes,
            attachments=effect.attachments,
        )
        sender = message.sender
        if sender is not None and sender.kind == "agent_bot" and sender.id != self._rules.bot_id:
            self._rules.bot_id = sender.id
            await self._learned(sender.id)
        return message.id

    # -- finding out what became of it --------------------------------------------------------------------------

    async def _find_out(self, job: _Job, effect: Say, age: int) -> Delivered | Later | GivenUp | None:
        """None when the message certainly did not arrive, or may be sent again."""
        if age < SETTLE_MS:
            return Later((SETTLE_MS - age) / 1000, unsure=True)
        try:
            arrived = await self._arrived(job, effect)
        except Unauthorized:
            arrived = None
        except (ApiOutcomeUnknown, ApiUnreachable, RateLimited, ServerError) as error:
            # The question has no answer yet: that says nothing about the message, which stays in doubt.
            if job.tries < LAST_TRY:
                return self._later(job, effect, error, pause(job.tries), unsure=True)
            arrived = None
        if arrived is not None:
            self._log(job, effect, "found on the platform" if arrived else "not on the platform, sent again")
            return Delivered() if arrived else None
        if effect.when_unknown == "resend":
            self._log(job, effect, "perhaps sent before, sent again")
            return None
        hand_over = effect.when_unknown == "handoff"
        return self._given_up(job, effect, "nobody can tell whether it arrived", hand_over=hand_over)

    async def _arrived(self, job: _Job, effect: Say) -> bool | None:
        """True, False, or None when the platform does not let us see."""
        with suppress(CredentialMissing):
            messages = await self._client.messages.list(job.conversation, after=job.trigger_message or None)
            return any(self._is_it(message, job, effect) for message in messages)
        try:
            last = (await self._client.conversations.show(job.conversation)).last_non_activity_message
        except CredentialMissing:  # a bot's token on a server before 4.14.2
            return None
        if last is None or last.id <= job.trigger_message or _is_earlier(last.marker, self._marker(job)):
            return False
        return True if self._is_it(last, job, effect) else None

    def _is_it(self, message: MessageData, job: _Job, effect: Say) -> bool:
        if can(self.version, "keep_markers"):
            return message.marker == self._marker(job)
        # An old server drops the marker: the same words of the same sender, after the message that caused them.
        is_bot = message.sender is not None and message.sender.kind == "agent_bot"
        return is_bot and message.id > job.trigger_message and (message.content or "").strip() == effect.text.strip()

    def _marker(self, job: _Job) -> str:
        return self._rules.marker_prefix + job.reply.id

    # -- when it failed -----------------------------------------------------------------------------------------

    def _failed(self, job: _Job, effect: Effect, error: ApiError) -> Later | GivenUp:
        is_message = isinstance(effect, Say)
        match error:
            case ApiUnreachable():
                return self._later(job, effect, error, backoff(job.tries), unsure=False)
            case RateLimited():
                wait = 60 - self._clock() % 60 if error.retry_after is None else min(60.0, error.retry_after)
                return self._later(job, effect, error, wait + random.random() * 5, unsure=False)  # noqa: S311 - jitter
            case TokenMissing() | TokenUnknown():
                return self._later(job, effect, error, WRONG_TOKEN_WAIT, unsure=False)
            case Unauthorized() if not isinstance(effect, Labels | SetAttributes):
                # These calls are open to every token of the account (contract 4.7): the token itself is wrong.
                return self._later(job, effect, error, WRONG_TOKEN_WAIT, unsure=False)
            case Unprocessable() if is_message and job.tries < LAST_TRY_INVALID:
                return self._later(job, effect, error, pause(job.tries), unsure=True)
            case ApiOutcomeUnknown() | ServerError() if job.tries < LAST_TRY:
                return self._later(job, effect, error, pause(job.tries), unsure=is_message)
            case NotFound():
                return self._given_up(job, effect, str(error), hand_over=False)
        return self._given_up(job, effect, str(error))

    def _later(self, job: _Job, effect: Effect, error: ApiError, delay: float, *, unsure: bool) -> Later:
        self._log(job, effect, f"not sent yet, again in {delay:.1f} s", error=error, level=logging.WARNING)
        return Later(delay, unsure)

    def _given_up(self, job: _Job, effect: Effect, reason: str, *, hand_over: bool = True) -> GivenUp:
        self._log(job, effect, f"given up, kept as a dead letter: {reason}", level=logging.ERROR)
        is_public = isinstance(effect, Say) and not effect.private
        if not (hand_over and is_public) or INSTEAD in job.reply.id:
            return GivenUp(reason)
        instead = handover(f"criabot could not send a reply: {reason}")
        return GivenUp(reason, pack(instead, job.reply.id + INSTEAD, job.trail))

    def _sent(self, job: _Job, effect: Effect, message: int | None) -> None:
        values: dict[str, int | str] = {**job.trail, "conversation": job.conversation}
        if message is not None:
            values["message"] = message
        values["reply"] = job.reply.id
        if job.tries:
            values["tries"] = job.tries
        inform(logger, f"{_name(effect)} sent", values)

    def _log(
        self, job: _Job, effect: Effect, what: str, *, error: ApiError | None = None, level: int = logging.INFO
    ) -> None:
        values = {
            **job.trail,
            "conversation": job.conversation,
            "reply": job.reply.id,
            "tries": job.tries or None,
            "status": error.status if isinstance(error, ApiRefused) else None,
            "why": str(error) if error is not None else None,
        }
        logger.log(level, "%s %s", _name(effect), what, extra={"values": values})


def _name(effect: Effect) -> str:
    """What an effect is called in the log."""
    return ("note" if effect.private else "reply") if isinstance(effect, Say) else effect.do


def _unreadable(reply: Reply, tries: int, *, unsure: bool) -> Later | GivenUp:
    """For a while another process may know better: during an upgrade both versions run."""
    reason = "it was written by another version of criabot, which this one cannot read"
    logger.error("a reply waits: %s", reason, extra={"values": {"reply": reply.id, "tries": tries or None}})
    return Later(backoff(tries), unsure) if tries < LAST_TRY else GivenUp(reason)


def _is_earlier(marker: str | None, than: str) -> bool:
    """Whether a marker is of an earlier reply to the same event: replies leave one after the other."""
    if marker is None:
        return False
    (event, _, number), (other_event, _, other_number) = marker.rpartition(":"), than.rpartition(":")
    return event == other_event and number.isdigit() and other_number.isdigit() and int(number) < int(other_number)
