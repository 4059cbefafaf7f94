"""What people do in the demo, and how it is shown."""

from __future__ import annotations

from typing import Any

from criabot.cli.demo.screen import Screen
from criabot.cli.demo.stage import NOTHING, Stage, Trace
from criabot.cli.demo.timeline import timeline
from criabot.testing.fake import OUTGOING

__all__ = ["CUSTOMER", "Talk"]

CUSTOMER = "Ana"
AGENT = {"id": 5, "name": "Agent", "type": "user"}

Json = dict[str, Any]


class Talk:
    """One conversation on stage.

    Args:
        stage: where it takes place.
        screen: where it is seen.
        number: the conversation's.
    """

    def __init__(self, stage: Stage, screen: Screen, number: int) -> None:
        self._stage = stage
        self._screen = screen
        self._number = number
        self._held = NOTHING
        self._last: Json | None = None

    async def customer(self, text: str, *, crash: bool = False) -> None:
        """The customer's message, and what comes of it; `crash` kills the bot between its commit and its reply."""
        event = self._last = self._stage.platform.message(self._number, text)
        if crash:
            spoken = await self._show(await self._stage.crash(event))
            spoken += await self._show(await self._stage.restart(event))
            spoken += await self._show(await self._stage.settle(event))
        else:
            spoken = await self._show(await self._stage.deliver(event))
        if not spoken:
            self._screen.silence("the bot says nothing")

    async def again(self) -> bool:
        """The customer's last message, delivered once more; False when there is none."""
        if self._last is None:
            return False
        if not await self._show(await self._stage.deliver(self._last)):
            self._screen.silence("no second answer")
        return True

    async def agent(self, text: str) -> None:
        """A human of the team writes to the customer."""
        event = self._stage.platform.message(self._number, text, message_type=OUTGOING, sender=AGENT)
        await self._screen.team("agent", text, "magenta")
        await self._show(await self._stage.deliver(event))

    async def _show(self, trace: Trace) -> int:
        """Show it; how many messages there were to see."""
        await self._screen.steps(timeline(trace, self._held))
        self._held = trace.held
        for message in trace.messages:
            name, style = ("note for the team", "yellow") if message["private"] else ("bot", "green")
            await self._screen.team(name, message["content"], style)
        return len(trace.messages)
