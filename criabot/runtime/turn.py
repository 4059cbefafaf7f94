"""A turn: one event, its conversation's memory and the bot's handlers become one commit.

Nothing that the customer or the team would see happens while the handler runs: what it says and changes is collected
(`Effects`) and leaves with the commit. So a turn can be cut short, fail or crash at any point, and run again.

Nobody is left waiting (first version): a message that no handler took, a handler that failed as often as it may, an
event that killed its process as often, all end with a private note that says why and the conversation opened.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Awaitable, Callable
from functools import partial

from criabot.conversation import Effects, Memory, Owner, Ownership, Rules
from criabot.conversation.effects import Assign, Say, SetStatus
from criabot.conversation.ownership import Verdict, after, judge, owned_by_status
from criabot.engine.lanes import Commit, Reply, Run
from criabot.engine.turns import Delivered, GivenUp, Later, Outcome, Retry
from criabot.errors import (
    ApiOutcomeUnknown,
    ApiUnreachable,
    CredentialMissing,
    MalformedEvent,
    NotFound,
    RateLimited,
    ServerError,
    StateError,
    Unauthorized,
)
from criabot.limit import Limit, LimitExceeded
from criabot.logs import inform
from criabot.platform import ApplicationClient, ConversationData, Event, MessageCreated
from criabot.routing import Handled, Routes
from criabot.runtime.delivery import Delivery, backoff, handover, pack
from criabot.runtime.intake import Parsed, lane_of
from criabot.runtime.report import TurnReport
from criabot.runtime.subjects import kinds_of, scope_of

__all__ = ["TurnRunner"]

logger = logging.getLogger("criabot.event")

PUT_OFF_SECONDS = 5.0


class TurnRunner:
    """Runs the turns of all lanes and delivers their replies: the `Turns` of the worker.

    Args:
        routes: the bot's handlers.
        delivery: the outbox.
        client: for handlers that ask for it.
        rules: who may speak.
        parsed: events that the intake has parsed already.
        timeout: seconds for a turn's handlers.
        max_attempts: how often an event is tried.
        on_turn: told of every turn when it has ended.
    """

    def __init__(
        self,
        routes: Routes,
        delivery: Delivery,
        client: ApplicationClient,
        *,
        rules: Rules,
        parsed: Parsed,
        timeout: float,
        max_attempts: int,
        on_turn: Callable[[TurnReport], None] | None = None,
    ) -> None:
        self._routes = routes
        self._handlers = routes.code_objects()
        self._delivery = delivery
        self._client = client
        self._rules = rules
        self._parsed = parsed
        self._limit = Limit(timeout)
        self._max_attempts = max_attempts
        self._on_turn = on_turn

    async def deliver(self, lane: str, reply: Reply, *, tries: int, age: int | None) -> Delivered | Later | GivenUp:
        """Carry out a reply."""
        return await self._delivery.deliver(lane, reply, tries=tries, age=age)

    async def run(self, lane: str, run: Run, state: bytes) -> Outcome:
        """Handle one event."""
        try:
            event, delivery = self._parsed.take(lane, run.id, run.payload)
        except MalformedEvent as error:  # written by another version of criabot
            logger.error("an event could not be read and is kept as a dead letter: %s", error)  # noqa: TRY400
            return Commit(dead=str(error))
        turn = _Turn(run, event, delivery, rules=self._rules, typing=partial(self._typing, event))
        try:
            turn.memory = Memory(state)
        except StateError as error:
            outcome = self._failed(turn, error)
            return outcome._replace(state=None) if isinstance(outcome, Commit) else outcome
        return await self._run(turn)

    async def _run(self, turn: _Turn) -> Outcome:
        turn.follow_ownership()
        if turn.run.attempts > self._max_attempts:
            turn.complain(what := "given up: its process died each time", level=logging.ERROR)
            self._tell(turn, what)
            return turn.give_up(f"its process died {turn.run.attempts - 1} times")
        try:
            what = await self._handle(turn)
            commit = turn.commit()
        except _NotNow as error:
            what = "put off, because the platform cannot be asked who has it"
            turn.complain(what, level=logging.WARNING, error=error)
            self._tell(turn, what, error)
            return Retry(PUT_OFF_SECONDS, counts=False)
        except Exception as error:
            return self._failed(turn, error)
        turn.log(what)
        self._tell(turn, what)
        return commit

    def _failed(self, turn: _Turn, error: Exception) -> Outcome:
        culprit, again = self._culprit(error), turn.run.attempts < self._max_attempts
        what = f"failed ({type(error).__name__}{f' in {culprit}' if culprit else ''}), "
        what += "tried again" if again else "given up"
        self._tell(turn, what, error, culprit)
        if again:
            turn.complain(what, level=logging.WARNING, error=error if turn.run.attempts == 1 else None)
            return Retry(backoff(turn.run.attempts))
        turn.complain(what, level=logging.ERROR, error=error)
        return turn.give_up(f"{type(error).__name__} in {turn.run.attempts} attempts")

    def _culprit(self, error: Exception) -> str:
        frames = (frame.f_code for frame, _line in traceback.walk_tb(error.__traceback__))
        return next((self._handlers[code] for code in frames if code in self._handlers), "")

    def _tell(self, turn: _Turn, what: str, error: Exception | None = None, culprit: str = "") -> None:
        if self._on_turn is not None:
            self._on_turn(turn.report(what, error, culprit))

    async def _handle(self, turn: _Turn) -> str:
        try:
            return await self._limit.within(self._route(turn))
        except LimitExceeded:
            limit = f"{self._limit.seconds:g} s (CRIABOT_HANDLER_TIMEOUT)"
            raise TimeoutError(f"the handlers of {turn.event.event} took longer than {limit}") from None

    async def _route(self, turn: _Turn) -> str:
        took = None
        for kind in kinds_of(turn.event):
            if kind == "message":
                return await self._answer(turn)
            if kind in self._routes.handlers:
                took = (await self._dispatch(turn, kind)).by or took
        return f"handled by {took.name}" if took is not None else "noted"

    async def _answer(self, turn: _Turn) -> str:
        verdict = await self._may_speak(turn)
        turn.may_speak = bool(verdict.bot)
        if not verdict.bot:
            return f"left to the humans: {verdict.why}"
        handled = await self._dispatch(turn, "message")
        if handled.by is not None:
            return f"handled by {handled.by.name}"
        logger.debug("no handler took it: %s", "; ".join(handled.reasons()) or "the bot has none for messages")
        turn.hand_over("criabot: no handler of the bot took this message, so it is yours.")
        return "no handler took it, given to the humans"

    async def _dispatch(self, turn: _Turn, kind: str) -> Handled:
        scope = scope_of(
            kind,
            turn.event,
            effects=turn.effects,
            states=turn.memory.states,
            late=turn.run.late,
            client=self._client,
        )
        handled = await self._routes.dispatch(scope)
        turn.handled.append(handled)
        return handled

    async def _may_speak(self, turn: _Turn) -> Verdict:
        event, record = turn.event, turn.memory.ownership
        if not isinstance(event, MessageCreated):
            return Verdict(False, "it is no message")
        verdict = judge(record, event, self._rules)
        if verdict.bot is None:
            verdict = await self._ask_platform(event, record.former if record is not None else None)
            if verdict.bot:
                turn.memory.ownership = Ownership(Owner.BOT, event.time_ms or 0, verdict.why)
        return verdict

    async def _ask_platform(self, event: MessageCreated, former: int | None) -> Verdict:
        try:
            present: ConversationData = await self._delivery.show(event.conversation.id)
        except (CredentialMissing, Unauthorized, NotFound):  # a server before 4.14.2: the payload is all there is
            present = event.conversation
        except (ApiUnreachable, ApiOutcomeUnknown, RateLimited, ServerError) as error:
            raise _NotNow(str(error)) from None
        return owned_by_status(present, self._rules, former)

    async def _typing(self, event: Event, on: bool) -> None:
        if event.conversation_id is not None:
            await self._delivery.typing(event.conversation_id, on)


class _NotNow(Exception):
    """A turn cannot even begin, through no fault of its own."""


class _Turn:
    """One event on its way, with what it has caused so far."""

    def __init__(
        self,
        run: Run,
        event: Event,
        delivery: str,
        *,
        rules: Rules,
        typing: Callable[[bool], Awaitable[None]],
    ) -> None:
        self.run = run
        self.event = event
        self.memory = Memory(b"")
        self.effects = Effects(typing)
        self.handled: list[Handled] = []
        self.may_speak: bool | None = None  # not asked yet
        self._rules = rules
        self._silence = False
        self._started = time.perf_counter()
        account, inbox, _, contact, _ = event.ids
        trail = {"account": account, "inbox": inbox, "contact": contact, "delivery": delivery or None}
        self._trail = {name: value for name, value in trail.items() if value is not None}

    def log(self, what: str) -> None:
        """The event's line."""
        inform(logger, f"{self.event.event} {what}", self._values())

    def complain(self, what: str, *, level: int = logging.WARNING, error: Exception | None = None) -> None:
        """The line of an event that went wrong; the customer's own words are kept out of a traceback."""
        extra = {"values": self._values(), "words": getattr(self.event, "content", None)}
        logger.log(level, "%s %s", self.event.event, what, extra=extra, exc_info=error)

    def _values(self) -> dict[str, int | float | str]:
        event = self.event
        values: dict[str, int | float | str] = {**self._trail}
        if (conversation := event.conversation_id) is not None:
            values["conversation"] = conversation
        if (message := event.message_id) is not None:
            values["message"] = message
        if self.run.attempts > 1:
            values["attempt"] = self.run.attempts
        if self.run.late:
            values["late"] = True
        values["ms"] = round((time.perf_counter() - self._started) * 1000, 1)
        return values

    def report(self, what: str, error: Exception | None, culprit: str) -> TurnReport:
        """What became of it; `culprit` is the handler that raised `error`."""
        taken = [handled for handled in self.handled if handled.by is not None]
        return TurnReport(
            lane=lane_of(self.event),
            kind=self.event.event,
            event_id=self.run.id,
            what=what,
            handler=culprit or (str(taken[-1].by) if taken else ""),
            reasons=tuple(reason for handled in self.handled for reason in handled.reasons()),
            error=error or next((handled.error for handled in taken if handled.error is not None), None),
        )

    def follow_ownership(self) -> None:
        """Take in what the event says about who owns the conversation; a takeover silences what is on its way."""
        before = self.memory.ownership
        now = after(before, self.event, self._rules)
        if now is not before and now is not None:
            self.memory.ownership = now
            was_ours = before is None or before.owner is Owner.BOT
            self._silence = was_ours and now.owner is not Owner.BOT
        if now is not None:
            self.may_speak = now.owner is not Owner.HUMAN

    def hand_over(self, reason: str) -> None:
        """Give the conversation to the humans instead of whatever the handler did."""
        self.effects.items[:] = handover(reason)

    def give_up(self, why: str) -> Commit:
        """End an event that cannot be handled: its customer gets a human, what the handler changed is forgotten."""
        reason = f"criabot: the bot failed on this ({why}), so it is yours."
        self.effects.items.clear()
        if self._somebody_waits():
            self.hand_over(reason)
        elif self.event.conversation_id is not None:
            self.effects.items.append(Say(text=reason, private=True))
        return self.commit(dead=why)

    def _somebody_waits(self) -> bool:
        event = self.event
        if not isinstance(event, MessageCreated) or not event.is_from_contact:
            return False
        return judge(self.memory.ownership, event, self._rules).bot is not False

    def commit(self, *, dead: str = "") -> Commit:
        """What the turn leaves behind."""
        self._hold_tongue()
        self._own_handover()
        return Commit(
            state=self.memory.dump(keep_states=not dead),
            replies=pack(self.effects.items, self.run.id, self._trail),
            silence=self._silence,
            dead=dead,
        )

    def _hold_tongue(self) -> None:
        """Whatever kind of handler spoke: nothing public is said over a human."""
        kept = [effect for effect in self.effects.items if not isinstance(effect, Say) or effect.private]
        if len(kept) < len(self.effects.items) and not self._speaks():
            self.complain("a public message was dropped: a human has the conversation", level=logging.WARNING)
            self.effects.items[:] = kept

    def _speaks(self) -> bool:
        if self.may_speak is None:
            conversation = getattr(self.event, "conversation", None)
            if not isinstance(conversation, ConversationData):
                return True
            self.may_speak = bool(owned_by_status(conversation, self._rules).bot)
        return self.may_speak

    def _own_handover(self) -> None:
        """What the bot itself does to the ownership counts at once, so that its webhook is no takeover later."""
        for effect in self.effects.items:
            if isinstance(effect, SetStatus) and effect.status not in self._rules.statuses:
                owner = Owner.NOBODY if effect.status == "resolved" else Owner.HUMAN
                self._own(owner, f"the bot set it to {effect.status}")
            elif isinstance(effect, Assign):  # a team may pick an agent by itself (contract 4.3)
                self._own(Owner.HUMAN, "the bot assigned it")

    def _own(self, owner: Owner, why: str) -> None:
        self.memory.ownership = Ownership(owner, self.event.time_ms or 0, why, own=True)
