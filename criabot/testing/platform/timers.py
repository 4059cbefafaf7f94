"""What the platform does when its clock gets there: the end of a snooze, and the end of idle conversations (4.1)."""

from __future__ import annotations

from functools import partial

from criabot.testing.platform.activities import phrase
from criabot.testing.platform.conversations import update_conversation
from criabot.testing.platform.core import Core
from criabot.testing.platform.events import Changes
from criabot.testing.platform.lifecycle import activity, change, create_message
from criabot.testing.platform.world import TEMPLATE, Conversation, Message

__all__ = ["watch"]

EVERY_SECONDS = 300.0  # how often the real server looks
OLDEST_SNOOZE = 3 * 86400.0  # it does not wake what should have woken longer ago


def watch(core: Core, event: str, subject: object, _changes: Changes) -> None:
    """Set a timer for what a change begins: a listener of the events."""
    if event in ("conversation_created", "conversation_updated") and isinstance(subject, Conversation):
        if subject.status == "snoozed" and subject.snoozed_until is not None:
            _at_next_look(core, subject.snoozed_until, partial(_wake, core, subject))
        _watch_idle(core, subject)
    elif event == "message_created" and isinstance(subject, Message):
        _watch_idle(core, subject.conversation)


def _at_next_look(core: Core, moment: float, run: partial[None]) -> None:
    async def look() -> None:
        run()

    due = -(-max(moment, core.now) // EVERY_SECONDS) * EVERY_SECONDS
    core.jobs.later(due - core.now, look, is_timer=True)


def _wake(core: Core, conversation: Conversation) -> None:
    until = conversation.snoozed_until
    if conversation.status == "snoozed" and until is not None and core.now - OLDEST_SNOOZE <= until <= core.now:
        change(core, conversation, status="open")


def _idle_seconds(core: Core) -> float:
    return float(core.world.account.settings.get("auto_resolve_after") or 0) * 60


def _watch_idle(core: Core, conversation: Conversation) -> None:
    if (seconds := _idle_seconds(core)) and conversation.status == "open":
        _at_next_look(core, conversation.last_activity_at + seconds, partial(_end, core, conversation))


def _end(core: Core, conversation: Conversation) -> None:
    """Resolve an open conversation in which nothing has happened, unless the customer waits and that counts."""
    settings, seconds = core.world.account.settings, _idle_seconds(core)
    if not seconds or conversation.status != "open" or core.now - conversation.last_activity_at < seconds:
        return
    if settings.get("auto_resolve_ignore_waiting") and conversation.waiting_since is not None:
        return
    if text := settings.get("auto_resolve_message"):
        create_message(core, conversation, text, message_type=TEMPLATE)
    if label := settings.get("auto_resolve_label"):
        update_conversation(core, conversation, labels=[*dict.fromkeys([*conversation.labels, label])])
    change(core, conversation, status="resolved")
    activity(core, conversation, phrase(core.world, "idle", minutes=int(seconds // 60)))
